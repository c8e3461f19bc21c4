"""The crossbar's description: sizes, per-cell values, geometry, patterns, names."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyspice_models.array import Crossbar, geometry, nodes, pattern
from pyspice_models.array.patterns import PATTERNS
from pyspice_models.array.wire import WireParams
from pyspice_models.errors import RequestError


@pytest.mark.parametrize("size", [0, -1, 1.5, float("nan"), True, "4", 5000, None])
def test_a_size_that_is_no_size_is_refused_by_name(size: object) -> None:
    with pytest.raises(RequestError, match=r"array\.rows = .* is refused; allowed: a whole number from 1"):
        Crossbar(size, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.full((2, 3), 0.5), r"per_cell\.w0\.shape = \(2, 3\)"),
        ([[0.1, 0.2], [0.3, 1.5]], r"per_cell\.w0\[1, 1\] = 1\.5"),
        ([[0.1, np.nan], [0.3, 0.5]], r"per_cell\.w0\[0, 1\] = nan"),
        (-0.1, r"per_cell\.w0 = -0\.1"),
        ("half", r"per_cell\.w0 = 'half' is refused; allowed: real numbers. Text is no number"),
    ],
)
def test_initial_states_of_wrong_shape_or_range_are_refused(values: object, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        Crossbar(2, 2, per_cell={"w0": values})  # type: ignore[dict-item]


def test_only_parameters_that_may_differ_can_be_given_per_cell() -> None:
    with pytest.raises(RequestError, match="unknown key 'w'"):
        Crossbar(2, 2, per_cell={"w": 0.5})
    with pytest.raises(RequestError, match="unknown key 'alpha'"):
        Crossbar(2, 2, per_cell={"alpha": 0.5})


def test_the_description_is_frozen_down_to_its_arrays() -> None:
    mine = np.full((2, 2), 0.5)
    crossbar = Crossbar(2, 2, per_cell={"w0": mine})
    mine[0, 0] = 0.9
    assert crossbar.values("w0")[0, 0] == 0.5
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(crossbar.per_cell["w0"])[0, 0] = 0.1
    with pytest.raises(dataclasses.FrozenInstanceError):
        crossbar.rows = 3  # type: ignore[misc]


def test_one_cell_has_its_own_parameters() -> None:
    crossbar = Crossbar(2, 3, per_cell={"w0": pattern("identity", (2, 3)), "g_int_max": 3e-7})
    assert crossbar.cell_at(1, 1).w0 == 0.95
    assert crossbar.cell_at(1, 0).w0 == 0.05
    assert crossbar.cell_at(0, 2).g_int_max == 3e-7
    with pytest.raises(RequestError, match="col = 3 is refused; allowed: a whole number from 0 to 2"):
        crossbar.cell_at(0, 3)
    with pytest.raises(RequestError, match="row = -1"):
        crossbar.cell_at(-1, 0)


def test_segment_resistance_is_sheet_resistance_times_squares() -> None:
    wire = WireParams(width=4e-6, pitch=12e-6, thickness_wl=100e-9, resistivity_wl=3e-8, mean_free_path=0)
    assert geometry.word_segment_resistance(wire) == pytest.approx(0.3 * 3, rel=1e-9, abs=0)
    hot = geometry.word_segment_resistance(wire, 400.0)
    assert hot == pytest.approx(0.9 * (1 + wire.tcr * 100), rel=1e-9, abs=0)


def test_segment_capacitance_lies_between_the_plate_and_twice_the_plate() -> None:
    """Of the bit line, which faces the substrate all along; at a crossing the word line's plate faces the bit line."""
    wire = WireParams()
    plate = 8.8541878128e-12 * wire.oxide_eps_r * wire.width * wire.pitch / wire.oxide_thickness
    assert plate < geometry.bit_segment_capacitance(wire) < 2 * plate
    wider = geometry.bit_segment_capacitance(wire.replace(width=1.8 * wire.width))
    thicker_oxide = geometry.bit_segment_capacitance(wire.replace(oxide_thickness=2 * wire.oxide_thickness))
    assert thicker_oxide < geometry.bit_segment_capacitance(wire) < wider
    crossing = 1.15 * plate * wire.width / wire.pitch
    counted_once = geometry.bit_segment_capacitance(wire) - geometry.word_segment_capacitance(wire)
    assert counted_once == pytest.approx(crossing, rel=1e-9, abs=0)


def test_lines_without_resistance_are_one_node() -> None:
    ideal = Crossbar(2, 2, wire=WireParams(resistivity_wl=0.0))
    assert ideal.word_node(1, 0) == ideal.word_node(1, 1) == nodes.word_terminal(1)
    assert ideal.bit_node(0, 1) == nodes.bit_node(0, 1)


@given(st.integers(1, 40), st.integers(1, 40))
def test_node_names_are_distinct(rows: int, cols: int) -> None:
    crossbar = Crossbar(rows, cols)
    names = [crossbar.word_node(r, c) for r, c in crossbar.crossings()]
    names += [crossbar.bit_node(r, c) for r, c in crossbar.crossings()]
    names += [nodes.word_terminal(r) for r in range(rows)] + [nodes.bit_terminal(c) for c in range(cols)]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() for name in names)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 1000))
def test_patterns_hold_their_two_levels(rows: int, cols: int, seed: int) -> None:
    shape = (rows, cols)
    for name in PATTERNS:
        states = pattern(name, shape, low=0.2, high=0.8, seed=seed)
        assert states.shape == shape
        assert set(np.unique(states)) <= {0.2, 0.8}
    assert (pattern("random", shape, seed=seed) == pattern("random", shape, seed=seed)).all()
    board = pattern("checkerboard", shape, low=0, high=1)
    assert (board[:, 1:] != board[:, :-1]).all()
    assert (board[1:] != board[:-1]).all()


def test_an_unknown_pattern_is_refused() -> None:
    with pytest.raises(RequestError, match=r"initial\.pattern = 'stripes'"):
        pattern("stripes", (2, 2))
    with pytest.raises(RequestError, match=r"initial\.low = 1\.2"):
        pattern("uniform", (2, 2), low=1.2)
