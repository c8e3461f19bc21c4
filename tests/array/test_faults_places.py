"""Random numbers belong to places: arrays of another shape keep what they share, and stated odds are met."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.faults import CELL_FAULTS, LINE_FAULTS
from pyspice_models.array.places import uniform_at_places
from pyspice_models.array.variability import ArraySample, sample_crossbar
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import RequestError
from pyspice_models.study.tables.read import study_from

ODDS = {"stuck_on": 0.1, "stuck_off": 0.2, "open_cells": 0.1} | dict.fromkeys(LINE_FAULTS, 0.2)
sizes = st.integers(1, 9)


def _inside(places: tuple[tuple[int, int], ...], rows: int, cols: int) -> set[tuple[int, int]]:
    return {(row, col) for row, col in places if row < rows and col < cols}


# ---- places


@given(rows=sizes, cols=sizes, more_rows=sizes, more_cols=sizes, seed=st.integers(0, 2**53 - 1))
@settings(max_examples=40)
def test_a_larger_array_keeps_the_faults_of_the_smaller_one(
    rows: int, cols: int, more_rows: int, more_cols: int, seed: int
) -> None:
    small = Faults.sample((rows, cols), seed, **ODDS)
    large = Faults.sample((rows + more_rows, cols + more_cols), seed, **ODDS)
    for kind in (*CELL_FAULTS, *LINE_FAULTS):
        # the last line has no next one that it could touch; in the larger array it has
        pairs = {"shorted_words": (rows - 1, cols), "shorted_bits": (rows, cols - 1)}.get(kind, (rows, cols))
        assert set(getattr(small, kind)) == _inside(getattr(large, kind), *pairs), kind


@pytest.mark.parametrize("table", [{"seed": 3}, {}], ids=["one array's faults", "each array's own"])
def test_in_a_study_the_broken_cells_stay_when_columns_are_added(table: dict[str, int]) -> None:
    faults = {kind: ODDS[kind] for kind in CELL_FAULTS} | table

    def of(cols: int) -> Faults:
        tables = {
            "array": {"rows": 8, "cols": cols}, "faults": faults, "variability": {"seed": 5},
            "program": [{"do": "read"}],
        }  # fmt: skip
        return study_from(tables).crossbar.faults

    small, large = of(8), of(12)
    assert len(small.stuck_off) > 3
    for kind in CELL_FAULTS:
        assert set(getattr(small, kind)) == _inside(getattr(large, kind), 8, 8)


def _sample(shape: tuple[int, int], cycle: int = 0) -> ArraySample:
    return sample_crossbar(CellParams(), {}, shape, WireParams(), DriverParams(), 11, cycle=cycle)


@pytest.mark.parametrize("shape", [(3, 2), (2, 5), (6, 7)])
def test_every_spread_of_cells_lines_and_drivers_stays_when_the_shape_changes(shape: tuple[int, int]) -> None:
    base, other = _sample((2, 2), cycle=4), _sample(shape, cycle=4)
    assert set(base.cells) == set(other.cells)
    assert set(base.deviates) == set(other.deviates)
    for name, values in base.cells.items():
        np.testing.assert_array_equal(values, other.cells[name][:2, :2])
    for cause, deviates in base.deviates.items():
        np.testing.assert_array_equal(
            deviates, other.deviates[cause][:2, :2] if deviates.ndim else other.deviates[cause]
        )
    assert (base.wire, base.driver, base.amplitude) == (other.wire, other.driver, other.amplitude)


def test_neighbouring_places_rows_and_names_have_nothing_in_common() -> None:
    """Among 3 x 400 pairs of rows and lags no correlation is larger than chance makes it."""
    drawn = uniform_at_places(2, "one", (40, 1000))
    named = uniform_at_places(2, "other", (40, 1000))
    size = np.sqrt(1000)
    between = [np.corrcoef(drawn[r], drawn[s])[0, 1] * size for r in range(40) for s in range(r)]
    along = [np.corrcoef(row[k:], row[:-k])[0, 1] * size for row in drawn for k in (1, 2, 3)]
    across = [np.corrcoef(one, other)[0, 1] * size for one, other in zip(drawn, named, strict=True)]
    for found in (between, along, across):
        assert max(map(abs, found)) < 5
        assert 0.7 < np.std(found) < 1.3
    assert stats.kstest(drawn.ravel(), "uniform").pvalue > 1e-3
    assert stats.kstest(drawn[:, 0], "uniform").pvalue > 1e-3


# ---- odds


@pytest.mark.parametrize(
    "odds",
    [
        {"stuck_on": 0.9, "open_cells": 0.1},
        {"stuck_on": 0.5, "stuck_off": 0.3, "open_cells": 0.2},
        {"stuck_off": 0.45, "open_cells": 0.45},
        {"stuck_on": 0.02, "stuck_off": 0.7},
        {"stuck_on": 0.7, "stuck_off": 0.2, "open_cells": 0.1},  # adds up to 1 but for rounding
    ],
)
def test_stated_odds_are_met_however_high(odds: dict[str, float]) -> None:
    """Of 90,000 cells, within four standard deviations of the binomial."""
    cells = 300 * 300
    drawn = Faults.sample((300, 300), 4, **odds)
    for kind, share in odds.items():
        assert abs(len(getattr(drawn, kind)) - share * cells) <= 4 * np.sqrt(share * (1 - share) * cells), kind
    assert drawn.cells((300, 300)).sum() == sum(len(getattr(drawn, kind)) for kind in CELL_FAULTS)


@pytest.mark.parametrize("kind", LINE_FAULTS)
def test_odds_of_broken_lines_are_met(kind: str) -> None:
    drawn = getattr(Faults.sample((200, 300), 4, **{kind: 0.8}), kind)
    places = {"shorted_words": 199 * 300, "shorted_bits": 200 * 299}.get(kind, 200 * 300)
    assert abs(len(drawn) - 0.8 * places) <= 4 * np.sqrt(0.16 * places)
    assert set(drawn[:1] + drawn[-1:]) <= {(r, c) for r in range(200) for c in range(300)}


def test_certain_faults_break_every_cell_and_none_break_none() -> None:
    assert len(Faults.sample((5, 6), 1, stuck_off=1.0).stuck_off) == 30
    assert Faults.sample((5, 6), 1, stuck_off=0.0).stuck_off == ()


def test_odds_that_no_cell_can_meet_are_refused() -> None:
    with pytest.raises(
        RequestError,
        match=r"odds of faults\.stuck_on, open_cells together = 1\.4 is refused; allowed: <= 1: a cell has",
    ):
        Faults.sample((2, 2), 1, stuck_on=0.9, open_cells=0.5)
    tables = {"array": {"rows": 2, "cols": 2}, "program": [{"do": "read"}], "variability": {}}
    with pytest.raises(RequestError, match="together = 1"):
        study_from(tables | {"faults": {"stuck_on": 0.9, "stuck_off": 0.5}})


def test_the_odds_of_one_kind_do_not_move_those_of_another_but_where_they_meet() -> None:
    alone, both = (Faults.sample((40, 30), 6, open_cells=0.05, stuck_on=share) for share in (0.0, 0.05))
    kept = set(alone.open_cells) & set(both.open_cells)
    assert len(kept) >= 0.85 * len(alone.open_cells)
    assert set(alone.open_cells) - kept <= set(both.stuck_on), "only cells that are stuck are no longer open"


# ---- what a faulty cell is


@pytest.mark.parametrize("shape", [(2, 3), (3, 2)])
@pytest.mark.parametrize("temperature", [250.0, 300.0, 400.0])
def test_only_the_named_cells_of_an_uneven_array_change_and_have_the_stated_conductance(
    shape: tuple[int, int], temperature: float
) -> None:
    faults = Faults(stuck_on=((0, 1),), stuck_off=((1, 0),), open_cells=((1, 1),), g_on=2e-4, g_off=3e-9)
    own = {"w0": np.linspace(0.1, 0.9, 6).reshape(shape), "area": np.linspace(1e-11, 4e-11, 6).reshape(shape)}
    crossbar = Crossbar(*shape, per_cell=own, faults=faults, temperature=temperature)
    broken = np.zeros(shape, dtype=bool)
    broken[0, 1] = broken[1, 0] = broken[1, 1] = True
    np.testing.assert_array_equal(faults.cells(shape), broken)
    held = crossbar.conductance(0.2, *crossbar.initial_states)
    assert held[broken].tolist() == [2e-4, 3e-9, 1e-15]
    for row, col in np.argwhere(~broken):
        sound = Equations(crossbar.cell_at(row, col), temperature)
        assert held[row, col] == pytest.approx(sound.conductance(0.2, own["w0"][row, col], 0.0), rel=1e-12, abs=0)
