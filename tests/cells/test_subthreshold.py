"""A transistor that conducts below its threshold: one law in three forms, and what it does to a 1T1R array."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pyspice_models.array import Crossbar, pattern
from pyspice_models.cells import sources
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.equations import saturation_current, transistor_current
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.engine import engine
from pyspice_models.errors import RequestError
from pyspice_models.netlist import Deck, crossbar_deck
from pyspice_models.netlist.dialects import NGSPICE, dialect
from pyspice_models.result import windows
from pyspice_models.stimulus import Read, Write
from pyspice_models.study import Outcome, Study, run_study
from pyspice_models.study.tables.read import study_from

CELL = CellParams()
LEAKY = TransistorParams(swing=0.09, g_off=0.0)


def _drain_current(
    transistor: TransistorParams, form: str, kelvin: float, source: float, folder: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Gate voltage, swept from 0 to 1.2 V, and the current into the drain at 0.2 V."""
    text = "\n".join([
        "* law", NGSPICE.transistor_definition(form, transistor, kelvin),
        NGSPICE.transistor(form, "1", "d", "g", "s", transistor), "vg g 0 pwl(0 0 1 1.2)", "vd d 0 0.2",
        f"vs s 0 {source}", f".options abstol=1e-24 reltol=1e-9 gmin=1e-22 temp={kelvin - 273.15}",
        ".save v(g) i(vd)", ".tran 1m 1 0 1m", NGSPICE.control(("transistor",) if form == "osdi" else ()), ".end",
    ])  # fmt: skip
    models = ("transistor",) if form == "osdi" else ()
    probes, shapes = {"v": ["v(g)"], "i": ["i(vd)"]}, {"v": (1,), "i": (1,)}
    waves = engine("ngspice").run_deck(
        Deck(lambda: [text], form, 1.0, probes, shapes, models=models), folder, time_limit=60
    )
    return waves.values["v"][:, 0], -waves.values["i"][:, 0]


@pytest.mark.parametrize("form", ["osdi", "subckt"])
@pytest.mark.parametrize(("kelvin", "source"), [(300.0, 0.0), (350.0, 0.5)])
def test_both_forms_follow_the_law(form: str, kelvin: float, source: float, tmp_path: Path) -> None:
    """Over nine decades, with the drain above the source and below it."""
    v, i = _drain_current(LEAKY, form, kelvin, source, tmp_path)
    law = transistor_current(LEAKY, v, 0.2, source, kelvin)
    assert len(v) > 500
    assert i == pytest.approx(law, rel=1e-6, abs=1e-21)
    assert np.abs(i).max() / np.abs(i).min() > 1e5
    assert (np.sign(i) == np.sign(0.2 - source)).all()


def test_a_swing_is_a_decade_and_grows_with_the_temperature() -> None:
    for kelvin in (250.0, 300.0, 400.0):
        swing = 0.09 * kelvin / 300
        low = transistor_current(LEAKY, np.array([0.0, swing]) - 0.6, 0.3, 0.0, kelvin)
        assert low[1] / low[0] == pytest.approx(10, rel=1e-3, abs=0)


def test_it_is_level_1_well_above_the_threshold_and_without_a_swing() -> None:
    """What is left of the exponential there is below a share of 1e-6."""
    plain = LEAKY.replace(swing=0.0)
    for ends in ((0.3, 0.0), (0.0, 0.3), (0.1, 0.05)):
        assert transistor_current(LEAKY, 1.5, *ends) == pytest.approx(
            transistor_current(plain, 1.5, *ends), rel=1e-4, abs=0
        )
    assert transistor_current(plain, 0.39, 0.3, 0.0) == 0.0
    assert saturation_current(LEAKY, 1.5) == pytest.approx(saturation_current(plain, 1.5), rel=1e-6, abs=0)
    # at the threshold itself: ln 2 of the transition's width, 2 * 90 mV/ln(10)
    width = 2 * 0.09 / np.log(10)
    assert saturation_current(LEAKY, LEAKY.vto) == pytest.approx(1e-4 * (width * np.log(2)) ** 2, rel=1e-12, abs=0)


def test_without_a_swing_a_deck_has_the_level_1_transistor_that_it_had() -> None:
    bar = Crossbar(1, 1, selector=TransistorParams())
    study = Study("plain", bar, [Read(0, 0)])
    deck = crossbar_deck(bar, study.schedule())
    assert deck.models == ("ag2s",)
    assert ".model ag2s_select nmos level=1" in deck.text


@pytest.mark.parametrize(
    ("name", "form", "card", "element"),
    [
        ("ngspice", "osdi", ".model ag2s_select transistor", "nm_0_0 mid_0_0 ga_0_0 bl_0_0 ag2s_select"),
        ("ngspice", "subckt", ".subckt ag2s_select d g s", "xm_0_0 mid_0_0 ga_0_0 bl_0_0 ag2s_select"),
        ("ltspice", "subckt", ".subckt ag2s_select d g s", "xm_0_0 mid_0_0 ga_0_0 bl_0_0 ag2s_select"),
        ("xyce", "subckt", ".subckt ag2s_select d g s", "xm_0_0 mid_0_0 ga_0_0 bl_0_0 ag2s_select"),
        ("hspice", "veriloga", ".model ag2s_select transistor", "xm_0_0 mid_0_0 ga_0_0 bl_0_0 ag2s_select"),
        ("vacask", "osdi", "model ag2s_select transistor", "nm_0_0 (mid_0_0 ga_0_0 bl_0_0) ag2s_select"),
        ("spectre", "veriloga", "model ag2s_select transistor", "nm_0_0 (mid_0_0 ga_0_0 bl_0_0) ag2s_select"),
    ],
)
def test_decks_of_every_dialect_hold_it(name: str, form: str, card: str, element: str) -> None:
    bar = Crossbar(1, 1, selector=LEAKY)
    deck = crossbar_deck(bar, Study("names", bar, [Read(0, 0)]).schedule(), form=form, dialect_name=name)
    assert card in deck.text
    assert element in deck.text
    assert "swing=0.09" in deck.text
    assert ("transistor" in deck.models) == (form != "subckt")
    assert "level=1" not in deck.text
    if form != "subckt":
        assert dialect(name).module_file("transistor") in deck.text


def test_the_subcircuit_says_what_the_module_says() -> None:
    """Both parameter blocks come from the declarations; the channel's names are all that they hold."""
    names = set(sources.channel(LEAKY))
    for text in (sources.verilog_a_source("transistor"), sources.subcircuit_source(LEAKY, "transistor")):
        assert names == {name for name in LEAKY.as_dict() if f" {name} = " in text or f"+ {name}=" in text}


@pytest.mark.parametrize("swing", [1e-3, 0.0595])
def test_a_swing_below_that_of_thermal_emission_is_refused(swing: float) -> None:
    with pytest.raises(RequestError, match=r"transistor\.swing = .* V is refused; allowed: 0 .*, or >= 0\.05953, the"):
        TransistorParams(swing=swing)
    tables = {"array": {"rows": 1, "cols": 1}, "program": [{"do": "read"}]}
    chosen = study_from(tables | {"transistor": {"swing": "60 mV"}}).crossbar.selector
    assert chosen == TransistorParams(swing=0.06)


def _outcome(selector: TransistorParams, name: str, form: str = "osdi") -> Outcome:
    cells = {"w0": pattern("random", (2, 2), seed=3, low=0.3)}
    bar = Crossbar(2, 2, per_cell=cells, selector=selector, temperature=350.0)
    return run_study(Study("leaks", bar, [Write(0, 0, width=20e-6, scheme="grounded")], form=form, engine=name))


def _through_the_shut_one(run: Outcome) -> float:
    """Current from the written row through the transistor of the other column, by its cell, late in the pulse [A]."""
    data = run.dataset
    (window,) = windows(data, "write")
    late = data.sel(time=window.start + 0.9 * (window.stop - window.start), method="nearest")
    volts = late["v_word"] - late["v_mid"]
    found = Equations(CELL, 350.0).current(volts.values, late["w"].values, late["x"].values)
    return float(found[0, 1])


def test_engines_agree_on_what_leaks_through_shut_transistors() -> None:
    """Hot, the column whose gate is at 0 V carries what the law says, a hundred times g_off alone."""
    osdi, subckt = _outcome(LEAKY, "ngspice"), _outcome(LEAKY, "ngspice", "subckt")
    runs = [osdi, subckt, _outcome(LEAKY, "vacask")]
    law = float(transistor_current(LEAKY, 0.0, 0.3, 0.0, 350.0))
    for run in runs:
        assert _through_the_shut_one(run) == pytest.approx(law, rel=1e-3, abs=0)
        assert abs(run.measures["energy_imbalance"].value) < 1e-3
        for name in ("energy_dissipated", "energy_supply", "energy_selectors", "energy_half_selected"):
            assert run.measures[name].value == pytest.approx(osdi.measures[name].value, rel=2e-3, abs=0), name
    plain = _outcome(LEAKY.replace(swing=0.0, g_off=1e-12), "ngspice")
    assert law > 100 * _through_the_shut_one(plain) > 0
