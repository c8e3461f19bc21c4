"""Values that a file or a command line may hold and that few programs expect."""

from __future__ import annotations

import math
from random import Random
from typing import Any

UNITS = ("V", "s", "m", "ohm", "F", "A", "S", "K", "J", "%", "um^2", "m^2", "F/m", "eV")
PREFIXES = ("", "a", "f", "p", "n", "u", "µ", "μ", "m", "k", "M", "Meg", "G", "T", "E", "y")

NUMBERS = (
    0, -0.0, 1, -1, 2, 3.5, 1e-300, -1e-300, 5e-324, 1e300, 1.7976931348623157e308, 2.2250738585072014e-308,
    math.nan, math.inf, -math.inf, 2**31 - 1, 2**31, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**64, 10**30, 4096, 4097,
    100_000, 100_001, 1e-12, 1e-9, 0.1, 0.1 + 0.2, 1 - 2**-53,
)  # fmt: skip

TEXTS = (
    "", " ", "\t", "\n", "a\nb", "a\rb", "x\u0000y", "\x1b[31mred\x1b[0m", "[/x]", "[bold]",
    "[link=file:///etc]x[/link]", "$\\frac{$", "$x_{1$", "\\alpha", "%s%n", "{0}", "{", "${HOME}", "`id`", "$(id)",
    "; id", "* .include /etc/passwd", ".control\nshell id\n.endc", "\u202eabc", "\ufeffx", "é", "日本語", "\U0001f600",
    "ß" * 90, "\ud7ff", "\ufffe", "\u2028", "../../x", "/", "/etc/passwd", "/dev/null", "/dev/zero", "~", ".", "..",
    "a/b", "-x", "--json", "con", "a" * 81, "a" * 300, "b" * 5000, "nan", "inf", "-inf", "1e400", "1e-400", "0x10",
    "1_000", "١٢ V", "1 V V", "1 5 V", "1,5 V", "true", "None", "null", "1" * 5000, "0." + "0" * 5000 + "1",
    "1e" + "9" * 30, "V/2", "V/3", "first", "middle", "last", "all", "grounded", "floating", "checkerboard", "random",
    "osdi", "subckt", "ngspice", "nodal", "1979-05-27",
)  # fmt: skip

RAW = (
    "1979-05-27T07:32:00Z", "1979-05-27", "07:32:00", "07:32:00.999999", "0xdeadbeef", "0o755", "0b1101",
    "-0", "+1", "1e6", "6.626e-34", "-inf", "nan", "9" * 400, "9" * 5000, "1e999", "{a = 1}", "[[1, 2], [3]]",
    "[" * 60 + "]" * 60, "[" * 3000 + "]" * 3000, "{a = " * 50 + "1" + "}" * 50, "'''\nx'''", '"""\n\n"""',
    "[1, 'a', true]", "[nan]", "[[]]", "0x" + "f" * 5000,
)  # fmt: skip
"""Literals of TOML, as they stand in a file."""


class Literal(str):
    """Text that a file is to hold as it stands."""


def number(dice: Random) -> float | int:
    """A number that is at the edge of something, or of any magnitude."""
    if dice.random() < 0.6:
        return dice.choice(NUMBERS)
    size = 10 ** dice.uniform(-25, 25)
    return dice.choice((1, -1)) * (size if dice.random() < 0.8 else round(size))


def quantity(dice: Random) -> str:
    """A number with a unit, which may be the right one."""
    bare = f"{number(dice):{dice.choice(('', '.3g', 'e'))}}" if dice.random() < 0.5 else f"{dice.uniform(-9, 9):.3g}"
    return f"{bare}{dice.choice(('', ' ', '  '))}{dice.choice(PREFIXES)}{dice.choice(UNITS)}"


def text(dice: Random) -> str:
    """Text that means something to somebody."""
    if dice.random() < 0.8:
        return dice.choice(TEXTS)
    return "".join(
        chr(dice.choice((dice.randrange(32, 127), dice.randrange(1, 0xD800)))) for _ in range(dice.randrange(40))
    )


def value(dice: Random, depth: int = 0) -> Any:
    """Anything that a TOML file can hold."""
    draw = dice.random()
    if draw < 0.3:
        return number(dice)
    if draw < 0.5:
        return quantity(dice)
    if draw < 0.7:
        return text(dice)
    if draw < 0.8:
        return Literal(dice.choice(RAW))
    if draw < 0.85 or depth > 3:
        return dice.random() < 0.5
    if draw < 0.95:
        return [value(dice, depth + 1) for _ in range(dice.choice((0, 1, 2, 3, 5, 40)))]
    return {f"k{n}": value(dice, depth + 1) for n in range(dice.randrange(4))}
