"""How these loops are compiled, and where their machine code is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspice_models.engine.nodal.linear.compiled import numba
from pyspice_models.engine.osdi import calls
from pyspice_models.engine.toolchain.cache import cache_folder, temporary_folder
from pyspice_models.errors import RequestError


def _kept() -> Path:
    """Where the machine code is kept: numba looks at one file for each function, not at those it calls."""
    called = Path(calls.__file__).parent
    files = sorted([*Path(__file__).parent.glob("*.py"), *called.glob("*.py")])
    sources = b"".join(path.read_bytes() for path in files)
    try:
        return cache_folder() / f"numba-foreign-{hashlib.sha256(sources).hexdigest()[:16]}"
    except RequestError:  # of AG2S_CACHE; whoever compiled the Verilog-A has said so
        return temporary_folder() / "numba"


KEPT = _kept()
"""The folder of it."""


def compiled(function: Callable[..., Any]) -> Any:
    """A function of numbers and arrays as machine code, kept on disk: addresses are arguments, nothing is captured."""
    numba.config.CACHE_DIR = str(KEPT)  # each room of this package has a folder of its own
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
