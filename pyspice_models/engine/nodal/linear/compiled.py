"""How this engine's loops are compiled, and where the machine code is kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

from pyspice_models.cells.ag2s import law
from pyspice_models.engine.toolchain.cache import cache_folder, temporary_folder
from pyspice_models.engine.toolchain.own_folder import imported
from pyspice_models.errors import RequestError

_NODAL = Path(__file__).parents[1]


def _sources() -> str:
    """Hash of everything that is compiled: numba looks at one file for each function, not at those it calls."""
    files = sorted([*_NODAL.rglob("*.py"), *(_NODAL.parent / "osdi").glob("*.py"), Path(law.__file__)])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _kept() -> Path:
    """Where the machine code is kept: what lies there is executed, so that no other variable than ours names it."""
    try:
        return cache_folder() / f"numba-{_sources()}"
    except RequestError:  # of AG2S_CACHE; here the package is only being imported, whoever compiles Verilog-A says so
        return temporary_folder() / "numba"


numba: Any = imported(
    "numba"
)  # which reads .numba_config.yaml, now and, but for the first line here, at each compilation
numba.config._config_fname = os.devnull
numba.config.CACHE_DIR = _KEPT = str(_kept())
numba.config.CACHE_LOCATOR_CLASSES = ""


def compiled(function: Callable[..., Any]) -> Any:
    """A function of numbers and arrays as machine code; what was compiled once is kept on disk."""
    numba.config.CACHE_DIR = _KEPT  # each room of this package has a folder of its own
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)


def formulas(*names: str) -> tuple[Any, ...]:
    """Functions of the cell's law by name, compiled as they stand: there is no second copy of them."""
    found: dict[str, Any] = {}
    for name, plain in vars(law).items():
        if isinstance(plain, FunctionType):
            # each calls only those above it: here it finds the compiled ones
            own = FunctionType(plain.__code__, {**plain.__globals__, **found}, name, plain.__defaults__)
            found[name] = compiled(own)
    return tuple(found[name] for name in names)
