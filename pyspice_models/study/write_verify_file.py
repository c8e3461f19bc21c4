"""The `[write_verify]` table of a study file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import pattern
from pyspice_models.errors import RequestError
from pyspice_models.params import refuse_unknown
from pyspice_models.study.initial import map_from_file
from pyspice_models.study.spec import Study, read_tables, study_from
from pyspice_models.study.write_verify import Budget
from pyspice_models.units import parse

_OWN = {"file", "pattern", "seed", "low", "high", "levels"}


def load_write_verify(
    path: Path, changes: Sequence[str] = ()
) -> tuple[Study, NDArray[np.float64], Budget]:  # fmt: skip
    """Study, target and budget of a file with a `[write_verify]` table; its program is not used and may be missing.

    The target is a `file` (CSV, .npy or image, 0 to 1) or a `pattern`, rounded to `levels` even steps and laid between
    the states `low` and `high`.

    Raises:
        RequestError: no such table, an unknown key, a value out of range, a file of another shape.
    """
    tables = read_tables(path, changes)
    own = tables.pop("write_verify", None)
    if not isinstance(own, dict):
        raise RequestError(f"{path} has no [write_verify] table: it says what to program, see docs/write_verify.md")
    tables.setdefault("program", [{"do": "read_all"}])
    study = study_from(tables, folder=path.parent, name=path.stem)
    for key in own:
        refuse_unknown(key, _OWN | set(Budget.quantities()), "write_verify")
    budget = Budget.from_mapping({k: v for k, v in own.items() if k not in _OWN}, where="write_verify")
    return study, _target(own, study.crossbar.shape, path.parent), budget


def _target(own: dict[str, Any], shape: tuple[int, int], folder: Path) -> NDArray[np.float64]:
    if ("file" in own) == ("pattern" in own):
        raise RequestError("[write_verify] needs one of file, pattern: what to program")
    if "file" in own:
        shares = map_from_file(folder / str(own["file"]), shape)
    else:
        shares = pattern(str(own["pattern"]), shape, low=0.0, high=1.0, seed=own.get("seed", 0))
    low, high = (parse(own.get(k, d), "", name=f"write_verify.{k}") for k, d in (("low", 0.1), ("high", 0.9)))
    if not 0 <= low < high <= 1:
        raise RequestError.for_value("write_verify.low, high", (low, high), allowed="0 <= low < high <= 1")
    levels = own.get("levels", 16)
    if isinstance(levels, bool) or not isinstance(levels, int) or not 2 <= levels <= 4096:
        raise RequestError.for_value("write_verify.levels", levels, allowed="a whole number from 2 to 4096")
    if not ((shares >= 0) & (shares <= 1)).all():
        raise RequestError.for_value("write_verify.file", float(np.max(shares)), allowed="levels from 0 to 1")
    return np.asarray(low + (high - low) * np.round(shares * (levels - 1)) / (levels - 1))
