"""What follows from parameters is checked too: each is in range, and still no inf reaches a deck or a solver."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyspice_models import CellParams, Crossbar, DriverParams, Read, WireParams, Write, schedule
from pyspice_models.array import Faults
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet, Quantity
from pyspice_models.errors import RequestError
from pyspice_models.netlist import crossbar_deck
from pyspice_models.netlist.dialects import NGSPICE, VACASK
from pyspice_models.pyspice import Ag2SCell
from pyspice_models.stimulus.cell_bench import CellBench


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"wire": {"width": 1e-300}},
            r"the resistance of a word-line segment = inf ohm is refused; allowed: 1e-12 to 1e\+21 ohm",
        ),
        ({"wire": {"thickness_bl": 5e-324}}, "the resistance of a bit-line segment = inf ohm"),
        (
            {"wire": {"resistivity_wl": 1e-30}},
            r"the resistance of a word-line segment = \S+e-23 ohm",
        ),  # no ideal line either
        ({"wire": {"tcr": 0.1}, "temperature": 200.0}, "the resistance of a word-line segment = -"),
        ({"wire": {"oxide_thickness": 1e-300}}, "the capacitance of a word-line segment = "),
        ({"wire": {"oxide_thickness": 5e-324, "coupling": True}}, "line"),
        ({"wire": {"width": 9.9999999999e-6, "coupling": True}}, None),
        (
            {
                "wire": {
                    "width": 1e-8,
                    "oxide_thickness": 1e-6,
                    "thickness_wl": 1e-8,
                    "thickness_bl": 1e-6,
                    "coupling": True,
                }
            },
            "the coupling of neighbouring word lines = -",
        ),
        (
            {
                "wire": {
                    "width": 1e-8,
                    "oxide_thickness": 1e-6,
                    "thickness_wl": 1e-6,
                    "thickness_bl": 1e-8,
                    "coupling": True,
                }
            },
            "the coupling of neighbouring bit lines = -",
        ),
        ({"driver": {"r_driver": 5e-324}}, r"the conductance of driver\.r_driver = inf S"),
        (
            {"driver": {"r_sense": 1e-15}},
            r"the conductance of driver\.r_sense = 9{15}\.9 S is refused; allowed: 1e-21 to 1e\+12 S",
        ),
        ({"driver": {"gbw": 5e-324}}, "the pole of the sense amplifier = inf s"),
        ({"driver": {"t_edge": 5e-324}}, "the steepness of an edge = inf 1/s"),
        ({"cell": {"area": 5e-324}}, "the ratio area/area_ref = "),
        ({"cell": {"area_ref": 1e-300, "r_ion_exponent": 2.0}}, "cell: the "),
        ({"cell": {"tcr_fil": 0.1, "t_nom": 1000.0}}, "the bridged filament's conductance = -"),
        ({"cell": {"t_nom": 1e-300}}, "cell: "),
        ({"cell": {"e_int": 2.0, "t_nom": 1.0}}, "cell: "),
        ({"cell": {"v_ref": 1e-5}}, r"the interface's kinetic constant = 1\.77\d+e\+219"),
        ({"cell": {"g_int_min": 5e-324}}, "the interface conductance at w = 0 = "),
        ({"cell": {"c_ion": 5e-324}}, "the ionic branch's capacitance = 5e-324 F is refused; allowed: 1e-30 to 1 F"),
        ({"cell": {"v_smooth": 1e-200}}, "the cell's equations give no number at 0 V in the state 0: one of v_smooth"),
        ({"cell": {"s_smooth": 1e-200, "p_int": 0.1}}, "the cell's equations give no number at .* s_smooth"),
        ({"faults": {"g_open": 5e-324}}, "the resistance of an open contact = inf ohm"),
        ({"faults": {"r_short": 5e-324}}, "the conductance of a short = inf S"),
        ({"transistor": {"length": 5e-324}}, "the transistor's gain factor = inf A/V"),
        ({"transistor": {"g_off": 5e-324}}, "the transistor's leakage = inf ohm"),
        ({"transistor": {"g_off": 0.0}}, None),
        ({"selector": {"g_off": 5e-324}}, "the selector's range = inf"),
        ({"selector": {"v_slope": 5e-324}}, "the selector's slope = inf"),
        ({"faults": {"g_open": 1e-300}}, r"the resistance of an open contact = (1e\+300|9\.9{9}\d*e\+299) ohm"),
        ({"faults": {"r_short": 1e-300}}, r"the conductance of a short = (1e\+300|9\.9{9}\d*e\+299) S"),
        ({"driver": {"t_edge": 1e-300}}, r"the steepness of an edge = (1e\+300|9\.9{9}\d*e\+299) 1/s"),
        ({"driver": {"gain": 1e3, "gbw": 1e-300}}, r"the pole of the sense amplifier = 1\.59\d*e\+302 s"),
        ({"driver": {"r_sense": 1e-300}}, r"the conductance of driver\.r_sense = (1e\+300|9\.9{9}\d*e\+299) S"),
        ({}, None),
    ],
    ids=range(36),
)
def test_what_is_derived_is_refused_by_name(parts: dict[str, Any], message: str | None) -> None:
    sets: dict[str, Any] = {
        "wire": WireParams,
        "driver": DriverParams,
        "cell": CellParams,
        "faults": Faults,
        "transistor": TransistorParams,
        "selector": ThresholdParams,
    }
    built = {name: sets[name](**values) if name in sets else values for name, values in parts.items()}
    built = {"selector" if name == "transistor" else name: value for name, value in built.items()}
    if message is None:
        assert Crossbar(2, 2, **built).shape == (2, 2)
        return
    with pytest.raises(RequestError, match=message) as refused:
        Crossbar(2, 2, **built)
    assert refused.value.exit_code == 2
    assert "\n" not in str(refused.value)


def test_ideal_lines_and_cells_that_differ_are_fine() -> None:
    assert Crossbar(2, 2, wire=WireParams(resistivity_wl=0.0, resistivity_bl=0.0)).r_word == 0
    area = np.full((2, 2), 25e-12)
    assert Crossbar(2, 2, per_cell={"area": area}).shape == (2, 2)
    area[1, 0] = 5e-324
    with pytest.raises(RequestError, match="the ratio area/area_ref"):
        Crossbar(2, 2, per_cell={"area": area})
    large = np.full((64, 64), 25e-12)
    large[37, 11] = 5e-324
    with pytest.raises(RequestError, match="the ratio area/area_ref"):
        Crossbar(64, 64, per_cell={"area": large})


def test_cells_without_an_array_are_checked_too() -> None:
    bad = CellParams(v_ref=1e-5)
    for make in (
        lambda: CellBench(bad, (0.0, 1e-6), (0.0, 0.1)),
        lambda: simulate(bad, [0.0, 1e-6], [0.0, 0.1]),
        lambda: Ag2SCell(bad, form="subckt"),
    ):
        with pytest.raises(RequestError, match=r"kinetic constant = 1\.77\d+e\+219"):
            make()
    with pytest.raises(RequestError, match=r"cell\.params = .* is refused; allowed: CellParams of one cell"):
        Ag2SCell(CellParams(w0=np.array([0.1, 0.2])), form="subckt")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_the_last_door_of_a_deck(value: float) -> None:
    """Whatever slips through: no netlist holds what is no number."""
    for dialect in (NGSPICE, VACASK):
        with pytest.raises(RequestError, match="a number of the netlist comes out as"):
            dialect.resistor("x", "a", "b", value)


def _within(declared: Quantity) -> st.SearchStrategy[float]:
    """Values of the whole range, the ends and all magnitudes among them."""
    low = max(declared.low, -1e6)
    high = min(declared.high, 1e6)
    smallest = math.nextafter(low, math.inf) if declared.open_low else low
    logs = st.floats(max(math.log10(smallest), -320) if smallest > 0 else -320, math.log10(high) if high > 0 else 0)
    return st.sampled_from([smallest, high]) | logs.map(lambda x: min(max(10**x, smallest), high))


def _some(kind: type[ParameterSet]) -> st.SearchStrategy[Any]:
    """A parameter set of which a few are extreme; None where they contradict each other."""
    names = st.lists(st.sampled_from(sorted(kind.quantities())), max_size=3, unique=True)
    values = names.flatmap(lambda keys: st.fixed_dictionaries({key: _within(kind.quantities()[key]) for key in keys}))
    return values.map(lambda own: _made(kind, own))


def _made(kind: type[ParameterSet], own: dict[str, float]) -> ParameterSet | None:
    try:
        return kind(**own)
    except RequestError:
        return None


@settings(max_examples=300)
@given(
    wire=_some(WireParams),
    driver=_some(DriverParams),
    cell=_some(CellParams),
    faults=_some(Faults),
    selector=st.none() | _some(ThresholdParams) | _some(TransistorParams),
    temperature=st.sampled_from([200.0, 300.0, 500.0]),
    coupling=st.booleans(),
    tia=st.booleans(),
)
def test_no_deck_holds_what_is_no_number(
    wire: Any, driver: Any, cell: Any, faults: Any, selector: Any, temperature: float, coupling: bool, tia: bool
) -> None:
    """Any values inside their ranges: a refusal by name, or a deck of finite numbers."""
    if None in (wire, driver, cell, faults):
        return
    try:
        wire = dataclasses.replace(wire, coupling=coupling)
        driver = dataclasses.replace(driver, sense="tia" if tia else "resistor")
        faults = dataclasses.replace(faults, stuck_on=((0, 0),), open_cells=((1, 1),), shorted_words=((0, 1),))
        bar = Crossbar(
            2, 2, wire=wire, driver=driver, cell=cell, faults=faults, selector=selector, temperature=temperature
        )
        plan = schedule(bar, [Write(0, 1), Read(0, 1)])
        texts = [crossbar_deck(bar, plan, dialect_name=name).text for name in ("ngspice", "vacask")]
    except RequestError as refused:
        texts = [str(refused).partition(" is refused")[2]]
    for text in texts:
        assert not re.search(r"(?<![\w.])[-+]?(inf|nan)(?!\w)", text)
