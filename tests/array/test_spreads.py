"""Every spread alone, on an array that is not square: what it moves and by how much; groups of cells."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.variability import ArraySample, VariabilityParams, sample_crossbar
from pyspice_models.array.variability.wafer import WaferSpreadParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.stimulus import Read, Step, Wait, Write
from pyspice_models.study import Study
from pyspice_models.study.tables.variation import drawn_faults
from pyspice_models.study.variation import Variation, vary

SHAPE = (2, 3)
CELL = CellParams()
# no number of the word lines is one of the bit lines
WIRE = WireParams(
    resistivity_wl=4e-8, resistivity_bl=7e-8, thickness_wl=50e-9, thickness_bl=80e-9, width=2e-6, pitch=3e-6
)
DRIVER = DriverParams(r_driver=300.0, r_sense=150.0)
RATES = {"rate_int_set", "rate_int_reset", "rate_fil_set", "rate_fil_reset"}
OF_CELLS = {
    "device_area": {"area"},
    "device_thickness": {"thickness"},
    "device_nucleation": {"v_nuc_int", "v_nuc_fil", *RATES},
    "device_mobility": {*RATES, "r_ion"},
    "device_asymmetry": {"rate_int_set", "rate_int_reset"},
    "device_interface": {"g_int_min", "g_int_max"},
    "device_gap": {"g_fil_min"},
    "device_on": {"g_int_max", "g_fil_max"},
    "device_off": {"g_int_min", "g_fil_min"},
    "cycle_mobility": RATES,
    "cycle_site": {"v_nuc_fil", "rate_fil_set", "rate_fil_reset"},
    "cycle_growth": {"rate_fil_set", "rate_fil_reset"},
    "cycle_gap": {"g_fil_min"},
}
OF_LINES = {
    "array_film": {"resistivity_wl": "word_film", "resistivity_bl": "bit_film"},
    "array_thickness": {"thickness_wl": "word_thickness", "thickness_bl": "bit_thickness"},
    "array_width": {"width": "line_width"},
}
OF_ENDS = {"array_driver": {"r_driver": "driver"}, "array_sense": {"r_sense": "sense"}}


def _drawn(seed: int = 1, cycle: int = 0, **spreads: float) -> ArraySample:
    alone = VariabilityParams(**(dict.fromkeys(VariabilityParams.quantities(), 0.0) | spreads))
    return sample_crossbar(CELL, {}, SHAPE, WIRE, DRIVER, seed, alone, cycle=cycle)


def _moved(values: dict[str, Any], nominal: dict[str, Any]) -> set[str]:
    return {name for name, value in values.items() if value != nominal[name]}


@pytest.mark.parametrize(
    "name", sorted(VariabilityParams.quantities().keys() - WaferSpreadParams.quantities() - {"g_step"})
)
def test_a_spread_alone_moves_what_it_says_and_nothing_else(name: str) -> None:
    sample = _drawn(**{name: 0.05})
    assert set(sample.cells) == OF_CELLS.get(name, set())
    for parameter, values in sample.cells.items():
        assert values.shape == SHAPE
        assert len(np.unique(values)) == 6, f"each cell has its own {parameter}"
        assert (values != getattr(CELL, parameter)).all()
    assert _moved(sample.wire.as_dict(), WIRE.as_dict()) == set(OF_LINES.get(name, ()))
    assert _moved(sample.driver.as_dict(), DRIVER.as_dict()) == set(OF_ENDS.get(name, ()))
    assert (sample.amplitude != 1) == (name == "array_amplitude")


@pytest.mark.parametrize("name", [*OF_LINES, *OF_ENDS])
def test_lines_and_ends_move_by_their_own_deviate(name: str) -> None:
    sample = _drawn(**{name: 0.05})
    for parameter, cause in (OF_LINES | OF_ENDS)[name].items():
        part, nominal = (sample.wire, WIRE) if name in OF_LINES else (sample.driver, DRIVER)
        expected = getattr(nominal, parameter) * math.exp(0.05 * float(sample.deviates[cause]))
        assert getattr(part, parameter) == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("name", ["array_film", "array_thickness"])
def test_word_and_bit_lines_vary_each_for_themselves(name: str) -> None:
    ends = [[getattr(_drawn(seed, **{name: 0.05}).wire, line) for line in OF_LINES[name]] for seed in range(300)]
    logs = np.log(np.array(ends) / [getattr(WIRE, line) for line in OF_LINES[name]])
    # 300 arrays: the deviation of a standard deviation is 4 %, of a correlation 0.06
    assert logs.std(axis=0) == pytest.approx(np.full(2, 0.05), rel=0.16, abs=0)
    assert np.abs(logs.mean(axis=0)).max() < 4 * 0.05 / math.sqrt(300)
    assert abs(np.corrcoef(logs.T)[0, 1]) < 0.24


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("device_area", "area"),
        ("device_thickness", "thickness"),
        ("device_mobility", "r_ion"),
        ("device_interface", "g_int_max"),
        ("device_gap", "g_fil_min"),
        ("cycle_mobility", "rate_int_set"),
        ("cycle_growth", "rate_fil_set"),
        ("cycle_gap", "g_fil_min"),
    ],
)
def test_the_spread_of_cells_is_the_stated_one(name: str, parameter: str) -> None:
    values = np.array([_drawn(seed, **{name: 0.05}).cells[parameter] for seed in range(100)])
    logs = np.log(values / getattr(CELL, parameter))
    # 600 cells: the deviation of a standard deviation is 3 %
    assert logs.std() == pytest.approx(0.05, rel=0.12, abs=0)
    assert abs(logs.mean()) < 4 * 0.05 / math.sqrt(600)


def test_the_asymmetry_is_that_of_reset_to_set() -> None:
    cells = _drawn(device_asymmetry=0.2).cells
    reset, set_ = (cells[name] / getattr(CELL, name) for name in ("rate_int_reset", "rate_int_set"))
    assert reset * set_ == pytest.approx(np.ones(SHAPE), rel=1e-12, abs=0)
    deviate = _drawn(device_asymmetry=0.2).deviates["asymmetry"]
    assert np.log(reset / set_) == pytest.approx(0.2 * deviate, rel=1e-9, abs=0)


def test_devices_stay_and_cycles_change() -> None:
    for name, parameters in OF_CELLS.items():
        first, second = (_drawn(cycle=cycle, **{name: 0.05}).cells for cycle in (3, 4))
        for parameter in parameters:
            assert (first[parameter] == second[parameter]).all() == name.startswith("device"), name


# ---- of which cells the summary tells

ROWS, COLS = 3, 4


def _summary(*program: Step) -> tuple[dict[str, float], np.ndarray]:
    """What `vary` sums up of the area, and the deviates of all cells."""
    study = Study("s", Crossbar(ROWS, COLS), list(program))
    variation = Variation(seed=5)
    _, drawn = vary(study, variation)
    bar = study.crossbar
    areas = sample_crossbar(bar.cell, {}, bar.shape, bar.wire, bar.driver, 5, variation.spread).deviates["area"]
    return {cause: value for cause, value in drawn.items() if cause.startswith("area")}, areas


@pytest.mark.parametrize(
    ("program", "rows", "cols"),
    [
        ([Write(2, 1)], [2], [1]),
        ([Write(2, 1), Read(0, 3)], [2], [1]),  # where something is written, the reads do not count
        ([Read(0, 3)], [0], [3]),
        ([Write(1, (1, 2))], [1], [1, 2]),
    ],
    ids=["write", "write and read", "read", "row"],
)
def test_groups_are_selected_half_selected_and_the_rest(program: list[Step], rows: list[int], cols: list[int]) -> None:
    found, areas = _summary(*program)
    groups: dict[str, list[float]] = {"selected": [], "half-selected": [], "unselected": []}
    for row, col in np.ndindex(ROWS, COLS):
        lines = (row in rows) + (col in cols)
        groups[("unselected", "half-selected", "selected")[lines]].append(float(areas[row, col]))
    expected = {f"area, {group}": float(np.mean(cells)) for group, cells in groups.items()}
    assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_two_writes_select_their_cells_not_the_crossings_between() -> None:
    found, areas = _summary(Write(0, 0), Write(2, 3))
    assert found["area, selected"] == pytest.approx(float((areas[0, 0] + areas[2, 3]) / 2), rel=1e-12, abs=0)
    assert found["area, unselected"] == pytest.approx(float((areas[1, 1] + areas[1, 2]) / 2), rel=1e-12, abs=0)


def test_a_program_that_aims_at_no_cell_has_one_group() -> None:
    found, areas = _summary(Wait(1e-6))
    assert found == {"area, all cells": pytest.approx(float(areas.mean()), rel=1e-12, abs=0)}


def test_faults_that_are_drawn_are_counted_by_kind() -> None:
    """Those that the study lists itself are no cause."""
    nominal = Study("faults", Crossbar(12, 12, faults=Faults(stuck_on=((0, 0),))), [Read(0, 0)])
    spread = VariabilityParams(**dict.fromkeys(VariabilityParams.quantities(), 0.0))
    study, drawn = vary(nominal, Variation(spread, 3, 0, {"stuck_off": 0.1, "open_cells": 0.2, "shorted_words": 0.3}))
    faults = study.crossbar.faults
    counted = {name: value for name, value in drawn.items() if name.startswith("faults")}
    assert list(counted.items()) == [
        (f"faults, {kind}", len(getattr(faults, kind))) for kind in ("open_cells", "shorted_words", "stuck_off")
    ]
    assert all(value > 0 for value in counted.values())
    own, drawn = vary(nominal, Variation(spread, 3, 0, {}))
    assert own.crossbar.faults == nominal.crossbar.faults
    assert not [name for name in drawn if name.startswith("faults")]


@pytest.mark.parametrize(
    ("faults", "drawn"),
    [
        ({"stuck_on": 0.1}, True),
        ({"stuck_on": 0.1, "r_short": 50.0}, True),
        ({"r_short": 50.0}, False),
        ({"stuck_on": [[0, 0]]}, False),
        ({"stuck_on": 0.1, "seed": 3}, False),
        ("none", False),
    ],
)
def test_faults_are_drawn_where_odds_stand_without_a_seed(faults: Any, drawn: bool) -> None:
    assert drawn_faults({"variability": {}, "faults": faults}) is drawn
    assert not drawn_faults({"faults": faults}), "nothing varies"


def test_the_first_array_and_its_first_cycle_have_the_number_0() -> None:
    first = Variation()
    assert (first.seed, first.cycle, first.faults) == (0, 0, {})
