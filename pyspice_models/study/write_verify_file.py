"""The `[write_verify]` table of a study file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar, pattern
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED, whole
from pyspice_models.params import refuse_unknown
from pyspice_models.reading import text_of
from pyspice_models.study.initial import map_from_file
from pyspice_models.study.levels import levels_for
from pyspice_models.study.spec import Study, read_tables, study_from
from pyspice_models.study.write_verify import Budget
from pyspice_models.units import parse

_OWN = {"file", "pattern", "seed", "quantity", "low", "high", "levels"}
_UNITS = {"state": "", "conductance": "S"}


def load_write_verify(
    path: Path, changes: Sequence[str] = ()
) -> tuple[Study, NDArray[np.float64], Budget]:  # fmt: skip
    """Study, target and budget of a file with a `[write_verify]` table; its program is not used and may be missing.

    The target is a `file` (CSV, .npy or image, 0 to 1) or a `pattern`, rounded to `levels` even steps and laid between
    `low` and `high`: states, or conductances if `quantity` says so.

    Raises:
        RequestError: no such table, an unknown key, a value out of range, a file of another shape, a conductance
            outside its cell's window.
    """
    tables = read_tables(path, changes)
    own = tables.pop("write_verify", None)
    if not isinstance(own, dict):
        raise RequestError(f"{path} has no [write_verify] table: it says what to program, see docs/write_verify.md")
    tables.setdefault("program", [{"do": "read_all"}])
    study = study_from(tables, folder=path.parent, name=path.stem)
    for key in own:
        refuse_unknown(key, _OWN | set(Budget.quantities()) | set(Budget.choices()), "write_verify")
    budget = Budget.from_mapping({k: v for k, v in own.items() if k not in _OWN}, where="write_verify")
    return study, _target(own, study.crossbar, budget, path.parent), budget


def _target(own: Mapping[str, Any], crossbar: Crossbar, budget: Budget, folder: Path) -> NDArray[np.float64]:
    quantity = own.get("quantity", "state")
    if quantity not in ("state", "conductance"):
        raise RequestError.for_value("write_verify.quantity", quantity, allowed="one of state, conductance")
    low, high = _bounds(own, quantity)
    values = low + (high - low) * _shares(own, crossbar.shape, folder)
    if quantity == "state":
        return values
    return levels_for(crossbar, values, budget.read_voltage, name="write_verify target")


def _bounds(own: Mapping[str, Any], quantity: str) -> tuple[float, float]:
    unit = _UNITS[quantity]
    defaults: Mapping[str, Any] = {"low": 0.1, "high": 0.9} if quantity == "state" else {}
    for key in ("low", "high"):
        if key not in own and key not in defaults:
            raise RequestError(f'[write_verify] needs {key}: the conductance of the {key}est level, such as "100 nS"')
    low, high = (parse(own.get(k, defaults.get(k)), unit, name=f"write_verify.{k}") for k in ("low", "high"))
    # the window of conductances is each cell's own, and is checked cell by cell
    if not 0 <= low < high or (quantity == "state" and high > 1):
        allowed = "0 <= low < high <= 1" if quantity == "state" else "0 <= low < high"
        raise RequestError.for_value("write_verify.low, high", (low, high), unit=unit, allowed=allowed)
    return low, high


def _shares(own: Mapping[str, Any], shape: tuple[int, int], folder: Path) -> NDArray[np.float64]:
    """The map to program, 0 to 1, in even steps."""
    if ("file" in own) == ("pattern" in own):
        raise RequestError("[write_verify] needs one of file, pattern: what to program")
    if "file" in own:
        shares = map_from_file(folder / text_of(own["file"], "write_verify.file"), shape)
    else:
        seed = whole(own.get("seed", 0), 0, MAX_SEED, name="write_verify.seed")
        shares = pattern(text_of(own["pattern"], "write_verify.pattern"), shape, low=0.0, high=1.0, seed=seed)
    levels = whole(own.get("levels", 16), 2, 4096, name="write_verify.levels")
    return np.asarray(np.round(shares * (levels - 1)) / (levels - 1))
