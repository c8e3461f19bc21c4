"""From what cells are to get to pulses: which at once, in which order, how much each receives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from algorithm_cases import known

from pyspice_models.program.algorithms.base import Pulses
from pyspice_models.program.algorithms.how import How
from pyspice_models.program.algorithms.layout import FORECAST, ORDERS, Layout, laid_out, received, row_times
from pyspice_models.program.algorithms.registry import ALGORITHMS
from pyspice_models.program.disturb import doses
from pyspice_models.program.loop.order import cheapest, energy

UP = np.array([[True, True, False], [True, False, True]])
WIDTH = np.array([[10e-6, 30e-6, 5e-6], [20e-6, 0.0, 0.0]])
ASKED = Pulses(WIDTH, np.full((2, 3), 0.15), UP)


def test_cell_by_cell_each_gets_its_pulse() -> None:
    groups = laid_out(ASKED, Layout())
    assert [(g.row, g.cols, g.voltage, g.width) for g in groups] == [
        (0, (0,), 0.15, 10e-6), (0, (1,), 0.15, 30e-6), (0, (2,), -0.15, 5e-6), (1, (0,), 0.15, 20e-6),
    ]  # fmt: skip
    assert groups[1].step("V/3").col == 1


def test_cells_of_a_row_share_what_they_have_in_common() -> None:
    groups = laid_out(ASKED, Layout(rows=True))
    assert [(g.row, g.cols, g.voltage) for g in groups] == [
        (0, (0, 1), 0.15), (0, (1,), 0.15), (0, (2,), -0.15), (1, (0,), 0.15),
    ]  # fmt: skip
    assert [g.width for g in groups] == pytest.approx([10e-6, 20e-6, 5e-6, 20e-6], rel=1e-9, abs=0)
    time, pieces = received(groups, (2, 3))
    assert time == pytest.approx(WIDTH, rel=1e-9, abs=0)
    assert pieces.tolist() == [[1, 2, 1], [1, 0, 0]]
    # the row is under pulses for no longer than its longest needs
    assert row_times(groups, 0.15, 2) == pytest.approx(np.array([[30e-6, 20e-6], [5e-6, 0.0]]), rel=1e-9, abs=0)


def test_widths_within_a_grain_count_as_one_and_none_is_off_by_more() -> None:
    rng = np.random.default_rng(1)
    width = 10 ** rng.uniform(-6.5, -4, (3, 32))
    asked = Pulses(width, np.full(width.shape, 0.15), np.ones(width.shape, dtype=bool))
    for grain in (0.0, 0.2, 1.0):
        groups = laid_out(asked, Layout(rows=True, grain=grain))
        time, _ = received(groups, width.shape)
        assert (np.abs(time - width) <= grain / 2 * width + 100e-9 + 1e-15).all()
        assert min(g.width for g in groups) >= 100e-9 * (1 - 1e-9)
    assert len(laid_out(asked, Layout(rows=True, grain=1.0))) < len(laid_out(asked, Layout(rows=True, grain=0.2))) / 2


def test_cells_at_different_voltages_are_never_pulsed_at_once() -> None:
    volts = np.array([[0.1, 0.2, 0.1], [0.1, 0.1, 0.1]])
    groups = laid_out(Pulses(np.full((2, 3), 1e-5), volts, np.ones((2, 3), dtype=bool)), Layout(rows=True))
    assert [(g.row, g.cols, g.voltage) for g in groups] == [
        (0, (0, 2), 0.1), (0, (1,), 0.2), (1, (0, 1, 2), 0.1),
    ]  # fmt: skip


@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("order", ORDERS)
def test_every_order_gives_every_cell_the_same(order: str, rows: bool) -> None:
    groups = laid_out(ASKED, Layout(rows=rows, order=order))
    assert received(groups, (2, 3))[0] == pytest.approx(WIDTH, rel=1e-9, abs=0)
    lasts = [g.width for g in groups]
    if order == "sets-first":
        assert [g.voltage > 0 for g in groups] == [True] * (len(groups) - 1) + [False]
    if not rows and order in ("long-first", "short-first"):
        assert lasts == sorted(lasts, reverse=order == "long-first")


def test_at_once_the_others_see_less() -> None:
    """Row 0, both cells of 10 us at once: each is no other to its neighbour, and row 1 sees 10 us, not 20."""
    asked = known(np.full((2, 2), 0.5), np.full((2, 2), 0.3))
    width, up = np.array([[10e-6, 10e-6], [0, 0]]), np.ones((2, 2), dtype=bool)
    apart = doses(asked.crossbar, "V/3", 0.15, width, up)
    together = doses(asked.crossbar, "V/3", 0.15, width, up, np.array([[10e-6, 0.0], [0.0, 0.0]]))
    assert apart[0, 0].min() > 0
    assert together[0, 0] == pytest.approx(0, abs=1e-20)
    # below, at V/3: the cell of its own column half-selected, all others reversed; of both columns at once, one pulse
    assert apart[0, 1] == pytest.approx(together[0, 1], rel=1e-9, abs=0)
    assert (together[1, 1] == 0).all()
    assert (apart[1, 1] > 0).all()


def test_the_order_by_forecast_is_the_one_that_draws_least() -> None:
    """Sets and resets of half of the cells each: what draws least meets the others while they conduct least."""
    rng = np.random.default_rng(2)
    read = rng.uniform(0.2, 0.8, (6, 6))
    target = np.where(rng.random((6, 6)) < 0.5, 0.9, 0.1)
    before = known(target, read)
    asked = Pulses(rng.uniform(1e-6, 1e-4, (6, 6)), np.full((6, 6), 0.15), before.up)
    for rows in (False, True):
        how = Layout(rows=rows)
        by = {order: energy(before, asked, laid_out(asked, replace(how, order=order))) for order in ORDERS}
        chosen = cheapest(before, asked, how)
        assert energy(before, asked, chosen) == min(by.values()) < max(by.values())
        assert by["resets-first"] < by["sets-first"]
        assert chosen == laid_out(asked, replace(how, order=min(by, key=by.__getitem__)))


def test_who_chooses_the_voltage_chooses_the_order_unless_it_is_said() -> None:
    assert [name for name, kind in ALGORITHMS.items() if How().order_of(kind()) == FORECAST] == [
        "least-energy", "least-disturb",
    ]  # fmt: skip
    assert How(order="long-first").order_of(ALGORITHMS["least-energy"]()) == "long-first"
    assert How(order=FORECAST).order_of(ALGORITHMS["width"]()) == FORECAST
    assert How().order_of(ALGORITHMS["width"]()) == "rows"
