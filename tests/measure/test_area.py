"""Area and energy-delay product, by hand."""

from __future__ import annotations

import pytest

from pyspice_models.array import Crossbar
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.measure import Measure
from pyspice_models.measure.area import cell_area
from pyspice_models.stimulus import Read, Write
from pyspice_models.study import Study
from pyspice_models.study.limits import Limits
from pyspice_models.study.measures.costs import cost_measures


def test_a_crosspoint_takes_four_squares_and_a_wide_transistor_more() -> None:
    wire = WireParams(width=50e-9, pitch=100e-9)
    for selector in (None, ThresholdParams(), TransistorParams(width=50e-9, length=50e-9)):
        found = cell_area(Crossbar(2, 2, wire=wire, selector=selector))
        # of the small transistor: 6 F^2 of its own, 15,000 nm^2 against 10,000 of the crossing
        small = selector is not None and isinstance(selector, TransistorParams)
        assert found.squares == pytest.approx(6.0 if small else 4.0, rel=1e-12, abs=0)
        assert found.set_by == ("transistor" if small else "line pitch")
    wide = cell_area(Crossbar(2, 2, wire=wire, selector=TransistorParams(width=500e-9, length=50e-9)), 25e-9)
    assert wide.area == pytest.approx(3 * 11 * 2.5e-15, rel=1e-12, abs=0)
    assert wide.squares == pytest.approx(132.0, rel=1e-12, abs=0)


def test_costs_of_a_study() -> None:
    study = Study("area", Crossbar(4, 8), [Write(0, 0), Read(0, 0)], limits=Limits(feature_size=1e-6))
    found = {"energy_per_switch": Measure(2e-14, "J", ""), "write_latency": Measure(3e-6, "s", "")}
    costs = cost_measures(study, found)
    assert costs["array_area"].value == pytest.approx(32 * 1e-10, rel=1e-12, abs=0)
    assert costs["cell_area"].value == pytest.approx(100.0, rel=1e-12, abs=0)
    assert costs["energy_delay_write"].value == pytest.approx(6e-20, rel=1e-12, abs=0)
    assert "energy_delay_write" not in cost_measures(study, {})
