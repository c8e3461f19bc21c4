"""A threshold selector with a hold voltage and a delay: one law in three forms, and what it does to a 1S1R array."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.cells import sources
from pyspice_models.cells.selectors.equations import threshold_conductance, threshold_current, threshold_rate
from pyspice_models.cells.selectors.params import SWITCHING, ThresholdParams
from pyspice_models.engine import engine
from pyspice_models.errors import RequestError
from pyspice_models.measure import effective_voltage
from pyspice_models.netlist import Deck, crossbar_deck
from pyspice_models.netlist.dialects import dialect, dialect_names
from pyspice_models.netlist.dialects.base import Analysis
from pyspice_models.result import windows
from pyspice_models.stimulus import Read, Waveform, Write
from pyspice_models.study import Outcome, Study, run_study
from pyspice_models.study.tables.read import study_from

FORMS = [("ngspice", "osdi"), ("ngspice", "subckt"), ("vacask", "osdi")]


@dataclass(frozen=True)
class Run:
    """Times [s], voltage of the source and across the selector [V], current [A], state, dissipated power [W]."""

    time: np.ndarray
    source: np.ndarray
    v: np.ndarray
    i: np.ndarray
    s: np.ndarray
    p: np.ndarray


def _simulated(
    tool: str, form: str, selector: ThresholdParams, wave: Waveform, series: float, folder: Path
) -> Run:  # fmt: skip
    """A selector behind a resistor [ohm], driven by a source that follows the wave."""
    write, stop = dialect(tool), float(wave.times[-1])
    models = ("threshold_switch",) if form == "osdi" else ()
    vectors = {
        "source": [write.voltage("in")], "v": [write.voltage("a")], "i": [write.source_current("vin")],
        "s": [write.cell_vector(form, "s1", "s")], "p": [write.cell_vector(form, "s1", "p")],
    }  # fmt: skip
    run = Analysis(stop, 1e-10, stop / 200, Accuracy().tighter(2), 300.0)
    text = "\n".join([
        *write.title("a threshold switch behind a resistor"), *write.loading(models),
        write.threshold_definition(form, selector), write.threshold(form, "1", "a", "0"),
        write.resistor("1", "in", "a", series), write.source("in", "in", "0", wave),
        *write.analysis(run, [name for names in vectors.values() for name in names], models, None),
    ])  # fmt: skip
    deck = Deck(lambda: [text], form, stop, vectors, dict.fromkeys(vectors, (1,)), models=models, dialect=tool)
    waves = engine(tool).run_deck(deck, folder, time_limit=60)
    got = {name: values[:, 0] for name, values in waves.values.items()}
    return Run(waves.time, got["source"], got["v"], -got["i"], got["s"], got["p"])


def _by_the_law(selector: ThresholdParams, wave: Waveform, series: float) -> Run:
    """The same circuit by the law in Python and SciPy's integrator."""

    def slope(t: float, state: np.ndarray) -> list[float]:
        v, s = state
        into = (float(wave.at(t)) - v) / series - threshold_current(selector, v, s)
        return [into / selector.c_sel, float(threshold_rate(selector, v, s))]

    stop = float(wave.times[-1])
    found = solve_ivp(slope, (0, stop), [0.0, 0.0], "Radau", rtol=1e-7, atol=1e-10, max_step=stop / 200)
    v, s = found.y
    source = np.asarray(wave.at(found.t))
    return Run(found.t, source, v, (source - v) / series, s, v * threshold_current(selector, v, s))


def _turns(run: Run) -> list[float]:
    """Times at which the selector passes the middle of its way, on and off [s]."""
    before = np.flatnonzero(np.diff(np.sign(run.s - 0.56)))
    share = (0.56 - run.s[before]) / (run.s[before + 1] - run.s[before])
    return list(run.time[before] + share * (run.time[before + 1] - run.time[before]))


LOOP = Waveform(times=[0.0, 1e-6, 2e-6, 3e-6, 4e-6], values=[0.0, 0.4, 0.0, -0.4, 0.0])


@pytest.mark.parametrize("series", [1e5, 1e7])
def test_all_forms_run_through_the_hysteresis_of_the_law(series: float, tmp_path: Path) -> None:
    """A triangle: on the way up it turns on above v_th, a delay late; on the way down it conducts to v_hold."""
    law = _by_the_law(SWITCHING, LOOP, series)
    assert len(_turns(law)) == 4
    lost = np.trapezoid(law.p, law.time)
    for tool, form in FORMS:
        (tmp_path / tool / form).mkdir(parents=True)
        run = _simulated(tool, form, SWITCHING, LOOP, series, tmp_path / tool / form)
        # steps are thousandths of the loop: so are times, and half a percent of s passes in one of them
        assert _turns(run) == pytest.approx(_turns(law), rel=0, abs=1e-9)
        assert np.trapezoid(run.p, run.time) == pytest.approx(lost, rel=1e-3, abs=0)
        assert np.abs(np.interp(law.time, run.time, run.s) - law.s).max() < 0.01
        # what it shows follows from its state and voltage by the law, point by point
        assert run.p == pytest.approx(run.v * threshold_current(SWITCHING, run.v, run.s), rel=1e-3, abs=1e-16)
        # 0.15 V at the source, on the way up, down, and down on the other side; heat, as charging is a current, too
        up, down, other = (np.interp(at, run.time, run.p) for at in (0.375e-6, 1.625e-6, 3.625e-6))
        assert down > 1000 * up > 0
        assert other == pytest.approx(down, rel=0.01, abs=0)


@pytest.mark.parametrize("t_delay", [2e-9, 1e-6])
def test_the_delay_is_the_time_until_the_conductance_is_half_way_up(t_delay: float, tmp_path: Path) -> None:
    """Under a voltage far above v_th that is there from the start; an operating point leaves it off."""
    selector = SWITCHING.replace(t_delay=t_delay)
    wave = Waveform(times=[0.0, 2 * t_delay], values=[0.4, 0.4])
    for tool, form in FORMS:
        (tmp_path / tool / form).mkdir(parents=True)
        run = _simulated(tool, form, selector, wave, 1.0, tmp_path / tool / form)
        assert abs(run.s[0]) < 1e-9
        assert _turns(run) == pytest.approx([t_delay], rel=5e-3, abs=0)
    half_way = threshold_conductance(selector, 0.4, 0.56)
    assert half_way == pytest.approx(np.sqrt(selector.g_off * selector.g_on), rel=1e-6, abs=0)


def _holding(above: float, rest: float, after: float) -> Waveform:
    """0.4 V for a time, 0 V for a rest, then 0.15 V, which is between v_hold and v_th; edges of 0.1 ns."""
    edge, times, values = 1e-10, [0.0, 1e-10, above], [0.0, 0.4, 0.4]
    if rest > 0:
        times += [above + edge, above + edge + rest]
        values += [0.0, 0.0]
    times += [times[-1] + edge, times[-1] + after]
    return Waveform(times=times, values=[*values, 0.15, 0.15])


@pytest.mark.parametrize(
    ("above", "rest", "on"),
    [
        # of t_delay above v_th, of t_relax at 0 V
        (0.75, 0.0, False),  # not long enough
        (0.95, 0.0, True),  # there is no way back from 0.84 on
        (8.0, 0.85, True),  # it has not forgotten
        (8.0, 1.15, False),
    ],
)
def test_it_keeps_what_it_was_between_hold_and_threshold(
    above: float, rest: float, on: bool, tmp_path: Path
) -> None:  # fmt: skip
    wave = _holding(above * SWITCHING.t_delay, rest * SWITCHING.t_relax, 2e-6)
    runs = [_by_the_law(SWITCHING, wave, 1e5)]
    for tool, form in FORMS:
        (tmp_path / tool / form).mkdir(parents=True)
        runs.append(_simulated(tool, form, SWITCHING, wave, 1e5, tmp_path / tool / form))
    for run in runs:
        assert (run.s[-1] > 0.9) == on
        assert (run.s[-1] < 0.1) != on
        assert (run.i[-1] > 1e-8) == on


def test_the_on_branch_is_the_law_without_memory_at_v_hold_and_the_off_branch_is_g_off() -> None:
    v = np.linspace(-0.4, 0.4, 81)
    plain = ThresholdParams(v_th=SWITCHING.v_hold)
    assert threshold_conductance(SWITCHING, v, 1.0) == pytest.approx(threshold_conductance(plain, v), rel=1e-12, abs=0)
    assert threshold_conductance(SWITCHING, v, 0.0) == pytest.approx(SWITCHING.g_off, rel=1e-12, abs=0)
    assert threshold_rate(SWITCHING, 0.15, [0.02, 0.98]) == pytest.approx([0, 0], abs=0.03 / SWITCHING.t_delay)
    with pytest.raises(ValueError, match="needs its state, one without has none"):
        threshold_current(SWITCHING, 0.1)
    with pytest.raises(ValueError, match="needs its state, one without has none"):
        threshold_current(plain, 0.1, 1.0)


def _array(tool: str, form: str, voltage: float) -> Outcome:
    cells = {"w0": pattern("random", (2, 3), seed=3, low=0.3)}
    bar = Crossbar(2, 3, per_cell=cells, selector=SWITCHING)
    program = [Write(1, 1, voltage=voltage), Read(1, 1, voltage=0.25, scheme="floating", duration=5e-6)]
    return run_study(Study("remembers", bar, program, form=form, engine=tool))


def _fired(run: Outcome) -> np.ndarray:
    """Which selectors the write turned on."""
    (window,) = windows(run.dataset, "write")
    return run.dataset["s_selector"].sel(time=slice(window.start, window.stop)).max("time").values > 0.9


def test_a_half_selected_line_does_not_fire_and_engines_agree_on_the_energies() -> None:
    """0.36 V at V/2: half-selected cells get 0.18 V, below v_th. The selector of the written one keeps v_hold."""
    runs = [_array(tool, form, 0.36) for tool, form in FORMS]
    for run in runs:
        (window,) = windows(run.dataset, "write")
        assert _fired(run).tolist() == [[False, False, False], [False, True, False]]
        across = effective_voltage(run.dataset, window).sel(row=1, col=1).item()
        assert across == pytest.approx(0.36 - SWITCHING.v_hold, abs=0.02)
        assert run.measures["disturb_half_selected"].value < 1e-5
        assert abs(run.measures["energy_imbalance"].value) < 1e-3
        for name in ("energy_dissipated", "energy_supply", "energy_selectors", "energy_selected_cell"):
            wanted = runs[0].measures[name].value
            assert run.measures[name].value == pytest.approx(wanted, rel=2e-3, abs=0), name


def test_half_of_a_write_above_the_threshold_fires_half_selected_selectors() -> None:
    """0.5 V at V/2: without a memory they leave 50 mV to their cells; with one they turn on and leave 0.15 V."""
    run = _array("ngspice", "osdi", 0.5)
    assert _fired(run).tolist() == [[False, True, False], [True, True, True]]


@pytest.mark.parametrize("name", dialect_names())
def test_every_dialect_has_it(name: str) -> None:
    bar = Crossbar(1, 1, selector=SWITCHING.replace(t_delay=3e-9))
    study = Study("remembers", bar, [Write(0, 0)])
    for form in dialect(name).forms:
        deck = crossbar_deck(bar, study.schedule(), form=form, dialect_name=name)
        assert "t_delay=3e-09" in deck.text
        if form == "subckt":
            assert "rate_on" in deck.text
        else:
            assert "threshold_switch" in deck.models
            assert dialect(name).module_file("threshold_switch") in deck.text


def test_without_a_memory_nothing_of_it_stands_in_the_models() -> None:
    for text in (sources.verilog_a_source("selector"), sources.subcircuit_source(ThresholdParams(), "selector")):
        assert not any(name in text for name in ("v_hold", "t_delay", "t_relax"))
    names = set(SWITCHING.as_dict())
    for text in (
        sources.verilog_a_source("threshold_switch"),
        sources.subcircuit_source(SWITCHING, "threshold_switch"),
    ):
        assert names == {name for name in names if f" {name} = " in text or f"+ {name}=" in text}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"v_hold": 0.1},
            r"selector\.t_delay = 0\.0 s is refused; allowed: > 0 s\. It stands beside v_hold: a selector has v_hold",
        ),
        (
            {"t_delay": "1 ns", "t_relax": "1 ns"},
            r"selector\.v_hold = 0\.0 V is refused; allowed: > 0 V\. It stands beside t_delay, t_",
        ),
        (
            {"v_hold": 0.1, "t_delay": "1 ns"},
            r"selector\.t_relax = 0\.0 s is refused; allowed: > 0 s\. It stands beside v_hold, t_del",
        ),
        ({"v_hold": 0.2}, r"selector\.v_hold = 0\.2 V is refused; allowed: < v_th, 0\.2"),
        (
            {"v_hold": 0.05},
            r"selector\.v_hold = 0\.05 V is refused; allowed: >= 6 v_slope, 0\.06, or it would not turn",
        ),
        ({"t_delay": 1e-13}, r"selector\.t_delay = 1e-13 s is refused; allowed: >= 1e-12, or 0 without a memory"),
        ({"t_relax": -1}, r"selector\.t_relax = -1\.0 s is refused; allowed: >= 0 and <= 1"),
    ],
)
def test_a_memory_that_is_none_is_refused(given: dict[str, object], message: str) -> None:
    tables = {"array": {"rows": 1, "cols": 1}, "program": [{"do": "read"}]}
    whole = {} if len(given) > 1 or given == {"v_hold": 0.1} else {"v_hold": 0.1, "t_delay": 1e-8, "t_relax": 1e-7}
    with pytest.raises(RequestError, match=message):
        study_from(tables | {"selector": whole | given})
