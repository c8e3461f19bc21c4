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
    files = sorted([*_NODAL.rglob("*.py"), Path(law.__file__)])
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
numba.config.CACHE_DIR = str(_kept())
numba.config.CACHE_LOCATOR_CLASSES = ""


def compiled(function: Callable[..., Any]) -> Any:
    """A function of numbers and arrays as machine code; what was compiled once is kept on disk."""
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)


def specialised(function: Callable[..., Any], name: str, replaced: dict[str, Any]) -> Any:
    """A function compiled with other things in the place of some of its globals, under a name of its own.

    By the name numba tells it on disk from what else was made of the same text; code that is told what to call while it
    runs is slow, and closures over compiled functions are kept by no cache.
    """
    own = FunctionType(function.__code__, {**function.__globals__, **replaced}, name, function.__defaults__)
    own.__qualname__ = name
    return compiled(own)


def formulas(*names: str) -> tuple[Any, ...]:
    """Functions of the cell's law by name, compiled as they stand: there is no second copy of them."""
    found: dict[str, Any] = {}
    for name, plain in vars(law).items():
        if isinstance(plain, FunctionType):
            # each calls only those above it: here it finds the compiled ones
            found[name] = specialised(plain, name, found)
    return tuple(found[name] for name in names)
