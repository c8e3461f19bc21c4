"""The `[write_verify]` table of a study file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import pattern
from pyspice_models.array.levels import Scale
from pyspice_models.array.places import uniform_at_places
from pyspice_models.declare.quantity import ParameterSet, refuse_unknown, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.inputs.text import shown, text_of
from pyspice_models.numeric import MAX_SEED, real_array
from pyspice_models.program.algorithms.table import TABLE, Ways, way_table
from pyspice_models.program.compare.conductances import conductances_asked, levels_asked
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.read_out import ReadOut
from pyspice_models.study.study import Study
from pyspice_models.study.tables.initial import map_from_file
from pyspice_models.study.tables.objects import tables_of, values_of, variation_tables
from pyspice_models.study.tables.source import Given, Source
from pyspice_models.units import parse


@dataclass(frozen=True)
class CountParams(ParameterSet):
    """What `[write_verify]` counts."""

    levels: int = whole_quantity(16, low=2, high=4096, about="even steps that a target is rounded to")
    seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of the pattern `random`")
    read_seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of offsets and noise of the reads")


_MADE = {"file", "pattern", "seed", "quantity", "low", "high"}
"""Keys that a target is made from."""
_OWN = _MADE | {"target", "conductances", "levels", "read_seed", "ideal_reads"}
_UNITS = {"state": "", "conductance": "S"}
_OF_A_STEP = 1 / 3
"""Most of a step that the tolerance is, where none is given: what a read gets wrong may be half as much again."""


def load_write_verify(
    study: Given | Source, changes: Sequence[str] = (), *, engine: str = "", form: str = "", algorithm: str = ""
) -> Programming:  # fmt: skip
    """What a study file, or its tables, asks for in `[write_verify]`; its program is not used and may be missing.

    The target is a `file` (CSV, .npy or image, 0 to 1) or a `pattern`, rounded to `levels` even steps and laid between
    `low` and `high`: states of the nominal cell, or conductances if `quantity` says so. Or it is a `target`, rows of
    shares of the window or a table with the `file` of such, and `levels` a list of those that there are. Or it is
    `conductances`, a table with the `file` of a matrix, see `conductances_asked`; without `levels` any may be asked,
    else so many even steps from its smallest to its largest number. A `[sensing]` table says which amplifiers and
    converters the loop reads with, unless `ideal_reads` is true.

    Args:
        study: a study file, the tables of one, or what was made of either.
        changes: `KEY=VALUE`, as `--set` takes them.
        engine, form: instead of its own.
        algorithm: instead of that of its `[programming]` table, by name.

    Raises:
        RequestError: no such table, an unknown key, a value out of range, a file of another shape, a conductance
            outside the nominal cell's window, a tolerance above half of the step between levels.
    """
    source = study if isinstance(study, Source) else Source.of(study, changes, engine=engine, form=form)
    own, tables = source.tables.get("write_verify"), dict(source.without("write_verify", TABLE).tables)
    ways = Ways(source.tables.get(TABLE, {}))
    if not isinstance(own, dict):
        what = shown(study) if isinstance(study, Path | str) else "the study"
        raise RequestError(
            f"{what} has no [write_verify] table: it says what to program, see docs/write_verify.md. In Python give a "
            "Programming(study, target)."
        )
    tables.setdefault("program", [{"do": "read_all"}])
    source = replace(source, tables=tables)
    designed = source.nominal()
    designed.crossbar.check_one_kind("write-verify")
    for key in own:
        refuse_unknown(key, _OWN | set(Budget.quantities()) | set(Budget.choices()), "write_verify")
    budget = Budget.from_mapping({k: v for k, v in own.items() if k not in _OWN}, where="write_verify")
    shape, scale = designed.crossbar.shape, Scale.nominal(designed.crossbar, budget.read_voltage)
    if "target" in own:
        levels, target = _stated(own, shape, source.folder)
    elif "conductances" in own:
        _refuse_beside(own, "conductances", _MADE | {"target"})
        count = _counted(own, "levels") if "levels" in own else None
        levels, target = levels_asked(*conductances_asked(own["conductances"], shape, source.folder), scale, count)
    else:
        levels = _levels(own, scale)
        target = levels[_numbers(own, shape, len(levels), source.folder)]
    if "tolerance" not in own and "target" not in own and len(levels):
        budget = budget.replace(tolerance=min(budget.tolerance, float(np.diff(levels).min()) * _OF_A_STEP))
    return Programming(
        designed, target, budget, levels, source.variation(designed), _read_out(own, tables, designed, budget),
        ways.way(algorithm or ways.chosen),
    )  # fmt: skip


def programming_tables(asked: Programming) -> dict[str, Any]:
    """Tables from which `load_write_verify` makes the same again.

    Raises:
        RequestError: reads by other circuits than those of the study's `sensing`.
    """
    own: dict[str, Any] = values_of(asked.budget) | {"target": asked.target, "levels": asked.levels.tolist()}
    seed = 0
    if asked.read_out is not None:
        seed = asked.read_out.seed
        if asked.read_out != ReadOut.of(asked.study, asked.budget.read_voltage, seed):
            raise RequestError.for_value(
                "read_out", asked.read_out.sense, allowed="ReadOut.of(study, read_voltage, seed)",
                advice="Give the study these `sensing` parameters.",
            )  # fmt: skip
        own["read_seed"] = seed
    own["ideal_reads"] = asked.read_out is None
    return tables_of(asked.study) | variation_tables(asked.variation) | {"write_verify": own} | way_table(asked.way)


def _read_out(
    own: Mapping[str, Any], tables: Mapping[str, Any], study: Study, budget: Budget
) -> ReadOut | None:  # fmt: skip
    ideal = own.get("ideal_reads", "sensing" not in tables)
    if not isinstance(ideal, bool):
        raise RequestError.for_value("write_verify.ideal_reads", ideal, allowed="true or false")
    seed = _counted(own, "read_seed")
    if not ideal:
        return ReadOut.of(study, budget.read_voltage, seed)
    if "read_seed" in own:
        raise RequestError("write_verify.read_seed is of the noise of reads: without a [sensing] table they have none")
    return None


def _counted(own: Mapping[str, Any], key: str) -> int:
    found: CountParams = CountParams.from_mapping({k: own[k] for k in (key,) if k in own}, where="write_verify")
    return int(getattr(found, key))


def _stated(
    own: Mapping[str, Any], shape: tuple[int, int], folder: Path
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Levels, and what each cell is to hold, both as shares of the window, as they are stated."""
    _refuse_beside(own, "target", _MADE)
    given = own["target"]
    if isinstance(given, dict):
        for key in given:
            refuse_unknown(key, {"file"}, "write_verify.target")
        given = map_from_file(folder / text_of(given.get("file"), "write_verify.target.file"), shape)
    return real_array(own.get("levels", []), name="write_verify.levels"), real_array(given, name="write_verify.target")


def _refuse_beside(own: Mapping[str, Any], key: str, others: set[str]) -> None:
    if found := sorted(others & set(own)):
        raise RequestError(f"write_verify has {key} and {', '.join(found)}: give one or the other")


def _levels(own: Mapping[str, Any], scale: Scale) -> NDArray[np.float64]:
    """All that a cell may be asked to hold, shares of the nominal window in rising order."""
    quantity = text_of(own.get("quantity", "state"), "write_verify.quantity")
    if quantity not in _UNITS:
        raise RequestError.for_value("write_verify.quantity", quantity, allowed="one of state, conductance")
    count = _counted(own, "levels")
    low, high = _bounds(own, quantity)
    if quantity == "conductance":
        low, high = (scale.within(f"write_verify.{key}", end) for key, end in (("low", low), ("high", high)))
    return np.linspace(low, high, count)


def _bounds(own: Mapping[str, Any], quantity: str) -> tuple[float, float]:
    unit = _UNITS[quantity]
    defaults: Mapping[str, Any] = {"low": 0.1, "high": 0.9} if quantity == "state" else {}
    for key in ("low", "high"):
        if key not in own and key not in defaults:
            raise RequestError(f'[write_verify] needs {key}: the conductance of the {key}est level, such as "100 nS"')
    low, high = (parse(own.get(k, defaults.get(k)), unit, name=f"write_verify.{k}") for k in ("low", "high"))
    if not 0 <= low < high or (quantity == "state" and high > 1):
        allowed = "0 <= low < high <= 1" if quantity == "state" else "0 <= low < high"
        raise RequestError.for_value("write_verify.low, high", (low, high), unit=unit, allowed=allowed)
    return low, high


def _numbers(own: Mapping[str, Any], shape: tuple[int, int], levels: int, folder: Path) -> NDArray[np.int_]:
    """Which level each cell is to hold, counted from 0."""
    if ("file" in own) == ("pattern" in own):
        raise RequestError("[write_verify] needs one of file, pattern: what to program")
    if "file" in own:
        shares = map_from_file(folder / text_of(own["file"], "write_verify.file"), shape)
    else:
        seed = _counted(own, "seed")
        name = text_of(own["pattern"], "write_verify.pattern")
        if name == "random":  # any of the levels; as a pattern of initial states it has two
            return np.asarray(uniform_at_places(seed, "levels", shape) * levels, dtype=int)
        shares = pattern(name, shape, low=0.0, high=1.0, seed=seed)
    return np.asarray(np.round(shares * (levels - 1)), dtype=int)
