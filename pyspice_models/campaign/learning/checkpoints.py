"""The folder of networks in training: a checkpoint of each, and how far it has come."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspice_models.disk import unwritable
from pyspice_models.errors import RequestError
from pyspice_models.folders.output import place_of
from pyspice_models.inputs.text import parse_json, read_bytes
from pyspice_models.program.learning.run import Progress

_MOST = 10_000  # bytes that tell how far a network has come


def progress_in(kept: Path) -> dict[str, Progress]:
    """How far the networks have come whose checkpoints lie in a folder, by name such as "ttv2-0"."""
    found = {}
    for path in sorted(kept.glob("*.json")):
        try:
            told = Progress(**parse_json(read_bytes(path, "progress", _MOST)))
        except (RequestError, ValueError, TypeError):  # it is being replaced, or is none of ours
            continue
        if all(type(value) in (int, float) for value in told):
            found[path.stem] = told
    return found


@contextmanager
def checkpoints(target: Path, *, resume: bool, force: bool) -> Iterator[Path]:
    """The folder `target`-unfinished with the checkpoints of all networks; it stays if the block does not end well.

    Raises:
        RequestError: it holds checkpoints and neither `resume` nor `force` is given, or what is none of ours.
    """
    target = place_of(target)
    kept = target.with_name(f"{target.name}-unfinished")
    try:
        strangers = [path for path in kept.iterdir() if path.suffix not in (".npz", ".json")] if kept.exists() else []
        if strangers:
            raise RequestError(f"the folder {kept} holds files that are not ours. Choose another --out, or empty it.")
        there = len(list(kept.glob("*.npz"))) if kept.exists() else 0
        if there and not (resume or force):
            raise RequestError(
                f"{kept} holds {there} networks of a call that was not finished. Add --resume to go on from them, "
                "choose another --out, or add --force to begin anew without them."
            )
        if force and not resume and kept.exists():
            shutil.rmtree(kept)
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(kept, error, "Choose another --out.") from None
    try:
        yield kept
    finally:
        if not any(kept.glob("*.npz")):
            shutil.rmtree(kept, ignore_errors=True)
