"""Values that lines, their ends and selectors have each for itself: drawn, said, refused, seen by all who solve."""

from __future__ import annotations

import math
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pyspice_models import Crossbar, Limits, Outcome, Read, Study, Write, load_study, run_study, solve_operating_point
from pyspice_models.array import geometry
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.instances import INSTANCES
from pyspice_models.array.instances.selectors import selector_at
from pyspice_models.array.variability import ArraySample, VariabilityParams, sample_crossbar
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.netlist.dialects import NGSPICE
from pyspice_models.netlist.elements import array_elements
from pyspice_models.netlist.selector import definition
from pyspice_models.stimulus.scheme import read_bias
from pyspice_models.study.tables.objects import tables_of
from pyspice_models.study.tables.read import nominal_study, study_from
from pyspice_models.study.tables.variation import variation_from
from pyspice_models.study.tables.write import write_tables
from pyspice_models.study.variation import space_of, vary

NONE: dict[str, Any] = dict.fromkeys(VariabilityParams.quantities(), 0.0)
ROUGH = WireParams(resistivity_wl=1e-5, resistivity_bl=1e-5)
OWN: dict[str, Any] = {
    "r_driver": [500.0, 2000.0, 900.0], "r_sense": [1e3, 1e4],
    "word_width": [5e-6, 2e-6, 7e-6], "bit_width": [5e-6, 3e-6],
}  # fmt: skip
BARS = {
    "lines": Crossbar(3, 2, wire=ROUGH, instances=OWN),
    "amplifiers": Crossbar(3, 2, driver=DriverParams(sense="tia"), instances={"r_feedback": [5e4, 2e5]}),
    "rails": Crossbar(3, 2, driver=DriverParams(kind="rail"), instances={"r_driver": [500.0, 2e5, 900.0]}),
    "transistors": Crossbar(
        3, 2, selector=TransistorParams(),
        instances={"vto": [[0.3, 0.4], [0.45, 0.5], [0.35, 0.6]], "kp": [[1e-4, 5e-5], [2e-4, 1e-4], [8e-5, 3e-5]]},
    ),
    "selectors": Crossbar(
        3, 2, selector=ThresholdParams(),
        instances={"v_th": [[0.15, 0.2], [0.22, 0.19], [0.25, 0.17]], "g_on": [[1e-4, 5e-5]] * 2 + [[8e-5, 3e-5]]},
    ),
    "selectors with a memory": Crossbar(
        3, 2, selector=ThresholdParams(v_hold=0.1, t_delay=1e-8, t_relax=1e-7),
        instances={"v_th": [[0.15, 0.2], [0.22, 0.19], [0.25, 0.17]]},
    ),
}  # fmt: skip


def _read(bar: Crossbar, engine: str) -> Outcome:
    return run_study(Study("own", bar, [Read(1, 1)], engine=engine))


# ---- what they are


def test_those_that_are_given_are_frozen_and_the_others_are_common() -> None:
    bar = BARS["lines"]
    assert bar.each("r_driver").tolist() == OWN["r_driver"]
    assert bar.each("r_feedback").tolist() == [bar.driver.r_feedback] * 2
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(bar.instances["r_driver"])[0] = 1.0
    assert Crossbar(3, 2, instances={"r_sense": 5e3}).each("r_sense").tolist() == [5e3, 5e3]


def test_they_are_part_of_what_a_crossbar_is() -> None:
    bar = BARS["lines"]
    assert pickle.loads(pickle.dumps(bar)) == bar
    assert bar != bar.replace(instances={})
    assert bar != bar.replace(instances=OWN | {"r_sense": [1e3, 1.1e4]})
    assert hash(bar) == hash(bar.replace(instances=dict(OWN)))


def test_a_segment_has_the_resistance_of_its_line_s_width() -> None:
    bar = BARS["lines"]
    for row, width in enumerate(OWN["word_width"]):
        expected = geometry.word_segment_resistance(ROUGH.replace(width=width), bar.temperature)
        assert bar.r_word_before(row, 1) == pytest.approx(expected, rel=1e-12, abs=0)
    stated = Crossbar(1, 2, wire=WireParams(r_segment=4.0, width=5e-6), instances={"bit_width": [2.5e-6, 5e-6]})
    assert stated.r_bits.tolist() == [8.0, 4.0]


def test_a_selector_holds_at_the_same_share_of_its_threshold() -> None:
    bar = BARS["selectors with a memory"]
    assert selector_at(bar, 2, 0).v_hold == pytest.approx(0.1 * 0.25 / 0.2, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("bar", "message"),
    [
        ({"instances": {"r_drivers": [1.0]}}, r"'r_drivers' in \[array\.instances\]; did you mean 'r_driver'"),
        ({"instances": {"r_driver": [1e3, 2e3]}}, r"instances\.r_driver\.shape = \(2,\) is refused; allowed: \(3,\)"),
        ({"instances": {"r_sense": [1e3, -1.0]}}, r"array\.instances\.r_sense\[1\] = -1\.0 ohm is refused"),
        ({"instances": {"vto": 0.4}}, r"array\.instances\.vto is of a \[transistor\], and this array has none"),
        ({"instances": {"v_th": 0.4}, "selector": TransistorParams()}, r"v_th is of a \[selector\]"),
        ({"instances": {"r_feedback": 1e5}}, r"r_feedback is of amplifiers: choose driver\.sense = 'tia'"),
        ({"instances": {"r_driver": 1e3}, "driver": DriverParams(compliance="mos")}, r"contradicts driver\.compliance"),
        ({"instances": {"bit_width": 1e-3}}, r"bit_width = 0\.001 m is refused; allowed: < wire\.pitch"),
        ({"instances": {"g_on": [[1e-4, 1e-13]] * 3}, "selector": ThresholdParams()}, r"selector\.g_on = 1e-13 S"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(bar: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        Crossbar(3, 2, **bar)


# ---- in a study file


@pytest.mark.parametrize("name", BARS)
def test_a_study_file_says_them_both_ways(name: str, tmp_path: Path) -> None:
    study = Study("own", BARS[name], [Read(1, 1)])
    assert nominal_study(tables_of(study)).crossbar == study.crossbar
    write_tables(tables_of(study), tmp_path)
    assert load_study(tmp_path / "study.toml").crossbar == study.crossbar


def test_text_with_units_and_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("500,2000,900\n")
    tables = {
        "array": {"rows": 3, "cols": 2, "instances": {"r_driver": {"file": "own.csv"}, "r_sense": "2 kohm"}},
        "program": [{"do": "read"}],
    }  # fmt: skip
    bar = nominal_study(tables, folder=tmp_path).crossbar
    assert bar.each("r_driver").tolist() == [500, 2000, 900]
    assert bar.each("r_sense").tolist() == [2000, 2000]
    tables["array"]["instances"] = {"r_sense": "2 kV"}  # type: ignore[index]
    with pytest.raises(RequestError, match=r"array\.instances\.r_sense.*ohm"):
        nominal_study(tables)


# ---- drawn


def _drawn(shape: tuple[int, int] = (3, 4), selector: Any = None, seed: int = 1, **spreads: Any) -> ArraySample:
    return sample_crossbar(
        CellParams(), {}, shape, WireParams(), DriverParams(sense="tia"), seed, VariabilityParams(**NONE | spreads),
        selector=selector,
    )  # fmt: skip


SPREADS = [
    ("line_width", None, ("word_width", "bit_width")), ("line_driver", None, ("r_driver",)),
    ("line_sense", None, ("r_sense",)), ("line_feedback", None, ("r_feedback",)),
    ("transistor_vto", TransistorParams(), ("vto",)), ("transistor_kp", TransistorParams(), ("kp",)),
    ("selector_v_th", ThresholdParams(), ("v_th",)), ("selector_g_on", ThresholdParams(), ("g_on",)),
]  # fmt: skip


@pytest.mark.parametrize(("key", "selector", "names"), SPREADS, ids=[key for key, *_ in SPREADS])
def test_a_spread_draws_each_for_itself_and_no_size_moves_them(key: str, selector: Any, names: tuple[str, ...]) -> None:
    size = 0.05
    small, wide, large = (_drawn(shape, selector, **{key: size}) for shape in ((8, 8), (8, 12), (30, 200)))
    assert set(small.instances) == set(names) == set(large.instances)
    for name in names:
        own, more = small.instances[name], wide.instances[name]
        assert len(np.unique(own)) == own.size
        np.testing.assert_array_equal(own, more[:8] if own.ndim == 1 else more[:, :8])
        nominal = getattr(
            {"wire": WireParams(), "driver": DriverParams()}.get(INSTANCES[name].table, selector), INSTANCES[name].name
        )
        values = large.instances[name]
        off = values - nominal if key == "transistor_vto" else np.log(values / nominal)
        assert off.std() == pytest.approx(size, rel=0, abs=4 * size / math.sqrt(2 * off.size))
        assert abs(off.mean()) < 4 * size / math.sqrt(off.size)
    assert {drawn.shape for drawn in small.deviates.values()} <= {(8, 1), (1, 8), (8, 8)}
    assert not small.cells


def test_areas_follow_the_widths_of_both_lines_where_that_is_asked() -> None:
    plain = _drawn(array_width=0.02, line_width=0.05)
    assert "area" not in plain.cells
    found = _drawn(array_width=0.02, line_width=0.05, area_follows_width=True)
    width, area = WireParams().width, CellParams().area
    expected = area * np.multiply.outer(found.instances["word_width"], found.instances["bit_width"]) / width**2
    np.testing.assert_allclose(found.cells["area"], expected, rtol=1e-12)
    common = _drawn(array_width=0.02, area_follows_width=True)
    np.testing.assert_allclose(
        common.cells["area"], np.full((3, 4), area * (common.wire.width / width) ** 2), rtol=1e-12
    )
    both = _drawn(array_width=0.02, area_follows_width=True, device_area=0.05)
    alone = _drawn(device_area=0.05)
    np.testing.assert_allclose(both.cells["area"] / alone.cells["area"], common.cells["area"] / area, rtol=1e-12)


def _tables(**own: Any) -> dict[str, Any]:
    return {
        "array": {"rows": 3, "cols": 4}, "program": [{"do": "write", "row": 1, "col": 2}], "transistor": {},
        "variability": own,
    }  # fmt: skip


def test_what_is_drawn_has_names_coordinates_and_corners() -> None:
    off = {name: 0.0 for name in VariabilityParams.quantities() if name.startswith(("device_", "cycle_", "array_"))}
    tables = _tables(**off, line_width=0.05, line_driver=0.1, transistor_vto="10 mV")
    nominal = nominal_study(tables)
    variation = variation_from(tables, nominal.crossbar)
    assert variation is not None
    names = [
        "transistor_vto, selected", "transistor_vto, half-selected", "transistor_vto, unselected",
        *(f"{cause}, {lines}" for lines in ("selected lines", "other lines")
          for cause in ("word_width", "line_driver", "bit_width")),
    ]  # fmt: skip
    assert set(vary(nominal, variation)[1]) == set(names)
    space = space_of(nominal, variation)
    assert set(space.names) == set(names)
    assert space.size == 3 * 4 + 3 + 3 + 4
    slow, lines = (
        study_from(_tables(**tables["variability"], corner=name)).crossbar for name in ("slow", "worst-lines")
    )
    assert np.unique(np.asarray(slow.instances["vto"])).tolist() == pytest.approx([0.43], rel=1e-12, abs=0)
    np.testing.assert_allclose(lines.each("r_driver"), np.full(3, 1e3 * math.exp(0.3)))
    np.testing.assert_allclose(np.asarray(lines.instances["word_width"]), np.full(3, 5e-6 * math.exp(-0.15)))


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            {"selector_v_th": 0.1},
            r"variability\.selector_v_th = 0\.1 is refused; .*Nothing in this study would move by",
        ),
        (
            {"line_feedback": 0.1},
            r"variability\.line_feedback = 0\.1 is refused; .*Nothing in this study would move by",
        ),
        ({"area_follows_width": True, "array_width": 0}, r"variability\.area_follows_width = True is refused"),
        ({"transistor_vto": 0.4}, r"sampled vto"),
        ({"transistor_vto": "10 mA"}, r"variability\.transistor_vto"),
    ],
)
def test_spreads_of_what_is_not_there_are_refused(own: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        study_from(_tables(**own))


# ---- all who solve see the same values


@pytest.mark.parametrize("name", ["lines", "amplifiers"])
def test_ngspice_and_the_static_solution_agree_and_the_dataset_holds_them(name: str) -> None:
    bar = BARS[name].at_level(0.5)
    read = Read(1, 1)
    found = _read(bar, "ngspice").dataset
    at = float(found["window_settled"][0])
    seen = found["i_sense"].sel(time=at, method="nearest").values
    static, alike = (
        solve_operating_point(one, read_bias(read.scheme, bar.shape, 1, [1], read.voltage)).sense
        for one in (bar, bar.replace(instances={}))
    )
    assert seen[1] == pytest.approx(static[1], rel=2e-3, abs=0)
    assert abs(alike[1] / static[1] - 1) > 1e-6, "the values act"
    for key, values in bar.instances.items():
        np.testing.assert_allclose(found[f"own_{key}"], values)
        assert found[f"own_{key}"].attrs["units"] == INSTANCES[key].declared.unit


@pytest.mark.parametrize("name", ["transistors", "selectors"])
@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_every_selector_has_its_own_card_in_the_deck(name: str, form: str) -> None:
    bar = BARS[name]
    text = "\n".join([*definition(bar, form, NGSPICE), *array_elements(bar, form)])
    key = next(iter(bar.instances))
    for row, col in bar.crossings():
        card = f"ag2s_select_{row}_{col}"
        assert len(re.findall(rf"\b{card}\b", text)) >= 2, "its definition, and who uses it"
        own = float(np.asarray(bar.instances[key])[row, col])
        said = text.split(card, 2)[1 if f".model {card}" in text or f".subckt {card}" in text else 0]
        assert f"{key}={NGSPICE.number(own)}" in said
    assert "ag2s_select " not in text


@pytest.mark.slow
@pytest.mark.parametrize("name", BARS)
def test_nodal_and_ngspice_agree_on_each(name: str) -> None:
    """What a write and a read take and move, within twice the stated error; some differs from that of parts alike."""
    seen, nodal, alike = (
        _measures(bar, engine)
        for bar, engine in (
            (BARS[name], "ngspice"), (BARS[name], "nodal"), (BARS[name].replace(instances={}), "ngspice")
        )
    )  # fmt: skip
    assert nodal == pytest.approx(seen, rel=1e-2, abs=0)
    assert any(abs(alike[key] - value) > 2e-3 * abs(value) for key, value in seen.items())


def _measures(bar: Crossbar, engine: str) -> dict[str, float]:
    done = run_study(Study("own", bar, [Write(1, 1), Read(1, 1)], engine=engine, limits=Limits(time_limit=3000.0)))
    names = ("energy_per_switch", "energy_selected_cell", "energy_half_selected", "energy_drivers", "state_change")
    return {name: float(done.measures[name]) for name in names}
