"""Parameters: declared once, checked always, each with its provenance."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pyspice_models.array.driver import DriverParams
from pyspice_models.array.variability import VariabilityParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet, Plausible
from pyspice_models.errors import RequestError

SETS = [CellParams, WireParams, DriverParams]
DECLARED = [(cls, name) for cls in SETS for name in cls.quantities()]
IDS = [f"{cls.__name__}.{name}" for cls, name in DECLARED]


@pytest.mark.parametrize(("cls", "name"), DECLARED, ids=IDS)
def test_every_parameter_says_what_it_is_and_where_from(cls: type[ParameterSet], name: str) -> None:
    declared = cls.quantities()[name]
    assert declared.tag in ("measured", "derived", "assumed")
    assert declared.source
    assert declared.about
    # what was tuned to a published number is not itself measured
    assert not (declared.calibrated_to and declared.tag == "measured")


PHYSICAL = [*SETS, TransistorParams, ThresholdParams, VariabilityParams]
OPEN = [(cls, name) for cls in PHYSICAL for name, q in cls.quantities().items() if q.tag != "measured"]


@pytest.mark.parametrize(("cls", "name"), OPEN, ids=[f"{cls.__name__}.{name}" for cls, name in OPEN])
def test_what_is_not_measured_says_within_which_range_it_may_lie_or_why_it_says_none(
    cls: type[ParameterSet], name: str
) -> None:
    declared = cls.quantities()[name]
    known = declared.plausible
    if not isinstance(known, Plausible):
        assert known or cls.not_varied
        return
    assert not cls.not_varied
    assert known.reason
    assert known.tag in ("stated", "chosen")
    assert known.low <= getattr(cls(), name) <= known.high
    assert known.low < known.high
    for end in (known.low, known.high):
        declared.check(name, end)


@pytest.mark.parametrize(("cls", "name"), DECLARED, ids=IDS)
def test_ranges_hold_at_their_ends_and_refuse_beyond(cls: type[ParameterSet], name: str) -> None:
    declared = cls.quantities()[name]
    bad = [math.nan, math.inf, -math.inf]
    if math.isfinite(declared.high):
        declared.check(name, declared.high)
        bad.append(math.nextafter(declared.high, math.inf))
    if math.isfinite(declared.low):
        if declared.open_low:
            bad.append(declared.low)
        else:
            declared.check(name, declared.low)
        bad.append(math.nextafter(declared.low, -math.inf))
    for value in bad:
        with pytest.raises(RequestError, match=name) as refused:
            cls(**{name: value})
        assert refused.value.exit_code == 2
        assert declared.allowed in str(refused.value)


@pytest.mark.parametrize("cls", SETS)
@pytest.mark.parametrize("value", ["1", True, None, [[1.0], [2.0, 3.0]]])
def test_what_is_no_number_is_refused(cls: type[ParameterSet], value: object) -> None:
    name = next(iter(cls.quantities()))
    with pytest.raises(RequestError, match=rf"^{name}.* is refused; allowed: "):
        cls(**{name: value})


def test_text_with_units_is_read_and_others_refused() -> None:
    cell = CellParams.from_mapping({"thickness": "150 nm", "g_int_max": "0.3 uS", "area": "4 um^2"}, where="cell")
    assert (cell.thickness, cell.g_int_max, cell.area) == pytest.approx((150e-9, 0.3e-6, 4e-12), rel=1e-12, abs=0)
    with pytest.raises(RequestError, match=r"cell\.thickness"):
        CellParams.from_mapping({"thickness": "150 V"}, where="cell")
    with pytest.raises(RequestError, match="did you mean 'thickness'"):
        CellParams.from_mapping({"thicknes": 1e-7}, where="cell")


def test_sets_are_frozen_and_a_change_makes_a_new_one() -> None:
    cell = CellParams()
    with pytest.raises(dataclasses.FrozenInstanceError):
        cell.area = 1.0  # type: ignore[misc]
    assert cell.replace(w0=0.7).w0 == 0.7
    assert cell.w0 != 0.7
    with pytest.raises(RequestError, match="unknown key 'nonsense'"):
        cell.replace(nonsense=1.0)


def test_an_array_is_checked_element_by_element() -> None:
    CellParams.quantities()["w0"].check("w0", np.array([0.0, 0.5, 1.0]))
    with pytest.raises(RequestError, match=r"w0\[1, 0\]"):
        CellParams.quantities()["w0"].check("w0", np.array([[0.0, 0.5], [1.1, 1.0]]))


def test_the_interface_window_is_a_window() -> None:
    cell = CellParams()
    assert cell.g_int_min == pytest.approx(cell.g_int_max / 10, rel=1e-9, abs=0)
    assert cell.g_fil_min < cell.g_int_min < cell.g_int_max < cell.g_fil_max
