"""Derivatives of output currents by one adjoint solution: finite differences, sums, ngspice, faults, real cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_network

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.network import Branches
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.cells.vteam.params import VteamParams
from pyspice_models.engine import engine
from pyspice_models.engine.nodal.static.sensitivity import Sensitivity, sensitivities, sensitivity
from pyspice_models.engine.nodal.static.solve import solve_operating_point
from pyspice_models.errors import RequestError
from pyspice_models.netlist import Deck
from pyspice_models.netlist.dialects import NGSPICE as write
from pyspice_models.stimulus.scheme import Bias, vector_bias, write_bias

_STEP = 4e-3  # [1] of a conductance; what is left of the difference is its fourth power


def _array(method: str = "direct", rows: int = 6, **changes: object) -> tuple[Crossbar, Bias, np.ndarray]:
    shape = (rows, rows + 1) if method == "direct" else (12, 20)
    random = np.random.default_rng(1)
    driver = DriverParams(r_driver=90.0, r_sense=40.0)
    bar = Crossbar(*shape, wire=WireParams(r_segment=2.0), driver=driver).replace(**changes)
    bias = vector_bias(random.uniform(0, 0.2, shape[0]), np.zeros(shape[1]))
    return bar, bias, 10 ** random.uniform(-5, -3, shape)


def _central(current: Callable[[float], float]) -> float:
    """Derivative by the logarithm of something that is scaled by a factor, at 1; of fourth order."""
    h = _STEP
    return (8 * (current(1 + h) - current(1 - h)) - (current(1 + 2 * h) - current(1 - 2 * h))) / (12 * h)


@pytest.mark.parametrize("method", ["direct", "structured"])
@pytest.mark.parametrize("output", ["bit 4", "word 2"])
def test_finite_differences_by_cells(method: str, output: str) -> None:
    bar, bias, g = _array(method)
    found = sensitivity(bar, bias, output, g, method)
    line = found.output.line
    places = [(2, 4), (0, 4), (2, 0)] + [(2, 3)] * (output[0] == "w") + [(5, 4)] * (output[0] == "b")
    for place in places:

        def current(factor: float, place: tuple[int, int] = place) -> float:
            scaled = g.copy()
            scaled[place] *= factor
            return sensitivity(bar, bias, output, scaled, method).current

        by = _central(current) / g[place]
        assert found.cells[place] == pytest.approx(by, rel=2e-8, abs=0), (place, line)


def test_every_derivative_of_a_small_array_by_finite_differences() -> None:
    """Segments, drivers, sense circuits, shorts, sources: each branch in turn, in an array with all line faults."""
    faults = Faults(
        stuck_on=((0, 1),), open_words=((1, 2),), open_bits=((1, 1),), shorted_words=((0, 2),), shorted_bits=((2, 0),),
        g_open=1e-9, r_short=20.0,
    )  # fmt: skip
    for both in (False, True):
        bar, bias, g = _array(rows=4, faults=faults, driver=DriverParams(r_driver=90.0, r_sense=40.0, both_ends=both))
        found = sensitivity(bar, bias, "bit 2", g)
        exact = _Dense(found)
        assert exact.current() == pytest.approx(found.current, rel=1e-11, abs=0)
        for name, by in exact.by_resistance().items():
            mine = getattr(found, name)
            assert mine == pytest.approx(by, rel=1e-6, abs=1e-8 * np.abs(by).max()), (name, both)
        for name, by in exact.by_source().items():
            assert getattr(found, name) == pytest.approx(by, rel=1e-9, abs=1e-12 * np.abs(by).max()), name


class _Dense:
    """The network of a sensitivity as a dense matrix of its nodes, each branch of which can be changed."""

    def __init__(self, found: Sensitivity) -> None:
        solution = found.solution
        self.found, self.network, self.bias = found, solution.network, solution.bias
        self.names = ["word_segments", "bit_segments", "word_shorts", "bit_shorts", "ends"]
        self.branches = dict(zip(self.names, [*solution.lines, solution.ends], strict=True))
        self.branches["cells"] = self.network.cells(solution.conductances)  # type: ignore[arg-type]

    def current(self, changed: Branches | None = None, name: str = "", bias: Bias | None = None) -> float:
        bias, size = bias or self.bias, self.network.size
        sources = np.concatenate([bias.word, bias.bit])
        laplace = np.zeros((size + len(sources),) * 2)
        for key, branches in self.branches.items():
            use = changed if key == name and changed is not None else branches
            for a, b, g in zip(use.start.ravel(), use.stop.ravel(), use.conductance.ravel(), strict=True):
                laplace[[a, b], [a, b]] += g
                laplace[[a, b], [b, a]] -= g
        inner = np.linalg.solve(laplace[:size, :size], -laplace[:size, size:] @ sources)
        into = laplace[size:, :size] @ inner + laplace[size:, size:] @ sources
        return -float(into[self.network.crossbar.rows + self.found.output.line])

    def by_resistance(self) -> dict[str, np.ndarray]:
        by = {name: self.each(name) for name in self.names}
        ends, rows = by.pop("ends"), self.network.crossbar.rows
        return {**by, "word_ends": ends[:, :rows], "bit_ends": ends[:, rows:]}

    def each(self, name: str) -> np.ndarray:
        branches = self.branches[name]
        by = np.zeros(branches.conductance.size)
        for k, g in enumerate(branches.conductance.ravel()):

            def current(factor: float, k: int = k) -> float:
                scaled = branches.conductance.copy()
                scaled.ravel()[k] /= factor
                return self.current(replace(branches, conductance=scaled), name)

            by[k] = _central(current) * g  # by the resistance: its logarithm over itself
        return by.reshape(branches.conductance.shape)

    def by_source(self) -> dict[str, np.ndarray]:
        rows, cols = self.network.crossbar.shape
        units = np.eye(rows + cols)
        by = np.array([self.current(bias=replace(self.bias, word=unit[:rows], bit=unit[rows:])) for unit in units])
        return {"word_sources": by[:rows], "bit_sources": by[rows:]}


@settings(max_examples=25)
@given(st.integers(0, 999), st.data())
def test_the_current_is_the_sum_of_what_all_conductances_do_to_it(seed: int, data: st.DataObject) -> None:
    """Twice the conductance everywhere is twice the current (Euler): the derivatives of any network add up to it."""
    network = random_network(seed)
    bar = network.crossbar
    side = data.draw(st.sampled_from(["word", "bit"]))
    line = data.draw(st.integers(0, (bar.rows if side == "word" else bar.cols) - 1))
    found = sensitivity(bar, network.bias, f"{side} {line}", network.g)
    assert found.corrected is not None
    value, bound = found.corrected
    solution, ends = found.solution, 1 / found.solution.ends.conductance
    parts = [found.cell_effects, -ends[:, : bar.rows] * found.word_ends, -ends[:, bar.rows :] * found.bit_ends]
    parts += [-bar.faults.r_short * found.word_shorts, -bar.faults.r_short * found.bit_shorts]
    for by, segments in (
        (found.word_segments, solution.network.word_segments()), (found.bit_segments, solution.network.bit_segments()),
    ):  # fmt: skip
        parts += [] if by is None else [-by / segments.conductance]
    total = sum(float(part.sum()) for part in parts)
    scale = sum(float(np.abs(part).sum()) for part in parts)
    line_error = solution.word_ends_error.max() + solution.bit_ends_error.max()
    assert total == pytest.approx(value, rel=0, abs=1e-9 * scale + bound + line_error)
    assert abs(value - found.current) <= found.error + bound
    by_sources = found.word_sources @ network.bias.word + found.bit_sources @ network.bias.bit
    known = np.abs(network.bias.word) @ found.adjoint.word_ends_error
    known += np.abs(network.bias.bit) @ found.adjoint.bit_ends_error
    assert by_sources == pytest.approx(found.current, rel=1e-12, abs=found.error + known)


def test_of_lines_without_resistance_only_cells_and_ends_are_told() -> None:
    bar, bias, g = _array(rows=5, wire=WireParams(resistivity_wl=0, resistivity_bl=0))
    found = sensitivity(bar, bias, "bit 4", g)
    assert found.word_segments is None
    assert found.bit_segments is None
    by = _Dense(found).each("cells")
    assert -found.cells * g**2 == pytest.approx(by, rel=1e-6, abs=1e-8 * np.abs(by).max())


@pytest.mark.parametrize("scheme", ["V/2", "floating"])
def test_real_cells_at_their_operating_point_by_finite_differences(scheme: str) -> None:
    """A cell of vteam carries a current in proportion to its two conductances; held are its states."""
    random = np.random.default_rng(4)
    states = random.uniform(0.1, 0.9, (4, 5))
    bar = Crossbar(4, 5, cell=VteamParams(), wire=WireParams(r_segment=20.0)).with_states(w=states)
    bias = write_bias(scheme, (4, 5), [1], [2], 0.3)
    _check_real(bar, bias, {"r_on": -1, "r_off": -1})


@pytest.mark.parametrize("scheme", ["V/2", "floating"])
def test_cells_with_a_bend_too(scheme: str) -> None:
    """Ag2S at 0.3 V, far beyond the bend of its interface; all of its conductances scale together."""
    random = np.random.default_rng(4)
    bar = Crossbar(4, 5, wire=WireParams(r_segment=20.0)).with_states(
        w=random.uniform(0.1, 0.9, (4, 5)), x=random.uniform(0, 0.5, (4, 5))
    )
    bias = write_bias(scheme, (4, 5), [1], [2], 0.3)
    _check_real(bar, bias, dict.fromkeys(("g_int_min", "g_int_max", "g_fil_min", "g_fil_max"), 1))


def _check_real(bar: Crossbar, bias: Bias, powers: dict[str, int]) -> None:
    found = sensitivity(bar, bias, "bit 2")
    assert found.corrected is None
    assert not found.linear
    assert found.error < 1e-9 * abs(found.current)
    for place in ((1, 2), (0, 2), (1, 0), (3, 4)):

        def current(factor: float, place: tuple[int, int] = place) -> float:
            scaled = {}
            for name, power in powers.items():
                scaled[name] = bar.values(name).copy()
                scaled[name][place] *= factor**power
            changed = bar.replace(per_cell={**bar.per_cell, **scaled})
            return float(solve_operating_point(changed, bias, tolerance=1e-14).sense[2])

        by = _central(current)
        assert found.cell_effects[place] == pytest.approx(by, rel=1e-6, abs=1e-9 * abs(found.current)), place


def test_ngspice_finds_the_same_change(tmp_path: Path) -> None:
    """The sense current of an array of resistors, each of three elements a thousandth up and down."""
    bar, bias, g = _array()
    found = sensitivity(bar, bias, "bit 4", g)
    elements = {
        "x_2_4": ("cell", (2, 4)), "x_5_0": ("cell", (5, 0)), "w_1_0": ("word", (1, 0)), "b_5_4": ("bit", (5, 4)),
        "b_3_4": ("bit", (3, 4)),
    }  # fmt: skip
    for name, (kind, place) in elements.items():
        currents = []
        for number, factor in enumerate((1.001, 0.999)):
            folder = tmp_path / f"{name}_{number}"
            folder.mkdir()
            waves = engine("ngspice").run_deck(_deck(bar, bias, g, {name: factor}), folder, time_limit=60)
            currents.append(float(waves.values["bt_4"][0, 0]) / (bar.driver.r_sense + bar.driver.r_contact))
        assert currents[0] == pytest.approx(found.current, rel=1e-2, abs=0)
        change = (currents[0] - currents[1]) / 0.002
        resistances = {"word": (bar.r_word, found.word_segments), "bit": (bar.r_bit, found.bit_segments)}
        if kind == "cell":  # its resistance was changed
            effect = -found.cell_effects[place]
        else:
            ohms, by = resistances[kind]
            assert by is not None
            effect = ohms * by[place]
        # ngspice's currents are good to a millionth or better, their differences to a thousandth of a thousandth
        assert change == pytest.approx(effect, rel=1e-3, abs=1e-6 * found.current), name


def _deck(bar: Crossbar, bias: Bias, g: np.ndarray, factors: dict[str, float]) -> Deck:
    """The network in ngspice, some of its resistances times a factor."""

    def resistor(name: str, a: str, b: str, ohm: float) -> str:
        return write.resistor(name, a, b, ohm * factors.get(name, 1.0))

    lines = ["* resistors"]
    for r, c in bar.crossings():
        before = f"wt_{r}" if c == 0 else bar.word_node(r, c - 1)
        after = f"bt_{c}" if r == bar.rows - 1 else bar.bit_node(r + 1, c)
        lines += [
            resistor(f"x_{r}_{c}", bar.word_node(r, c), bar.bit_node(r, c), 1 / g[r, c]),
            resistor(f"w_{r}_{c}", before, bar.word_node(r, c), bar.r_word),
            resistor(f"b_{r}_{c}", bar.bit_node(r, c), after, bar.r_bit),
        ]
    driver = bar.driver
    for r in range(bar.rows):
        lines.append(f"vw{r} ws_{r} 0 {write.number(float(bias.word[r]))}")
        lines.append(resistor(f"dw{r}", f"ws_{r}", f"wt_{r}", driver.r_driver + driver.r_contact))
    lines += [resistor(f"db{c}", f"bt_{c}", "0", driver.r_sense + driver.r_contact) for c in range(bar.cols)]
    saved = write.saves(["v(bt_4)"])
    options = ".options klu reltol=1e-9 vntol=1e-13 abstol=1e-19 gmin=1e-20"
    text = "\n".join([*lines, options, *saved, ".tran 1n 1n", write.control([]), ".end"])
    return Deck(lambda: [text], "subckt", 1e-9, {"bt_4": ["v(bt_4)"]}, {"bt_4": (1,)}, models=[])


def test_several_outputs_share_one_solution() -> None:
    bar, bias, g = _array()
    one, other = sensitivities(bar, bias, ["bit 4", "word 0"], g)
    assert one.solution is other.solution
    assert one.cells == pytest.approx(sensitivity(bar, bias, "bit 4", g).cells, rel=1e-9, abs=0)


def test_what_it_cannot_do_is_refused() -> None:
    bar, bias, g = _array()
    for ask, message in (
        (lambda: sensitivity(bar, bias, "bit 7", g), "output = 'bit 7' is refused; allowed: bit 0 to bit 6 of 6 x 7"),
        (lambda: sensitivity(bar, bias, "gate 1", g), "output = 'gate 1' is refused"),
        (lambda: sensitivity(bar, vector_bias([0.1], [0.0]), "bit 1", g), "length of bias.word = 1"),
        (lambda: sensitivity(bar.replace(selector=ThresholdParams()), bias, "bit 1"), "allowed: 1R for an operating"),
        (lambda: sensitivity(bar, bias, "bit 1", g[:, 1:]), "conductances' shape"),
    ):
        with pytest.raises(RequestError, match=message):
            ask()


def test_a_cell_whose_current_falls_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    bar, bias, _ = _array()
    falling = "pyspice_models.engine.nodal.static.sensitivity.slopes_at"
    monkeypatch.setattr(falling, lambda current, v: np.where(np.arange(v.size).reshape(v.shape) == 9, -1e-6, 1e-4))
    with pytest.raises(RequestError, match=r"the cell \(1, 2\) falls with its voltage at .* \(slope -1 uS\)"):
        sensitivity(bar, bias, "bit 1")
