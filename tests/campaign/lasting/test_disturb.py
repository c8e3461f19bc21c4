"""Read disturb against transients, and its bounds."""

from dataclasses import replace

import numpy as np
import pytest

from pyspice_models import Crossbar, Faults, Read, ReadAll, Study, Wait, Write, run_study
from pyspice_models.array.fluctuation import FluctuationParams
from pyspice_models.campaign.lasting import DisturbParams, disturb
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.errors import RequestError

BAR = Crossbar(2, 2).at_level([[0.1, 0.3], [0.6, 0.9]])
ROUND = [ReadAll(voltage=0.15, duration=2e-6)]
STUDY = Study("many", BAR, ROUND, engine="nodal")


@pytest.fixture(scope="module")
def twenty():
    return disturb(STUDY, DisturbParams(reads=20))


def test_twenty_rounds_are_what_a_transient_of_twenty_gives(twenty):
    whole = run_study(replace(STUDY, program=ROUND * 20)).dataset["w"].values
    way = whole[-1] - whole[0]
    assert np.abs(way).min() > 0.03
    assert twenty.dataset["w"].values[-1] - twenty.dataset["w"].values[0] == pytest.approx(way, rel=5e-4, abs=0)


def test_rounds_that_are_seldom_simulated_give_the_same(twenty):
    often = disturb(STUDY, DisturbParams(reads=20, renew=0.02))
    assert often.measures["rounds_simulated"].value > twenty.measures["rounds_simulated"].value
    assert often.dataset["w"].values[-1] == pytest.approx(twenty.dataset["w"].values[-1], abs=2e-5)


def test_what_is_told_adds_up(twenty):
    measures = twenty.measures
    assert measures["energy_reads"].value == pytest.approx(20 * measures["energy_per_round"].value, rel=1e-6, abs=0)
    assert measures["time_reads"].value == pytest.approx(20 * 2 * 2.01e-6, rel=1e-3, abs=0)
    assert twenty.dataset["rounds"].values.tolist() == [0, 1, 2, 5, 10, 20]
    assert 0.9 * 0.15 < measures["voltage_largest"].value < 0.15
    assert measures["reads_to_loss"].value <= 20


def test_a_read_at_5_mv_moves_a_state_by_a_number_that_is_not_0():
    quiet = disturb(replace(STUDY, program=[Read(0)]), DisturbParams(reads=10**15)).measures
    assert 0 < quiet["state_change_per_read"].value < 1e-30
    assert quiet["reads_to_loss"].value == np.inf
    assert quiet["rounds_simulated"].value == 1


def test_states_age_between_rounds():
    aged = replace(STUDY, program=[Read(0)], aging=AgingParams(retain_stretch=1.0, retain_spread=0.0))
    found = disturb(aged, DisturbParams(reads=1000, every=1e3)).dataset["w"].values
    assert found[-1] == pytest.approx(np.exp(-1) * found[0], rel=2e-3, abs=0)


@pytest.mark.parametrize(
    ("program", "told"),
    [([Write(0, 0)], "reads nothing"), ([Read(0), Write(0, 0)], r"program\[1\].do = 'write' is refused")],
)
def test_a_program_that_is_no_round_of_reads_is_refused(program, told):
    with pytest.raises(RequestError, match=told):
        disturb(replace(STUDY, program=program))


def test_an_array_without_a_sound_cell_is_refused():
    every = Faults(stuck_on=tuple((r, c) for r in range(2) for c in range(2)))
    with pytest.raises(RequestError, match="every cell of the array is broken"):
        disturb(replace(STUDY, crossbar=BAR.replace(faults=every)))


def test_what_stands_before_the_first_read_is_done_once():
    found = disturb(replace(STUDY, program=[Write(0, 0), Wait(15e-6), Read(0)]), DisturbParams(reads=3))
    start = found.dataset["w"].values[0]
    assert start[0, 0] > 0.14
    assert start[1, 1] == pytest.approx(0.9, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["vteam", "1T1R"])
def test_other_cells_and_selectors_against_transients(kind):
    from pyspice_models import TransistorParams, preset

    if kind == "vteam":
        bar = Crossbar(2, 2, cell=preset("wse2-crossbar", "vteam").cell).at_level([[0.2, 0.4], [0.6, 0.8]])
        study = Study("v", bar, [ReadAll(voltage=0.45, duration=1e-6)], engine="ngspice")
    else:
        study = replace(STUDY, crossbar=BAR.replace(selector=TransistorParams()))
    found = disturb(study, DisturbParams(reads=20)).dataset[study.crossbar.level].values
    whole = run_study(replace(study, program=list(study.program) * 20)).dataset[study.crossbar.level].values
    assert np.abs(whole[-1] - whole[0]).max() > 0.04
    assert found[-1] - found[0] == pytest.approx(whole[-1] - whole[0], rel=5e-3, abs=2e-4)


def test_rounds_that_fluctuate_are_refused():
    with pytest.raises(RequestError, match=r"ag2s disturb cannot express \[fluctuation\]"):
        disturb(replace(STUDY, fluctuation=FluctuationParams(flicker=0.01)))


def test_an_array_of_more_cells_than_maps_are_made_of_is_refused():
    with pytest.raises(RequestError, match=r"array.rows \* array.cols = 40000 is refused; allowed: <= 16384"):
        disturb(replace(STUDY, crossbar=Crossbar(200, 200)))
