"""VACASK, a second and independent simulator: what both find is the same; and what happens when a run goes wrong."""

from __future__ import annotations

import os
import shlex
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import TwinRun, simulate
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine import Waves, engine
from pyspice_models.engine.toolchain.tools import find_vacask, require
from pyspice_models.errors import RequestError, SimulationError, ToolError
from pyspice_models.netlist import Deck, crossbar_deck
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.stimulus import Read, Step, Wait, Write, schedule
from pyspice_models.stimulus.cell_bench import CellBench, Drive
from pyspice_models.study import Study, run_study

BOTH = ("ngspice", "vacask")
WITHIN = 0.005
CELL = CellParams()


def _both(tmp_path: Path, make) -> dict[str, Waves]:
    found = {}
    for name in BOTH:
        (tmp_path / name).mkdir()
        found[name] = engine(name).run_deck(make(engine(name).dialect), tmp_path / name, time_limit=120)
    return found


def _train(levels: list[float]) -> Drive:
    drive = Drive().hold(1e-6)
    for level in levels:
        drive = drive.pulse(level, 1e-6, 10e-9).hold(1e-6)
    return drive


# ---- the same answer


def test_a_pulse_train_is_the_same_in_both_and_in_the_twin(tmp_path: Path) -> None:
    drive = _train([0.3] * 10 + [-0.3] * 10)
    bench = CellBench(CELL.replace(w0=0.1), drive.times, drive.volts, r_series=1e3)
    waves = _both(tmp_path, lambda name: cell_deck([bench], form="osdi", longest_step=5e-8, dialect_name=name))
    twin = simulate(bench.cell, bench.times, bench.volts, series_resistance=1e3, tolerance=1e-6)
    rests = np.arange(1, 21) * 2e-6 - 0.2e-6
    states = {name: np.interp(rests, w.time, w.values["w"][:, 0]) for name, w in waves.items()}
    assert np.ptp(states["vacask"]) > 0.5
    assert states["vacask"] == pytest.approx(states["ngspice"], abs=WITHIN * 0.5)
    assert states["vacask"] == pytest.approx(np.interp(rests, twin.time, twin.w), abs=WITHIN * 0.5)
    energies = {name: np.trapezoid(w.values["p"][:, 0], w.time) for name, w in waves.items()}
    assert energies["vacask"] == pytest.approx(energies["ngspice"], rel=WITHIN, abs=0)
    assert energies["vacask"] == pytest.approx(twin.loss[-1], rel=WITHIN, abs=0)


def _threshold(run: Waves | TwinRun, volts: np.ndarray, current: np.ndarray) -> float:
    first = int(np.argmax(current > 1e-6))
    return float(np.interp(1e-6, current[first - 1 : first + 1], volts[first - 1 : first + 1]))


def test_an_i_v_loop_is_the_same_in_both_and_in_the_twin(tmp_path: Path) -> None:
    drive = Drive().ramp([0.5, -0.5, 0.0], 0.1)
    bench = CellBench(CELL, drive.times, drive.volts, r_series=10e3)
    waves = _both(tmp_path, lambda name: cell_deck([bench], form="osdi", longest_step=5e-3, dialect_name=name))
    twin = simulate(bench.cell, bench.times, bench.volts, series_resistance=10e3, tolerance=1e-6)
    rests = np.array([4.0, 8.0, 9.5, 14.0, 19.5])  # away from the two jumps
    x = {name: np.interp(rests, w.time, w.values["x"][:, 0]) for name, w in waves.items()}
    assert np.ptp(x["vacask"]) > 0.4  # the filament forms and goes
    assert x["vacask"] == pytest.approx(x["ngspice"], abs=WITHIN * 0.5)
    assert x["vacask"] == pytest.approx(np.interp(rests, twin.time, twin.x), abs=WITHIN * 0.5)
    sets = {
        name: _threshold(w, np.interp(w.time, drive.times, drive.volts), w.values["i"][:, 0])
        for name, w in waves.items()
    }
    i_twin = Equations(CELL).current(twin.v, twin.w, twin.x)
    of_twin = _threshold(twin, np.interp(twin.time, drive.times, drive.volts), i_twin)
    assert sets["vacask"] == pytest.approx(sets["ngspice"], rel=WITHIN, abs=0)
    assert sets["vacask"] == pytest.approx(of_twin, rel=WITHIN, abs=0)


_PROGRAM: list[Step] = [Write(3, 4), Read(3, 4), Write(2, 2, voltage=-0.3), Read(2)]
_KINDS = {
    "1R": ({}, [*_PROGRAM, Read(3, 4, scheme="floating")]),
    "1S1R": ({"selector": ThresholdParams()}, [Write(3, 4, voltage=0.45), Read(3, 4, voltage=0.3)]),
    "1T1R": ({"selector": TransistorParams()}, _PROGRAM),
    "amplifiers and limiters": ({"driver": DriverParams(sense="tia", compliance="smooth")}, _PROGRAM),
}
_COMPARED = (
    "energy_per_switch", "energy_selected_cell", "energy_lines", "energy_drivers", "energy_selectors", "state_change",
    "read_current", "sneak_current", "recovery_time", "read_margin", "energy_source", "energy_dissipated",
)  # fmt: skip


@pytest.mark.parametrize("kind", _KINDS)
def test_an_8_x_8_crossbar_is_the_same_in_both(kind: str) -> None:
    parts, program = _KINDS[kind]
    crossbar = Crossbar(8, 8, per_cell={"w0": pattern("checkerboard", (8, 8))}, **parts)
    ours = {name: run_study(Study("both", crossbar, program, engine=name)).measures for name in BOTH}
    compared = [name for name in _COMPARED if name in ours["ngspice"]]
    assert len(compared) >= 8
    for name in compared:
        assert ours["vacask"][name].value == pytest.approx(ours["ngspice"][name].value, rel=WITHIN, abs=0), name
    assert abs(ours["vacask"]["energy_imbalance"].value) < WITHIN


# ---- a run that goes wrong


@pytest.fixture
def deck() -> Deck:
    crossbar = Crossbar(2, 2)
    return crossbar_deck(crossbar, schedule(crossbar, [Write(0, 0), Read(0, 0)]), dialect_name="vacask")


@pytest.fixture
def impostor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a script in VACASK's place that answers probes truly and treats a deck as told."""
    real = shlex.quote(str(require(find_vacask())))

    def install(what: str) -> None:
        script = tmp_path / "vacask"
        what = what.replace("REAL", real)
        script.write_text(f'#!/bin/sh\ncase "$*" in *--help*) exec {real} "$@";; esac\n{what}\n', encoding="ascii")
        script.chmod(0o755)
        monkeypatch.setenv("AG2S_VACASK", str(script))

    return install


def test_a_run_reaches_its_end_and_tells_its_progress(deck: Deck, tmp_path: Path) -> None:
    shares: list[float] = []
    waves = engine("vacask").run_deck(deck, tmp_path, time_limit=60, progress=shares.append)
    assert waves.time[0] == 0
    assert waves.time[-1] == pytest.approx(deck.stop, rel=1e-12, abs=0)
    assert (np.diff(waves.time) > 0).all()
    assert waves.values["w"].shape == (len(waves.time), 2, 2)
    assert all(0 <= share <= 1 for share in shares)
    assert (tmp_path / "deck.sim").read_text() == deck.text
    assert waves.engine.startswith("VACASK 0.")


def test_the_last_time_point_is_the_end_of_the_program(tmp_path: Path) -> None:
    """VACASK may stop a rounding short of it, and what is asked at the end would then lie outside the waves."""
    for pulses in range(1, 6):
        crossbar = Crossbar(1, 1)
        plan = schedule(crossbar, [Write(0, 0, pulses=pulses, width=0.7e-6)])
        waves = engine("vacask").run_deck(crossbar_deck(crossbar, plan, dialect_name="vacask"), tmp_path, time_limit=60)
        assert waves.time[-1] == plan.stop
        assert (np.diff(waves.time) > 0).all()


def test_a_users_own_settings_change_nothing(deck: Deck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, folder = tmp_path / "home", tmp_path / "run"
    home.mkdir()
    folder.mkdir()
    for place in (home, folder):
        (place / ".vacaskrc.toml").write_text("this is no TOML\n")
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    plain = engine("vacask").run_deck(deck, undisturbed, time_limit=60)
    monkeypatch.setenv("HOME", str(home))
    waves = engine("vacask").run_deck(deck, folder, time_limit=60)
    assert (waves.time == plain.time).all()
    for name, values in plain.values.items():
        assert (waves.values[name] == values).all(), name
    assert not [path for place in (folder, undisturbed) for path in place.glob(".*")], "nothing hidden stays"


def test_over_its_time_limit_it_is_stopped_and_nothing_runs_on(deck: Deck, tmp_path: Path, impostor) -> None:
    impostor("echo $$ > pid; sleep 600")
    began = time.monotonic()
    with pytest.raises(SimulationError, match=r"VACASK was stopped at its time limit of 1 s, at 0 s of "):
        engine("vacask").run_deck(deck, tmp_path, time_limit=1.0)
    assert time.monotonic() - began < 30
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("kill -9 $$", r"VACASK was killed \(SIGKILL\)"),
        ("echo 'Failed to think'; exit 3", r"ended with status 3 and wrote no waves(.|\n)*Failed to think"),
        ('REAL "$@"; size=$(stat -c %s waves.raw); truncate -s $((size/2)) waves.raw', "stopped early, at "),
        ("REAL \"$@\"; echo 'Analysis aborted.'", r"reported errors(.|\n)*aborted"),
        ('REAL "$@"; exit 1', "ended with status 1"),
        ("head -c 100 /dev/zero > waves.raw", "stopped before its first time point"),
    ],
)
def test_every_bad_ending_is_reported_as_what_it_is(
    deck: Deck, tmp_path: Path, impostor, what: str, message: str
) -> None:
    impostor(what)
    with pytest.raises(SimulationError, match=message) as caught:
        engine("vacask").run_deck(deck, tmp_path, time_limit=60)
    assert caught.value.folder == tmp_path
    assert (tmp_path / "deck.sim").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("save p(n_0_0,w)", "save v(nowhere)", "Node 'nowhere' not found"),
        ("  w0=0.05", "  w0=7", "out of bounds"),
        ('load "ag2s.osdi"', 'load "gone.osdi"', "'gone.osdi' not found"),
        ("ground 0", "ground 0\nvx (bs_0 0) vsource dc=2", "aborted|singular|failed"),
    ],
)
def test_a_deck_that_it_refuses_shows_its_own_words(deck: Deck, tmp_path: Path, old: str, new: str, words: str) -> None:
    text = deck.text
    assert old in text
    broken = replace(deck, pieces=lambda: [text.replace(old, new)])
    with pytest.raises(SimulationError, match=rf"(?si)VACASK.*({words})"):
        engine("vacask").run_deck(broken, tmp_path, time_limit=60)


def test_a_vector_that_was_not_saved_is_an_error(deck: Deck, tmp_path: Path) -> None:
    wrong = replace(deck, probes={**deck.probes, "w": ["v(nowhere)"] * 4})
    with pytest.raises(SimulationError, match="did not save the vector 'nowhere'"):
        engine("vacask").run_deck(wrong, tmp_path, time_limit=60)


def test_without_the_program_it_says_so(deck: Deck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AG2S_VACASK", "/no/such/vacask")
    with pytest.raises(ToolError, match=r"VACASK cannot be used(.|\n)*scripts/setup"):
        engine("vacask").run_deck(deck, tmp_path, time_limit=60)


def test_it_refuses_what_it_cannot_do_before_it_runs() -> None:
    crossbar = Crossbar(1, 1)
    with pytest.raises(RequestError, match="form = 'subckt' is refused; allowed: osdi"):
        Study("no", crossbar, [Wait(1e-6)], form="subckt", engine="vacask")
    with pytest.raises(RequestError, match="this one is for ngspice"):
        engine("vacask").run_deck(crossbar_deck(crossbar, schedule(crossbar, [Read(0, 0)])), Path(), time_limit=1)
