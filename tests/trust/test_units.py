"""Numbers with units: what is read is what was written, and nothing else is read."""

from __future__ import annotations

import math

import pytest
import scipy.constants
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from pyspice_models.cells.gap.params import GapParams
from pyspice_models.declare import constants
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array
from pyspice_models.units import ends_alike, number, parse, show

PREFIXES = {"a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12}
UNITS = ["s", "V", "A", "ohm", "F", "S", "J", "m", "K", "eV", "1/s"]
# with a prefix a magnitude below 1e-300 is refused
numbers = st.one_of(st.just(0.0), st.floats(1e-280, 1e6), st.floats(-1e6, -1e-280)).map(lambda v: float(f"{v:.9g}"))


@given(value=st.floats(allow_nan=False, allow_infinity=False), unit=st.sampled_from(UNITS))
def test_a_number_is_itself(value: float, unit: str) -> None:
    assert parse(value, unit, name="q") == value
    assert parse(repr(value), unit, name="q") == value


@given(
    value=numbers,
    prefix=st.sampled_from(sorted(PREFIXES)),
    unit=st.sampled_from(UNITS),
    space=st.sampled_from(["", " "]),
)
def test_prefix_and_unit_scale(value: float, prefix: str, unit: str, space: str) -> None:
    if unit == "1/s":  # takes no prefix, and needs a space after the number
        prefix, space = "", " "
    text = f"{value!r}{space}{prefix}{unit}"
    assert parse(text, unit, name="q") == pytest.approx(value * 10.0 ** PREFIXES[prefix], rel=1e-14, abs=0)


@given(value=st.floats(1e-17, 1e13), unit=st.sampled_from(["s", "V", "ohm", "J"]))
def test_what_is_shown_can_be_read(value: float, unit: str) -> None:
    assert parse(show(value, unit, digits=9), unit, name="q") == pytest.approx(value, rel=1e-8, abs=0)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("10n", "s", 1e-8), ("25 um^2", "m^2", 25e-12), ("25um²", "m^2", 25e-12), ("1 Meg", "ohm", 1e6),
        ("5 kΩ", "ohm", 5e3), ("300 K", "K", 300.0), ("2 m", "m", 2.0), ("2 mm", "m", 2e-3), ("0.5", "", 0.5),
        ("-.5e-3V", "V", -5e-4), ("1 kK", "K", 1e3),
    ],
)  # fmt: skip
def test_examples(text: str, unit: str, value: float) -> None:
    assert parse(text, unit, name="q") == pytest.approx(value, rel=1e-15, abs=0)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", "s"), ("fast", "s"), ("1 V", "s"), ("1M", "ohm"), ("nan", "s"), ("inf", "s"), ("1e999", "s"),
        ("1 s s", "s"), ("1;quit", "s"), ("1\n2", "s"), ("0x10", "s"), ("1_000", "s"), ("1 %", "V"), ("1u", "m^2"),
        (True, "s"), (None, "s"), ([1.0], "s"), (math.nan, "s"), (math.inf, "s"),
    ],
)  # fmt: skip
def test_refusals_name_the_quantity(text: object, unit: str) -> None:
    with pytest.raises(RequestError, match=r"pulse\.width") as refused:
        parse(text, unit, name="pulse.width")
    assert refused.value.exit_code == 2
    assert "\n" not in str(refused.value)


def test_a_share_may_be_a_percentage() -> None:
    assert parse("0.5 %", "", name="error") == 0.005
    assert parse("12%", "", name="error") == 0.12


@pytest.mark.parametrize(
    ("text", "kelvin"),
    [
        ("27 degC", 300.15), ("27 °C", 300.15), ("27°C", 300.15), ("27 deg C", 300.15), ("-40degC", 233.15),
        ("-273.15 degC", 0.0), ("0 ℃", 273.15), ("1.5e2 Celsius", 423.15),
    ],
)  # fmt: skip
def test_degrees_celsius_are_kelvin_with_their_offset(text: str, kelvin: float) -> None:
    assert parse(text, "K", name="q") == kelvin


def _degrees(values: object) -> xr.DataArray:
    return xr.DataArray(values, attrs={"units": "degC"})


def test_degrees_celsius_of_another_library_have_their_offset() -> None:
    assert number(_degrees(27), "K", name="q") == 300.15
    assert real_array(_degrees([0.0, 27.0]), "K", name="q").tolist() == [273.15, 300.15]


@pytest.mark.parametrize("text", ["-300 degC", "-273.2 °C", "-1e300 degC"])
def test_nothing_is_colder_than_absolute_zero(text: str) -> None:
    with pytest.raises(RequestError, match=r"array.temperature = .*allowed: >= 200 K. Nothing is colder than absolute"):
        parse(text, "K", name="array.temperature", allowed=">= 200")


@pytest.mark.parametrize(("text", "unit"), [("27 C", "K"), ("80 degF", "K"), ("27 m°C", "K"), ("27 degC", "V")])
def test_other_temperatures_are_refused(text: str, unit: str) -> None:
    with pytest.raises(RequestError, match=r"is not that unit|degrees Celsius, 27 degC"):
        parse(text, unit, name="q")


def test_a_difference_of_temperatures_is_no_temperature() -> None:
    declared = GapParams.quantities()["dt_linear"]
    assert declared.parse("cell.dt_linear", "900 K") == 900
    for value in ("900 degC", _degrees(900)):
        with pytest.raises(RequestError, match="difference of temperatures"):
            declared.parse("cell.dt_linear", value)


@pytest.mark.parametrize(
    ("given", "alike"),
    [
        ("0.1:0.4 V", ["0.1 V", "0.4 V"]), ("0.1 V:0.4 V", ["0.1 V", "0.4 V"]), ("100 mV:0.4V", ["100 mV", "0.4V"]),
        ("-40:85 degC", ["-40 degC", "85 degC"]), ("2:64", ["2", "64"]), ("1 V:2", ["1 V", "2"]),
        ("a:2 V", ["a", "2 V"]),
    ],
)  # fmt: skip
def test_a_unit_at_the_end_of_a_range_is_that_of_both_ends(given: str, alike: list[str]) -> None:
    assert ends_alike(given.split(":")) == alike


def test_constants_are_those_of_codata() -> None:
    ours = (constants.elementary_charge, constants.boltzmann, constants.epsilon_0, constants.conductance_quantum)
    codata = scipy.constants
    quantum = codata.physical_constants["conductance quantum"]
    assert ours[:2] == (codata.elementary_charge, codata.Boltzmann)  # exact since 2019
    assert ours[2:] == pytest.approx(
        (codata.epsilon_0, quantum[0]), rel=1e-9, abs=0
    )  # as a table of another year has it
