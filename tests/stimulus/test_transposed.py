"""Transposed products: bit lines driven, word lines sensed; every engine, every dialect, every kind of end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pyspice_models import (
    Crossbar,
    DriverParams,
    RequestError,
    Study,
    TransistorParams,
    Vmm,
    WireParams,
    crossbar_deck,
    dialect,
    dialect_names,
    load_study,
    pattern,
    run_study,
    schedule,
    sense_current,
    solve_operating_point,
    solve_products,
    solve_static,
    vector_bias,
    windows,
)
from pyspice_models.measure.supply import supply
from pyspice_models.study.tables.write import write_study

STATES = pattern("random", (4, 3), seed=6, low=0.2, high=0.9)
LINES = WireParams(resistivity_wl=2e-5, resistivity_bl=3e-5)
INPUTS = (1.0, -0.5, 0.25)
LONG = 30e-6  # [s] until nothing but conduction is left
BAR = Crossbar(4, 3, per_cell={"w0": STATES}, wire=LINES, driver=DriverParams(r_driver=700.0, r_sense=1500.0))


def _outputs(study: Study) -> np.ndarray:
    dataset = run_study(study).dataset
    (window,) = windows(dataset, "vmm")
    current = sense_current(dataset, window)
    assert current.dims == ("row",)
    return current.values


def _by_hand(bar: Crossbar, inputs: tuple[float, ...]) -> np.ndarray:
    across = -5e-3 * np.array(inputs)[None, :]
    return -bar.current(across, *bar.initial_states).sum(axis=1)


def test_the_inputs_stand_on_the_bit_lines_and_the_word_lines_at_ground() -> None:
    plan = schedule(BAR, [Vmm(INPUTS, transposed=True, voltage=0.01)])
    (window,) = plan.windows
    assert [float(wave.at(window.settled)) for wave in plan.bit] == pytest.approx(
        [0.01, -0.005, 0.0025], rel=1e-12, abs=0
    )
    assert all(wave.is_constant and wave.rest == 0 for wave in plan.word)
    assert (window.kind, window.scheme, window.sensed) == ("vmm", "transposed", ("word", (0, 1, 2, 3)))


@pytest.mark.parametrize("engine", ["ngspice", "nodal", "vacask"])
def test_without_resistance_it_is_the_product_with_the_transposed_conductances(engine: str) -> None:
    bar = BAR.replace(
        wire=WireParams(resistivity_wl=0, resistivity_bl=0),
        driver=DriverParams(r_driver=1e-2, r_sense=1e-2, r_contact=0),
    )
    outcome = run_study(Study("t", bar, [Vmm(INPUTS, transposed=True, duration=LONG)], engine=engine))
    (window,) = windows(outcome.dataset, "vmm")
    assert sense_current(outcome.dataset, window).values == pytest.approx(_by_hand(bar, INPUTS), rel=1e-4, abs=0)
    assert outcome.measures["vmm_error"].value < 1e-4
    assert outcome.steps[0].values["read_current"] == pytest.approx(
        np.abs(_by_hand(bar, INPUTS)).mean(), rel=1e-4, abs=0
    )
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3


@pytest.mark.parametrize("ends", [{}, {"both_ends": True}])
def test_engines_agree_with_the_operating_point(ends: dict[str, bool]) -> None:
    bar = BAR.replace(driver=replace(BAR.driver, **ends))
    static = solve_operating_point(bar, vector_bias([0.0] * 4, [5e-3 * value for value in INPUTS]))
    # of a line with two ends the source gives both currents
    wanted = -np.reshape(static.word_ends, (-1, 4)).sum(axis=0)
    for engine in ("ngspice", "nodal"):
        found = _outputs(Study("t", bar, [Vmm(INPUTS, transposed=True, duration=LONG)], engine=engine))
        assert found == pytest.approx(wanted, rel=1e-4, abs=1e-4 * np.abs(wanted).max()), engine
    assert np.abs(wanted / _by_hand(bar, INPUTS) - 1).max() > 1e-3, "lines and ends take something"


def test_resistors_are_reciprocal() -> None:
    """What word line r gives bit line c, bit line c gives word line r."""
    g = 10 ** np.random.default_rng(4).uniform(-6, -4, (4, 3))
    forward, back = (solve_products(BAR, g, np.eye(n), transposed=t) for n, t in ((4, False), (3, True)))
    assert forward == pytest.approx(back.T, rel=1e-12, abs=0)
    volts = (2e-3, -1e-3, 3e-3)
    stuck = -np.asarray(_static(BAR, g, volts))
    assert solve_products(BAR, g, volts, transposed=True)[0] == pytest.approx(stuck, rel=1e-9, abs=0)
    with pytest.raises(RequestError, match=r"inputs' shape = \(1, 4\) is refused; allowed: \(vectors, 3\)"):
        solve_products(BAR, g, [[1.0] * 4], transposed=True)


def _static(bar: Crossbar, g: np.ndarray, volts: tuple[float, ...]) -> np.ndarray:
    return solve_static(bar, vector_bias([0.0] * 4, list(volts)), g).word_ends


def test_amplifiers_at_the_bit_lines_drive_them_by_their_references() -> None:
    """As drivers they show their static input resistance, r_feedback/(1 + gain)."""
    tia = DriverParams(sense="tia", r_driver=700.0, r_sense=1500.0)
    bar = BAR.replace(driver=tia)
    static = solve_operating_point(bar, vector_bias([0.0] * 4, [5e-3 * value for value in INPUTS]))
    outcome = run_study(Study("t", bar, [Vmm(INPUTS, transposed=True, duration=LONG)]))
    (window,) = windows(outcome.dataset, "vmm")
    assert sense_current(outcome.dataset, window).values == pytest.approx(-static.word_ends, rel=1e-3, abs=1e-12)
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3


def test_switches_to_rails_and_transistors_take_it_too() -> None:
    wanted = _by_hand(BAR, INPUTS)
    for bar in (BAR.replace(driver=DriverParams(kind="rail")), BAR.replace(selector=TransistorParams())):
        outcome = run_study(Study("t", bar, [Vmm(INPUTS, transposed=True, duration=LONG)]))
        (window,) = windows(outcome.dataset, "vmm")
        assert sense_current(outcome.dataset, window).values == pytest.approx(wanted, rel=0.01, abs=0), bar.kind


def test_as_many_amplifiers_draw_power_as_lines_are_sensed() -> None:
    for transposed, sensed in ((False, 3), (True, 4)):
        dataset = run_study(Study("t", BAR, [Vmm(transposed=transposed)], engine="nodal")).dataset
        (window,) = windows(dataset, "vmm")
        assert supply(dataset, window).quiescent == pytest.approx(sensed * 10e-6 * 10e-6, rel=1e-9, abs=0)


@pytest.mark.parametrize("name", dialect_names())
def test_every_dialect_has_the_inputs_on_the_bit_lines(name: str) -> None:
    plan = schedule(BAR, [Vmm((0.8, 0.0, 0.0), transposed=True)])
    form = dialect(name).forms[0]
    texts = [crossbar_deck(BAR, p, form=form, dialect_name=name).text for p in (plan, schedule(BAR, [Vmm()]))]
    assert "0.004" in texts[0]
    assert "0.004" not in texts[1]


def test_a_deck_that_is_run_alone_tells_the_currents_of_the_word_lines() -> None:
    text = crossbar_deck(BAR, schedule(BAR, [Vmm(transposed=True)]), standalone=True).text
    assert "echo step 0: vmm with 0.005 V on bit line 0" in text
    assert [f"step0_sense_{r} find i(vws_{r})" in text for r in range(5)] == [True] * 4 + [False]


def test_a_study_file_says_it_and_is_written_back_equal(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(
        '[array]\nrows = 4\ncols = 3\n[[program]]\ndo = "vmm"\ntransposed = true\ninputs = [1, -0.5, 0.25]\n'
    )
    study = load_study(tmp_path / "t.toml")
    assert study.program == (Vmm(INPUTS, transposed=True),)
    assert load_study(write_study(study, tmp_path / "kept")) == study


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("inputs = [1, 1, 1, 1]", r"length of program\[0\]\.inputs = 4 is refused; allowed: 3, one for each line"),
        ('transposed = "yes"', r"program\[0\]\.transposed = 'yes' is refused; allowed: one of false, true"),
        ("transpose = true", r"did you mean 'transposed'"),
    ],
)
def test_bad_input_is_refused_by_name(tmp_path: Path, line: str, words: str) -> None:
    said = line if "transpose" in line else f"transposed = true\n{line}"
    (tmp_path / "bad.toml").write_text(f'[array]\nrows = 4\ncols = 3\n[[program]]\ndo = "vmm"\n{said}\n')
    with pytest.raises(RequestError, match=words):
        load_study(tmp_path / "bad.toml")
