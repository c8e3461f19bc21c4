"""Retention: the laws through the study, Arrhenius back out of it, and cells that forget by themselves."""

import numpy as np
import pytest

from pyspice_models import Crossbar, Study, Wait, Write, preset
from pyspice_models.campaign.lasting import RetainParams, retain
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.errors import RequestError

LEVELS = np.where(np.indices((6, 6)).sum(axis=0) % 2, 0.1, 0.9)
BAR = Crossbar(6, 6).at_level(LEVELS)
REST = Study("rest", BAR, [Wait(1e-6)], engine="nodal")


def aged(**given):
    return Study("rest", BAR, [Wait(1e-6)], engine="nodal", aging=AgingParams(**given))


@pytest.fixture(scope="module")
def three():
    return retain(
        aged(relax_share=0.0, retain_spread=0.0), RetainParams(time=1e6, per_decade=12), ["300 K", "330 K", 358.0]
    )


def test_activation_energy_comes_back_out(three):
    assert three.measures["activation_energy"].value == pytest.approx(0.58, rel=0.01, abs=0)


def test_ones_keep_what_the_law_says(three):
    moments = three.dataset["moment"].values
    assert three.dataset["kept"].values[0] == pytest.approx(np.exp(-((moments / 1e6) ** 0.5)), rel=0.001, abs=0)
    assert three.measures["margin_after"].value < three.measures["margin_before"].value
    assert np.diff(three.dataset["lost"].values[2]).min() >= 0
    assert three.dataset["lost"].values[2, -1] == 1


def test_without_aging_the_ag2s_cell_keeps_its_states_and_that_is_said():
    found = retain(REST)
    assert "nothing is lost" in found.warning
    assert found.measures["retention_time"].value == np.inf
    assert found.measures["kept_median"].value == 1


def test_a_cell_that_forgets_by_itself_does_so_as_its_equations_say():
    bar = Crossbar(1, 2, cell=preset("ag-volatile", "threshold").cell).at_level([[0.9, 0.6]])
    found = retain(Study("volatile", bar, [Wait(1e-9)]), RetainParams(time=1e-4)).dataset
    moments = found["moment"].values
    states = bar.model.alone(bar.cell, {bar.model.initial[0]: np.array([0.9, 0.6])}, [0.0, moments[9]], [0.0, 0.0])
    assert found["s"].values[0, 9, 0] - [0.9, 0.6] == pytest.approx(states[0], abs=2e-4)


def test_relaxation_after_a_write_is_in_it():
    study = Study("w", Crossbar(2, 2), [Write(0, 0, pulses=10)], engine="nodal",
                  aging=AgingParams(relax_share=0.2, relax_spread=0.0, retain_time=0.0))  # fmt: skip
    found = retain(study, RetainParams(time=1e5)).dataset["w"].values[0]
    assert (found[0] - found[-1])[0, 0] == pytest.approx(0.2 * (found[0, 0, 0] - 0.05), rel=0.02, abs=0)


@pytest.mark.parametrize(
    ("temperatures", "told"),
    [(["600 K"], "temperature = 600.0 K is refused; allowed: 200 to 500"), ([300.0, "300 K"], "each once"),
     (["3 V"], "temperature")],
)  # fmt: skip
def test_temperatures_that_are_none_are_refused(temperatures, told):
    with pytest.raises(RequestError, match=told):
        retain(REST, None, temperatures)
