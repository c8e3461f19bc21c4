"""What each algorithm asks for, by what it knows; worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from algorithm_cases import known

from pyspice_models.program.algorithms.base import AT_TOP, SOUND, Pulses
from pyspice_models.program.algorithms.history import History
from pyspice_models.program.algorithms.ispp import IncrementalAmplitude
from pyspice_models.program.algorithms.least import LeastDisturb, LeastEnergy, forecasts
from pyspice_models.program.algorithms.proportional import ProportionalIntegral
from pyspice_models.program.algorithms.reverify import Reverify
from pyspice_models.program.algorithms.row import IncrementalRow

ALL = np.ones((2, 2), dtype=bool)


def test_a_ladder_climbs_and_begins_anew_on_the_other_side() -> None:
    ladder = IncrementalAmplitude(start=0.1, step=0.03, top=0.15)
    now = known([[0.5, 0.5]], [[0.3, 0.7]])
    memory, some = ladder.begin((1, 2)), np.ones((1, 2), dtype=bool)
    seen = []
    for read in ([[0.3, 0.7]], [[0.35, 0.6]], [[0.4, 0.55]], [[0.55, 0.45]]):
        now = replace(now, read=np.array(read))
        asked, memory = ladder.pulses(now, memory, some)
        memory = ladder.after(now, memory, asked, now.read)
        seen.append((asked.voltage.round(3).tolist()[0], asked.up.tolist()[0]))
    assert seen == [
        ([0.1, 0.1], [True, False]), ([0.13, 0.13], [True, False]), ([0.15, 0.15], [True, False]),
        ([0.1, 0.1], [False, True]),
    ]  # fmt: skip


def test_a_cell_is_given_up_at_the_top_of_its_ladder_alone() -> None:
    ladder = IncrementalAmplitude(start=0.1, step=0.05, top=0.15)
    now, memory, some = known([[0.5]], [[0.3]]), ladder.begin((1, 1)), np.ones((1, 1), dtype=bool)
    given_up = []
    for _ in range(4):
        asked, memory = ladder.pulses(now, memory, some)
        memory = ladder.after(now, memory, asked, now.read)  # it stands still
        given_up.append(int(ladder.given_up(now, memory)[0, 0]))
    assert given_up == [SOUND, SOUND, SOUND, AT_TOP], "three pulses at 0.15 V, behind the one at 0.1 V"


def test_a_row_shares_a_ladder_and_who_changes_sides_waits() -> None:
    ladder = IncrementalRow(start=0.1, step=0.01)
    now, memory = known([[0.5, 0.5, 0.5]], [[0.3, 0.3, 0.7]]), ladder.begin((1, 3))
    asked, memory = ladder.pulses(now, memory, np.ones((1, 3), dtype=bool))
    assert (asked.width > 0).all(), "two ladders, one for each sign"
    # the second is past its level; the third's ladder is under way, so it waits
    now = replace(now, read=np.array([[0.35, 0.6, 0.6]]))
    asked, memory = ladder.pulses(now, memory, np.ones((1, 3), dtype=bool))
    assert (asked.width > 0).tolist() == [[True, False, True]]
    assert asked.voltage[0, [0, 2]] == pytest.approx([0.11, 0.11], rel=1e-9, abs=0)
    # the third has arrived: the ladder of resets begins anew, with the one that waited
    now = replace(now, read=np.array([[0.4, 0.6, 0.5]]))
    asked, memory = ladder.pulses(now, memory, np.array([[True, True, False]]))
    assert (asked.width > 0).tolist() == [[True, True, False]]
    assert asked.voltage[0, :2] == pytest.approx([0.12, 0.1], rel=1e-9, abs=0)


def test_a_controller_adds_up_what_is_left_but_does_not_wind_up() -> None:
    control = ProportionalIntegral(start=0.1, top=0.2, proportional=0.1, integral=0.1, resolution=1e-3)
    now, memory, some = known([[0.5]], [[0.3]]), control.begin((1, 1)), np.ones((1, 1), dtype=bool)
    volts = []
    for _ in range(8):
        asked, memory = control.pulses(now, memory, some)
        memory = control.after(now, memory, asked, now.read)
        volts.append(float(asked.voltage[0, 0]))
    assert volts == pytest.approx([0.12, 0.14, 0.16, 0.18, 0.2, 0.2, 0.2, 0.2], rel=1e-9, abs=0)
    assert float(memory["sum"][0, 0]) == pytest.approx(0.8, rel=1e-9, abs=0), "the sum stands still at the top"
    now = replace(now, read=np.array([[0.6]]))
    asked, memory = control.pulses(now, memory, some)
    assert asked.voltage[0, 0] == pytest.approx(0.11, rel=1e-9, abs=0), "past the level: the sum begins anew"
    assert not asked.up[0, 0]


def test_history_takes_its_start_from_the_rows_that_were_first() -> None:
    """Cells of twice the nominal speed: the others' first pulses are half as wide."""
    teach = History(teachers=0.25)
    now = known(np.full((4, 2), 0.6), np.full((4, 2), 0.3))
    memory, every = teach.begin((4, 2)), np.ones((4, 2), dtype=bool)
    first, memory = teach.pulses(now, memory, every)
    assert (first.width > 0).tolist() == [[True, True], [False, False], [False, False], [False, False]]
    nominal = first.width[0, 0]
    level = now.bounds(0.15).end(now.read, 2 * first.width, np.full((4, 2), True))
    memory = teach.after(now, memory, Pulses(first.width, first.voltage, first.up, np.zeros((2, 4, 2))), level)
    then = replace(now, read=np.where(first.width > 0, 0.3, level), round=1)
    asked, _ = teach.pulses(then, memory, every)
    assert asked.width[1:] == pytest.approx(nominal / 2, rel=1e-6, abs=0)


def test_the_voltage_of_least_energy_is_within_the_allowed_disturb() -> None:
    rng = np.random.default_rng(0)
    now = known(rng.uniform(0.1, 0.9, (8, 8)), np.full((8, 8), 0.3), longest=1.0)
    every = np.ones((8, 8), dtype=bool)
    table = forecasts(LeastEnergy(), now, every)
    assert table[:, 0] == pytest.approx(np.arange(0.1, 0.301, 0.01), rel=1e-9, abs=0)
    assert (np.diff(table[:, 1]) < 0).all(), "energy falls with the voltage"
    assert (np.diff(table[:, 2]) > 0).all(), "and disturb rises"
    one = LeastEnergy(disturb=float(table[10, 2]))
    assert one.preferred(table) == pytest.approx(0.2, rel=1e-9, abs=0)
    assert LeastDisturb().preferred(table) == pytest.approx(0.1, rel=1e-9, abs=0)
    assert LeastDisturb(time=float(table[10, 3])).preferred(table) == pytest.approx(0.2, rel=1e-9, abs=0)
    asked, memory = one.pulses(now, one.begin((8, 8)), every)
    assert asked.voltage == pytest.approx(0.2, rel=1e-9, abs=0)
    # it is chosen once: what the rounds that follow see does not change it
    again, _ = one.pulses(replace(now, read=now.target + 0.05), memory, every)
    assert again.voltage == pytest.approx(0.2, rel=1e-9, abs=0)


def test_reverify_waits_once_for_each_time_that_all_cells_are_there() -> None:
    one = Reverify(wait=2e-3, verifies=2)
    now, none = known(np.full((2, 2), 0.5), np.full((2, 2), 0.5), round=3), np.zeros((2, 2), dtype=bool)
    memory = one.begin((2, 2))
    assert one.rest(now, memory, ALL) is None, "there is something to do"
    for _ in range(2):
        assert one.rest(now, memory, none) == 2e-3
        quiet = Pulses(np.zeros((2, 2)), np.full((2, 2), 0.15), ALL, np.zeros((2, 2, 2)))
        memory = one.after(now, memory, quiet, now.read)
        assert one.rest(now, memory, none) is None, "that was read behind a wait"
        pulsed = Pulses(np.full((2, 2), 1e-6), np.full((2, 2), 0.15), ALL, np.zeros((2, 2, 2)))
        memory = one.after(now, memory, pulsed, now.read)
    assert one.rest(now, memory, none) is None, "both waits are used up"
