"""What a program finds that this package starts: an environment that is a stated list, and no start files.

Nothing of the current folder, and nothing of the environment but what is named here, reaches a simulator, a compiler or
a Python of ours: neither start files nor modules, libraries or settings that change a result.
"""

from __future__ import annotations

import os
import re
import shutil
import site
import sys
import tempfile
from pathlib import Path

PASS = "AG2S_PASS"
"""Names further variables that programs are given, for example `LD_LIBRARY_PATH,SPICE_LIB_DIR`."""

START = Path(__file__).parent / "start"
"""Where ngspice looks for `spinit`, and finds an empty one."""

FIXED = {
    "HOME": "/nonexistent",  # no .spiceinit, no settings; Debian's word for a home that is none
    "LC_ALL": "C.UTF-8",  # what programs print is read, in English
    "SPICE_SCRIPTS": str(START),
    # more threads wait for each other longer than they work, and other runs want the cores
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
"""Variables that every program is given as they stand here; PATH and TMPDIR join them, of which see `environment`."""


def environment() -> dict[str, str]:
    """All variables of a program that is started: FIXED, those that PASS names, PATH and TMPDIR.

    Of PATH only absolute folders count: any other entry means the current folder.
    """
    given = {name: os.environ[name] for name in passed() if name in os.environ}
    return FIXED | given | {"PATH": search_path(), "TMPDIR": str(Path(tempfile.gettempdir()).absolute())}


def passed() -> list[str]:
    """Names of the variables that PASS names."""
    return re.findall(r"[^\s,:]+", os.environ.get(PASS, ""))


def search_path() -> str:
    """PATH without what depends on the current folder."""
    return os.pathsep.join(_absolute_folders(os.environ.get("PATH", os.defpath)))


def _absolute_folders(listed: str) -> list[str]:
    return [folder for folder in listed.split(os.pathsep) if Path(folder).is_absolute()]


def own_variables() -> dict[str, str]:
    """This package's own variables, for a process of it that starts in another folder: paths count from here."""
    named = {name: value for name, value in os.environ.items() if name.startswith("AG2S_")}
    return {name: str(Path(value).absolute()) if "/" in value else value for name, value in named.items()}


def find_program(name: str) -> Path | None:
    """A program on `search_path`, or the one at a path that holds a slash; None if there is none."""
    found = shutil.which(name, path=search_path())
    return None if found is None else Path(found).absolute()


# after Python's own library, which no file beside this package may shadow, and before other versions of the package
_PLACES = """import sys
n = next((n for n, place in enumerate(sys.path) if place.endswith("-packages")), len(sys.path))
sys.path[n:n] = {places!r}
"""


def python(code: str, *words: str) -> list[str]:
    """The command of a fresh Python that runs `code`; modules come from where Python's and this package lie alone."""
    places = [str(Path(__file__).resolve().parents[3])]
    if site.ENABLE_USER_SITE:
        places.append(site.getusersitepackages())
    if "PYTHONPATH" in passed():
        places += _absolute_folders(os.environ.get("PYTHONPATH", ""))
    # -I: no current folder, none of Python's variables, no folder of the user's own but the one above
    written = ["-B"] if sys.dont_write_bytecode else []
    return [sys.executable, "-I", *written, "-c", _PLACES.format(places=places) + code, *words]
