"""Geometry, description and network of a crossbar against numbers and lists made outside: unequal lines, 2 x 3."""

from __future__ import annotations

import pickle
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import ArrayLike

from pyspice_models.array import Crossbar, Faults, geometry, nodes, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.network import ResistiveNetwork
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.errors import RequestError

WIRE = WireParams(
    width=2e-6, pitch=3e-6, thickness_wl=50e-9, thickness_bl=80e-9, oxide_thickness=300e-9, coupling=True,
    specularity=0.3,
)  # fmt: skip
"""Unequal word and bit lines, close to each other."""


def test_values_of_a_segment_are_those_of_the_published_formulas() -> None:
    """Computed outside: the integrals of Fuchs and of Mayadas and Shatzkes as sums of 40,000 terms in plain Python;
    Sakurai and Tamaru eq. 1 and 6, eps_0 = 8.8541878128e-12, the word line's plate without what faces the bit line."""
    bar = Crossbar(2, 3, wire=WIRE, temperature=350.0)
    assert bar.r_word == pytest.approx(0.7404237179453504, rel=1e-7, abs=0)
    assert bar.r_bit == pytest.approx(0.5653377565805806, rel=1e-7, abs=0)
    assert bar.c_word == pytest.approx(4.596093452223001e-16, rel=1e-9, abs=0)
    assert bar.c_bit == pytest.approx(1.0105212255915326e-15, rel=1e-9, abs=0)
    assert bar.c_word_coupling == pytest.approx(6.0121084769028625e-18, rel=1e-9, abs=0)
    assert bar.c_bit_coupling == pytest.approx(7.618358130077755e-18, rel=1e-9, abs=0)
    assert geometry.word_segment_resistance(WIRE) == pytest.approx(0.6623841496906897, rel=1e-7, abs=0)
    assert geometry.bit_segment_resistance(WIRE) == pytest.approx(0.5022487317458139, rel=1e-7, abs=0)
    apart = WIRE.replace(coupling=False)
    assert (geometry.word_coupling(apart), geometry.bit_coupling(apart)) == (0.0, 0.0)


def test_names_of_nodes_are_what_they_were() -> None:
    """Decks, states files and results of users hold these names."""
    assert nodes.GROUND == "0"
    assert [nodes.word_node(1, 2), nodes.bit_node(1, 2), nodes.mid_node(1, 2), nodes.gate_node(1, 2)] == [
        "wl_1_2", "bl_1_2", "mid_1_2", "ga_1_2",
    ]  # fmt: skip
    of_row = (nodes.word_terminal, nodes.word_limited, nodes.word_source)
    of_col = (nodes.bit_terminal, nodes.bit_source, nodes.bit_input, nodes.bit_output, nodes.gate_terminal)
    assert [name(4) for name in of_row] == ["wt_4", "wc_4", "ws_4"]
    assert [name(4) for name in (*of_col, nodes.gate_source)] == ["bt_4", "bs_4", "bi_4", "bo_4", "gt_4", "gs_4"]
    assert nodes.cell(1, 2) == "_1_2"


def test_patterns_are_what_they_say() -> None:
    two = {"low": 0.2, "high": 0.8}
    assert pattern("uniform", (2, 3), **two).tolist() == [[0.2] * 3] * 2
    assert pattern("checkerboard", (2, 3), **two).tolist() == [[0.8, 0.2, 0.8], [0.2, 0.8, 0.2]]
    assert pattern("identity", (2, 3), **two).tolist() == [[0.8, 0.2, 0.2], [0.2, 0.8, 0.2]]
    assert pattern("inverse-identity", (2, 3), **two).tolist() == [[0.2, 0.8, 0.8], [0.8, 0.2, 0.8]]
    drawn = pattern("random", (60, 50), seed=3)
    assert (pattern("random", (60, 50)) == pattern("random", (60, 50), seed=0)).all()
    assert set(np.unique(drawn)) == {0.05, 0.95}
    assert np.mean(drawn == 0.95) == pytest.approx(0.5, abs=0.05)
    assert not (drawn == pattern("random", (60, 50), seed=4)).all()
    for level in (0.0, 1.0):
        assert pattern("uniform", (1, 1), low=level).item() == level
    for level in (-1e-9, 1 + 1e-9):
        with pytest.raises(RequestError, match=r"initial\.high = .* allowed: >= 0 and <= 1"):
            pattern("uniform", (1, 1), high=level)


def test_the_largest_sizes_and_the_ends_of_the_temperatures_are_allowed() -> None:
    assert Crossbar(4096, 1).shape == (4096, 1)
    assert Crossbar(1, 4096).shape == (1, 4096)
    with pytest.raises(RequestError, match=r"array\.rows = 4097 .* from 1 to 4096"):
        Crossbar(4097, 1)
    with pytest.raises(RequestError, match=r"array\.cols = 4097 .* from 1 to 4096"):
        Crossbar(1, 4097)
    with pytest.raises(RequestError, match=r"array\.cols = True"):
        Crossbar(1, True)
    for temperature in (200.0, 500.0):
        assert Crossbar(1, 1, temperature=temperature).temperature == temperature
    for temperature in (199.9, 500.1, float("nan")):
        with pytest.raises(RequestError, match=r"temperature = .* K is refused; allowed: 200 to 500 K"):
            Crossbar(1, 1, temperature=temperature)
    assert Crossbar(np.int64(2), np.int32(3)).shape == (2, 3)


def test_the_kind_follows_from_the_selector() -> None:
    kinds = [Crossbar(1, 1, selector=selector).kind for selector in (None, TransistorParams(), ThresholdParams())]
    assert kinds == ["1R", "1T1R", "1S1R"]


def _bar(**more: object) -> Crossbar:
    own: Mapping[str, ArrayLike] = {
        "w0": [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]],
        "x0": 0.25,
        "area": [[1e-12] * 3, [2e-12] * 3],
    }
    return Crossbar(2, 3, per_cell=own, wire=WIRE, **more)  # type: ignore[arg-type]


def test_values_per_cell_are_found_where_they_belong() -> None:
    bar = _bar(cell=CellParams(g_int_max=3e-7))
    assert bar.values("w0").tolist() == [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
    assert bar.values("x0").tolist() == [[0.25] * 3] * 2
    assert bar.values("g_int_max").tolist() == [[3e-7] * 3] * 2
    cell = bar.cell_at(1, 2)
    assert (cell.w0, cell.x0, cell.area, cell.g_int_max) == (0.6, 0.25, 2e-12, 3e-7)
    moved = bar.with_states(w=0.7, x=[[0.0, 0.1, 0.2], [0.3, 0.4, 0.5]])
    assert moved.values("w0").tolist() == [[0.7] * 3] * 2
    assert moved.values("x0").tolist() == [[0.0, 0.1, 0.2], [0.3, 0.4, 0.5]]
    assert moved.values("area").tolist() == [[1e-12] * 3, [2e-12] * 3]
    assert list(bar.crossings()) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    for row, col in ((2, 0), (-1, 0), (0, 3), (0, -1), (True, 0), (0, 1.0)):
        with pytest.raises(RequestError, match=r"(row|col) = .* a whole number from 0 to [12]"):
            bar.cell_at(row, col)
    hot = bar.replace(temperature=400.0)
    assert hot.equations.temperature == 400.0
    assert hot.equations.area_ratio[1, 0] == pytest.approx(2 / 25, rel=1e-12, abs=0)


def test_a_crossbar_is_pickled_whole() -> None:
    bar = _bar(driver=DriverParams(r_driver=7.0), faults=Faults(stuck_on=((1, 2),)), temperature=333.0)
    again = pickle.loads(pickle.dumps(bar))
    assert (again.shape, again.wire, again.driver, again.faults, again.temperature) == (
        bar.shape, bar.wire, bar.driver, bar.faults, bar.temperature,
    )  # fmt: skip
    assert {name: np.asarray(values).tolist() for name, values in again.per_cell.items()} == {
        name: np.asarray(values).tolist() for name, values in bar.per_cell.items()
    }
    assert not np.asarray(again.per_cell["w0"]).flags.writeable


FAULTS = Faults(
    open_words=((1, 2),), open_bits=((0, 1),), shorted_words=((0, 2),), shorted_bits=((1, 0), (0, 1)), r_short=50.0,
    g_open=1e-14,
)  # fmt: skip


def test_faults_stand_at_their_segments_and_no_others() -> None:
    bar = _bar(faults=FAULTS)
    word = [[bar.r_word_before(r, c) for c in range(3)] for r in range(2)]
    bit = [[bar.r_bit_after(r, c) for c in range(3)] for r in range(2)]
    assert word == [[bar.r_word] * 3, [bar.r_word, bar.r_word, 1 / 1e-14]]
    assert bit == [[bar.r_bit, 1 / 1e-14, bar.r_bit], [bar.r_bit] * 3]
    assert bar.faults.on_lines
    assert not Faults(stuck_on=((0, 0),)).on_lines
    ideal = WIRE.replace(resistivity_bl=0.0)
    with pytest.raises(RequestError, match=r"faults\.open_bits contradicts lines without resistance"):
        Crossbar(2, 3, wire=ideal, faults=FAULTS)
    assert Crossbar(2, 3, wire=ideal, faults=Faults(open_words=((1, 2),))).r_bit == 0


def test_the_network_has_every_branch_of_the_lines_once() -> None:
    """Written down node by node: word lines from their drivers, bit lines to their sense circuits, shorts between."""
    bar = _bar(faults=FAULTS)
    network = ResistiveNetwork(bar)
    names = network.names()
    assert network.size == len(names) == len(set(names)) == 2 + 3 + 2 * 6

    def branches(found) -> dict[tuple[str, str], float]:
        pairs = zip(found.start.ravel(), found.stop.ravel(), found.conductance.ravel(), strict=True)
        return {(names[a], names[b]): float(g) for a, b, g in pairs}

    g_word, g_bit = 1 / bar.r_word, 1 / bar.r_bit
    words = {(f"wl_{r}_{c - 1}" if c else f"wt_{r}", f"wl_{r}_{c}"): g_word for r in range(2) for c in range(3)}
    words["wl_1_1", "wl_1_2"] = 1e-14
    bits = {("bl_0_0", "bl_1_0"): g_bit, ("bl_0_1", "bl_1_1"): 1e-14, ("bl_0_2", "bl_1_2"): g_bit}
    bits |= {(f"bl_1_{c}", f"bt_{c}"): g_bit for c in range(3)}
    assert branches(network.word_segments()) == pytest.approx(words, rel=1e-12, abs=0)
    assert branches(network.bit_segments()) == pytest.approx(bits, rel=1e-12, abs=0)
    assert branches(network.word_shorts()) == {("wl_0_2", "wl_1_2"): 1 / 50}
    assert branches(network.bit_shorts()) == {("bl_1_0", "bl_1_1"): 1 / 50, ("bl_0_1", "bl_0_2"): 1 / 50}
    cells = branches(network.cells(np.arange(6.0).reshape(2, 3)))
    assert cells == {(f"wl_{r}_{c}", f"bl_{r}_{c}"): 3.0 * r + c for r in range(2) for c in range(3)}


@pytest.mark.parametrize("ideal", ["resistivity_wl", "resistivity_bl"])
def test_a_line_without_resistance_is_its_terminal(ideal: str) -> None:
    bar = Crossbar(2, 3, wire=WIRE.replace(**{ideal: 0.0}))
    network = ResistiveNetwork(bar)
    names = network.names()
    word = [f"wl_{r}_{c}" for r in range(2) for c in range(3)]
    bit = [f"bl_{r}_{c}" for r in range(2) for c in range(3)]
    assert names == ["wt_0", "wt_1", "bt_0", "bt_1", "bt_2", *(bit if ideal == "resistivity_wl" else word)]
    assert network.size == len(names)
    of_word = [[names[n] for n in row] for row in network.words]
    of_bit = [[names[n] for n in row] for row in network.bits]
    if ideal == "resistivity_wl":
        assert of_word == [["wt_0"] * 3, ["wt_1"] * 3]
        assert of_bit == [bit[:3], bit[3:]]
        assert network.word_segments().conductance.tolist() == [[0.0] * 3] * 2
        assert (network.bit_segments().conductance > 0).all()
    else:
        assert of_bit == [["bt_0", "bt_1", "bt_2"]] * 2
        assert of_word == [word[:3], word[3:]]
        assert network.bit_segments().conductance.tolist() == [[0.0] * 3] * 2
        assert (network.word_segments().conductance > 0).all()
    assert [bar.word_node(1, 2), bar.bit_node(1, 2)] == [of_word[1][2], of_bit[1][2]]


def test_a_broken_cell_is_a_resistor_whose_states_stand_still() -> None:
    """Its conductance is the stated one at another temperature and area; the others keep every parameter."""
    faults = Faults(stuck_on=((0, 1),), stuck_off=((1, 0),), open_cells=((1, 2),), g_on=2e-3, g_off=3e-11, g_open=4e-15)
    bar = _bar(faults=faults, temperature=350.0)
    g = faults.conductances((2, 3))
    assert np.isnan(g).tolist() == [[True, False, True], [False, True, False]]
    assert [g[0, 1], g[1, 0], g[1, 2]] == [2e-3, 3e-11, 4e-15]
    assert faults.cells((2, 3)).tolist() == [[False, True, False], [True, False, True]]
    broken, states = ~np.isnan(g), bar.initial_states
    assert np.array_equal(bar.broken, g, equal_nan=True)
    sound = Crossbar(2, 3, per_cell=bar.per_cell, wire=WIRE, temperature=350.0)
    for v in (-0.3, 5e-3, 0.5):
        assert (bar.conductance(v, *states)[broken] == g[broken]).all()
        assert (bar.conductance(v, *states) == sound.conductance(v, *states))[~broken].all()
        assert bar.current(v, *states)[broken] == pytest.approx(v * g[broken], rel=1e-12, abs=0)
        assert (bar.current(v, *states) == sound.current(v, *states))[~broken].all()
    assert (bar.c_plates == sound.c_plates).all()
    assert (bar.equations.conductance(0.1, *states) == sound.equations.conductance(0.1, *states)).all(), "as if sound"


def test_faults_at_random_keep_their_places_when_others_join() -> None:
    """A stream for each kind: more of one kind moves no other; a cell has one fault; the last line has no next one."""
    every = {"stuck_on": 0.3, "stuck_off": 0.3, "open_cells": 0.3, "open_words": 0.3, "open_bits": 0.3,
             "shorted_words": 0.5, "shorted_bits": 0.5}  # fmt: skip
    drawn = Faults.sample((30, 20), 5, **every)
    assert drawn == Faults.sample((30, 20), 5, **dict(reversed(every.items())))
    for kind in ("stuck_on", "open_words", "open_bits", "shorted_words", "shorted_bits"):
        assert getattr(Faults.sample((30, 20), 5, **{kind: every[kind]}), kind) == getattr(drawn, kind)
    taken = [*drawn.stuck_on, *drawn.stuck_off, *drawn.open_cells]
    assert len(set(taken)) == len(taken)
    expected = {"stuck_on": 180, "stuck_off": 180, "open_cells": 180, "open_words": 180, "open_bits": 180,
                "shorted_words": 290, "shorted_bits": 285}  # fmt: skip
    for kind, count in expected.items():
        assert abs(len(getattr(drawn, kind)) - count) < 5 * np.sqrt(count), kind
    assert max(row for row, _ in drawn.shorted_words) == 28
    assert max(col for _, col in drawn.shorted_words) == 19
    assert max(col for _, col in drawn.shorted_bits) == 18
    assert max(row for row, _ in drawn.shorted_bits) == 29
    assert len({getattr(drawn, kind) for kind in every}) == len(every), "no two kinds share a stream"
    assert Faults.sample((30, 20), 6, **every) != drawn
    assert len(Faults.sample((3, 4), 0, stuck_on=1).stuck_on) == 12
    assert Faults.sample((3, 4), 0, stuck_on=0) == Faults()
    for seed in (-1, True, 1.0, "1"):
        with pytest.raises(RequestError, match=r"faults\.seed = .* a whole number from 0 to 9007199254740991"):
            Faults.sample((2, 2), seed)  # type: ignore[arg-type]
    for odds in (-0.1, 1.1, True, "0.5", float("nan")):
        with pytest.raises(RequestError, match=r"odds of faults\.open_bits = .* >= 0 and <= 1"):
            Faults.sample((2, 2), 0, open_bits=odds)  # type: ignore[arg-type]
    with pytest.raises(RequestError, match="kind of fault = 'broken'"):
        Faults.sample((2, 2), 0, broken=0.5)


def test_the_borders_of_the_array_are_those_of_its_faults() -> None:
    last = Faults(
        stuck_on=((1, 2),), open_words=((1, 2),), open_bits=((1, 2),), shorted_words=((0, 2),), shorted_bits=((1, 1),)
    )
    last.check((2, 3))
    for kind, place, allowed in (
        ("stuck_on", (2, 0), "row 0 to 1, col 0 to 2"), ("open_cells", (0, 3), "row 0 to 1, col 0 to 2"),
        ("shorted_words", (1, 0), "row 0 to 0, col 0 to 2"), ("shorted_words", (0, 3), "row 0 to 0, col 0 to 2"),
        ("shorted_bits", (0, 2), "row 0 to 1, col 0 to 1"), ("shorted_bits", (2, 0), "row 0 to 1, col 0 to 1"),
    ):  # fmt: skip
        with pytest.raises(RequestError, match=f"faults.{kind} = .* allowed: {allowed}"):
            Faults(**{kind: (place,)}).check((2, 3))  # type: ignore[arg-type]
    assert Faults.places() == {
        "stuck_on", "stuck_off", "open_cells", "open_words", "open_bits", "shorted_words", "shorted_bits",
    }  # fmt: skip
