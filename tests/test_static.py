"""The static solution: cases worked by hand, ideal lines, Kirchhoff's laws, ngspice on the same resistors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyspice_models.array import Crossbar
from pyspice_models.bench.scheme import Bias, read_bias, vector_bias
from pyspice_models.deck import Deck
from pyspice_models.deck import ngspice as write
from pyspice_models.engine import engine
from pyspice_models.engine.nodal.static import solve_static
from pyspice_models.errors import RequestError
from pyspice_models.params import DriverParams, WireParams

NEARLY_IDEAL = DriverParams(r_driver=1e-9, r_sense=1e-9, r_contact=0, r_off=1e18)
NO_RESISTANCE = WireParams(resistivity_wl=0, resistivity_bl=0)


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


@settings(deadline=None)
@given(st.integers(2, 7), st.integers(2, 7), st.integers(0, 999), st.booleans(), st.sampled_from([2e-8, 1e-5, 1e-2]))
def test_kirchhoff_and_energy(rows: int, cols: int, seed: int, both: bool, resistivity: float) -> None:
    wire = WireParams(resistivity_wl=resistivity, resistivity_bl=2 * resistivity)
    bar = Crossbar(rows, cols, wire=wire, driver=DriverParams(both_ends=both))
    bias = read_bias("grounded", (rows, cols), rows // 2, [cols // 2], 0.1)
    found = solve_static(bar, bias, _random(rows, cols, seed))
    # what the ends send by their voltages is what the cells carry
    assert found.gap < 1e-6 * np.abs(found.word_ends).max()
    delivered = bias.word @ found.word_ends + bias.bit @ found.bit_ends
    burnt = float((found.cells * (found.word - found.bit)).sum())
    assert 0 < burnt <= delivered * (1 + 1e-9)


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
    waves = engine("ngspice").run(_resistors(bar, g, bias), tmp_path, time_limit=60)
    for side in ("word", "bit"):
        spice = waves.values[side][-1]
        assert np.abs(spice - getattr(found, side)).max() < 1e-6 * 0.1


def _resistors(bar: Crossbar, g: np.ndarray, bias: Bias) -> Deck:
    """The same network as a deck of resistors and sources."""
    driver, lines = bar.driver, ["* resistors"]
    for r, c in bar.crossings():
        lines.append(write.resistor(f"x_{r}_{c}", bar.word_node(r, c), bar.bit_node(r, c), 1 / g[r, c]))
        before = f"wt_{r}" if c == 0 else bar.word_node(r, c - 1)
        after = f"bt_{c}" if r == bar.rows - 1 else bar.bit_node(r + 1, c)
        lines.append(write.resistor(f"w_{r}_{c}", before, bar.word_node(r, c), bar.r_word))
        lines.append(write.resistor(f"b_{r}_{c}", bar.bit_node(r, c), after, bar.r_bit))
    sides = [
        ("w", r, bias.word[r], bias.word_driven[r], driver.r_driver, bar.word_node(r, bar.cols - 1))
        for r in range(bar.rows)
    ] + [("b", c, bias.bit[c], bias.bit_driven[c], driver.r_sense, bar.bit_node(0, c)) for c in range(bar.cols)]
    for side, n, volt, driven, on, far in sides:
        ohms = on + driver.r_contact if driven else driver.r_off
        lines.append(f"v{side}{n} {side}s_{n} 0 {write.number(volt)}")
        lines.append(write.resistor(f"d{side}{n}", f"{side}s_{n}", f"{side}t_{n}", ohms))
        if driver.both_ends:
            lines.append(write.resistor(f"f{side}{n}", f"{side}s_{n}", far, ohms))
    cells = list(bar.crossings())
    probes = {
        "word": [f"v({bar.word_node(r, c)})" for r, c in cells], "bit": [f"v({bar.bit_node(r, c)})" for r, c in cells],
    }  # fmt: skip
    options = ".options klu reltol=1e-9 vntol=1e-12 abstol=1e-18 gmin=1e-20"
    saves = write.saves(vector for group in probes.values() for vector in group)
    text = "\n".join([*lines, options, saves, ".tran 1 1", ".end", ""])
    return Deck(text, "subckt", 1.0, probes, {"word": bar.shape, "bit": bar.shape})


def test_wrong_conductances_are_refused() -> None:
    bar = Crossbar(2, 2)
    bias = read_bias("grounded", (2, 2), 0, [0], 0.1)
    for wrong in (np.ones((3, 2)), np.full((2, 2), -1.0), np.full((2, 2), np.nan)):
        with pytest.raises(RequestError, match="conductances"):
            solve_static(bar, bias, wrong)
