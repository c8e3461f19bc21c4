"""1T1R and 1S1R: the selectors' own laws, and what they do to a crossbar."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pyspice_models.array import Crossbar, nodes, pattern
from pyspice_models.cells import sources
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.equations import (
    saturation_current,
    threshold_conductance,
    threshold_current,
    transistor_current,
)
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine import engine
from pyspice_models.errors import RequestError
from pyspice_models.measure import effective_voltage
from pyspice_models.netlist import Deck, crossbar_deck
from pyspice_models.netlist.dialects import NGSPICE
from pyspice_models.netlist.selector import element
from pyspice_models.result import windows
from pyspice_models.stimulus import Apply, Read, Write
from pyspice_models.study import Study, load_study, run_study
from pyspice_models.study.tables.read import study_from


def _sweep(element: list[str], form: str, folder: Path, models: tuple[str, ...] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Voltage of node a, swept slowly from -0.5 V to 0.5 V, and the current into it."""
    text = "\n".join([
        "* law", *element, "vs a 0 pwl(0 -0.5 1 0.5)", ".options abstol=1e-21 reltol=1e-9 gmin=1e-20",
        ".save v(a) i(vs)", ".tran 1m 1 0 1m", NGSPICE.control(models if form == "osdi" else ()), ".end",
    ])  # fmt: skip
    deck = Deck(
        lambda: [text],
        form,
        1.0,
        {"v": ["v(a)"], "i": ["i(vs)"]},
        {"v": (1,), "i": (1,)},
        models=models if form == "osdi" else (),
    )
    waves = engine("ngspice").run_deck(deck, folder, time_limit=60)
    return waves.values["v"][:, 0], -waves.values["i"][:, 0]


@pytest.mark.parametrize("form", ["osdi", "subckt"])
@pytest.mark.parametrize("v_slope", [1e-4, 10e-3, 0.1])
def test_the_threshold_selector_follows_its_law(form: str, v_slope: float, tmp_path: Path) -> None:
    selector = ThresholdParams(c_sel=0.0, v_slope=v_slope)
    own = " ".join(f"{name}={value:.12g}" for name, value in selector.as_dict().items())
    if form == "osdi":
        element = [f".model sel selector {own}", "n1 a 0 sel"]
    else:
        element = [sources.subcircuit_source(selector, "selector"), "x1 a 0 selector"]
    v, i = _sweep(element, form, tmp_path, ("selector",))
    assert len(v) > 500
    away = np.abs(v) > 1e-3
    assert i[away] == pytest.approx(threshold_current(selector, v[away]), rel=1e-6, abs=0)


def test_the_threshold_selector_is_symmetric_and_even_in_its_logarithm() -> None:
    selector = ThresholdParams()
    at_threshold = threshold_conductance(selector, selector.v_th)
    assert at_threshold == pytest.approx(np.sqrt(selector.g_off * selector.g_on), rel=0.02, abs=0)
    both = threshold_conductance(selector, [0.3, 0.05, -0.3, -0.05])
    assert (both[:2] == both[2:]).all()
    assert threshold_current(selector, 0.1) < 1e-11
    assert threshold_current(selector, 0.3) > 1e-5


@pytest.mark.parametrize("v_gate", [0.0, 0.5, 1.2])
def test_the_transistor_follows_its_law_below_ground_too(v_gate: float, tmp_path: Path) -> None:
    """No junction conducts at -0.5 V, and drain and source are alike."""
    transistor = TransistorParams(g_off=0.0)
    card = NGSPICE.transistor_definition("osdi", transistor, 300.15)
    size = f"w={transistor.width:.12g} l={transistor.length:.12g}"
    v, i = _sweep([card, f"m1 a g 0 0 ag2s_select {size}", f"vg g 0 {v_gate}"], "subckt", tmp_path)
    law = transistor_current(transistor, v_gate, v, np.zeros_like(v))
    # off, only the simulator's own gmin is left
    assert i == pytest.approx(law, rel=1e-6, abs=1e-19)
    assert np.ptp(i) > 1e-6 or v_gate < transistor.vto
    assert transistor_current(transistor, 1.2, -0.3, 0.1) == -transistor_current(transistor, 1.2, 0.1, -0.3)


def _run(selector, program, *, shape=(4, 5), form="osdi", low=0.3):
    cells = {"w0": pattern("random", shape, seed=3, low=low)}
    return run_study(Study("selector", Crossbar(*shape, per_cell=cells, selector=selector), program, form=form))


@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_gates_keep_half_selected_cells_out_of_a_write_and_sneak_paths_out_of_a_read(form: str) -> None:
    shape = (3, 3) if form == "subckt" else (4, 5)
    program = [Write(1, 1, scheme="grounded"), Read(1, 1, duration=20e-6)]
    with_gates = _run(TransistorParams(), program, form=form, shape=shape)
    m = {name: measure.value for name, measure in with_gates.measures.items()}
    assert m["disturb_half_selected"] < 1e-6
    assert abs(m["sneak_share"]) < 1e-3
    assert m["writes_as_lone_cell"] == 1
    assert abs(m["energy_imbalance"]) < 1e-3
    assert m["energy_half_selected"] < 0.01 * m["energy_selected_cell"]
    assert m["energy_selectors"] > 0


def test_with_all_gates_open_a_transistor_array_is_disturbed_as_any_other() -> None:
    volts = Apply((0.15, 0.3, 0.15, 0.15), (0.15, 0.0, 0.15, 0.15, 0.15))
    plain, gated = _run(None, [volts]), _run(TransistorParams(), [volts])
    moved = [run.dataset["w"].values[-1] - run.dataset["w"].values[0] for run in (plain, gated)]
    assert moved[1][1, 1] > 0.01
    assert moved[1][:, 1] == pytest.approx(moved[0][:, 1], rel=0.02, abs=0)
    assert moved[1][1] == pytest.approx(moved[0][1], rel=0.02, abs=0)
    assert abs(gated.measures["energy_imbalance"].value) < 1e-3


def test_a_shut_transistor_leaks_what_it_says(tmp_path: Path) -> None:
    """Below its threshold level 1 conducts nothing at all: the leakage beside it is all there is."""
    transistor = TransistorParams(g_off=2e-9, c_gate=0.0)
    crossbar = Crossbar(1, 1, selector=transistor)
    lines = [NGSPICE.transistor_definition("osdi", transistor, 300.15), *element(crossbar, "osdi", NGSPICE, 0, 0)]
    mid, gate, bit = nodes.mid_node(0, 0), nodes.gate_node(0, 0), crossbar.bit_node(0, 0)
    lines += [f"rin a {mid} 100", f"rout {bit} 0 100", f"vg {gate} 0 0"]
    v, i = _sweep(lines, "subckt", tmp_path)
    shut = v > -transistor.vto  # below, the end at v is a source that far under its gate
    assert i[shut] == pytest.approx(2e-9 * v[shut], rel=1e-6, abs=1e-15)
    assert i[shut] == pytest.approx(transistor_current(transistor, 0.0, v, 0.0)[shut], rel=1e-6, abs=1e-15)


def test_a_low_gate_voltage_limits_the_filament() -> None:
    """10 ms at 0.3 V set a filament; the transistor's saturation current then decides how far it grows."""

    def conducts(v_gate: float) -> tuple[float, float]:
        transistor = TransistorParams(v_gate=v_gate, lambda_=0.0)
        crossbar = Crossbar(1, 1, cell=CellParams(w0=0.3), selector=transistor)
        outcome = run_study(Study("limit", crossbar, [Write(0, 0, width=10e-3, scheme="grounded")]))
        last = outcome.dataset.isel(time=-1)
        return float(outcome.dataset["i_word_source"].max()), float(last["x"].item())

    low, high = conducts(0.6), conducts(2.5)
    assert low[0] < 1.05 * saturation_current(TransistorParams(v_gate=0.6))
    assert high[0] > 5 * low[0]
    assert 0.5 < low[1] < high[1] - 0.05


@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_a_threshold_selector_shuts_sneak_paths(form: str) -> None:
    shape = (3, 3) if form == "subckt" else (4, 5)
    plain = _run(None, [Read(1, 1, scheme="floating", duration=20e-6)], shape=shape)
    selected = _run(
        ThresholdParams(), [Read(1, 1, voltage=0.25, scheme="floating", duration=20e-6)], form=form, shape=shape
    )
    assert plain.measures["sneak_share"].value > 0.2
    assert abs(selected.measures["sneak_share"].value) < 0.01 * plain.measures["sneak_share"].value
    assert abs(selected.measures["energy_imbalance"].value) < 1e-3


def test_a_threshold_selector_keeps_its_threshold_from_the_cell() -> None:
    outcome = _run(ThresholdParams(v_th=0.2), [Write(1, 1, voltage=0.5)])
    (window,) = windows(outcome.dataset, "write")
    across = effective_voltage(outcome.dataset, window).sel(row=1, col=1).item()
    assert across == pytest.approx(0.5 - 0.2, abs=0.02)
    assert outcome.measures["disturb_half_selected"].value < 1e-3
    assert "writes_as_lone_cell" not in outcome.measures


def test_decks_name_the_models_they_need() -> None:
    program = Study("names", Crossbar(1, 1, selector=ThresholdParams()), [Read(0, 0)])
    deck = crossbar_deck(program.crossbar, program.schedule())
    assert deck.models == ("ag2s", "selector")
    assert "pre_osdi selector.osdi" in deck.text


def test_study_files_choose_the_kind() -> None:
    tables = {"array": {"rows": 1, "cols": 1}, "program": [{"do": "read"}]}
    assert study_from(tables).crossbar.kind == "1R"
    assert study_from(tables | {"transistor": {"v_gate": "2 V"}}).crossbar.selector == TransistorParams(v_gate=2.0)
    assert study_from(tables | {"selector": {}}).crossbar.kind == "1S1R"
    with pytest.raises(RequestError, match=r"\[transistor\] and \[selector\] contradict"):
        study_from(tables | {"selector": {}, "transistor": {}})
    with pytest.raises(RequestError, match=r"transistor\.v_gate = 0\.3 V is refused; allowed: > vto, 0\.4"):
        study_from(tables | {"transistor": {"v_gate": 0.3}})
    with pytest.raises(RequestError, match=r"selector\.g_on = 1e-12 S is refused; allowed: > g_off, 1e-11"):
        study_from(tables | {"selector": {"g_on": 1e-12}})
    with pytest.raises(RequestError, match=r"selector\.v_th = -1\.0 V is refused; allowed: > 0"):
        study_from(tables | {"selector": {"v_th": -1}})


@pytest.mark.slow
def test_64_by_64_with_transistors(studies: Path) -> None:
    study = load_study(studies / "write_read_1t1r.toml", ["array.rows=64", "array.cols=64"])
    outcome = run_study(study)
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3
    assert outcome.measures["writes_as_lone_cell"].value == 1
