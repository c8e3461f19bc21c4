"""Studies that somebody might write: the shipped ones, with changes of every sort."""

from __future__ import annotations

import copy
import shutil
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from fuzzing.inputs import hostile
from fuzzing.inputs.toml_text import damaged, written
from fuzzing.inputs.waves import driven
from fuzzing.keys import FAULTS, KEYS, SETS, parameters
from fuzzing.keys import Path as Keys
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.stimulus.scheme import READ_SCHEMES, WRITE_SCHEMES
from pyspice_models.stimulus.steps import STEPS

Tables = dict[str, Any]
Change = Callable[[Tables, Random], None]

STUDIES = Path(__file__).resolve().parents[1] / "studies"
NETWORKS = {"learning", "inference"}
"""Tables of studies of networks, which have a kind of their own."""

_SIZES = (1, 2, 3, 4, 5, 8)
_ODD_SIZES = (0, -1, 2.0, True, "4", "4 ", 16, 33, 64, 300, 1024, 4096, 4097, 10**9, 10**400)


@cache
def shipped() -> dict[str, Tables]:
    """Tables of the shipped studies by name."""
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(STUDIES.glob("*.toml"))}


def copy_files(folder: Path) -> None:
    """Put what the shipped studies name beside a study in `folder`."""
    for csv in STUDIES.glob("*.csv"):
        shutil.copy(csv, folder)
    shutil.copytree(STUDIES / "models", folder / "models", dirs_exist_ok=True)


def base(dice: Random, name: str = "") -> tuple[str, Tables]:
    """A shipped study, or the one of that name, most of the time made small."""
    every = shipped()
    name = name or dice.choice([name for name, tables in every.items() if not NETWORKS & set(tables)])
    tables = copy.deepcopy(every[name])
    if dice.random() < 0.85:
        resize(tables, dice.choice(_SIZES), dice.choice(_SIZES))
    return name, tables


def resize(tables: Tables, rows: int, cols: int) -> None:
    """Change an array's size and move what its steps name into it, in place."""
    tables["array"] |= {"rows": rows, "cols": cols}
    if "file" in tables["array"].get("initial", {}):
        tables["array"]["initial"] = {"pattern": "checkerboard"}
    if "kinds" in tables and min(rows, cols) < 3:  # cells of its kinds would leave no other
        tables["array"]["kinds"] = {name: [[0, n]] for n, name in enumerate(tables["kinds"])}
    if "file" in tables.get("write_verify", {}):
        tables["write_verify"] = {**tables["write_verify"], "pattern": "checkerboard"}
        del tables["write_verify"]["file"]
    for step in tables.get("program", []):
        for key, size in (("row", rows), ("col", cols)):
            if isinstance(step.get(key), int):
                step[key] %= size
        inputs = cols if step.get("transposed") is True else rows
        for key, size in (("inputs", inputs), ("word", rows), ("bit", cols)):
            for name in (key, f"{key}_odds"):
                if name in step:
                    step[name] = _as_long(step[name], size)


def _as_long(values: list[Any], size: int) -> list[Any]:
    """A list for `size` lines, or each of those inside it."""
    if values and isinstance(values[0], list):
        return [_as_long(row, size) for row in values]
    return [values[n % len(values)] for n in range(size)]


def mutated(dice: Random, name: str = "") -> tuple[str, bytes]:
    """Name and file of a shipped study with some changes in its tables, and now and then in its text."""
    name, tables = base(dice, name)
    return name, changed(tables, dice, CHANGES)


def changed(tables: Tables, dice: Random, changes: Mapping[Change, int]) -> bytes:
    """The file of these tables after some changes in them, drawn by weight, and now and then in its text."""
    if dice.random() < 0.97:  # a few stay as they are: not everything may be refused
        for _ in range(dice.choice((1, 1, 1, 1, 1, 2, 3))):
            dice.choices(list(changes), list(changes.values()))[0](tables, dice)
    text = written(tables)
    return damaged(text, dice) if dice.random() < 0.08 else text.encode("utf-8", errors="replace")


def leaves(tables: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all values in tables."""
    if isinstance(tables, dict):
        return [leaf for key, value in tables.items() for leaf in leaves(value, (*path, key))]
    if isinstance(tables, list) and tables and all(isinstance(entry, dict) for entry in tables):
        return [leaf for n, value in enumerate(tables) for leaf in leaves(value, (*path, n))]
    return [path] if path else []


def _at(tables: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        tables = tables[part]
    return tables


def _replace_value(tables: Tables, dice: Random) -> None:
    if paths := leaves(tables):
        path = dice.choice(paths)
        _at(tables, path[:-1])[path[-1]] = hostile.value(dice)


def _scale_number(tables: Tables, dice: Random) -> None:
    paths = [p for p in leaves(tables) if isinstance(_at(tables, p), (int, float)) and abs(_at(tables, p)) < 1e300]
    if paths:
        path = dice.choice(paths)
        old = _at(tables, path)
        _at(tables, path[:-1])[path[-1]] = dice.choice(
            (old * 10 ** dice.randint(-9, 9), -old, old + 1, old * (1 + 2**-52))
        )


def _delete_key(tables: Tables, dice: Random) -> None:
    if paths := leaves(tables):
        path = dice.choice(paths)
        path = path[: dice.randint(1, len(path))]
        del _at(tables, path[:-1])[path[-1]]


def _rename_key(tables: Tables, dice: Random) -> None:
    paths = [p for p in leaves(tables) if isinstance(p[-1], str)]
    if paths:
        path = dice.choice(paths)
        table = _at(tables, path[:-1])
        word = path[-1]
        table[dice.choice((word[:-1], word.upper(), f"{word}s", f" {word}", hostile.text(dice)))] = table.pop(word)


def _set_parameter(tables: Tables, dice: Random) -> None:
    set_parameter(tables, dice, SETS)


def set_parameter(tables: Tables, dice: Random, sets: Mapping[Keys, type[ParameterSet]]) -> None:
    """Give a declared quantity or choice a value in its range, at its edge or out of it."""
    *table, name = dice.choice(parameters(sets))
    kind = sets[tuple(table)]
    place = _place(tables, table)
    if not isinstance(place, dict):
        return
    if name in kind.choices():
        place[name] = dice.choice((*kind.choices()[name].options, hostile.value(dice)))
        return
    declared = kind.quantities()[name]
    low, high = max(declared.low, -1e30), min(declared.high, 1e30)
    if declared.whole:
        place[name] = dice.choice(
            (int(low), int(high), dice.randint(int(low), int(high)), low - 1, hostile.number(dice))
        )
        return
    anywhere = low + (high - low) * dice.random() ** dice.choice((1, 20, 60))
    small = max(low, 0.0) or 10 ** dice.uniform(-30, 3)
    value = dice.choice(
        (low, high, anywhere, small, min(high, small * 10 ** dice.uniform(0, 12)), hostile.number(dice))
    )
    place[name] = f"{value:.3g} {declared.unit}" if dice.random() < 0.3 else value


def _set_key(tables: Tables, dice: Random) -> None:
    set_key(tables, dice, KEYS)


def set_key(tables: Tables, dice: Random, keys: Mapping[Keys, tuple[Any, ...]]) -> None:
    """Give a key that is no parameter a value, whether the study has it or not."""
    path, usual = dice.choice(list(keys.items()))
    place = _place(tables, path[:-1])
    if isinstance(place, dict):
        place[path[-1]] = dice.choice(usual) if dice.random() < 0.6 else hostile.value(dice)


def _place(tables: Tables, path: Sequence[str]) -> Any:
    """The table of this path, made if need be, or what stands in its way."""
    place: Any = tables
    for part in path:
        if not isinstance(place, dict):
            break
        place = place.setdefault(part, {})
    return place


def _resize(tables: Tables, dice: Random) -> None:
    array = tables.get("array")
    if isinstance(array, dict):
        array[dice.choice(("rows", "cols"))] = dice.choice((*_SIZES, *_ODD_SIZES))


def _add_step(tables: Tables, dice: Random) -> None:
    program = tables.setdefault("program", [])
    if not isinstance(program, list):
        return
    step = _step(dice)
    for _ in range(dice.choice((1, 1, 1, 2, 50))):
        program.insert(dice.randint(0, len(program)), copy.deepcopy(step))


def _step(dice: Random) -> Tables:
    do = dice.choice(list(STEPS))
    if do == "drive":
        return driven(dice)
    step: Tables = {"do": do}
    for name, declared in STEPS[do].quantities().items():
        if dice.random() < 0.4 and not declared.whole:
            low, high = max(declared.low, -1e30), min(declared.high, 1e30)
            step[name] = dice.choice(
                (low, high, 10 ** dice.uniform(-9, 1), f"{dice.uniform(0, 5):.3g} u{declared.unit}")
            )
    own: Tables = {
        "row": dice.choice((0, "first", "middle", "last", "all", [0], [0, 0], 1)),
        "col": dice.choice((0, "last", [0, 1])),
        "scheme": dice.choice((*READ_SCHEMES, *WRITE_SCHEMES)),
        "pulses": dice.choice((1, 2, 30, 1000, 100_000, 0, 1.0)),
        "pattern": dice.choice(("checkerboard", "random", "x")), "inputs": [dice.uniform(-1.1, 1.1) for _ in range(4)],
        "word": [dice.choice((-1, 0, 1)) for _ in range(4)], "bit": [dice.choice((-1, 0, 1)) for _ in range(4)],
        "target": [[0, 1], [1, 0]], "gates": dice.choice(("all", 0, [0, 1])),
        "float_words": dice.choice(([0], [], [9])), "float_bits": dice.choice(([0], [0, 0], [-1])),
        "transposed": dice.choice((True, False, 1)), "sign": dice.choice((1, -1, 0, [1, -1, 1, 1])),
        "slots": dice.choice((0, 1, 4, 10_001)), "seed": dice.choice((0, 7, -1)),
        "reference": dice.choice((0, 1, "last", 9)), "pairs": dice.choice(([[0, 1]], [[1, 1]], [0, 1], [])),
        "dac_bits": dice.choice((0, 1, 2, 8)), "adc_bits": dice.choice((0, 2, 8, 25)),
        "rereads": dice.choice((0, 1, 17)), "read_noise": dice.choice((True, "x")),
        "noise_management": dice.choice((True, 0)),
        "word_odds": [dice.uniform(-0.1, 1.1) for _ in range(4)], "bit_odds": [dice.random() for _ in range(4)],
    }  # fmt: skip
    if dice.random() < 0.5:  # of streams: rows of 0 and 1
        own |= {side: [[dice.choice((0, 1)) for _ in range(4)] for _ in range(4)] for side in ("word", "bit")}
    fields = set(STEPS[do].__dataclass_fields__) | ({"pattern"} if STEPS[do].bits else set())
    usual = {"row", "col"} & fields if do in {"write", "read"} else fields
    return step | {key: value for key, value in own.items() if key in usual or (key in fields and dice.random() < 0.3)}


def _change_program(tables: Tables, dice: Random) -> None:
    program = tables.get("program")
    if isinstance(program, list) and program:
        match dice.randrange(4):
            case 0:
                tables["program"] = program * dice.choice((2, 30, 400))
            case 1:
                dice.shuffle(program)
            case 2:
                program[dice.randrange(len(program))] = hostile.value(dice)
            case _:
                tables["program"] = dice.choice(
                    ([], {}, {"file": "no.json"}, program[0], [program], hostile.value(dice))
                )


def _add_faults(tables: Tables, dice: Random) -> None:
    place = [dice.randrange(-1, 4), dice.randrange(-1, 4)]
    tables["faults"] = {
        name: dice.choice((0.0, 0.1, 1.0, 1.5, [place], [place, place], [[0]], {"file": "no.npy"}, hostile.value(dice)))
        for name in dice.sample(FAULTS, dice.randint(1, 3))
    } | ({"seed": dice.choice((0, 1, -1, 2**64))} if dice.random() < 0.5 else {})


def _add_table(tables: Tables, dice: Random) -> None:
    name = dice.choice(
        ("variability", "transistor", "selector", "montecarlo", "sweep", "write_verify", "yield", "disturb", "retain",
         "x", hostile.text(dice))
    )  # fmt: skip
    tables[name] = dice.choice(({}, {}, {}, hostile.value(dice)))


def _change_initial(tables: Tables, dice: Random) -> None:
    if isinstance(tables.get("array"), dict):
        key = dice.choice(("file", "conductance", "run", "pattern", "low", "high", "seed", "variable", "voltage"))
        places = ("levels_8x8.csv", "one_off.csv", "no.csv", ".", "..", "x" * 300, "x" * 5000, "a\x00b", "/dev/null")
        initial = {key: dice.choice((*places, hostile.value(dice)))}
        tables["array"]["initial"] = dice.choice((initial, initial, hostile.value(dice)))


IN_ANY: Mapping[Change, int] = {_replace_value: 8, _scale_number: 3, _delete_key: 2, _rename_key: 2}
"""Changes of what there is, and their weights."""

CHANGES: Mapping[Change, int] = {
    **IN_ANY, _set_parameter: 10, _set_key: 4, _resize: 3, _add_step: 4, _change_program: 2, _add_faults: 2,
    _add_table: 2, _change_initial: 2,
}  # fmt: skip
"""Changes of studies of arrays, and their weights."""

OF_ARRAYS: Mapping[Change, int] = {_set_parameter: 4, _set_key: 1, _resize: 2, _add_faults: 2, _add_table: 1}
"""Those that any study with an array can bear."""
