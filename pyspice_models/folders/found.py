"""Which result lies in a folder; what is none is refused, with the nearest that is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyspice_models.errors import RequestError, nearest
from pyspice_models.folders.mark import AT_WORK, FAILED, Origin, read_mark
from pyspice_models.inputs.text import shown

FILES = {
    "simulate": ("measures.json", "result.nc"),
    "sweep": ("sweep.nc",),
    "find": ("find.nc",),
    "montecarlo": ("montecarlo.nc", "report.json"),
    "characterize": ("sheet.json",),
    "write-verify": ("cells.nc", "report.json"),
    "program": ("program.json", "algorithms.csv", "cells.csv"),
    "learn": ("learning.nc", "report.json"),
    "retain": ("retain.nc", "retain.json"),
    "disturb": ("disturb.nc", "disturb.json"),
}
"""By command: the files without which its result cannot be told."""


@dataclass(frozen=True)
class Found:
    """A finished result.

    Attributes:
        folder: where it lies.
        kind: the command that made it.
        origin: what its mark says; of an unknown origin, if it has none.
    """

    folder: Path
    kind: str
    origin: Origin


def found(folder: Path, use: str = "report") -> Found:
    """The result in a folder.

    Args:
        folder: of a result, as a user names it.
        use: the command that is to use it, for what is said of one that is none.

    Raises:
        RequestError: there is no folder, no result in it, or one that is not whole.
    """
    if not _there(folder.is_dir):
        raise _no_folder(folder, use)
    mark = read_mark(folder)
    kind = mark.origin.kind if mark and mark.origin.kind else _by_files(folder)
    if mark is not None and mark.state == AT_WORK:
        raise RequestError(
            f"{shown(folder)} holds no finished result: {mark.origin} is at work in it, or was stopped there. Let it "
            f"end, or go on with it (most commands: --resume), and {use} {shown(folder.with_name(mark.name))}."
        )
    if mark is not None and mark.state == FAILED:
        raise RequestError(
            f"{shown(folder)} is what a failed run left ({mark.origin}): there is nothing to {use}. Its log says why; "
            "mend that and run it again."
        )
    if not kind:
        raise _no_result(folder)
    known = FILES.get(kind, ())
    if lacking := [name for name in known if not (folder / name).is_file()]:
        raise half(Found(folder, kind, mark.origin if mark else Origin()), lacking)
    if not known and not any(folder.glob("*.json")) and not any(folder.glob("*.png")):
        raise _no_result(folder)
    return Found(folder, kind, mark.origin if mark else Origin())


def half(one: Found, lacking: list[str]) -> RequestError:
    """The error for a result without some of its files."""
    return RequestError(
        f"{shown(one.folder)} is half of a result (ag2s {one.kind}): it lacks {', '.join(lacking)}. "
        + (f"Make it again: {shown(one.origin.command)}" if one.origin.command else "Run it again.")
    )


def _by_files(folder: Path) -> str:
    """Of a folder without its mark, such as one that came by mail."""
    return next((kind for kind, names in FILES.items() if all((folder / name).is_file() for name in names)), "")


def _no_folder(folder: Path, use: str) -> RequestError:
    if _there(folder.exists):
        if (beside := folder.parent) and _is_result(beside):
            return RequestError(f"{shown(folder)} is one file of a result. Give its folder: ag2s {use} {shown(beside)}")
        if folder.suffix == ".toml":
            return RequestError(
                f"{shown(folder)} is a study, and no result. Run it: ag2s simulate {shown(folder)}, "
                f"then ag2s {use} out/{shown(folder.stem)}"
            )
        return RequestError(f"{shown(folder)} is no folder of results. Give the folder that a command of ag2s wrote.")
    unfinished = folder.with_name(f"{folder.name}-unfinished") if folder.name else folder
    if _there(unfinished.is_dir):
        return RequestError(
            f"there is no folder {shown(folder)}: its runs are not all done, those that are lie in "
            f"{shown(unfinished)}. Go on with the command that began them and --resume."
        )
    near = nearest(folder.name, (one.name for one in _results_in(folder.parent)), 0.5)
    return RequestError(
        f"there is no folder {shown(folder)}."
        + (f" Did you mean {shown(folder.parent / near)}?" if near else _listed(folder.parent))
    )


def _no_result(folder: Path) -> RequestError:
    return RequestError(f"{shown(folder)} holds no result of ag2s.{_listed(folder)}")


def _listed(folder: Path) -> str:
    names = [shown(one) for one in _results_in(folder)]
    if not names:
        return " Give the folder that a command wrote, such as out/write_read of ag2s simulate."
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f" Results lie in {', '.join(names[:5])}{more}."


def _results_in(folder: Path) -> Iterator[Path]:
    try:
        inside = sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    except (OSError, ValueError):
        return
    yield from (one for one in inside if _is_result(one))


def _is_result(folder: Path) -> bool:
    mark = read_mark(folder)
    return (mark is not None and bool(mark.origin.kind)) or bool(_by_files(folder))


def _there(asked: Callable[[], bool]) -> bool:
    """False also of a name that no file system takes."""
    try:
        return asked()
    except (OSError, ValueError):
        return False
