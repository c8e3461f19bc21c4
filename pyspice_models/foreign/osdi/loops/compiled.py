"""How these loops are compiled, and where their machine code is kept."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from pyspice_models.engine.toolchain.cache import cache_folder, temporary_folder
from pyspice_models.engine.toolchain.own_folder import imported
from pyspice_models.errors import RequestError


def _kept() -> Path:
    """Where the machine code is kept: numba looks at one file for each function, not at those it calls."""
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    try:
        return cache_folder() / f"numba-foreign-{hashlib.sha256(sources).hexdigest()[:16]}"
    except RequestError:  # of AG2S_CACHE; whoever compiled the Verilog-A has said so
        return temporary_folder() / "numba"


numba: Any = imported("numba")
numba.config._config_fname = os.devnull  # a file of that kind in the current folder would be read at each compilation
numba.config.CACHE_DIR = str(_kept())
numba.config.CACHE_LOCATOR_CLASSES = ""

compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy")
"""A function of numbers and arrays as machine code, kept on disk: addresses are arguments, nothing is captured."""
