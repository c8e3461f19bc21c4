"""How this engine's loops are compiled, and where the machine code is kept."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from pyspice_models.cells.ag2s import law
from pyspice_models.cells.selectors import law as selector_law
from pyspice_models.engine.toolchain.cache import cache_folder, temporary_folder
from pyspice_models.engine.toolchain.own_folder import imported
from pyspice_models.errors import RequestError

_ENGINE = Path(__file__).parents[2]
_LOOPS = b"linear.compiled import"
_IMPORTS = re.compile(rb"^\s*from (pyspice_models\.engine[\w.]*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)


def files_of_loops() -> list[Path]:
    """Everything of the engine that is compiled, or that what is compiled takes constants from: files with loops, and
    what they import."""
    files = [path for room in ("nodal", "osdi") for path in (_ENGINE / room).rglob("*.py") if path.stem != "__init__"]
    inside = (path.relative_to(_ENGINE).with_suffix("").parts for path in files)
    modules = dict(zip(map(".".join, inside), files, strict=True))
    texts = {name: path.read_bytes() for name, path in modules.items()}
    found, ahead = set[str](), [name for name, text in texts.items() if _LOOPS in text]
    while ahead:
        name = ahead.pop()
        if name in found or name not in texts:
            continue
        found.add(name)
        for room, names in _IMPORTS.findall(texts[name]):
            module = room.decode().removeprefix("pyspice_models.engine").removeprefix(".")
            ahead += [module, *(f"{module}.{one}" for one in re.findall(r"\w+", names.decode()))]
    return sorted(modules[name] for name in found)


def _sources() -> str:
    """Hash of everything that is compiled: numba looks at one file for each function, not at those it calls."""
    files = [*files_of_loops(), *(Path(str(laws.__file__)) for laws in (law, selector_law))]
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


def is_kept(name: str) -> bool:
    """Whether machine code of a function of this name is on disk."""
    return any(Path(_KEPT).rglob(f"*{name}-*.nbc"))


def _made(function: Callable[..., Any], **options: Any) -> Any:
    numba.config.CACHE_DIR = _KEPT  # each room of this package has a folder of its own
    return numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)


def compiled(function: Callable[..., Any]) -> Any:
    """A function of numbers and arrays as machine code; what was compiled once is kept on disk."""
    return _made(function, _nrt=True)  # else it would be as whoever calls it first is, and some make arrays


def uncounted(function: Callable[..., Any]) -> Any:
    """The same of a function that makes no arrays: counting who holds them takes longer than a small one's work."""
    return _made(function, _nrt=False)


def merged(function: Callable[..., Any]) -> Any:
    """The same, written into whoever calls it: to hand over a tuple of arrays takes longer than what one cell needs."""
    return _made(function, _nrt=False, forceinline=True)


def inside(function: Callable[..., Any]) -> Any:
    """One that compiled functions alone call: what takes hundreds of arrays over from Python is much to compile."""
    return _made(function, _nrt=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def specialised(function: Callable[..., Any], name: str, replaced: dict[str, Any], **options: Any) -> Any:
    """A function compiled with other things in the place of some of its globals, under a name of its own.

    By the name numba tells it on disk from what else was made of the same text; code that is told what to call while it
    runs is slow, and closures over compiled functions are kept by no cache. `options` are numba's.
    """
    own = FunctionType(function.__code__, {**function.__globals__, **replaced}, name, function.__defaults__)
    own.__qualname__ = name
    return _made(own, **{"_nrt": True, **options})


def formulas(*names: str, of: ModuleType = law) -> tuple[Any, ...]:
    """Functions of a law by name, of the cell's or the selectors', compiled as they stand: there is no second copy of
    them."""
    found: dict[str, Any] = {}
    for name, plain in vars(of).items():
        if isinstance(plain, FunctionType):
            # each calls only those above it: here it finds the compiled ones
            found[name] = specialised(plain, name, found)
    return tuple(found[name] for name in names)
