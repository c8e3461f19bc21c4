"""Kind `file`: a sound file is damaged, or something else stands in its place, and the package reads it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from fuzzing.case import STATUS, Case, Found, Place
from fuzzing.in_process import refusals
from fuzzing.inputs.originals import KEPT, KEY, MATRICES, OTHERS, RUNS, SHAPE, originals
from fuzzing.inputs.spoil import not_a_file, spoiled
from fuzzing.inputs.trained import NETWORK_READERS
from fuzzing.studies import STUDIES
from pyspice_models import foreign_selector, foreign_transistor
from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.cells.presets import load_preset
from pyspice_models.engine.rawfile import Growing, read_header, read_raw
from pyspice_models.errors import SimulationError
from pyspice_models.folders.checkpoint import Checkpoint
from pyspice_models.foreign.spice.subcircuit import read_subcircuit
from pyspice_models.inputs.spice.reading import read_library
from pyspice_models.lab.deembed import Lines, deembed, read_readings
from pyspice_models.lab.fit import read_data
from pyspice_models.program.file import load_write_verify
from pyspice_models.result import load, write_waves
from pyspice_models.study import load_study, study_from
from pyspice_models.study.outside.measured import measure_waves
from pyspice_models.study.tables.write import write_study


def damaged(case: Case, place: Place) -> None:
    """A file of any sort."""
    dice = case.dice()
    folder = originals(place.common)
    name = dice.choice((*MATRICES, *OTHERS, *OTHERS))
    path = place.inputs / name
    path.parent.mkdir(exist_ok=True)
    if dice.random() < 0.9:
        path.write_bytes(spoiled((folder / name).read_bytes(), dice))
    else:
        other = folder / dice.choice((*MATRICES, *OTHERS))
        place.note("instead.txt", not_a_file(path, dice, other))
    with refusals():
        if name in MATRICES:
            read_matrix(path, dice)
        else:
            READERS[name](path, dice)


def read_matrix(path: Path, dice: Random) -> None:
    """As initial states, conductances, a pattern to write or levels to program."""
    array = {"rows": SHAPE[0], "cols": SHAPE[1]}
    step = {"do": "write_pattern", "file": path.name} if dice.random() < 0.2 else {"do": "read"}
    if dice.random() < 0.2:
        study = path.with_name("levels.toml")
        study.write_text(f"array = {{rows = 4, cols = 3}}\nwrite_verify = {{file = '{path.name}'}}\n")
        _within(load_write_verify(study).target, path)
        return
    key = "file" if dice.random() < 0.7 else "conductance"
    named = {key: path.name} | ({"variable": "matrix"} if dice.random() < 0.2 else {})
    own = {"cells": {"w0": named}} if key == "file" and dice.random() < 0.3 else {"initial": named}
    study = study_from({"array": array | own, "program": [step]}, folder=path.parent)
    _within(study.crossbar.values("w0"), path)


def _within(states: np.ndarray, path: Path) -> None:
    if states.shape != SHAPE or not ((states >= 0) & (states <= 1)).all():
        raise Found(STATUS, f"{path.name} gave the states {states!r}")


def _states(path: Path, dice: Random) -> None:
    initial = {"run": path.parent.name}
    array = {"rows": SHAPE[0], "cols": SHAPE[1], "initial": initial}
    study = study_from({"array": array, "program": [{"do": "read"}]}, folder=path.parents[1])
    _within(study.crossbar.values("w0"), path)
    _within(study.crossbar.values("x0"), path)


def _program(path: Path, dice: Random) -> None:
    array = {"rows": SHAPE[0], "cols": SHAPE[1]}
    study = study_from({"array": array, "program": {"file": path.name}}, folder=path.parent)
    if not study.program:
        raise Found(STATUS, f"{path.name} gave a program without steps")


def _places(path: Path, dice: Random) -> None:
    tables: dict[str, Any] = {"array": {"rows": SHAPE[0], "cols": SHAPE[1]}, "program": [{"do": "read"}]}
    faults = study_from(tables | {"faults": {"stuck_on": {"file": path.name}}}, folder=path.parent).crossbar.faults
    if not all(0 <= row < SHAPE[0] and 0 <= col < SHAPE[1] for row, col in faults.stuck_on):
        raise Found(STATUS, f"{path.name} gave the places {faults.stuck_on!r}")


def _result(path: Path, dice: Random) -> None:
    if dice.random() < 0.5:
        _states(path, dice)
        return
    dataset = load(path)
    ending = dice.choice((".csv", ".mat", ".raw", ".nc"))
    target = path.with_name(f"waves{ending}")
    write_waves(dataset, target, ["w"] if dice.random() < 0.3 else [])
    if not target.is_file() or not target.stat().st_size:
        raise Found(STATUS, f"{target.name} is said to be written")


def _checkpoint(path: Path, dice: Random) -> None:
    values = Checkpoint(path, KEY).load(KEPT)
    if values is None:
        if path.exists():
            raise Found(STATUS, "a checkpoint that is there counts as none")
        return
    for name, kept in KEPT.items():
        if not np.array_equal(values[name], kept):
            raise Found(STATUS, f"a damaged checkpoint is believed: {name} = {values[name]!r}")


def _journal(path: Path, dice: Random) -> None:
    with journal_in(path.parents[1] / "series", KEY, {"study": "made"}, resume=dice.random() < 0.8) as journal:
        for number, result in journal.results():
            if result != RUNS.get(number):
                raise Found(STATUS, f"a damaged journal is believed: run {number} is {result!r}")
        if journal.done - set(RUNS):
            raise Found(STATUS, f"a damaged journal has the runs {journal.done}")
        for number in sorted(set(RUNS) - journal.done):
            journal.add(number, RUNS[number])
    shutil.rmtree(path.parents[1] / "series")


def _raw(path: Path, dice: Random) -> None:
    # the folder of a run is the engine's own: only what a simulator leaves there is damaged
    if not path.is_file() or path.is_symlink() or path.stat().st_size > 10**9:
        return
    growing = Growing(path)
    for _ in range(2):
        growing.last_time()
    header = read_header(path)
    try:
        columns, numbers = read_raw(path, header)
    except SimulationError:
        return
    if numbers.shape[1] < len(columns):
        raise Found(STATUS, f"{len(columns)} names for {numbers.shape} numbers")


def _models(path: Path, dice: Random) -> None:
    """A SPICE file, or one that it includes: what was read says the same when it is read again."""
    for beside in (STUDIES / "models").iterdir():
        if not path.with_name(beside.name).exists():
            shutil.copy(beside, path.parent)
    library = read_library(path.with_name("generic180.lib"))
    again = path.with_name("again.lib")
    again.write_text(library.text)
    if read_library(again) != library:
        raise Found(STATUS, f"{path.name} was read, written and read as something else")
    for section in ("", *library.sections):
        library.masters(section)
    foreign_transistor(path.with_name("generic180.lib"), "nfet180", section=dice.choice(("tt", "ss", "ff")))


def _own_cell(path: Path, dice: Random) -> None:
    """A file of a cell of one's own: a study of it says the same when it is written and read again."""
    kind = "subckt" if path.suffix == ".sub" else "verilog_a"
    state = {"initial": "w0"} if kind == "subckt" else {"node": "gap", "initial": "gap0", "zero": 1, "one": 0}
    cell = {kind: path.name, "states": {"w": state}} | ({"dialect": "ltspice"} if kind == "subckt" else {})
    study = study_from({"array": {"rows": 2, "cols": 2}, "cell": cell, "program": [{"do": "read"}]}, folder=path.parent)
    if load_study(write_study(study, path.with_name("written"))) != study:
        raise Found(STATUS, f"{path.name} was read, written and read as something else")


def _names(path: Path, dice: Random) -> None:
    """A map of names: an array of kinds made of it says the same when it is written and read again."""
    array = {"rows": 4, "cols": 3, "kinds": {"file": path.name}}
    kinds = {"a": {"model": "vteam"}, "b": {"model": "gap"}}
    study = study_from({"array": array, "kinds": kinds, "program": [{"do": "read"}]}, folder=path.parent)
    if load_study(write_study(study, path.with_name("written"))) != study:
        raise Found(STATUS, f"{path.name} was read, written and read as something else")


def _drive(path: Path, dice: Random) -> None:
    """Waves of lines: a study of them says the same when it is written and read again."""
    steps = [{"do": "drive", "file": path.name, "every": "1 us"}]
    study = study_from({"array": {"rows": SHAPE[0], "cols": SHAPE[1]}, "program": steps}, folder=path.parent)
    study.schedule()
    if load_study(write_study(study, path.with_name("written"))) != study:
        raise Found(STATUS, f"{path.name} was read, written and read as something else")


def _outside(path: Path, dice: Random) -> None:
    """Waves from outside: what is measured of them is a number."""
    steps = [{"do": "write", "row": 1, "col": 1}, {"do": "read", "row": 1, "col": 1}, {"do": "wait", "duration": 1e-5}]
    study = study_from({"array": {"rows": SHAPE[0], "cols": SHAPE[1]}, "program": steps})
    json.loads(measure_waves(path, study).as_json())


def _currents(path: Path, dice: Random) -> None:
    readings = read_readings(path, floating=dice.random() < 0.3)
    if max(readings.shape) > 8:
        return
    segment = dice.choice((0.0, 2.0, None))
    found = deembed(readings, Lines(dice.choice((1.0, 100.0, 1e4)), 100.0, segment, segment))
    numbers = (found.conductances, found.sigma, found.low)
    if not all(np.isfinite(one).all() and (one >= 0).all() for one in numbers):
        raise Found(STATUS, f"{path.name} gave the conductances {found.conductances!r} +- {found.sigma!r}")


READERS: dict[str, Callable[[Path, Random], None]] = {
    "run/result.nc": _result,
    "states/states.npz": _states,
    "checkpoint.npz": _checkpoint,
    "series-unfinished/runs.jsonl": _journal,
    "waves.raw": _raw,
    "pulses.csv": lambda path, dice: str(read_data(path)) and None,
    "loop.csv": lambda path, dice: str(read_data(path)) and None,
    "currents.csv": _currents,
    "program.json": _program,
    "places.npy": _places,
    "drive.csv": _drive,
    "outside.raw": _outside,
    "outside.csv": _outside,
    "names.csv": _names,
    "models/generic180.lib": _models,
    "models/nfet180.inc": _models,
    "models/gap_cell.va": _own_cell,
    "models/threshold_cell.sub": _own_cell,
    "models/my_selector.va": lambda path, dice: str(foreign_selector(path)) and None,
    "kept.sub": lambda path, dice: str(read_subcircuit(path)) and None,
    "preset.toml": lambda path, dice: str(load_preset(path)) and None,
    **{f"networks/{name}": reader for name, reader in NETWORK_READERS.items()},
}
