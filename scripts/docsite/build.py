"""From a checkout to a site: sources put together, Sphinx, and the finished site in its place whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docsite.assemble import PLAYGROUND, ROOT, assemble
from docsite.checked import faults
from pyspice_models.engine.toolchain.web_ngspice import web_ngspice
from pyspice_models.report.playground import write_playground

_MARK = "objects.inv"  # of every site that Sphinx makes
_SETTINGS = ("IPYTHON", "JUPYTER", "SPHINX", "MPL")  # of a user's, in variables
_CODE = {".py", ".va", ".lib", ".toml", ".ipynb"}


class SiteError(Exception):
    """The site was not built; the message says why."""


def build(site: Path, work: Path, *, run: bool = True, again: bool = True) -> None:
    """Build the site, warnings being errors, and put it in place of an older one.

    Args:
        site: folder of the site; what lies there has to be a site, or nothing.
        work: folder for sources, and for what notebooks gave: they are run again when the package changed.
        run: run the notebooks; without it they stand there without results.
        again: build also where a site stands already, which another process may have built meanwhile.

    Raises:
        SiteError: a warning, a notebook that fails, a link that leads nowhere, or something else in the place.
    """
    if site.exists() and not (site.is_dir() and ((site / _MARK).is_file() or not any(site.iterdir()))):
        raise SiteError(f"{site} is no site: it is left alone. Name another folder, or remove it")
    work.mkdir(parents=True, exist_ok=True)
    with _alone(work):
        if not again and (site / _MARK).is_file():
            return
        made = work / "made"
        shutil.rmtree(made, ignore_errors=True)
        try:
            assemble(work / "source")
        except ValueError as error:
            raise SiteError(str(error)) from None
        _sphinx(work, made, run=run)
        # without ngspice where scripts/setup has not fetched it
        write_playground(made / PLAYGROUND, twin_alone=web_ngspice() is None)
        if wrong := faults(made):
            raise SiteError("\n".join([f"{len(wrong)} faults in the pages:", *wrong]))
        shutil.rmtree(site, ignore_errors=True)
        site.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, site)


def _sphinx(work: Path, made: Path, *, run: bool) -> None:
    command = [
        sys.executable, "-P", "-m", "sphinx", "-W", "--keep-going", "-E", "-q", "-b", "html",
        "-c", Path(__file__).parent, "-d", work / "doctrees", "-D", f"nb_execution_mode={'cache' if run else 'off'}",
        "-D", f"nb_execution_cache_path={_runs(work)}", work / "source", made,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=work, env=_surroundings(work), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SiteError(f"{done.stdout}{done.stderr}".strip() or f"Sphinx ended with status {done.returncode}")


def _surroundings(work: Path) -> dict[str, str]:
    """The same for everybody: no settings of a user's for IPython, Jupyter, Matplotlib or Sphinx."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
    own = {name: str(work / "settings" / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_DATA_DIR", "MPLCONFIGDIR")}
    own |= {"JUPYTER_CONFIG_DIR": str(work / "settings" / "jupyter"), "JUPYTER_PREFER_ENV_PATH": "1"}
    return kept | own | {"PYTHONWARNINGS": "ignore", "COLUMNS": "100"}


def _runs(work: Path) -> Path:
    """Where the results of notebooks are kept: of this package and these notebooks alone, for they may not be stale."""
    digest = hashlib.sha256()
    for folder in ("pyspice_models", "verilog_a", "netlists", "scripts/studies"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in _CODE:
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    digest.update((ROOT / "scripts" / "requirements.txt").read_bytes())
    runs = work / "runs" / digest.hexdigest()[:16]
    for old in runs.parent.glob("*"):
        if old != runs:
            shutil.rmtree(old, ignore_errors=True)
    runs.mkdir(parents=True, exist_ok=True)
    return runs


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """Two builds in one folder wait for each other."""
    with (work / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
