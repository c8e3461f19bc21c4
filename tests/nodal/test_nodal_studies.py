"""The nodal engine on whole studies: what it agrees with, what it refuses, what it keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from nodal_cases import ENERGIES, _compare, run_points

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.foreign import foreign_transistor
from pyspice_models.engine import engine, netlist_engine
from pyspice_models.engine.nodal.crossings.cells import PROBED_VOLTAGES, Cells
from pyspice_models.engine.nodal.kept import Kept, bends
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.result import windows
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Read, ReadAll, Write, schedule
from pyspice_models.study import Study, load_study, run_study


@pytest.mark.slow
def test_it_agrees_at_full_size(studies: Path) -> None:
    _compare(load_study(studies / "write_read_32.toml"))


def test_half_the_step_gives_the_same_energy() -> None:
    study = Study("step", Crossbar(3, 3), [Write(1, 1), Read(1, 1)], engine="nodal")
    plain, tight = (run_study(replace(study, accuracy=a)).measures for a in (Accuracy(), Accuracy().tighter(8)))
    for name in (*ENERGIES, "read_current", "recovery_time"):
        assert plain[name].value == pytest.approx(tight[name].value, rel=2e-3, abs=0), name


def test_what_it_cannot_do_it_refuses_by_name(tmp_path: Path) -> None:
    nodal = engine("nodal")
    with pytest.raises(RequestError, match=r"engine = 'nodal' is refused; .* one that reads netlists: ngspice"):
        netlist_engine("nodal")
    card = tmp_path / "old.lib"
    card.write_text(".model nold nmos (level=1 vto=0.5 kp=1e-4)\n")
    crossbar = Crossbar(2, 2, selector=foreign_transistor(card, "nold"))
    asked = Simulation(crossbar, schedule(crossbar, [Read(0, 0)]))
    with pytest.raises(RequestError, match="solves the transistor 'nold' by compiled models, and cannot"):
        nodal.run(asked, tmp_path / "run", time_limit=10)
    assert not (tmp_path / "run").exists()


def test_its_time_limit_is_kept(tmp_path: Path) -> None:
    crossbar = Crossbar(20, 20)
    asked = Simulation(crossbar, schedule(crossbar, [Write(0, 0), ReadAll()]))
    with pytest.raises(SimulationError, match="reached its time limit at"):
        engine("nodal").run(asked, tmp_path, time_limit=0.05)


def test_points_come_in_order_and_end_at_the_stop() -> None:
    crossbar = Crossbar(2, 3)
    plan = schedule(crossbar, [Write(0, 0), Read(1)])
    times = run_points(Transient(crossbar, plan, Accuracy())).time
    assert times[0] == 0
    assert times[-1] == plan.stop
    assert (np.diff(times) > 0).all()
    assert set(plan.corners) <= set(times)


def test_of_a_large_array_the_marks_and_the_steps_that_tell_most_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = Study("kept", Crossbar(3, 3), [Write(1, 1), Read(1, 1)], engine="nodal")
    whole = run_study(study)
    monkeypatch.setattr("pyspice_models.engine.nodal.kept.MOST_VALUES", 9 * 40)
    thin = run_study(study)
    assert len(thin.dataset.time) <= 41 < len(whole.dataset.time)
    for window in windows(thin.dataset):
        assert np.abs(thin.dataset.time.values - window.settled).min() < 1e-15
    for name in (*ENERGIES, "read_current", "energy_imbalance", "state_change"):
        assert thin.measures[name].value == pytest.approx(whole.measures[name].value, rel=1e-9, abs=0), name
    assert thin.measures["recovery_time"].value == pytest.approx(whole.measures["recovery_time"].value, rel=1e-3, abs=0)
    assert f"{len(thin.dataset.time)} points kept" in thin.log


def test_a_result_that_does_not_fit_into_memory_is_refused_before_it_is_begun() -> None:
    crossbar = Crossbar(4096, 4096)
    plan = schedule(crossbar, [Write(0, 0)] * 40)
    with pytest.raises(RequestError, match=r"the waves of \d+ marks of the program over 16777216 cells need .* GB"):
        Kept(plan, 4096 * 4096)


@pytest.mark.parametrize("name", ["rate_int_set", "rate_int_reset", "rate_fil_set", "rate_fil_reset"])
def test_the_fastest_of_the_four_rates_counts(name: str) -> None:
    slow = CellParams(rate_int_set=1.0, rate_int_reset=1.0, rate_fil_set=1e-9, rate_fil_reset=1e-9)
    before = Cells(Crossbar(1, 2, slow)).fastest()
    after = Cells(Crossbar(1, 2, slow, per_cell={name: [[getattr(slow, name), 1e12]]})).fastest()
    assert (after > 10 * before).all()


def test_each_rate_counts_at_its_own_voltages() -> None:
    """Filaments that only a higher voltage grows are no faster where it is low."""
    cell = CellParams(rate_int_set=1.0, rate_int_reset=1.0, v_nuc_int=1.0, v_nuc_fil=0.1)
    fast = Cells(Crossbar(1, 1, cell.replace(rate_fil_set=1e6, rate_fil_reset=1e6)))
    factors = [fast.equations.kinetic_factors(float(volt)) for volt in PROBED_VOLTAGES]
    assert fast.fastest() == pytest.approx([max(f_int, 1e6 * f_fil) for f_int, f_fil in factors], rel=1e-12, abs=0)
    assert any(f_int > 2 * f_fil or f_fil > 2 * f_int for f_int, f_fil in factors)


def test_a_bend_is_a_share_of_the_waves_size_whatever_its_sign() -> None:
    time, wave = np.array([0.0, 1.0, 2.0, 4.0]), np.array([[0.0, 1.0], [3.0, 1.0], [2.0, 1.0], [-6.0, 1.0]])
    # off the line between neighbours by 2 of 3; by 2 of 2
    assert bends(time, wave) == pytest.approx([2 / 3, 1.0], rel=1e-12, abs=0)
    assert bends(time, -wave) == pytest.approx([2 / 3, 1.0], rel=1e-12, abs=0)
    still = np.array([[-1.0], [0.0], [-1.0], [-1.0]])
    assert np.isfinite(bends(time, still)).all(), "a wave that passes 0 is held against its size elsewhere"
