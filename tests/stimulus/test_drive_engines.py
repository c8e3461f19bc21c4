"""A drive step in every engine: the same waves, energies and states, and what a write step does by the same waves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pyspice_models import Crossbar, Drive, Outcome, Study, Wait, Write, energy_split, run_study, schedule
from pyspice_models.engine import engine_names
from pyspice_models.stimulus.drive.waves import Pwl, Sine
from pyspice_models.study.size import estimate

BAR = Crossbar(2, 2).replace(per_cell={"w0": np.array([[0.1, 0.6], [0.3, 0.2]])})
PULSE = Pwl((0.0, 0.0, 1e-6, 1e-6, 2e-6), (0.0, 0.3, 0.3, 0.0, 0.0))
STUDY = Study(
    "drive", BAR,
    [
        Drive({"wl0": PULSE, "bl1": Pwl((0.0, 0.0, 1e-6, 1e-6), (0.0, 0.15, 0.15, 0.0)), "wl1": Pwl((0, 0), (0, 0))},
              duration=2e-6, every=0.5e-6, sample=(0.25e-6,)),
        Drive({"wl1": Sine(amplitude=0.02, frequency=1e6, phase=30)}, duration=1.5e-6, sample=(1.4e-6,)),
    ],
)  # fmt: skip


@pytest.fixture(scope="module")
def ngspice() -> Outcome:
    return run_study(STUDY)


def _agree(one: Outcome, other: Outcome, within: float) -> None:
    for name in ("energy_drive", "energy_drive_source", "drive_state_change", "drive_current"):
        assert other.measures[name].value == pytest.approx(one.measures[name].value, rel=within, abs=0), name
    assert one.samples is not None
    assert other.samples is not None
    assert np.array_equal(one.samples["time"].values, other.samples["time"].values)
    for name in ("i_sense", "i_word_source"):
        top = float(np.abs(one.samples[name].values).max())
        assert np.abs(other.samples[name].values - one.samples[name].values).max() < within * top, name
    w, v = one.samples["w"].values, other.samples["w"].values
    assert np.abs(w - v).max() < within * float(np.abs(w[-1] - w[0]).max())


@pytest.mark.parametrize("engine", sorted(set(engine_names()) - {"ngspice"}))
def test_every_engine_gives_the_same(ngspice: Outcome, engine: str) -> None:
    _agree(ngspice, run_study(replace(STUDY, engine=engine)), 5e-3)


def test_results_are_taken_at_the_moments_that_were_asked_for(ngspice: Outcome) -> None:
    wanted = [0, 0.25e-6, 0.5e-6, 1e-6, 1.5e-6, 2e-6, 2.01e-6 + 1.4e-6]
    assert ngspice.samples is not None
    assert ngspice.samples["time"].values == pytest.approx(wanted, rel=1e-12, abs=0)
    assert set(wanted[:3]) <= set(ngspice.dataset["time"].values.tolist()), "samples of the run, not between two"
    assert ngspice.samples["v_word_source"].values[1, 0] == pytest.approx(0.3, abs=1e-12)
    assert ngspice.samples["v_word_source"].values[6, 1] == pytest.approx(
        0.02 * np.sin(2 * np.pi * (1.4 + 30 / 360)), abs=1e-3 * 0.02
    )
    assert '"samples"' in ngspice.as_json()


def test_a_wave_that_is_a_pulse_does_what_the_pulse_does(ngspice: Outcome) -> None:
    plan = schedule(BAR, [Write(0, 0, width=1e-6, scheme="V/2"), Wait(0.99e-6)])
    drives = {
        f"{side}l{n}": Pwl((*wave.times, 2e-6), (*wave.values, 0.0))
        for side, waves in (("w", plan.word), ("b", plan.bit)) for n, wave in enumerate(waves) if not wave.is_constant
    }  # fmt: skip
    written = run_study(Study("write", BAR, [Write(0, 0, width=1e-6, scheme="V/2"), Wait(0.99e-6)]))
    driven = run_study(Study("drive", BAR, [Drive(drives)]))
    both = [
        (energy_split(one.dataset, 0.0, 2e-6), one.dataset["w"].interp(time=2e-6).values) for one in (written, driven)
    ]
    assert both[1][0].dissipated == pytest.approx(both[0][0].dissipated, rel=1e-3, abs=0)
    assert both[1][0].source == pytest.approx(both[0][0].source, rel=1e-3, abs=0)
    assert both[1][1] == pytest.approx(both[0][1], abs=1e-5)


def test_what_would_be_no_true_measure_is_left_out(ngspice: Outcome) -> None:
    for name in ("energy_supply", "read_current", "energy_per_switch", "state_change"):
        assert name not in ngspice.measures
    assert "sources that no rails stand for" in ngspice.missing["energy_supply"]
    assert not {"energy_supply", "energy_supply_line_charge"} & set(ngspice.steps[0].values)
    split = [energy_split(ngspice.dataset, *span).dissipated for span in ((0, 2.01e-6), (2.01e-6, 3.52e-6))]
    assert [row.values["energy_dissipated"] for row in ngspice.steps] == pytest.approx(split, rel=1e-9, abs=0)
    assert ngspice.measures["energy_drive"].value == pytest.approx(sum(split), rel=1e-9, abs=0)
    assert abs(ngspice.measures["energy_imbalance"].value) < 1e-3


def test_its_size_is_estimated_from_above(ngspice: Outcome) -> None:
    assert ngspice.dataset.sizes["time"] < estimate(STUDY).points < 10 * ngspice.dataset.sizes["time"]
