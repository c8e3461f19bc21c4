"""Margins over data patterns: by hand, against all patterns of a small array, and the command."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.campaign.margin import MarginParams, largest_size, margins_by_size, read_margins
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.cli.main import app
from pyspice_models.engine.nodal.static.solve import solve_static
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import Read
from pyspice_models.stimulus.scheme import read_bias
from pyspice_models.study import Study, run_study

IDEAL = {
    "wire": WireParams(resistivity_wl=0.0, resistivity_bl=0.0),
    "driver": DriverParams(r_driver=1e-6, r_sense=1e-6, r_contact=0, r_off=1e18),
}
OHMIC = MarginParams(voltage=0.1, g_on=1e-4, g_off=1e-6)


@pytest.mark.parametrize("size", [2, 3, 8, 32])
def test_ideal_lines_by_hand(size: int) -> None:
    """All others on, floating: the sneak path is N-1 cells, (N-1)^2 cells and N-1 cells in series."""
    found = read_margins(Crossbar(size, size, **IDEAL), OHMIC)
    n = size - 1
    sneak_on, sneak_off = (1 / (2 / (n * g) + 1 / (n * n * g)) for g in (1e-4, 1e-6))
    one, zero = 0.1 * (1e-4 + sneak_off), 0.1 * (1e-6 + sneak_on)
    assert found.one.current == pytest.approx(one, rel=1e-6, abs=0)
    assert found.zero.current == pytest.approx(zero, rel=1e-6, abs=0)
    assert (found.one.on, found.zero.on) == (0, size**2 - 1)
    assert found.current_margin == pytest.approx((one - zero) / one, rel=1e-6, abs=1e-6)
    assert found.worst_pattern == "all others on"
    assert found.best_pattern == "all others off"
    assert found.current_swing == pytest.approx(1 - (1e-6 + sneak_on) / (1e-4 + sneak_on), rel=1e-6, abs=0)
    assert found.best_swing == pytest.approx(1 - (1e-6 + sneak_off) / (1e-4 + sneak_off), rel=1e-6, abs=0)
    # the pull-up 1/g_on, and the best one: the root of the product of what it sees of a one and of a zero
    high, low = 1e-4 + sneak_on, 1e-6 + sneak_on

    def swing(resistance: float) -> float:
        return resistance / (resistance + 1 / high) - resistance / (resistance + 1 / low)

    assert found.r_pull == 1e4
    assert found.voltage_swing == pytest.approx(swing(1e4), rel=1e-4, abs=0)
    assert found.best_r_pull == pytest.approx((high * low) ** -0.5, rel=1e-3, abs=0)
    assert found.best_voltage_swing == pytest.approx(swing((high * low) ** -0.5), rel=1e-4, abs=0)
    assert found.voltage_margin == pytest.approx(
        1e4 / (1e4 + 1 / (1e-4 + sneak_off)) - 1e4 / (1e4 + 1 / low), rel=1e-4, abs=1e-6
    )


SHORT = {"floating": 1e-9, "grounded": 1e-9, "float-words": 0.02, "float-bits": 0.02}
"""How far a search may miss the worst of all patterns on lines that take a fifth of the voltage in each segment.

Measured on 3 x 3: nothing where all other lines float or none, at most 1.0 % where only those of one side do.
"""


@pytest.mark.parametrize("scheme", SHORT)
@pytest.mark.parametrize(
    ("shape", "place"),
    [((2, 3), (0, 2)), *(pytest.param((3, 3), p, marks=pytest.mark.slow) for p in ((0, 2), (2, 0), (1, 1)))],
)
def test_no_pattern_of_a_small_array_is_worse(scheme: str, shape: tuple[int, int], place: tuple[int, int]) -> None:
    """All patterns of the other cells, on lines that take a good part of the voltage."""
    wire = WireParams(resistivity_wl=5e-5, resistivity_bl=5e-5)
    bar = Crossbar(*shape, wire=wire, driver=DriverParams(r_driver=2e3, r_sense=1e3))
    asked = MarginParams(scheme=scheme, voltage=0.1, g_on=1e-4, g_off=1e-5)
    found = read_margins(bar, asked, row=place[0], col=place[1])
    bias, others = read_bias(scheme, shape, place[0], [place[1]], 0.1), [p for p in np.ndindex(shape) if p != place]
    currents: dict[bool, list[float]] = {True: [], False: []}
    for bit, states in product((True, False), product((True, False), repeat=len(others))):
        g = np.full(shape, 1e-4 if bit else 1e-5)
        for other, on in zip(others, states, strict=True):
            g[other] = 1e-4 if on else 1e-5
        currents[bit].append(-float(solve_static(bar, bias, g).bit_ends[place[1]]))
    assert found.one.current == pytest.approx(min(currents[True]), rel=SHORT[scheme], abs=0)
    assert found.zero.current == pytest.approx(max(currents[False]), rel=SHORT[scheme], abs=0)
    assert np.ptp(currents[True]) > 3 * SHORT[scheme] * min(currents[True]), "the patterns are to matter"


@pytest.mark.parametrize("scheme", ["floating", "grounded"])
def test_a_pull_up_is_what_a_sense_resistor_of_that_size_sees(scheme: str) -> None:
    """By Thevenin's theorem from two solutions; here the resistor stands in the network (others floating or alone)."""
    wire = WireParams(resistivity_wl=5e-5, resistivity_bl=5e-5)
    own = {"floating": (4, 4), "grounded": (4, 1)}[scheme]  # in a grounded read the others' circuits would change, too
    bar = Crossbar(*own, wire=wire, driver=DriverParams(r_driver=2e3, r_sense=1e3))
    asked = MarginParams(scheme=scheme, voltage=0.1, g_on=1e-4, g_off=1e-5, r_pull=3e4)
    found = read_margins(bar, asked)
    pulled = bar.replace(driver=bar.driver.replace(r_sense=3e4))
    volts = {True: [], False: []}
    for bit, in_row, in_col, rest in product((True, False), repeat=4):
        on = np.full(own, rest)
        on[0], on[:, -1] = in_row, in_col
        on[0, -1] = bit
        read = solve_static(pulled, read_bias(scheme, own, 0, [own[1] - 1], 0.1), np.where(on, 1e-4, 1e-5))
        volts[bit].append(-float(read.bit_ends[-1]) * 3e4 / 0.1)
    swings = np.array(volts[True]) - np.array(volts[False])
    assert found.voltage_swing == pytest.approx(swings.min(), rel=1e-9, abs=0)
    assert found.voltage_margin == pytest.approx(min(volts[True]) - max(volts[False]), rel=1e-6, abs=1e-9)


def test_the_worst_reads_are_those_of_a_transient() -> None:
    """Cells of the window, with their bend, in ngspice: the same currents within 0.1 %."""
    bar = Crossbar(4, 4)
    found = read_margins(bar, MarginParams(voltage=0.02))
    for bit, others, extreme in ((1.0, 0.0, found.one), (0.0, 1.0, found.zero)):
        states = np.full((4, 4), others)
        states[0, 3] = bit
        asked = bar.replace(per_cell={"w0": states})
        outcome = run_study(Study("worst", asked, [Read(0, 3, voltage=0.02, scheme="floating", duration=200e-6)]))
        assert outcome.measures["read_current"].value == pytest.approx(extreme.current, rel=1e-3, abs=0)


def test_the_size_where_the_swing_falls_to_a_tenth() -> None:
    sizes = [2, 4, 8, 16, 32]
    margins = margins_by_size(Crossbar(2, 2, **IDEAL), sizes, OHMIC)
    assert [m.rows for m in margins] == sizes
    size, low, high = largest_size(margins)
    by_size = {m.rows: m.voltage_swing for m in margins}
    assert by_size[int(low)] >= 0.1 > by_size[int(high)]
    near = read_margins(Crossbar(round(size), round(size), **IDEAL), OHMIC).voltage_swing
    assert near == pytest.approx(0.1, rel=0.1, abs=0)
    assert largest_size(margins, 0.9) == (0.0, 0.0, 2.0)
    assert largest_size(margins, 0.001) == (32.0, 32.0, np.inf)


def test_what_margins_cannot_be_of_is_refused() -> None:
    with pytest.raises(RequestError, match="1S1R"):
        read_margins(Crossbar(2, 2, selector=ThresholdParams()))
    with pytest.raises(RequestError, match="both_ends"):
        read_margins(Crossbar(2, 2, driver=DriverParams(both_ends=True)))
    with pytest.raises(RequestError, match=r"g_on = 1e-06 S is refused; allowed: > g_off"):
        read_margins(Crossbar(2, 2), MarginParams(g_on=1e-6, g_off=1e-5))
    with pytest.raises(RequestError, match="row = 2"):
        read_margins(Crossbar(2, 2), row=2)


def test_the_command_tells_tables_json_and_a_picture(tmp_path: Path) -> None:
    words = ["margin", "--sizes", "4,2", "--g-on", "100 uS", "--g-off", "1 uS", "--voltage", "0.1 V"]
    told = CliRunner().invoke(app, [*words, "--json", "--out", str(tmp_path / "margin")])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert [m["rows"] for m in found["margins"]] == [2, 4]
    wanted = read_margins(Crossbar(4, 4), MarginParams(voltage=0.1, g_on=1e-4, g_off=1e-6))
    assert found["margins"][1] == json.loads(json.dumps(wanted.as_dict()))
    assert json.loads((tmp_path / "margin" / "margins.json").read_text()) == found
    assert (tmp_path / "margin" / "margins.png").stat().st_size > 1000
    table = CliRunner().invoke(app, [*words, "--set", "wire.width=100nm"])
    assert "V swing" in table.stdout
    assert "10 %" in table.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sizes", "1,4"], "2 to 4096"), (["--sizes", "x"], "2 to 4096"), (["--scheme", "V/2"], "floating"),
        (["--voltage", "3 A"], "number in V"), (["--g-on", "1 nS"], "> g_off"), (["--set", "wire.wide=1"], "wire"),
        (["--set", "selector.v_th=0.2"], "1S1R"), (["nowhere.toml"], "nowhere"),
    ],
)  # fmt: skip
def test_wrong_words_of_the_command_are_refused(words: list[str], message: str) -> None:
    told = CliRunner().invoke(app, ["margin", *words])
    assert told.exit_code == 2
    assert message in told.output
    assert not told.stdout
