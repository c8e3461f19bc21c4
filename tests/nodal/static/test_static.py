"""The static solution: cases worked by hand, ideal lines, Kirchhoff's laws, ngspice and badcrossbar on the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyspice_models.array import Crossbar, Faults, nodes
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.engine import engine
from pyspice_models.engine.nodal.static.solve import StaticSolution, solve_operating_point, solve_static
from pyspice_models.errors import RequestError
from pyspice_models.netlist import Deck
from pyspice_models.netlist.dialects import NGSPICE as write
from pyspice_models.netlist.elements import array_elements
from pyspice_models.stimulus.scheme import Bias, read_bias, vector_bias, write_bias

NEARLY_IDEAL = DriverParams(r_driver=1e-9, r_sense=1e-9, r_contact=0, r_off=1e18)
NO_RESISTANCE = WireParams(resistivity_wl=0, resistivity_bl=0)
EVERY_FAULT = Faults(
    stuck_on=((0, 1),), stuck_off=((3, 2),), open_cells=((1, 1),), open_words=((2, 3), (4, 0)), open_bits=((1, 4),),
    shorted_words=((0, 2), (3, 5)), shorted_bits=((4, 0),),
)  # fmt: skip
GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "from_badcrossbar.json").read_text())


def _random(rows: int, cols: int, seed: int) -> np.ndarray:
    return 10 ** np.random.default_rng(seed).uniform(-8, -4, (rows, cols))


def test_three_resistors_in_a_sneak_path_by_hand() -> None:
    """2 x 2, floating: the read cell's own current, and one through the three others in series."""
    g = np.array([[1e-6, 2e-6], [4e-6, 8e-6]])
    bar = Crossbar(2, 2, wire=NO_RESISTANCE, driver=NEARLY_IDEAL)
    found = solve_static(bar, read_bias("floating", (2, 2), 0, [0], 0.1), g)
    # out through (0, 1), back along bit line 1 to (1, 1), along word line 1 to (1, 0)
    around = 0.1 / (1 / 2e-6 + 1 / 8e-6 + 1 / 4e-6)
    assert -found.bit_ends[0] == pytest.approx(0.1 * 1e-6 + around, rel=1e-9, abs=0)
    assert found.cells[0, 0] == pytest.approx(1e-7, rel=1e-9, abs=0)
    assert found.cells[0, 1] == pytest.approx(around, rel=1e-9, abs=0)
    assert found.cells[1, 0] == pytest.approx(around, rel=1e-9, abs=0)
    assert found.cells[1, 1] == pytest.approx(-around, rel=1e-9, abs=0)


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 999))
def test_without_resistance_it_is_the_product_of_vector_and_matrix(rows: int, cols: int, seed: int) -> None:
    g = _random(rows, cols, seed)
    volts = np.random.default_rng(seed).uniform(-0.1, 0.1, rows)
    bar = Crossbar(rows, cols, wire=NO_RESISTANCE, driver=NEARLY_IDEAL)
    found = solve_static(bar, vector_bias(volts.tolist(), [0.0] * cols), g)
    ideal = volts @ g
    assert np.abs(-found.bit_ends - ideal).max() <= 1e-9 * np.abs(volts).max() * g.sum(axis=0).max()


def test_shorted_word_lines_by_hand() -> None:
    """One word line at 0.3 V, its neighbour at 0, a bridge of 100 ohm between them: three resistors in series."""
    driver = DriverParams(r_driver=1e3, r_contact=0)
    bar = Crossbar(2, 1, wire=NO_RESISTANCE, driver=driver, faults=Faults(shorted_words=((0, 0),), r_short=100.0))
    found = solve_static(bar, vector_bias([0.3, 0.0], [0.0]), np.zeros((2, 1)))
    assert found.word_shorts[0] == pytest.approx(0.3 / 2100, rel=1e-9, abs=0)
    assert found.word_ends == pytest.approx([0.3 / 2100, -0.3 / 2100], rel=1e-9, abs=0)
    assert found.nodes == pytest.approx(
        {"wt_0": 0.3 * 1100 / 2100, "wt_1": 0.3 * 1000 / 2100, "bt_0": 0.0}, rel=1e-9, abs=0
    )
    assert found.dissipated == pytest.approx(0.3**2 / 2100, rel=1e-9, abs=0)


def test_two_cells_on_resistive_lines_by_hand() -> None:
    """1 x 2: what flows past the first crossing is the second cell with its line segments."""
    wire = _wire(10.0, 20.0)
    bar = Crossbar(1, 2, wire=wire, driver=DriverParams(r_driver=90.0, r_sense=70.0, r_contact=10.0))
    found = solve_static(bar, vector_bias([0.1], [0.0, 0.0]), [[1 / 900, 1 / 800]])
    first, second = 900 + 20 + 80, 10 + 800 + 20 + 80
    both = first * second / (first + second)
    total = 0.1 / (100 + 10 + both)
    assert found.word_ends[0] == pytest.approx(total, rel=1e-9, abs=0)
    assert found.word[0, 0] == pytest.approx(total * both, rel=1e-9, abs=0)
    assert found.cells[0] == pytest.approx([total * both / first, total * both / second], rel=1e-9, abs=0)
    assert found.word_segments[0] == pytest.approx([total, total * both / second], rel=1e-9, abs=0)


@given(st.integers(2, 7), st.integers(2, 7), st.integers(0, 999), st.booleans(), st.sampled_from([2e-8, 1e-5, 1e-2]))
def test_kirchhoff_and_energy(rows: int, cols: int, seed: int, both: bool, resistivity: float) -> None:
    shape = rows, cols
    odds = dict.fromkeys(("open_words", "open_bits", "shorted_words", "shorted_bits"), 0.1)
    bar = Crossbar(
        rows, cols, wire=WireParams(resistivity_wl=resistivity, resistivity_bl=2 * resistivity),
        driver=DriverParams(both_ends=both), faults=Faults.sample(shape, seed, **odds),
    )  # fmt: skip
    bias = read_bias("grounded", shape, rows // 2, [cols // 2], 0.1)
    found = solve_static(bar, bias, _random(rows, cols, seed))
    largest = np.abs(found.cells).max()
    assert found.gap < 1e-9 * max(largest, 1e-7)
    # once more, from the currents at every crossing but the last ones, where a far end may stand
    word, bit = -found.cells, found.cells.copy()
    word += found.word_segments
    word[:, :-1] -= found.word_segments[:, 1:]
    bit -= found.bit_segments
    bit[1:] += found.bit_segments[:-1]
    for sums, places, step, flows in (
        (word, bar.faults.shorted_words, (1, 0), found.word_shorts),
        (bit, bar.faults.shorted_bits, (0, 1), found.bit_shorts),
    ):
        for (row, col), flow in zip(places, flows, strict=True):
            sums[row, col] -= flow
            sums[row + step[0], col + step[1]] += flow
    assert np.abs(word[:, :-1]).max() < 1e-9 * max(largest, 1e-7)
    assert np.abs(bit[1:]).max() < 1e-9 * max(largest, 1e-7)
    delivered = bias.word @ found.word_ends + bias.bit @ found.bit_ends
    burnt = float((found.cells * (found.word - found.bit)).sum())
    # behind broken segments currents nearly cancel: there the solution's own bound tells how much is known
    unknown = np.abs(bias.word) @ found.word_ends_error + np.abs(bias.bit) @ found.bit_ends_error
    assert found.dissipated == pytest.approx(delivered, rel=1e-9, abs=float(unknown))
    assert 0 <= burnt <= delivered * (1 + 1e-9)


@pytest.mark.parametrize("name", GOLDEN)
def test_badcrossbar_finds_the_same(name: str) -> None:
    """Common subset: ideal sources straight at the first segments, ideal grounds at the last ones."""
    peer = {key: np.array(value) for key, value in GOLDEN[name].items()}
    wire = _wire(float(peer["r_word"]), float(peer["r_bit"]))
    bar = Crossbar(*peer["siemens"].shape, wire=wire, driver=NEARLY_IDEAL)
    found = solve_static(bar, vector_bias(peer["volts"], np.zeros(bar.cols)), peer["siemens"])
    assert bar.r_word == pytest.approx(float(peer["r_word"]), rel=1e-12, abs=0)
    assert bar.r_bit == pytest.approx(float(peer["r_bit"]), rel=1e-12, abs=0)
    top = np.abs(peer["volts"]).max()
    for side in ("word", "bit"):
        assert np.abs(getattr(found, side) - peer[side]).max() < 1e-9 * top
    assert found.cells == pytest.approx(peer["cells"], rel=1e-9, abs=1e-9 * np.abs(peer["cells"]).max())
    assert -found.bit_ends == pytest.approx(peer["output"], rel=1e-9, abs=1e-9 * np.abs(peer["output"]).max())
    for lines, resistance in (("word_segments", bar.r_word), ("bit_segments", bar.r_bit)):
        if resistance > 0:  # badcrossbar counts currents in ideal segments, too
            top = np.abs(peer[lines]).max()
            assert np.abs(getattr(found, lines) - peer[lines]).max() < 1e-8 * top


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_a_transposed_array_gives_the_transposed_solution(rows: int, cols: int, seed: int) -> None:
    alike = WireParams(resistivity_wl=1e-5, resistivity_bl=1e-5)
    driver = DriverParams(r_driver=500.0, r_sense=500.0)
    g = _random(rows, cols, seed)
    random = np.random.default_rng(seed)
    word, bit = random.uniform(-1, 1, rows), random.uniform(-1, 1, cols)
    one = solve_static(Crossbar(rows, cols, wire=alike, driver=driver), vector_bias(word.tolist(), bit.tolist()), g)
    # word lines begin at column 0, bit lines end at the last row: turn both ways to keep the distances
    other = solve_static(
        Crossbar(cols, rows, wire=alike, driver=driver),
        vector_bias(bit[::-1].tolist(), word[::-1].tolist()),
        g.T[::-1, ::-1],
    )
    assert other.bit.T[::-1, ::-1] == pytest.approx(one.word, abs=1e-9)
    assert other.word.T[::-1, ::-1] == pytest.approx(one.bit, abs=1e-9)


@pytest.mark.parametrize("both", [False, True], ids=["one end", "both ends"])
@pytest.mark.parametrize("scheme", ["grounded", "floating"])
def test_ngspice_finds_the_same_voltage_at_every_node(scheme: str, both: bool, tmp_path: Path) -> None:
    wire = WireParams(resistivity_wl=1e-4, resistivity_bl=2e-4)
    bar = Crossbar(5, 6, wire=wire, driver=DriverParams(both_ends=both, r_off=1e9))
    g, bias = _random(5, 6, 7), read_bias(scheme, (5, 6), 2, [3], 0.1)
    found = solve_static(bar, bias, g)
    _compare(found, _resistors(bar, g, bias), tmp_path)


@pytest.mark.parametrize("form", write.forms)
@pytest.mark.parametrize("scheme", ["grounded", "floating"])
def test_ngspice_finds_the_same_in_the_deck_of_a_broken_crossbar(scheme: str, form: str, tmp_path: Path) -> None:
    """The package's own deck of lines, faults and cells; healthy cells are ohmic here, by a large v_int."""
    g = _random(5, 6, 3)
    ohmic = {"g_int_min": g, "g_int_max": g, "g_fil_min": 1e-18, "g_fil_max": 1e-18, "v_int": 100.0}
    bar = Crossbar(5, 6, per_cell=ohmic, wire=_wire(50.0, 80.0), driver=DriverParams(r_off=1e9), faults=EVERY_FAULT)
    broken = EVERY_FAULT.conductances((5, 6))
    bias = read_bias(scheme, (5, 6), 2, [3], 0.1)
    found = solve_static(bar, bias, np.where(np.isnan(broken), g, broken))
    _compare(found, _real(bar, form, bias), tmp_path)


@pytest.mark.parametrize("form", write.forms)
@pytest.mark.parametrize("scheme", ["V/2", "floating"])
def test_ngspice_finds_the_same_operating_point_of_real_cells(scheme: str, form: str, tmp_path: Path) -> None:
    states = {"w0": np.linspace(0, 1, 30).reshape(5, 6), "x0": np.linspace(0.6, 0, 30).reshape(5, 6)}
    bar = Crossbar(
        5, 6, per_cell=states, wire=_wire(50.0, 80.0), driver=DriverParams(r_off=1e9), faults=EVERY_FAULT,
        temperature=330.0,
    )  # fmt: skip
    bias = write_bias(scheme, (5, 6), [2], [2], 0.3)
    found = solve_operating_point(bar, bias)
    assert np.abs(found.word - found.bit).max() > 0.25, "the cells are to be driven far beyond v_int/2"
    _compare(found, _real(bar, form, bias), tmp_path)


def test_an_amplifier_is_its_input_resistance(tmp_path: Path) -> None:
    driver = DriverParams(sense="tia", gain=100.0, r_off=1e9)
    bar, g = Crossbar(3, 4, wire=_wire(50.0, 80.0), driver=driver), _random(3, 4, 5)
    bias = vector_bias([0.1, -0.2, 0.05], [0.0] * 4)
    _compare(solve_static(bar, bias, g), _resistors(bar, g, bias), tmp_path)


def test_an_operating_point_at_small_voltages_is_the_linear_solution() -> None:
    bar = Crossbar(4, 4, per_cell={"w0": _random(4, 4, 1) * 1e4})
    bias = read_bias("floating", (4, 4), 1, [2], 1e-6)
    g = Equations(bar.cell, 300.0).conductance(0.0, bar.values("w0"), bar.values("x0"))
    real, linear = solve_operating_point(bar, bias), solve_static(bar, bias, g)
    assert real.cells == pytest.approx(linear.cells, rel=1e-6, abs=0)


def _wire(r_word: float, r_bit: float) -> WireParams:
    """Lines with these resistances per segment [ohm]."""
    film, squares = 50e-9, 2.0
    return WireParams(
        width=5e-6, pitch=10e-6, thickness_wl=film, thickness_bl=film, mean_free_path=0.0,
        resistivity_wl=r_word * film / squares, resistivity_bl=r_bit * film / squares,
    )  # fmt: skip


def _compare(found: StaticSolution, deck: Deck, folder: Path) -> None:
    """Every node of the deck, each within a millionth of its own voltage."""
    waves = engine("ngspice").run_deck(deck, folder, time_limit=60)
    assert set(waves.values) == set(found.nodes)
    spice = np.array([waves.values[name][0, 0] for name in found.nodes])
    ours = np.array(list(found.nodes.values()))
    assert spice == pytest.approx(ours, rel=1e-6, abs=1e-15)


def _real(bar: Crossbar, form: str, bias: Bias) -> Deck:
    """The package's own deck of a crossbar's lines and cells, with its ends as resistors; t = 0 is the static state."""
    definition = write.cell_definition(form, bar.model, bar.cell)
    return _deck([definition, *array_elements(bar, form), *_ends(bar, bias)], bar, form)


def _resistors(bar: Crossbar, g: np.ndarray, bias: Bias) -> Deck:
    """The same network as a deck of resistors and sources."""
    lines = ["* resistors"]
    for r, c in bar.crossings():
        lines.append(write.resistor(f"x_{r}_{c}", bar.word_node(r, c), bar.bit_node(r, c), 1 / g[r, c]))
        before = f"wt_{r}" if c == 0 else bar.word_node(r, c - 1)
        after = f"bt_{c}" if r == bar.rows - 1 else bar.bit_node(r + 1, c)
        lines.append(write.resistor(f"w_{r}_{c}", before, bar.word_node(r, c), bar.r_word))
        lines.append(write.resistor(f"b_{r}_{c}", bar.bit_node(r, c), after, bar.r_bit))
    return _deck([*lines, *_ends(bar, bias)], bar, "subckt")


def _ends(bar: Crossbar, bias: Bias) -> Iterator[str]:
    """Sources, drivers and sense circuits."""
    driver = bar.driver
    sides = [
        ("w", r, bias.word[r], bias.word_driven[r], driver.r_driver, bar.word_node(r, bar.cols - 1))
        for r in range(bar.rows)
    ] + [("b", c, bias.bit[c], bias.bit_driven[c], driver.r_sense, bar.bit_node(0, c)) for c in range(bar.cols)]
    for side, n, volt, driven, on, far in sides:
        ohms = on + driver.r_contact if driven else driver.r_off
        yield f"v{side}{n} {side}s_{n} 0 {write.number(volt)}"
        behind = f"{side}s_{n}"
        if side == "b" and driver.sense == "tia":
            behind = nodes.bit_input(n)
            yield from write.amplifier(
                f"amp_{n}", f"bs_{n}", behind, nodes.bit_output(n),
                gain=driver.gain, gbw=driver.gbw, r_feedback=driver.r_feedback, c_feedback=driver.c_feedback,
            )  # fmt: skip
        yield write.resistor(f"d{side}{n}", behind, f"{side}t_{n}", ohms)
        if driver.both_ends:
            yield write.resistor(f"f{side}{n}", behind, far, ohms)


def _deck(lines: list[str], bar: Crossbar, form: str) -> Deck:
    """A run that saves every node of the lines by its name."""
    names = [nodes.word_terminal(r) for r in range(bar.rows)] + [nodes.bit_terminal(c) for c in range(bar.cols)]
    names += [bar.word_node(r, c) for r, c in bar.crossings()] + [bar.bit_node(r, c) for r, c in bar.crossings()]
    probes = {name: [f"v({name})"] for name in names}
    options = ".options klu reltol=1e-9 vntol=1e-13 abstol=1e-19 gmin=1e-20"
    options += f" temp={write.number(bar.temperature - 273.15)}"
    saves = "\n".join(write.saves(f"v({name})" for name in names))
    models = write.modules(form, ["ag2s"])
    text = "\n".join(["* static", *lines, options, saves, ".tran 1n 1n", write.control(models), ".end"])
    return Deck(lambda: [text], form, 1e-9, probes, dict.fromkeys(names, (1,)), models=models)


def test_wrong_conductances_are_refused() -> None:
    bar = Crossbar(2, 2)
    bias = read_bias("grounded", (2, 2), 0, [0], 0.1)
    for wrong in (np.ones((3, 2)), np.full((2, 2), -1.0), np.full((2, 2), np.nan)):
        with pytest.raises(RequestError, match="conductances"):
            solve_static(bar, bias, wrong)


def test_what_is_no_resistor_is_refused() -> None:
    bias = read_bias("grounded", (2, 2), 0, [0], 0.1)
    with pytest.raises(RequestError, match="1S1R"):
        solve_operating_point(Crossbar(2, 2, selector=ThresholdParams()), bias)
    with pytest.raises(RequestError, match=r"driver\.compliance"):
        solve_static(Crossbar(2, 2, driver=DriverParams(compliance="smooth")), bias, np.ones((2, 2)))
