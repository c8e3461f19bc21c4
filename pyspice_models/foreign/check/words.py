"""What the text of a Verilog-A module and the compiler's words say, and what to write instead."""

from __future__ import annotations

import re

from pyspice_models.foreign.check.finding import REFUSED, REMARK, Finding
from pyspice_models.foreign.source import Source, arguments, bare

_STATE = (
    "Let a node hold the state: `electrical s;`, then `if ($abstime <= 0.0) I(s) <+ 1e-3*V(s); else I(s) <+ "
    "-1e-9*rate; I(s) <+ ddt(1e-9*(V(s) + 1e-3));` with x = x0 + V(s)."
)
HOLD_A_STATE = _STATE
"""What to write instead of a variable that should keep its value."""

_EVENT = "Write a condition on voltages that holds now (`if (V(p, n) > v_on) ...`), smoothed where it can be. "
_RANDOM = (
    "Take it out: Monte Carlo over declared spreads draws the parameters in Python, each cell's once. What must "
    "fluctuate is white_noise() or flicker_noise()."
)

_KINDS = {
    "cross": (r"@\s*\(\s*cross\b", "@(cross ...) is no event of the compiler", _EVENT),
    "timer": (r"@\s*\(\s*timer\b", "@(timer ...) is no event of the compiler", _EVENT),
    "above": (r"@\s*\(\s*above\b", "@(above ...) is no event of the compiler", _EVENT),
    "random": (
        r"\$(?:a?random|rdist_\w+|dist_\w+)\b", "random numbers are drawn anew at each evaluation, or not at "
                                                "all", _RANDOM,
    ),
    "attribute": (
        r"\bparameter\b[^;\n]*\(\*[^*]*\*\)\s*;", "an attribute stands behind the parameter that it belongs to",
        'Write it before: `(* units="S" *) parameter real g = 1e-6;`.',
    ),
    "range": (
        r"\b(?:from|exclude)\s*[\[(][^:\])]*,[^:\])]*[\])]", "a range has a comma",
        "Write a colon: `from [0:1]`; round brackets leave the end out.",
    ),
}  # fmt: skip

_STEP = (
    "initial_step",
    "@(initial_step) runs at every evaluation, in ngspice also in the middle of a transient",
    "Take the event away and hold the state until time begins: " + _STATE,
)


_IDT = (
    "idt",
    "the initial value of idt() is there at the operating point, and in ngspice gone at the first time step",
    "Add it outside, x = x0 + idt(rate, 0).",
)


def of_the_text(source: Source) -> list[Finding]:
    """What no compiler of OSDI takes, by line; and what it takes and does not do."""
    text = bare(source.text)
    found = []
    for kind, (pattern, what, advice) in _KINDS.items():
        for match in re.finditer(pattern, text):
            found.append(Finding(kind, REFUSED, f"{what}.", advice, _where(source, text, match.start())))
    for match in re.finditer(r"@\s*\(\s*initial_step\b", text):
        found.append(Finding(_STEP[0], REMARK, f"{_STEP[1]}.", _STEP[2], _where(source, text, match.start())))
    for match in re.finditer(r"\bidt\s*\(", text):
        start = arguments(text, match.end())[1:2]
        if start and not re.fullmatch(r"[-+]?0*\.?0*", start[0]):
            found.append(Finding(_IDT[0], REMARK, f"{_IDT[1]}.", _IDT[2], _where(source, text, match.start())))
    return found


def of_the_compiler(source: Source, words: str, known: list[Finding]) -> list[Finding]:
    """The compiler's errors, each with file and line, that `known` findings of the same line do not explain.

    Args:
        source: what was compiled.
        words: what the compiler printed.
        known: findings of the text.
    """
    found = []
    explained = {one.where for one in known if one.weight == REFUSED}
    for match in re.finditer(r"^error: (.+)\n(?:\s*-->\s*\S*?:(\d+):\d+)?", words, re.MULTILINE):
        if match[1].startswith("could not compile"):
            continue
        where = _named(source, int(match[2])) if match[2] else ""
        if where in explained:
            continue
        line = source.text.split("\n")[int(match[2]) - 1].strip() if match[2] else ""
        shown = f"the compiler says: {match[1]}" + (f"; the line is `{line}`." if line else ".")
        found.append(Finding("compile", REFUSED, shown, _advice(match[1], line), where))
    if not found and not explained:
        last = next((line for line in reversed(words.splitlines()) if line.strip()), "nothing")
        found.append(Finding("compile", REFUSED, f"the compiler gave no object; it says: {last.strip()}"))
    return found


_ADVICE = {
    r"reserved keyword '(\w+)'": "Choose another name: {0} is a word of the language.",
    r"not supported by OpenVAF": "Write it with functions of voltages alone, or take it out.",
    r"was not found": "Declare it, or correct its name.",
    r"unexpected token": "Correct the line; what stands before it may lack a semicolon, or `begin` and `end`.",
}  # fmt: skip


def _advice(error: str, line: str) -> str:
    for pattern, advice in _ADVICE.items():
        if match := re.search(pattern, error):
            return advice.format(*match.groups())
    return "Correct the line."


def _where(source: Source, text: str, at: int) -> str:
    return _named(source, text.count("\n", 0, at) + 1)


def _named(source: Source, line: int) -> str:
    file, number = source.at(line)
    return f"{file}, line {number}"


def with_instance_parameters(text: str) -> tuple[str, tuple[str, ...]]:
    """A text whose real parameters are all of instances, and the names of those that were not; a safe edit.

    Every parameter that carries no `type` attribute gets `(* type="instance" *)` before it.
    """
    added: list[str] = []

    def mark(match: re.Match[str]) -> str:
        if re.search(r'type\s*=\s*"', match[1]):
            return match[0]
        added.append(match[4])
        return f'{match[1]}(* type="instance" *) {match[2]}{match[3]}{match[4]}'

    clean = bare(text)
    pieces, at = [], 0
    for match in re.finditer(
        r"((?:\(\*(?:(?!\*\)).)*\*\)\s*)*)(\bparameter\s+)((?:real\s+|integer\s+)?)(\w+)", text, re.DOTALL
    ):
        if not clean.startswith("parameter", match.start(2)):
            continue  # in a comment
        pieces += [text[at : match.start()], mark(match)]
        at = match.end()
    return "".join([*pieces, text[at:]]), tuple(added)
