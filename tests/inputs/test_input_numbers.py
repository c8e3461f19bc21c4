"""Numbers of whatever library come in by one door: plain SI floats inside, and nothing is dropped on the way."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import PySpice.Unit as U
import pytest
import scipy.sparse
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PySpice.Unit import u_A, u_kOhm, u_m, u_mV, u_Ohm, u_us, u_V

from pyspice_models.errors import RequestError
from pyspice_models.numeric import as_wholes, real_array, whole
from pyspice_models.units import number, parse

MASKED = np.ma.masked_array([[0.1, 0.9]], mask=[[0, 1]])


# ---- one number


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.float32(0.25), 0.25),
        (np.float16(0.5), 0.5),
        (np.int8(3), 3.0),
        (np.array(2), 2.0),
        (Fraction(1, 4), 0.25),
        (Decimal("0.1"), 0.1),
        (1 @ u_us, 1e-6),
        (xr.DataArray(2.0), 2.0),
        (xr.DataArray(2.0, attrs={"units": "us"}), 2e-6),
        (np.longdouble(2), 2.0),
        (-0.0, 0.0),
        (10**300, 1e300),
    ],
)
def test_a_number_of_any_library_is_a_float(value: Any, found: float) -> None:
    taken = number(value, "s", name="width")
    assert type(taken) is float
    assert taken == found
    assert parse(value, "s", name="width") == found


@pytest.mark.parametrize(
    "value",
    [
        True,
        np.bool_(1),
        1 + 0j,
        np.complex64(1),
        np.ma.masked,
        np.array([1.0]),
        [1.0],
        "1",
        None,
        math.nan,
        math.inf,
        10**400,
        Decimal("1e999"),
        Decimal("nan"),
        np.longdouble("1e4000"),
        pd.NA,
        pd.NaT,
        {1: 2},
        object(),
        np.timedelta64(3, "s"),
        np.datetime64(3, "s"),
        datetime.timedelta(seconds=1),
        b"1",
        scipy.sparse.eye_array(1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_finite_real_number_is_refused(value: Any) -> None:
    with pytest.raises(RequestError, match=r"^width = .* is refused; allowed: .*\.") as refused:
        number(value, "s", name="width")
    assert refused.value.exit_code == 2
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize(
    ("value", "unit", "found"),
    [
        (300 @ u_mV, "V", 0.3),
        (2 @ u_kOhm, "ohm", 2e3),
        (5 @ u_Ohm, "ohm", 5.0),
        (3 @ u_m, "m", 3.0),
        ((5 @ U.u_um) * (5 @ U.u_um), "m^2", 25e-12),
        ((1 @ u_V) / (1 @ u_mV), "", 1e3),
        (5 @ U.u_MHz, "Hz", 5e6),
        (27 @ U.u_Degree, "K", 300.15),
    ],
)
def test_a_unit_that_fits_is_converted(value: Any, unit: str, found: float) -> None:
    assert number(value, unit, name="q") == pytest.approx(found, rel=1e-15, abs=0)


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (0.3 @ u_A, "V"),
        (3 @ u_m, "V"),  # of a metre the m is no milli
        (1 @ u_us, "V"),
        (300 @ U.u_Degree, "V"),
        ((1 @ u_V) / (1 @ u_mV), "V"),
        (1 @ U.u_S, "ohm"),
        (xr.DataArray(1.0, attrs={"units": "A"}), "V"),
        (xr.DataArray(1.0, attrs={"units": "1"}), "V"),
    ],
)
def test_another_unit_is_refused(value: Any, unit: str) -> None:
    with pytest.raises(RequestError, match=f"q is declared in {unit}; .* is not that unit with an SI prefix"):
        number(value, unit, name="q")


class _PintUnit(str):
    """A unit that, as pint's do, knows the format ~ for its short form."""

    def __format__(self, how: str) -> str:
        return str(self) if how == "~" else "long form"


@pytest.mark.parametrize("library", ["pint", "astropy.units.quantity"])
def test_units_of_libraries_that_need_not_be_installed(library: str) -> None:
    """Objects that say of themselves what those of pint 0.25 and astropy 7 do, with which this was tried."""

    def quantity(amount: Any, pint: str, astropy: str) -> Any:
        own = (
            {"magnitude": amount, "units": _PintUnit(pint)} if library == "pint" else {"value": amount, "unit": astropy}
        )
        return type("Quantity", (), {"__module__": library, **own})()

    assert number(quantity(2.0, "µs", "us"), "s", name="q") == 2e-6
    assert number(quantity(5.0, "µm ** 2", "um2"), "m^2", name="q") == pytest.approx(5e-12, rel=1e-15, abs=0)
    assert number(quantity(3.0, "kΩ", "kOhm"), "ohm", name="q") == 3e3
    assert number(quantity(2.0, "", ""), "", name="q") == 2.0
    assert real_array(quantity(np.array([1.0, 2.0]), "mV", "mV"), "V", name="q").tolist() == [1e-3, 2e-3]
    assert number(quantity(27.0, "°C", "deg_C"), "K", name="q") == 300.15
    for wrong in (quantity(2.0, "A", "A"), quantity(2.0, "", "")):
        with pytest.raises(RequestError, match="q is declared in K"):
            number(wrong, "K", name="q")


@given(value=st.floats(allow_nan=False, allow_infinity=False, width=32), kind=st.sampled_from(["f4", "f8", "O"]))
def test_an_array_keeps_every_number(value: float, kind: str) -> None:
    found = real_array(np.array([[value, -value]], dtype=kind), name="a")
    assert found.dtype == np.float64
    assert found.tolist() == [[value, -value]]


@pytest.mark.parametrize("text", ["1e-400", "5e-330 V", "0.0000001e-320 V"])
def test_text_too_small_for_a_number_is_not_zero(text: str) -> None:
    with pytest.raises(RequestError, match="allowed: 0, or a magnitude from 1e-300"):
        parse(text, "V", name="v")
    assert parse("0.000e-999 V", "V", name="v") == 0


def test_long_text_is_refused_at_once() -> None:
    """Without a limit the white space took minutes."""
    with pytest.raises(RequestError, match=r"v = '1   .*\.\.\..*x' is refused"):
        parse("1" + " " * 200_000 + "x", "V", name="v")


# ---- arrays


REFUSED_ARRAYS: dict[str, tuple[Any, str]] = {
    "masked": (MASKED, "1 of its values are masked"),
    "masked row in a list": ([MASKED[0]], r"a\[0\] = .*masked"),
    "masked constant in a list": ([[0.1, np.ma.masked]], r"a\[0, 1\] = masked"),
    "complex": (np.array([[0.5 + 1j, 0.5]]), "Complex numbers have no place here"),
    "complex without an imaginary part": (np.array([[0.5 + 0j, 0.5]]), "Complex"),
    "complex in a list": ([[0.5 + 1j, 0.5]], r"a\[0, 0\] = \(0\.5\+1j\)"),
    "complex in an object array": (np.array([[0.5 + 1j, 0.5]], dtype=object), r"a\[0, 0\]"),
    "text": (np.array([["0.1", "0.2"]]), "Text is no number"),
    "text in a list": ([["0.1", "0.2"]], r"a\[0, 0\] = '0\.1'"),
    "bytes": (np.array([[b"1", b"2"]]), "Text is no number"),
    "yes and no": (np.array([[True, False]]), "Yes and no are no numbers"),
    "yes and no in a list": ([[True, False]], r"a\[0, 0\] = True"),
    "yes and no in a frame": (pd.DataFrame([[True, False]]), "Yes and no"),
    "text in a frame": (pd.DataFrame([[1, "a"]]), r"a\[0, 1\] = 'a'"),
    "dates": (np.array([["2020-01-01", "2020-01-02"]], dtype="M8[D]"), "Dates are no numbers"),
    "durations": (np.array([[1, 2]], dtype="m8[s]"), "Give durations in seconds"),
    "records": (np.zeros((1, 2), dtype=[("x", float)]), "is no number"),
    "ragged": ([[0.1, 0.2], [0.3]], "Its rows are not equally long"),
    "a set": ({0.1, 0.2}, "is refused"),
    "a generator": ((x for x in (0.1, 0.2)), "is refused"),
    "a sparse matrix": (scipy.sparse.eye_array(2), "is refused"),
    "nothing": (None, "a = None"),
    "a huge whole number": ([[10**400, 1]], r"a\[0, 0\] = a whole number of about 400 digits"),
    "another unit": ([[1 @ u_A, 1 @ u_V]], r"a\[0, 0\] = '1 A'"),
    "another unit of an array": (U.as_V(np.array([[0.1, 0.2]])), "a is declared in no unit; 'V' is not that unit"),
}


@pytest.mark.parametrize("case", REFUSED_ARRAYS)
def test_what_would_be_dropped_is_refused(case: str) -> None:
    values, message = REFUSED_ARRAYS[case]
    with pytest.raises(RequestError, match=message) as refused:
        real_array(values, name="a")
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "values",
    [
        [[1, 2], [3, 4]],
        ((1.0, 2.0), (3.0, 4.0)),
        np.array([[1, 2], [3, 4]], dtype=np.uint8),
        pd.DataFrame([[1, 2], [3, 4]]),
        xr.DataArray([[1, 2], [3, 4]], attrs={"units": "1"}),
        np.ma.masked_array([[1, 2], [3, 4]]),
        np.matrix([[1, 2], [3, 4]]),
        np.array([[1, 2], [3, 4]], dtype=object),
        [np.array([1, 2]), [np.float32(3), Fraction(4)]],
        np.asfortranarray([[1, 2], [3, 4]]),
    ],
    ids=lambda values: type(values).__name__,
)
def test_plain_numbers_of_any_library_are_an_array(values: Any) -> None:
    found = real_array(values, name="a")
    assert found.dtype == np.float64
    assert type(found) is np.ndarray
    assert found.tolist() == [[1, 2], [3, 4]]


def test_units_of_arrays_keep_their_prefix() -> None:
    """NumPy makes 1 of 1 mV."""
    millivolts = U.as_V(np.array([1.0, 2.0])).convert_to_power(-3)
    assert np.asarray(millivolts).tolist() == [1000.0, 2000.0]
    for values in (
        millivolts,
        [1 @ u_V, 2 @ u_V],
        np.array([1 @ u_V, 2000 @ u_mV]),
        xr.DataArray([1, 2e3], attrs={"units": "V"}),
    ):
        expected = [1.0, 2000.0] if isinstance(values, xr.DataArray) else [1.0, 2.0]
        assert real_array(values, "V", name="v").tolist() == pytest.approx(expected, rel=1e-15, abs=0)
    assert real_array(xr.DataArray([1, 2], attrs={"units": "mV"}), "V", name="v").tolist() == [0.001, 0.002]


@given(hnp.arrays(hnp.complex_number_dtypes() | hnp.boolean_dtypes() | hnp.unicode_string_dtypes(), hnp.array_shapes()))
def test_no_array_of_another_kind_gets_through(values: np.ndarray) -> None:
    with pytest.raises(RequestError, match=r"^per_cell\.w0 = "):
        real_array(values, name="per_cell.w0")


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_a_whole_number_of_any_library(value: Any) -> None:
    found = whole(value, 0, 10, name="rows")
    assert (found, type(found)) == (3, int)


@pytest.mark.parametrize(
    "value", [True, 3.0, "3", None, 10**500, -1, 11, np.ma.masked, 3 @ u_V, np.timedelta64(3, "s"), [3]]
)
def test_what_is_no_whole_number_in_range(value: Any) -> None:
    with pytest.raises(RequestError, match=r"^rows = .* is refused; allowed: a whole number from 0 to 10"):
        whole(value, 0, 10, name="rows")


def test_whole_numbers_in_a_row() -> None:
    for values in ([0, 2], (0, 2), np.array([0, 2]), range(0, 3, 2), pd.Series([0, 2]), np.ma.masked_array([0, 2])):
        assert as_wholes(values) == (0, 2)
    for values in (
        [0, 2.0],
        np.array([0.0, 2.0]),
        np.array([[0, 2]]),
        np.ma.masked_array([0, 2], mask=[0, 1]),
        "02",
        3,
        None,
    ):
        assert as_wholes(values) is None
