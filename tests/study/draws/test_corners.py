"""Corners: the directions that the models state, what an array in a corner is, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pyspice_models.array.variability import VariabilityParams
from pyspice_models.campaign.axis import corner_axis
from pyspice_models.campaign.montecarlo import load_montecarlo
from pyspice_models.campaign.sweep import load_sweep, points_of
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.registry import MODELS
from pyspice_models.errors import RequestError
from pyspice_models.study.draws.corners import CORNERS, SINGLE
from pyspice_models.study.tables.read import nominal_study, study_from
from pyspice_models.study.tables.variation import variation_from
from pyspice_models.study.variation import told_corner

TABLES: dict[str, Any] = {
    "array": {"rows": 2, "cols": 3},
    "variability": {},
    "program": [{"do": "write", "row": 1, "col": 1}, {"do": "read", "row": 1, "col": 1}],
}
STILL = dict.fromkeys(VariabilityParams.quantities(), 0.0)

# size of the pulse [V], its width [s]: the state moves, and reaches no end
PULSES = {"ag2s": (0.3, 2e-6), "vteam": (0.9, 1e-9), "threshold": (0.4, 2e-7), "gap": (2.0, 5e-8)}


def _at(corner: str, **spread: Any) -> dict[str, Any]:
    return TABLES | {"variability": {"corner": corner, **spread}}


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_every_cause_of_a_shipped_cell_has_a_direction(model: CellModel) -> None:
    assert model.spread is not None
    causes: set[str] = set()

    def draw(cause: str, spread: float) -> Any:
        causes.add(cause)
        return np.zeros(1)

    nominal = model.parameters().as_dict()
    model.spread.device(nominal, VariabilityParams(), draw)
    model.spread.cycle(nominal, VariabilityParams(), draw)
    assert set(model.spread.slows) == causes
    assert set(model.spread.slows.values()) <= {1, -1}


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_the_directions_slow_a_set_on_an_ideal_source(model: CellModel) -> None:
    """Each cause alone, three standard deviations of its default spread either way."""
    assert model.spread is not None
    assert model.alone is not None
    nominal, (voltage, width), which = (
        model.parameters(),
        PULSES[model.name],
        model.initial.index(model.level_parameter),
    )
    moved = 0
    for cause, way in model.spread.slows.items():
        for spread, prefix in ((model.spread.device, "device_"), (model.spread.cycle, "cycle_")):
            if not hasattr(VariabilityParams(), prefix + cause):
                continue

            def change(by: float, spread: Any = spread, cause: str = cause) -> float:
                cells = spread(
                    nominal.as_dict(), VariabilityParams(), lambda name, _: np.full(1, by if name == cause else 0.0)
                )
                start = {name: np.full(1, getattr(nominal, name)) for name in model.initial}
                return float(model.alone(nominal, start | cells, [0.0, width], [voltage, voltage])[which].item())  # type: ignore[misc]

            slow, typical, fast = change(3.0 * way), change(0.0), change(-3.0 * way)
            assert 1e-3 < typical < 0.9
            assert slow <= typical * (1 + 1e-6), (cause, slow, typical)
            assert fast >= typical * (1 - 1e-6), (cause, fast, typical)
            moved += slow < 0.999 * typical
    assert moved >= 2, "nothing of what was tried acts"


def test_a_corner_moves_every_cell_and_line_by_its_standard_deviations() -> None:
    nominal, spread = nominal_study(TABLES), VariabilityParams()
    slow, fast, typical = (study_from(_at(corner, sigmas=2)) for corner in ("slow", "fast", "typical"))
    cells = slow.crossbar.per_cell
    area = nominal.crossbar.cell.as_dict()["area"]
    np.testing.assert_allclose(cells["area"], np.full((2, 3), area * math.exp(2 * spread.device_area)), rtol=1e-12)
    np.testing.assert_allclose(
        np.asarray(cells["r_ion"]) * np.asarray(fast.crossbar.per_cell["r_ion"]),
        nominal.crossbar.cell.as_dict()["r_ion"] ** 2, rtol=1e-12,
    )  # fmt: skip
    assert (slow.amplitude, fast.amplitude) == (1 - 2 * spread.array_amplitude, 1 + 2 * spread.array_amplitude)
    assert slow.crossbar.wire == nominal.crossbar.wire
    assert slow.title.endswith(", corner slow")
    assert typical.crossbar == nominal.crossbar
    assert typical.program == nominal.program
    lines = study_from(_at("worst-lines")).crossbar
    assert lines.driver.r_driver == pytest.approx(1e3 * math.exp(3 * spread.array_driver), rel=1e-12, abs=0)
    film, shape = 3 * spread.array_film, 3 * (spread.array_thickness + spread.array_width)
    assert lines.r_word > nominal.crossbar.r_word * math.exp(film + shape) * 0.9
    assert not lines.per_cell


def test_temperatures_of_a_corner() -> None:
    assert study_from(_at("hot")).crossbar.temperature == 343.15
    assert study_from(_at("cold", cold="-40 degC")).crossbar.temperature == 233.15
    both = study_from(_at("slow+hot+worst-lines", hot="85 °C")).crossbar
    assert both.temperature == 358.15
    assert both.driver != nominal_study(TABLES).crossbar.driver
    # nothing has to spread for it
    assert study_from(_at("hot", **STILL)).crossbar.per_cell == {}


def test_what_slows_sets_quickens_resets() -> None:
    def asymmetry(*voltages: str) -> str:
        writes = [{"do": "write", "row": 1, "col": 1, "voltage": voltage} for voltage in voltages]
        tables = _at("slow", **STILL | {"device_asymmetry": 0.05}) | {"program": writes}
        nominal = nominal_study(tables)
        variation = variation_from(tables, nominal.crossbar)
        assert variation is not None
        return told_corner(nominal, variation)

    assert asymmetry("0.3 V") == asymmetry("0.3 V", "-0.3 V") == (
        "corner slow: asymmetry +3 standard deviations, 300 K"
    )  # fmt: skip
    assert asymmetry("-0.3 V", "-0.2 V") == "corner slow: asymmetry -3 standard deviations, 300 K"


def test_no_faults_are_drawn_in_a_corner_and_those_by_place_stay() -> None:
    assert study_from(_at("slow") | {"faults": {"stuck_off": 0.9}}).crossbar.faults.stuck_off == ()
    assert study_from(_at("slow") | {"faults": {"stuck_off": [[0, 0]]}}).crossbar.faults.stuck_off == ((0, 0),)


def test_corners_are_an_axis_of_a_sweep() -> None:
    asked = load_sweep(TABLES, ["wire.width=4:5:1 um"], corners="all, cold+slow")
    assert [axis.values for axis in asked.axes][1] == (*SINGLE, "slow+cold")
    points = points_of(asked)
    assert len(points.tasks) == 14
    alone = study_from(_at("slow+cold") | {"wire": {"width": "5 um"}}, name="sweep")
    assert points.tasks[13].study == alone
    assert load_sweep(TABLES | {"sweep": {"over": ["wire.width=4um,5um"]}}, corners="slow").axes[0].values == ("slow",)
    assert corner_axis("hot,cold", {}).values == ("hot", "cold")


@pytest.mark.parametrize(
    ("corners", "tables", "told"),
    [
        (
            "all",
            {},
            r"--corners = 'slow, fast, worst-lines' is refused; allowed: typical, hot and cold.*\[variability\]",
        ),
        ("slow+fast", TABLES, r"--corners = 'slow\+fast' is refused; allowed: all, or"),
        ("slw", TABLES, "--corners = 'slw' is refused"),
        ("none", TABLES, "--corners = 'none' is refused"),
        ("slow,,hot", TABLES, "--corners = '' is refused"),
        ("slow,slow", TABLES, "each value once"),
    ],
)
def test_corners_that_are_none_are_refused(corners: str, tables: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        corner_axis(corners, tables)


@pytest.mark.parametrize(
    ("corner", "own", "told"),
    [
        (
            "slow",
            STILL,
            "variability.corner = 'slow' is refused; allowed: typical, hot or cold. .*cells and amplitudes do",
        ),
        (
            "worst-lines",
            STILL,
            "variability.corner = 'worst-lines' is refused.*drivers and sense circuits do not spread",
        ),
        ("hot", {"hot": "20 degC"}, "variability.hot = 293.15 K is refused; allowed: above .* own temperature, 300 K"),
        ("cold", {"cold": "30 degC"}, "variability.cold = 303.15 K is refused; allowed: below"),
        ("hot", {"hot": "-300 degC"}, "variability.hot = '-300 degC' is refused.*absolute zero"),
        ("slow", {"sigmas": 5}, "variability.sigmas = 5.* is refused; allowed: > 0 and <= 4"),
        ("slow", {"sigmas": 0}, "variability.sigmas = 0.* is refused"),
        ("sloww", {}, "variability.corner = 'sloww' is refused; allowed: one of none, typical, slow"),
    ],
)
def test_a_corner_that_means_nothing_is_refused(corner: str, own: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        study_from(_at(corner, **own))


def test_worst_lines_need_a_resistance() -> None:
    film = _at("worst-lines", **STILL | {"array_film": 0.05})
    assert study_from(film).crossbar.r_word > nominal_study(film).crossbar.r_word
    with pytest.raises(RequestError, match="what spreads of lines and of their ends has no resistance"):
        study_from(film | {"wire": {"r_segment": 0}})


def test_many_arrays_of_one_corner_are_refused() -> None:
    with pytest.raises(
        RequestError, match=r"variability.corner = 'slow' is refused; allowed: none. All arrays would be"
    ):
        load_montecarlo(_at("slow"), runs=3)


def test_every_corner_can_be_built() -> None:
    nominal = nominal_study(TABLES).crossbar
    for corner in CORNERS:
        hotter = study_from(_at(corner)).crossbar.temperature - nominal.temperature
        assert np.sign(hotter) == ("hot" in corner) - ("cold" in corner)
