"""Lots, gradients and correlated fields: what was stated is what is drawn, and the size of the array plays no part."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pyspice_models.array.driver import DriverParams
from pyspice_models.array.variability import (
    ArraySample,
    VariabilityParams,
    sample_array,
    sample_crossbar,
    sample_devices,
)
from pyspice_models.array.variability.fields import EXPONENTIAL, LONGEST, field
from pyspice_models.array.variability.wafer import FILM, LOT
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.vteam.model import VTEAM
from pyspice_models.errors import RequestError
from pyspice_models.study.tables.read import nominal_study, study_from
from pyspice_models.study.variation import Variation, space_of, vary

NONE: dict[str, Any] = dict.fromkeys(VariabilityParams.quantities(), 0.0)
CELL, WIRE = CellParams(), WireParams(pitch=20e-6)
PITCH = WIRE.pitch


def _drawn(shape: tuple[int, int] = (3, 4), seed: int = 1, **spreads: Any) -> ArraySample:
    return sample_crossbar(CELL, {}, shape, WIRE, DriverParams(), seed, VariabilityParams(**NONE | spreads))


def _logs(sample: ArraySample, name: str = "thickness") -> np.ndarray:
    return np.asarray(np.log(sample.cells[name] / getattr(CELL, name)))


# ---- what each part is


@pytest.mark.parametrize("cause", LOT)
def test_a_lot_moves_all_cells_by_one_deviate_of_its_own(cause: str) -> None:
    first, second = (_drawn(seed=seed, **{f"lot_{cause}": 0.05}) for seed in (1, 2))
    alone = _drawn(**{f"device_{cause}": 0.05})
    assert set(first.cells) == set(alone.cells), "the same parameters as the spread of cells"
    for name, values in first.cells.items():
        assert len(np.unique(values)) == 1
        assert values[0, 0] not in (getattr(CELL, name), second.cells[name][0, 0])
    assert first.deviates[f"lot_{cause}"].shape == ()
    assert float(first.deviates[f"lot_{cause}"]) not in alone.deviates[cause]


@pytest.mark.parametrize(
    ("direction", "by_row", "by_col"), [(0, 0, 1), (90, 1, 0), (180, 0, -1), (30, 0.5, 3**0.5 / 2)]
)
def test_a_stated_gradient_is_a_plane_through_the_first_cell(direction: float, by_row: float, by_col: float) -> None:
    slope = 100.0
    sample = _drawn(slope_thickness=slope, slope_direction=direction)
    row, col = np.indices((3, 4))
    np.testing.assert_allclose(_logs(sample), slope * PITCH * (by_row * row + by_col * col), atol=1e-15)
    assert sample.deviates == {}, "nothing is drawn"


def test_the_parts_of_a_cause_add_up() -> None:
    parts = {
        "device_mobility": 0.1, "lot_mobility": 0.2, "slope_mobility": 30.0, "tilt_mobility": 40.0,
        "field_mobility": 0.15, "field_length": 3 * PITCH,
    }  # fmt: skip
    whole = np.log(_drawn(**parts).cells["r_ion"])
    length = parts.pop("field_length")
    each = [np.log(_drawn(**{name: size} | ({"field_length": length} if "field" in name else {})).cells["r_ion"])
            for name, size in parts.items()]  # fmt: skip
    np.testing.assert_allclose(
        whole - math.log(CELL.r_ion), sum(part - math.log(CELL.r_ion) for part in each), atol=1e-12
    )


def test_another_cell_takes_the_same_parts() -> None:
    nominal = VTEAM.parameters()
    found = sample_crossbar(
        nominal,
        {},
        (3, 4),
        WIRE,
        DriverParams(),
        1,
        VariabilityParams(**NONE | {"lot_on": 0.1, "slope_mobility": 50.0}),
    )
    assert set(found.cells) == {"r_on", "k_on", "k_off"}
    assert len(np.unique(found.cells["r_on"])) == 1
    assert found.cells["k_on"][0, 3] / nominal.k_on == pytest.approx(math.exp(50 * 3 * PITCH), rel=1e-12, abs=0)


def test_on_and_off_conductances_spread_apart() -> None:
    cells = _drawn((40, 40), device_on=0.1, device_off=0.2).cells
    on, off = (np.log(cells[name] / getattr(CELL, name)).ravel() for name in ("g_int_max", "g_int_min"))
    assert on.std() == pytest.approx(0.1, rel=0.08, abs=0)
    assert off.std() == pytest.approx(0.2, rel=0.08, abs=0)
    assert abs(np.corrcoef(on, off)[0, 1]) < 0.1
    np.testing.assert_allclose(np.log(cells["g_fil_max"] / CELL.g_fil_max).ravel(), on)


# ---- common random numbers


PARTS = {"lot": LOT, "slope": FILM, "tilt": FILM, "field": FILM}
ALL = dict.fromkeys(
    [name for name in VariabilityParams.quantities() if name.startswith(("device_", "cycle_", "array_", "lot_"))], 0.02
) | dict.fromkeys([f"tilt_{cause}" for cause in FILM], 5.0)


@pytest.mark.parametrize("shape", ["gaussian", "exponential"])
def test_from_8_x_8_to_8_x_12_and_to_40_x_70_no_other_draw_moves(shape: str) -> None:
    asked = ALL | dict.fromkeys([f"field_{cause}" for cause in FILM], 0.02) | {"field_length": 2.5 * PITCH}
    small, wide, large = (_drawn(size, 11, **asked, field_shape=shape) for size in ((8, 8), (8, 12), (40, 70)))
    assert len(small.deviates) == len(ALL) + len(FILM) + len(FILM) + 2  # of a tilt two; of lines three more, less width
    for other in (wide, large):
        for name, values in small.cells.items():
            np.testing.assert_array_equal(values, other.cells[name][:8, :8], err_msg=name)
        for cause, drawn in small.deviates.items():
            np.testing.assert_array_equal(drawn, other.deviates[cause][:8, :8] if drawn.ndim else other.deviates[cause])
        assert (small.wire, small.driver, small.amplitude) == (other.wire, other.driver, other.amplitude)


def test_a_part_that_is_added_moves_no_other_draw() -> None:
    plain = _drawn(device_mobility=0.1)
    more = _drawn(device_mobility=0.1, lot_mobility=0.1, field_mobility=0.1, field_length=PITCH)
    np.testing.assert_array_equal(plain.deviates["mobility"], more.deviates["mobility"])


# ---- in a study, in corners, in spaces


TABLES: dict[str, Any] = {
    "array": {"rows": 3, "cols": 4}, "program": [{"do": "write", "row": 1, "col": 2}], "wire": {"pitch": 20e-6},
}  # fmt: skip


def _with(**own: Any) -> dict[str, Any]:
    return TABLES | {"variability": {**dict.fromkeys(ALL, 0.0), **own}}


def test_a_study_draws_and_tells_them() -> None:
    nominal = nominal_study(TABLES)
    spread = VariabilityParams(
        **NONE | {"lot_gap": 0.1, "tilt_thickness": 50.0, "field_mobility": 0.1, "field_length": PITCH}
    )
    _, told = vary(nominal, Variation(spread, seed=3))
    assert set(told) == {
        "lot_gap", "tilt_thickness_x", "tilt_thickness_y",
        *(f"field_mobility, {group}" for group in ("selected", "half-selected", "unselected")),
    }  # fmt: skip


def test_a_corner_moves_lots_and_fields_with_their_cause_and_leaves_gradients_as_stated() -> None:
    own = {
        "lot_mobility": 0.1,
        "field_mobility": 0.05,
        "field_length": "20 um",
        "tilt_thickness": 50,
        "slope_thickness": 30,
    }
    cells = study_from(_with(**own, corner="slow")).crossbar.per_cell
    np.testing.assert_allclose(np.log(np.asarray(cells["r_ion"]) / CELL.r_ion), np.full((3, 4), 3 * 0.15), rtol=1e-12)
    np.testing.assert_allclose(
        np.log(np.asarray(cells["thickness"]) / CELL.thickness), np.tile(30 * PITCH * np.arange(4), (3, 1)), atol=1e-15
    )


def test_lots_and_tilts_are_coordinates_and_fields_are_refused_there() -> None:
    nominal = nominal_study(TABLES)
    spread = VariabilityParams(**NONE | {"lot_gap": 0.1, "tilt_thickness": 50.0})
    assert space_of(nominal, Variation(spread)).names == ["tilt_thickness_x", "tilt_thickness_y", "lot_gap"]
    fields = spread.replace(field_mobility=0.1, field_length=PITCH)
    with pytest.raises(
        RequestError, match=r"variability\.field_mobility = 0\.1 is refused; allowed: 0 where each number"
    ):
        space_of(nominal, Variation(fields))


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"field_mobility": 0.1}, r"\.field_length = 0.0 m is refused; allowed: 2e-05 to 0\.00128 m\. That is 1 to 64"),
        ({"field_mobility": 0.1, "field_length": "19 um"}, r"length = 1\.9e-05 m is refused; .*that is device_ of"),
        ({"field_mobility": 0.1, "field_length": "2 mm"}, r"field_length = 0\.002 m is refused; .* lot_ and tilt_"),
        ({"field_length": "40 um"}, r"variability\.field_length = 4e-05 m is refused; allowed: 0 where no field_"),
        ({"field_mobility": 0.1, "field_length": "40 us"}, r"field_length"),
        ({"slope_mobility": "3 s"}, r"slope_mobility.*1/m"),
        ({"lot_mobility": -0.1}, r"variability\.lot_mobility = -0\.1 is refused; allowed: >= 0"),
        ({"slope_nucleation": 1000, "slope_direction": 180}, None),
        ({"slope_nucleation": -1000, "device_nucleation": 0.1}, None),
        ({"lot_mobilty": 0.1}, r"did you mean 'lot_mobility'"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(own: dict[str, Any], message: str | None) -> None:
    if message is None:  # -1000/m over 3 pitches of 20 um: 6 % lower
        study_from(_with(**own))
        return
    with pytest.raises(RequestError, match=message):
        study_from(_with(**own))


def test_a_gradient_that_leaves_a_range_and_one_that_moves_nothing_are_refused() -> None:
    steep = _with(slope_thickness=1000)
    steep["array"] = {"rows": 2, "cols": 4000}
    with pytest.raises(RequestError, match=r"sampled thickness"):
        study_from(steep)
    alone = _with(slope_thickness=10) | {"array": {"rows": 1, "cols": 1}, "program": [{"do": "read"}]}
    with pytest.raises(
        RequestError, match=r"slope_thickness = 10.0 1/m is refused; .*Nothing in this study would move by"
    ):
        study_from(alone)


@pytest.mark.parametrize("name", [f"{part}_{cause}" for part, causes in PARTS.items() for cause in causes])
def test_devices_by_themselves_share_nothing(name: str) -> None:
    spread = VariabilityParams(**{name: 0.1})
    for draw in (lambda: sample_devices(CELL, 3, 1, spread), lambda: sample_array(CELL, (2, 2), 1, spread)):
        with pytest.raises(
            RequestError, match=f"variability.{name} = 0.1.* is refused; allowed: 0 for devices by them"
        ):
            draw()


def test_a_long_field_stays() -> None:
    small, wide = (field(1, "long", shape, LONGEST / 4, EXPONENTIAL) for shape in ((2, 2), (2, 9)))
    np.testing.assert_array_equal(small, wide[:, :2])
