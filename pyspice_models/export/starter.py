"""A folder to begin in: the shipped studies with their data and models, examples, and notebooks if there are any."""

from __future__ import annotations

import errno
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pyspice_models.disk import unwritable
from pyspice_models.errors import MOST_OF_A_NAME, RequestError, cut
from pyspice_models.export.shipped import EXAMPLES, NOTEBOOKS, STUDIES, shipped_folder, shipped_studies
from pyspice_models.files import check_place, copy, write_text
from pyspice_models.folders.mark import MARK, Origin
from pyspice_models.folders.output import LONGEST
from pyspice_models.folders.scratch import clear, scratch_folder

_ENDINGS = {".toml", ".csv", ".va", ".sub", ".lib", ".inc", ".mod", ".py", ".ipynb", ".md"}
"""Of what ships; a checkout may hold results and caches beside it."""

_ADVICE = "Name a folder that is new or empty."


def write_starter(place: Path) -> list[str]:
    """Copy all that ships into a folder that is new or empty; it appears whole, or nothing does.

    Args:
        place: of the folder.

    Returns:
        Paths of the files in it.

    Raises:
        RequestError: something lies in it, it is a file, or it cannot be written.
        StorageError: the disk is full.
    """
    made: list[Path] = []
    try:
        place = place.resolve()
        _check_empty(place)
        check_place(place, LONGEST)
        made = [folder for folder in place.parents if not folder.exists()]
        place.parent.mkdir(parents=True, exist_ok=True)
        clear(place)
        with scratch_folder(place, Origin("init")) as scratch:
            files = _fill(scratch.path)
            # nothing of this is a result, which another command might replace
            (scratch.path / MARK).unlink()
            _give_place(scratch.path, place)
    except BaseException as error:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise _in_words(error, place) from None
    return files


def _in_words(error: BaseException, place: Path) -> BaseException:
    if isinstance(error, OSError):
        taken = error.errno in (errno.ENOTEMPTY, errno.EEXIST)
        return _taken(place) if taken else unwritable(place, error, _ADVICE)
    if type(error) is RuntimeError:  # symlinks in a loop
        return RequestError(f"{_shown(place)} cannot be written: {error}. {_ADVICE}")
    return error


def _check_empty(place: Path) -> None:
    if place.exists() and not place.is_dir():
        raise RequestError(f"{_shown(place)} is a file. {_ADVICE}")
    if place.is_dir() and any(place.iterdir()):
        raise _taken(place)


def _taken(place: Path) -> RequestError:
    return RequestError(f"the folder {_shown(place)} is not empty, and nothing in it is touched. {_ADVICE}")


def _shown(place: Path) -> str:
    return cut(str(place), MOST_OF_A_NAME)


def _fill(folder: Path) -> list[str]:
    for name in (STUDIES, EXAMPLES, NOTEBOOKS):
        source = shipped_folder(name)
        for path in _shipped_files(source) if source is not None else ():
            target = folder / name / path.relative_to(source or path)
            target.parent.mkdir(parents=True, exist_ok=True)
            copy(path, target, sync=False)
    write_text(folder / "README.md", _readme())
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MARK]


def _shipped_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _ENDINGS and path.is_file() and not any(part[0] in "._" for part in path.parts[-2:]):
            yield path


def _give_place(scratch: Path, place: Path) -> None:
    """Rename the folder to `place`, or if that is somebody's current folder move what is in it."""
    if place not in (Path.cwd(), *Path.cwd().parents) and not place.is_mount():
        if place.exists():
            scratch.chmod(stat.S_IMODE(place.stat().st_mode))
        scratch.rename(place)  # takes the place of an empty folder alone
        return
    moved: list[Path] = []
    try:
        for path in sorted(scratch.iterdir()):
            target = place / path.name
            if target.exists():
                raise _taken(place)
            path.rename(target)
            moved.append(target)
    except BaseException:
        for path in moved:
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


def _readme() -> str:
    rows = [f"| `{one.name}.toml` | `ag2s {one.command}` | {one.title} | {one.answers} |" for one in shipped_studies()]
    return "\n".join(
        [
            "# Studies of Ag2S crossbars",
            "",
            "Copied by `ag2s init`. The files are yours: change them, or change a value at the call with `--set`.",
            "",
            "```sh",
            "ag2s doctor                                   # which simulators are there",
            *(f"{line:<46}# {what}" for line, what in NEXT),
            "```",
            "",
            "| study in `studies` | command | title | what it answers |",
            "|---|---|---|---|",
            *rows,
            "",
            "`examples` holds scripts in Python, and synthetic data for `ag2s fit`: what each is stands at its head.",
            "`notebooks` holds the tutorials: open them in Jupyter (`pip install jupyterlab`) or in an editor.",
            "",
        ]
    )


NEXT = (
    ("ag2s simulate studies/write_read.toml", "one study: measures, deck, log, waves, pictures in out/write_read"),
    ("ag2s sweep studies/sneak_sweep.toml", "one study over a grid of its keys"),
    ("ag2s params wire", "what a study may state: units, ranges, sources"),
)
"""What to run next in such a folder, and what it does."""
