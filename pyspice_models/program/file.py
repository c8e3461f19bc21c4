"""The `[write_verify]` table of a study file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import pattern
from pyspice_models.array.levels import Scale
from pyspice_models.array.places import uniform_at_places
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.text import text_of
from pyspice_models.numeric import MAX_SEED, whole
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.read_out import ReadOut
from pyspice_models.study.tables.change import read_tables
from pyspice_models.study.tables.initial import map_from_file
from pyspice_models.study.tables.read import nominal_study
from pyspice_models.study.tables.variation import variation_from
from pyspice_models.units import parse

_OWN = {"file", "pattern", "seed", "quantity", "low", "high", "levels", "read_seed"}
_UNITS = {"state": "", "conductance": "S"}
_MOST_LEVELS = 4096
_OF_A_STEP = 1 / 3
"""Most of a step that the tolerance is, where none is given: what a read gets wrong may be half as much again."""


def load_write_verify(path: Path, changes: Sequence[str] = ()) -> Programming:
    """What a file with a `[write_verify]` table asks for; its program is not used and may be missing.

    The target is a `file` (CSV, .npy or image, 0 to 1) or a `pattern`, rounded to `levels` even steps and laid between
    `low` and `high`: states of the nominal cell, or conductances if `quantity` says so. A `[sensing]` table says which
    amplifiers and converters the loop reads with.

    Raises:
        RequestError: no such table, an unknown key, a value out of range, a file of another shape, a conductance
            outside the nominal cell's window, a tolerance above half of the step between levels.
    """
    tables = read_tables(path, changes)
    own = tables.pop("write_verify", None)
    if not isinstance(own, dict):
        raise RequestError(f"{path} has no [write_verify] table: it says what to program, see docs/write_verify.md")
    tables.setdefault("program", [{"do": "read_all"}])
    study = nominal_study(tables, folder=path.parent, name=path.stem)
    for key in own:
        refuse_unknown(key, _OWN | set(Budget.quantities()) | set(Budget.choices()), "write_verify")
    budget = Budget.from_mapping({k: v for k, v in own.items() if k not in _OWN}, where="write_verify")
    levels = _levels(own, Scale.nominal(study.crossbar, budget.read_voltage))
    if "tolerance" not in own:
        budget = budget.replace(tolerance=min(budget.tolerance, float(np.diff(levels).min()) * _OF_A_STEP))
    target = levels[_numbers(own, study.crossbar.shape, len(levels), path.parent)]
    seed = whole(own.get("read_seed", 0), 0, MAX_SEED, name="write_verify.read_seed")
    if "sensing" in tables:
        read_out = ReadOut.of(study, budget.read_voltage, seed)
    elif "read_seed" in own:
        raise RequestError("write_verify.read_seed is of the noise of reads: without a [sensing] table they have none")
    else:
        read_out = None
    return Programming(study, target, budget, levels, variation_from(tables, study.crossbar), read_out)


def _levels(own: Mapping[str, Any], scale: Scale) -> NDArray[np.float64]:
    """All that a cell may be asked to hold, shares of the nominal window in rising order."""
    quantity = text_of(own.get("quantity", "state"), "write_verify.quantity")
    if quantity not in _UNITS:
        raise RequestError.for_value("write_verify.quantity", quantity, allowed="one of state, conductance")
    count = whole(own.get("levels", 16), 2, _MOST_LEVELS, name="write_verify.levels")
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
        seed = whole(own.get("seed", 0), 0, MAX_SEED, name="write_verify.seed")
        name = text_of(own["pattern"], "write_verify.pattern")
        if name == "random":  # any of the levels; as a pattern of initial states it has two
            return np.asarray(uniform_at_places(seed, "levels", shape) * levels, dtype=int)
        shares = pattern(name, shape, low=0.0, high=1.0, seed=seed)
    return np.asarray(np.round(shares * (levels - 1)), dtype=int)
