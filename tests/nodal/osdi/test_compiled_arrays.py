"""Arrays of cells that are compiled Verilog-A in the nodal engine: against ngspice and the built-in loops; failures."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import re
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compiled_cases import GAP, of_text

from pyspice_models import Crossbar, Faults, Read, Study, VteamParams, Write, foreign_cell, pattern, run_study
from pyspice_models.cells.gap.params import GapParams
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.cells.threshold.params import ThresholdCellParams
from pyspice_models.engine.nodal.osdi.apart import CODE
from pyspice_models.engine.nodal.osdi.objects import Osdi
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.engine.osdi.layout import DescriptorLayout
from pyspice_models.engine.osdi.nursery import nursery
from pyspice_models.engine.toolchain.verilog_a import compiled
from pyspice_models.errors import SimulationError
from pyspice_models.measure import energy_split
from pyspice_models.study import Outcome

SHAPE = 3, 4


def gap_cell() -> Any:
    return foreign_cell(
        GAP, terminals=["top", "bottom"], states={"closed": {"node": "gap", "initial": "gap0", "zero": 1.0, "one": 0.0}}
    )


def both(study: Study) -> tuple[Outcome, Outcome]:
    return run_study(study), run_study(replace(study, engine="nodal"))


def agree(spice: Outcome, nodal: Outcome, *, states: float = 3e-4, energies: float = 3e-3) -> None:
    """ngspice's own errors count in it: at the default tolerances states are within 1e-4 to 2e-4."""
    ends = [float(outcome.dataset["time"][-1]) for outcome in (spice, nodal)]
    splits = [energy_split(outcome.dataset, 0.0, end) for outcome, end in zip((spice, nodal), ends, strict=True)]
    cells = [split.cells.values for split in splits]
    assert cells[1].sum() == pytest.approx(cells[0].sum(), rel=energies, abs=0)
    assert abs(nodal.measures["energy_imbalance"].value) < 1e-4
    for name in ("energy_selected_cell", "energy_dissipated", "read_current"):
        assert nodal.measures[name].value == pytest.approx(spice.measures[name].value, rel=energies, abs=0), name
    for name in spice.dataset.attrs["states"].split():
        first, last = (outcome.dataset[name].isel(time=-1).values for outcome in (spice, nodal))
        assert np.abs(first - last).max() < states, name


@pytest.mark.parametrize(
    ("cell", "volt", "width"),
    [
        (VteamParams(), 0.5, 1e-6),
        (GapParams(), 2.5, 20e-9),
        (ThresholdCellParams(), 0.5, 1e-6),
        (gap_cell(), 0.5, 1e-6),
    ],
    ids=["vteam", "gap", "threshold", "a user's own"],
)  # fmt: skip
def test_arrays_of_any_cell_agree_with_ngspice(cell: Any, volt: float, width: float) -> None:
    bar = Crossbar(*SHAPE, cell=cell, faults=Faults(stuck_on=[(0, 0)])).at_level(
        pattern("checkerboard", SHAPE, low=0.2, high=0.8)
    )  # fmt: skip
    agree(*both(Study("any", bar, [Write(1, 2, voltage=volt, width=width), Read(1, 2, voltage=volt / 10)])))


def test_cells_differ() -> None:
    """A parameter of the instance and one of the module, which has no attribute that says so."""
    spread = {"r_on": 1e4 * (1 + np.arange(12).reshape(SHAPE) / 4), "speed": np.linspace(2e6, 5e6, 12).reshape(SHAPE)}
    bar = Crossbar(*SHAPE, cell=gap_cell(), per_cell=spread)
    agree(*both(Study("spread", bar, [Write(1, 2, voltage=0.5), Read(1, 2, voltage=0.05)])))


def test_ag2s_by_its_object_is_ag2s_by_its_own_loops() -> None:
    bar = Crossbar(*SHAPE, per_cell={"w0": pattern("checkerboard", SHAPE, low=0.1, high=0.9), "x0": 0.02})
    study = Study("object", bar, [Write(1, 2), Read(1, 2)], engine="nodal")
    runs = []
    for crossings in (None, Osdi(bar, bar.populations)):
        run = Transient(bar, study.schedule(), study.accuracy, crossings)
        run.run(time.monotonic() + 300, None, lambda points: None)
        runs.append((run.crossings.states(run._held[0].held), run.books))
    (own, built_in), (by_object, objects) = runs
    for name in ("w", "x"):
        assert np.abs(own[name] - by_object[name]).max() < 1e-7
    assert objects.cells == pytest.approx(built_in.cells, rel=1e-6, abs=0)
    assert objects.sums[:4] == pytest.approx(built_in.sums[:4], rel=1e-6, abs=0)


@pytest.mark.parametrize("selector", [ThresholdParams(), ThresholdParams(v_hold=0.1, t_delay=2e-8, t_relax=2e-7)])
def test_a_cell_and_its_selector_are_one_place(selector: ThresholdParams) -> None:
    bar = Crossbar(*SHAPE, cell=VteamParams(), selector=selector, faults=Faults(stuck_on=[(0, 0)])).at_level(
        pattern("checkerboard", SHAPE, low=0.2, high=0.8)
    )
    agree(*both(Study("selected", bar, [Write(1, 2, voltage=0.9, width=1e-6), Read(1, 2, voltage=0.4)])))


def test_a_cell_that_gives_no_number_is_named_with_its_voltages(tmp_path: Path) -> None:
    cell = of_text("analog I(a, c) <+ 1e-6*sqrt(0.2 - V(a, c))*V(a, c);", tmp_path)
    study = Study("nan", Crossbar(2, 2, cell=cell), [Write(1, 0, voltage=0.4)], engine="nodal")
    words = (
        r"step became too small at \S+ s .*: the cell \(1, 0\) \(mine\) gives .* that are no numbers at \S+ s, at a = 0"
    )
    with pytest.raises(SimulationError, match=words):
        run_study(study)


def patched(text: str, name: str, code: bytes) -> None:
    """Let a cell's object begin its evaluation with other machine code; its name in the cache tells its content."""
    path = compiled(text, f"cell_{name}")
    base = ctypes.addressof(ctypes.c_char.in_dll(ctypes.CDLL(str(path)), "OSDI_DESCRIPTORS"))
    address = DescriptorLayout.from_address(base).eval
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines() if line.endswith(str(path))]
    places = [(*(int(one, 16) for one in line[0].split("-")), int(line[2], 16)) for line in lines]
    at = next(address - start + offset for start, end, offset in places if start <= address < end)
    data = bytearray(path.read_bytes())
    data[at : at + len(code)] = code
    path.unlink()
    stem = path.stem.rpartition("-")[0]
    other = path.with_name(f"{stem}-{hashlib.sha256(data).hexdigest()[:24]}.osdi")
    other.write_bytes(data)
    other.chmod(0o600)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the machine code is that of x86-64")
def test_a_crash_of_a_users_code_is_a_message(tmp_path: Path) -> None:
    cell = of_text("analog I(a, c) <+ 1.25e-6*V(a, c);", tmp_path, "crashing")
    bar = Crossbar(2, 2, cell=cell)
    patched(bar.model.verilog_a, bar.model.name, bytes.fromhex("c7042500000000 00000000"))  # write to address 0
    study = Study("crash", bar, [Write(1, 0, voltage=0.4)], engine="nodal")
    words = "the nodal engine's process with the compiled code of the cell 'crashing' crashed (SIGSEGV)"
    with pytest.raises(SimulationError, match=re.escape(words)):
        run_study(study)
    parent = nursery(CODE)
    assert parent.alive
    of_a_user = of_text("analog I(a, c) <+ 1.25e-6*V(a, c);", tmp_path, "sound")
    sound = Study("sound", Crossbar(2, 2, cell=of_a_user), [Write(1, 0, voltage=0.4)], engine="nodal")
    first = run_study(sound)
    os.kill(parent._process.pid, signal.SIGKILL)  # as Linux does when the thread that started it ends
    second = run_study(sound)
    assert nursery(CODE) is not parent
    for name in first.dataset.data_vars:
        assert np.array_equal(first.dataset[name], second.dataset[name], equal_nan=True), name
