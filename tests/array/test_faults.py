"""Faults: what may be named, what is drawn, and what they do in the simulator."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.faults import CELL_FAULTS, LINE_FAULTS
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.selectors.kinds import Selector
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.measure import sense_current
from pyspice_models.measure.write import cell_voltage
from pyspice_models.netlist.dialects import NGSPICE
from pyspice_models.result import windows
from pyspice_models.stimulus import Read, ReadAll, Write
from pyspice_models.study import Study, run_study
from pyspice_models.study.tables.read import study_from

SHAPE = (3, 4)


def _read(faults: Faults, program=None) -> tuple[np.ndarray, dict[str, float]]:
    crossbar = Crossbar(*SHAPE, per_cell={"w0": 0.5}, faults=faults)
    outcome = run_study(Study("faults", crossbar, program or [ReadAll(duration=20e-6)]))
    currents = [sense_current(outcome.dataset, window).values for window in windows(outcome.dataset, "read")]
    measures = {name: measure.value for name, measure in outcome.measures.items()}
    assert abs(measures["energy_imbalance"]) < 1e-3
    return np.array(currents), measures


def test_cells_that_are_stuck_or_open_read_as_they_are() -> None:
    healthy, _ = _read(Faults())
    currents, _ = _read(Faults(stuck_on=((1, 2),), stuck_off=((0, 0),), open_cells=((2, 3),)))
    assert currents[1, 2] > 100 * healthy[1, 2]
    assert abs(currents[0, 0]) < 0.02 * healthy[0, 0]
    assert abs(currents[2, 3]) < 0.02 * healthy[2, 3]
    assert currents[0, 3] == pytest.approx(healthy[0, 3], rel=0.02, abs=0)


@pytest.mark.parametrize("form", NGSPICE.forms)
@pytest.mark.parametrize("selector", [None, TransistorParams(), ThresholdParams()], ids=["1R", "1T1R", "1S1R"])
def test_a_stuck_cell_has_the_stated_conductance(form: str, selector: Selector | None) -> None:
    """At any temperature, area and state of the sound cell, at write and read voltages, in both forms."""
    own = {"area": [[1e-10, 25e-12], [4e-12, 25e-12]], "w0": 0.7, "x0": 0.3}
    faults = Faults(stuck_on=((0, 0), (1, 0)), stuck_off=((0, 1),), g_on=3e-5, g_off=2e-9)
    crossbar = Crossbar(2, 2, per_cell=own, faults=faults, selector=selector, temperature=380.0)
    program = [Write(0, 0, voltage=0.6), ReadAll(voltage=0.5, duration=20e-6)]
    outcome = run_study(Study("stuck", crossbar, program, form=form))
    data, wanted = outcome.dataset, faults.conductances((2, 2))
    volts = cell_voltage(data)
    far = np.abs(volts) > 1e-2
    conductance = (data["p"] / volts**2).where(far)
    for place in ((0, 0), (1, 0), (0, 1)):
        seen = conductance[:, place[0], place[1]].values
        assert np.isfinite(seen).sum() > 10
        seen = seen[np.isfinite(seen)]
        # within edges p and v belong to iterates of Newton's method that differ by as much as the deck's reltol
        assert seen == pytest.approx(wanted[place], rel=5e-5, abs=0)
        assert np.median(seen) == pytest.approx(wanted[place], rel=1e-6, abs=0)
        assert np.ptp(data["w"][:, place[0], place[1]].values) < 1e-9
        assert np.ptp(data["x"][:, place[0], place[1]].values) < 1e-9


def test_an_open_contact_carries_nothing_but_the_charge_of_its_plates() -> None:
    """The slow ionic branch of a sound cell is cut off with the contact: nothing flows on after an edge."""
    crossbar = Crossbar(1, 1, wire=WireParams(c_crossing=0.0), faults=Faults(open_cells=((0, 0),)))
    outcome = run_study(Study("open", crossbar, [Write(0, 0), Read(0, 0)]))
    spent = float(outcome.dataset["p"].max()) / 0.3**2
    assert spent < 3 * crossbar.faults.g_open


def test_an_open_contact_of_a_driver_or_sense_circuit_silences_its_line() -> None:
    healthy, _ = _read(Faults())
    without_row, _ = _read(Faults(open_words=((1, 0),)))
    assert np.abs(without_row[1]).max() < 0.02 * healthy.min()
    assert without_row[[0, 2]] == pytest.approx(healthy[[0, 2]], rel=0.02, abs=0)
    without_col, _ = _read(Faults(open_bits=((2, 3),)))
    assert np.abs(without_col[:, 3]).max() < 0.02 * healthy.min()
    assert without_col[:, :3] == pytest.approx(healthy[:, :3], rel=0.02, abs=0)


def test_a_stuck_cell_cannot_be_written() -> None:
    faults = Faults(stuck_off=((1, 1),))
    _, measures = _read(faults, [Write(1, 1), Read(1, 1)])
    assert measures["writes_as_lone_cell"] == 0
    assert abs(measures["state_change"]) < 1e-9


def test_an_open_word_line_silences_the_cells_behind_it() -> None:
    healthy, _ = _read(Faults())
    currents, _ = _read(Faults(open_words=((1, 2),)))
    assert currents[1, :2] == pytest.approx(healthy[1, :2], rel=0.02, abs=0)
    assert np.abs(currents[1, 2:]).max() < 0.02 * healthy.min()
    assert currents[[0, 2]] == pytest.approx(healthy[[0, 2]], rel=0.02, abs=0)


def test_an_open_bit_line_silences_the_cells_above_it() -> None:
    healthy, _ = _read(Faults())
    currents, _ = _read(Faults(open_bits=((0, 3),)))
    assert abs(currents[0, 3]) < 0.02 * healthy[0, 3]
    assert currents[1:, 3] == pytest.approx(healthy[1:, 3], rel=0.02, abs=0)


def test_shorted_bit_lines_share_their_current() -> None:
    """Two bit lines bridged by 1 ohm: what one cell sends goes out through both sense circuits."""
    cells = {"w0": [[0.9, 0.05]]}
    ideal = WireParams(resistivity_wl=0, resistivity_bl=0)
    faults = Faults(shorted_bits=((0, 0),), r_short=1.0)
    outcome = run_study(
        Study("short", Crossbar(1, 2, per_cell=cells, wire=ideal, faults=faults), [ReadAll(duration=20e-6)])
    )
    (window,) = windows(outcome.dataset, "read")
    left, right = sense_current(outcome.dataset, window).values
    assert left == pytest.approx(right, rel=0.01, abs=0)
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3


def test_shorted_word_lines_fight_and_burn() -> None:
    _, measures = _read(Faults(shorted_words=((0, 1),), r_short=10.0), [Write(0, 1), Read(0, 1)])
    _, sound = _read(Faults(), [Write(0, 1), Read(0, 1)])
    assert measures["energy_lines"] > 100 * sound["energy_lines"]
    assert measures["energy_drivers"] > 100 * sound["energy_drivers"]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("stuck_on", (3, 0)),
        ("open_words", (0, 4)),
        ("open_bits", (-1, 0)),
        ("shorted_words", (2, 1)),
        ("shorted_bits", (0, 3)),
    ],
)
def test_a_fault_outside_the_array_is_named(name: str, place: tuple[int, int]) -> None:
    with pytest.raises(RequestError, match=rf"faults\.{name} = \({place[0]}, {place[1]}\) is refused; allowed: row"):
        Crossbar(*SHAPE, faults=Faults(**{name: (place,)}))


def test_contradictions_are_refused() -> None:
    with pytest.raises(RequestError, match=r"faults\.stuck_off and faults\.stuck_on both name the cell \(1, 1\)"):
        Faults(stuck_on=((1, 1),), stuck_off=((1, 1),))
    with pytest.raises(RequestError, match=r"faults\.open_words contradicts lines without resistance"):
        Crossbar(*SHAPE, wire=WireParams(resistivity_wl=0), faults=Faults(open_words=((1, 1),)))
    for wrong in ((1, 2), 7, ((1, 2, 3),), ((1, 2.0),), ((True, 0),), "ab", None):
        with pytest.raises(RequestError, match=r"faults\.stuck_on = .* a list of \[row, col\]"):
            Faults(stuck_on=wrong)  # type: ignore[arg-type]
    for kind in (*CELL_FAULTS, *LINE_FAULTS):
        with pytest.raises(RequestError, match=rf"faults\.{kind} names \(1, 1\) twice"):
            Faults(**{kind: ((0, 0), (1, 1), (0, 1), (1, 1))})
    with pytest.raises(RequestError, match=r"g_on = 10\.0 S is refused"):
        Faults(g_on=10.0)


def test_places_may_come_from_numpy() -> None:
    broken = np.array([[True, False], [False, True]])
    assert Faults(stuck_on=np.argwhere(broken)) == Faults(stuck_on=((0, 0), (1, 1)))  # type: ignore[arg-type]
    assert Faults(open_bits=[[0, 1]]) == Faults(open_bits=((0, 1),))  # type: ignore[arg-type]


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 999), st.floats(0, 1))
def test_drawn_faults_fit_and_are_the_same_for_the_same_seed(rows: int, cols: int, seed: int, odds: float) -> None:
    asked = dict.fromkeys(CELL_FAULTS, odds / 3) | dict.fromkeys(LINE_FAULTS, odds)
    faults = Faults.sample((rows, cols), seed, **asked)
    faults.check((rows, cols))
    assert faults == Faults.sample((rows, cols), seed, **asked)
    assert Faults.sample((rows, cols), seed, open_bits=odds).open_bits == faults.open_bits


def test_odds_come_true() -> None:
    drawn = Faults.sample((100, 100), 1, stuck_on=0.1)
    assert 850 < len(drawn.stuck_on) < 1150
    with pytest.raises(RequestError, match=r"odds of faults\.stuck_on = 1\.5"):
        Faults.sample((2, 2), 0, stuck_on=1.5)


def test_study_files_name_faults() -> None:
    tables = {"array": {"rows": 3, "cols": 4}, "program": [{"do": "read"}]}
    listed = study_from(tables | {"faults": {"stuck_on": [[0, 1]], "g_on": "2 mS"}}).crossbar.faults
    assert listed == Faults(stuck_on=((0, 1),), g_on=2e-3)
    drawn = study_from(tables | {"faults": {"stuck_off": 0.5, "seed": 3}}).crossbar.faults
    assert drawn.stuck_off == Faults.sample((3, 4), 3, stuck_off=0.5).stuck_off
    for table, message in (
        ({"stuck_off": 0.5}, r"faults\.seed must say"),
        ({"stuck_off": 0.5, "seed": 1, "stuck_on": [[0, 0]]}, "give one or the other"),
        ({"stuk_on": []}, r"unknown key 'stuk_on' in \[faults\]; did you mean 'stuck_on'"),
        ({"stuck_on": [[9, 9]]}, r"faults\.stuck_on = \(9, 9\) is refused"),
        ({"stuck_on": [[0]]}, r"a list of \[row, col\]"),
    ):
        with pytest.raises(RequestError, match=message):
            study_from(tables | {"faults": table})


def test_the_nodal_engine_knows_broken_cells_and_lines() -> None:
    for lines in ({}, {"shorted_words": ((0, 1),), "open_words": ((1, 0),)}):
        crossbar = Crossbar(2, 2, per_cell={"w0": 0.5}, faults=Faults(stuck_on=((0, 1),), **lines))
        program = [Write(0, 0), Read(0)]
        spice, nodal = (
            run_study(Study("faults", crossbar, program, engine=name)).measures for name in ("ngspice", "nodal")
        )
        for name in ("energy_per_switch", "read_current"):
            assert nodal[name].value == pytest.approx(spice[name].value, rel=5e-3, abs=0)
