"""Cells that age within a run: against the laws, in the package's own solver and in ngspice."""

from dataclasses import replace

import numpy as np
import pytest

from pyspice_models import Crossbar, Read, Study, Wait, Write, load_study, run_study, write_study
from pyspice_models.cells.aging.laws import relaxed
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.timeline import nearest
from pyspice_models.study.identity import identity

BAR = Crossbar(2, 2)
LAW = AgingParams(relax_share=0.2, relax_spread=0.0, retain_time=0.0, wear_cycles=0.0)
PROGRAM = [Write(0, 0, pulses=10), Wait(1e-3), Read(0)]
STUDY = Study("aged", BAR, PROGRAM, engine="nodal", aging=LAW)


@pytest.fixture(scope="module")
def runs():
    return {engine: run_study(replace(STUDY, engine=engine)) for engine in ("nodal", "ngspice")}


@pytest.fixture(scope="module")
def usual():
    return run_study(replace(STUDY, aging=None))


@pytest.mark.parametrize("engine", ["nodal", "ngspice"])
def test_what_a_write_changed_comes_back_by_the_law(runs, usual, engine):
    written = usual.dataset["w"].values[-1, 0, 0]
    back = (written - runs[engine].dataset["w"].values[-1, 0, 0]) / (written - 0.05)
    assert back == pytest.approx(0.2 * float(relaxed(LAW, 1.02e-3)), rel=0.01, abs=0)


def test_all_along_the_wait_in_the_solver(runs):
    dataset = runs["nodal"].dataset
    time, w = dataset["time"].values, dataset["w"].values[:, 0, 0]
    begun = dataset["window_stop"].values[0]
    written = w[nearest(time, begun)]
    for moment in (1e-5, 1e-4, 1e-3):
        back = (written - w[nearest(time, begun + moment)]) / (written - 0.05)
        assert back == pytest.approx(0.2 * float(relaxed(LAW, moment)), rel=0.01, abs=0)


@pytest.mark.parametrize("engine", ["nodal", "ngspice"])
def test_the_books_balance_and_time_goes_on(runs, usual, engine):
    found, dataset = runs[engine], runs[engine].dataset
    assert not found.warning
    assert (np.diff(dataset["time"].values) > 0).all()
    assert float(dataset["time"][-1]) == pytest.approx(float(usual.dataset["time"][-1]), rel=1e-6, abs=0)
    assert abs(found.measures["energy_imbalance"].value) < 1e-3
    assert found.measures["energy_per_switch"].value == pytest.approx(
        usual.measures["energy_per_switch"].value, rel=1e-3, abs=0
    )
    assert found.measures["read_current"].value < usual.measures["read_current"].value
    assert dataset["window_kind"].size == 3


def test_both_engines_agree(runs):
    one, other = (runs[engine].measures for engine in ("nodal", "ngspice"))
    for name in ("energy_per_switch", "state_change", "read_current", "read_margin"):
        assert one[name].value == pytest.approx(other[name].value, rel=2e-3, abs=0)


def test_cycles_and_windows_are_told():
    worn = replace(STUDY, aging=AgingParams(relax_share=0, retain_time=0, wear_spread=0, wear_power=1, cycles=1e6))
    dataset = run_study(replace(worn, program=[Write(0, 0, pulses=10), Write(0, 0, voltage=-0.3, pulses=20)])).dataset
    assert dataset["aging_high"].values == pytest.approx(0.75, abs=1e-5)
    assert dataset["aging_low"].values == pytest.approx(0.25, abs=1e-5)
    assert dataset["aging_cycles"].values[0, 0] > 1e6
    assert dataset["w"].values[0] == pytest.approx(0.25, abs=1e-5)  # 0.05 is not to be had any more


def test_a_study_without_the_table_has_no_trace_of_it(tmp_path):
    plain = replace(STUDY, aging=None)
    text = write_study(plain, tmp_path / "plain").read_text()
    assert "aging" not in text
    assert not any("aging" in key for key in identity(plain))
    file = write_study(STUDY, tmp_path / "aged")
    assert load_study(file) == STUDY
    assert load_study(file, ["aging.relax_law=stretched"]).aging.relax_law == "stretched"


def test_an_empty_table_takes_the_assumed_numbers(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text('[array]\nrows = 1\ncols = 1\n[aging]\n[[program]]\ndo = "wait"\n')
    assert load_study(file).aging == AgingParams()
    file.write_text('[array]\nrows = 1\ncols = 1\n[aging]\nretain_tim = 1\n[[program]]\ndo = "wait"\n')
    with pytest.raises(RequestError, match="did you mean 'retain_time'"):
        load_study(file)


def test_ngspice_without_a_wait_cannot_age_and_says_what_to_do():
    with pytest.raises(RequestError, match=r"within a wait: the program has none.*engine nodal"):
        run_study(replace(STUDY, engine="ngspice", program=[Write(0, 0)]))


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "time"), [("nodal", 1e4), ("ngspice", 100.0)])
def test_long_waits(engine, time):
    """ngspice itself follows no program of 10^4 s with edges of 10 ns, and says so."""
    law = AgingParams(relax_share=0.1, relax_spread=0.0, retain_spread=0.0, wear_cycles=0.0)
    study = replace(STUDY, engine=engine, program=[Write(0, 0, pulses=10), Wait(time), Read(0)], aging=law)
    written = run_study(replace(study, aging=None)).dataset["w"].values[-1, 0, 0]
    left = written - 0.1 * float(relaxed(law, time)) * (written - 0.05)
    ended = run_study(study).dataset["w"].values[-1, 0, 0]
    assert ended == pytest.approx(left * np.exp(-((time / 1e6) ** 0.5)), rel=0.01, abs=0)
