"""The `[[program]]` tables of a study file become steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pyspice_models.array import pattern
from pyspice_models.array.patterns import PATTERNS
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.text import read_json, text_of
from pyspice_models.stimulus.steps import STEPS, Step
from pyspice_models.stimulus.steps.drive import csv_waves
from pyspice_models.study.tables.initial import PatternParams, map_from_file
from pyspice_models.units import parse

_PLACES = ("first", "middle", "last")


def program_from(steps: object, shape: tuple[int, int], folder: Path) -> tuple[Step, ...]:
    """Steps from a list of tables.

    Args:
        steps: what the study file has as `program`; see also `listed_steps`.
        shape: of the array: "first", "middle" and "last" stand for a line of it.
        folder: in which files that a step names are looked for.

    Raises:
        RequestError: no list of tables, an unknown kind or key, a value of the wrong kind, unit or range.
    """
    steps = listed_steps(steps, folder)
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise RequestError("program must be a list of steps: write each as a [[program]] table")
    return tuple(_step(dict(step), f"program[{number}]", shape, folder) for number, step in enumerate(steps))


def listed_steps(steps: object, folder: Path) -> object:
    """What a study file has as `program`; of a table with a `file`, the steps that this one lists as JSON.

    Raises:
        RequestError: another key, or a file that cannot be read.
    """
    if not isinstance(steps, dict) or "file" not in steps:
        return steps
    for key in steps:
        refuse_unknown(key, {"file"}, "program")
    return read_json(folder / text_of(steps["file"], "program.file"), "program")


def _step(values: dict[str, Any], where: str, shape: tuple[int, int], folder: Path) -> Step:
    kind = values.pop("do", None)
    if not isinstance(kind, str) or kind not in STEPS:
        raise RequestError.for_value(f"{where}.do", kind, allowed=f"one of {', '.join(STEPS)}")
    step = STEPS[kind]
    quantities = step.quantities()
    if step.bits:
        values = _with_bits(values, step.bits, where, shape, folder)
    if step.traces:
        values = _with_waves(values, step.traces, where, folder)
    values |= {key: _volts(values[key], f"{where}.{key}") for key in step.volts if key in values}
    for key in values:
        refuse_unknown(key, {f.name for f in fields(step)}, where)
    values |= {key: quantities[key].parse(f"{where}.{key}", values[key]) for key in values if key in quantities}
    if isinstance(values.get("sample"), list):
        values["sample"] = [parse(value, "s", name=f"{where}.sample[{n}]") for n, value in enumerate(values["sample"])]
    for axis, key in ((0, "row"), (1, "col"), (1, "reference")):
        if isinstance(values.get(key), str) and values[key] in _PLACES:
            values[key] = {"first": 0, "middle": shape[axis] // 2, "last": shape[axis] - 1}[values[key]]
    try:
        return step(**values)
    except RequestError as error:
        raise RequestError(f"{where}.{error}") from None


def _volts(values: object, where: str) -> object:
    """Voltages as numbers where they are text with a unit; what is no list is left to the step to refuse."""
    if not isinstance(values, list):
        return values
    return [parse(value, "V", name=f"{where}[{line}]") for line, value in enumerate(values)]


def _with_waves(values: Mapping[str, Any], name: str, where: str, folder: Path) -> dict[str, Any]:
    """Replace the key `file` by the waves that it stands for, in the field `name`."""
    if ("file" in values) == (name in values):
        raise RequestError(f"{where} needs one of file, {name}: what the lines follow")
    if "file" in values:
        rest = {key: value for key, value in values.items() if key != "file"}
        return rest | {name: csv_waves(folder / text_of(values["file"], f"{where}.file"))}
    if not isinstance(values[name], dict):
        what = 'a table with a wave for a line or more, such as wl0 = {wave = "sine"}'
        raise RequestError.for_value(f"{where}.{name}", values[name], allowed=what)
    return dict(values)


def _with_bits(
    values: Mapping[str, Any], name: str, where: str, shape: tuple[int, int], folder: Path
) -> dict[str, Any]:  # fmt: skip
    """Replace the keys `file` or `pattern` (with `seed`) by the bits that they stand for, in the field `name`."""
    rest = {key: value for key, value in values.items() if key not in {"file", "pattern", "seed"}}
    given = [key for key in ("file", "pattern", name) if key in values]
    if len(given) != 1:
        raise RequestError(f"{where} needs one of file, pattern, {name}: what to write")
    if "seed" in values and given != ["pattern"]:
        raise RequestError(f"{where} has {given[0]} and seed: a seed goes with pattern = 'random'")
    if given == ["file"]:
        levels = map_from_file(folder / text_of(values["file"], f"{where}.file"), shape, yes_or_no=True)
    elif given == ["pattern"]:
        if text_of(values["pattern"], f"{where}.pattern") not in PATTERNS:
            raise RequestError.for_value(f"{where}.pattern", values["pattern"], allowed=", ".join(PATTERNS))
        seed = PatternParams.from_mapping({k: values[k] for k in ("seed",) if k in values}, where=where).seed
        levels = pattern(values["pattern"], shape, low=0.0, high=1.0, seed=seed)
    else:
        return rest
    return rest | {name: levels >= 0.5}
