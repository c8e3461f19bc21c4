"""Runs the algorithms of a comparison one after another, and writes what they came to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspice_models.errors import Ag2sError
from pyspice_models.files import write_text
from pyspice_models.program.compare.compared import FIGURES, Compared
from pyspice_models.program.compare.request import Comparison
from pyspice_models.program.programmed import Programmed
from pyspice_models.program.write_verify import write_verify
from pyspice_models.study.tables.write import write_tables

REPORT, TABLE, CELLS = "program.json", "algorithms.csv", "cells.csv"


def checkpoints(asked: Comparison, folder: Path) -> dict[str, Path]:
    """Beside a folder of results: the file of each algorithm that holds how far it has come."""
    return {name: folder.with_name(f"{folder.name}-checkpoint-{name}.npz") for name in asked.asked}


def compare(
    asked: Comparison, folder: Path | None = None, *, kept: dict[str, Path] | None = None, force: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Compared:  # fmt: skip
    """Program the same array with each algorithm.

    Args:
        asked: what each is to do.
        folder: an existing folder for the request, the tables, and a folder for each algorithm with the files of
            `write_verify`; without it they go with the run.
        kept: by algorithm a checkpoint: one that had ended is not done again; see `checkpoints`.
        force: replace a checkpoint of another request, or a damaged one.
        progress: is told the share that is done.

    Raises:
        RequestError, SimulationError, ToolError, StorageError: see `write_verify`; the name of the algorithm is in it.
    """
    if folder is not None:
        write_tables(asked.tables(), folder)
    found: dict[str, Programmed] = {}
    for number, (name, one) in enumerate(asked.asked.items()):
        own = folder / name if folder is not None else None
        if own is not None:
            own.mkdir(exist_ok=True)

        def told(share: float, done: int = number) -> None:
            if progress is not None:
                progress((done + share) / len(asked.asked))

        with _named(name):
            found[name], _ = write_verify(
                one, folder=own, checkpoint=(kept or {}).get(name), force=force, progress=told
            )
    compared = Compared(found)
    if folder is not None:
        save(asked, compared, folder)
    return compared


def save(asked: Comparison, compared: Compared, folder: Path) -> None:
    """Write the tables of a comparison into a folder that exists."""
    write_text(folder / REPORT, as_json(asked, compared) + "\n")
    write_text(folder / TABLE, compared.algorithms_csv())
    write_text(folder / CELLS, compared.cells_csv())


def as_json(asked: Comparison, compared: Compared) -> str:
    """All figures of all algorithms, and what they mean."""
    first = next(iter(compared.programmed.values()))
    rows, cols = first.target.shape
    told = {
        "study": asked.study.name,
        "engine": asked.study.engine,
        "rows": rows,
        "cols": cols,
        "levels": len(first.levels),
        "tolerance": {"value": float(first.scale.difference(first.tolerance)), "unit": "S"},
        "algorithms": compared.as_data(),
        "sources": {name: one.way.algorithm.source for name, one in asked.asked.items()},
        "meanings": {key: about for key, (_, about) in FIGURES.items()},
    }
    return json.dumps(told, indent=2)


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except Ag2sError as error:
        error.add_note(f"That was the algorithm {name!r}.")
        raise


__all__ = ["as_json", "checkpoints", "compare", "save"]
