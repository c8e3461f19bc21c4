"""How this engine's loops are compiled, and where the machine code is kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import numba

from pyspice_models.device import equations
from pyspice_models.engine.verilog_a import cache_folder

_HERE = Path(__file__).parent


def _sources() -> str:
    """Hash of everything that is compiled: numba looks at one file for each function, not at those it calls."""
    files = sorted([*_HERE.glob("*.py"), Path(equations.__file__)])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


if "NUMBA_CACHE_DIR" not in os.environ:
    setattr(numba.config, "CACHE_DIR", str(cache_folder() / f"numba-{_sources()}"))  # noqa: B010  # it has no types


def compiled(function: Callable[..., Any]) -> Any:
    """A function of numbers and arrays as machine code; what was compiled once is kept on disk."""
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)


def formulas(*names: str) -> dict[str, Any]:
    """Formulas of the device's equations by name, compiled as they stand: there is no second copy of them."""
    found: dict[str, Any] = {}
    for name in names:
        plain = getattr(equations, name)
        # the formulas call each other: here they find the compiled ones
        own = FunctionType(plain.__code__, {**plain.__globals__, **found}, plain.__name__, plain.__defaults__)
        found[name] = compiled(own)
    return found
