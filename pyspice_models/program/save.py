"""The files of closed-loop programming: the request, the report, the states that the cells are left in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.files import whole, whole_text, write_text
from pyspice_models.program.file import programming_tables
from pyspice_models.program.programmed import Programmed
from pyspice_models.program.programmed_data import as_data, as_dataset
from pyspice_models.program.programming import Programming
from pyspice_models.result import save
from pyspice_models.study.states import STATES
from pyspice_models.study.tables.write import write_tables


def write_request(asked: Programming, folder: Path) -> None:
    """Write what is asked, so that `ag2s write-verify FOLDER/study.toml` asks the same.

    Raises:
        RequestError, StorageError: see `programming_tables` and `write_tables`.
    """
    write_tables(programming_tables(asked), folder)


def as_json(asked: Programming, programmed: Programmed) -> str:
    """The report as JSON."""
    return json.dumps(as_data(asked.study.name, asked.study.engine, programmed, asked.read_out), indent=2)


def save_programmed(asked: Programming, programmed: Programmed, crossbar: Crossbar, folder: Path) -> None:
    """Write report, states and what became of each cell into a folder.

    Args:
        asked, programmed: request, and what it came to.
        crossbar: with the states that it now holds.
        folder: that exists.

    Raises:
        OSError: the disk is full.
    """
    write_text(folder / "report.json", as_json(asked, programmed) + "\n")
    with whole_text(folder / "states.csv") as file:
        np.savetxt(file, programmed.states[crossbar.model.level], delimiter=",", fmt="%.9g")
    kept: dict[str, Any] = {
        **programmed.states,
        "target": programmed.target,
        "read": programmed.read,
        "pulses": programmed.pulses,
    }
    kept["held"] = programmed.held
    with whole(folder / STATES) as held:
        np.savez(held, allow_pickle=False, **kept)
    save(as_dataset(programmed), folder / "cells.nc")
