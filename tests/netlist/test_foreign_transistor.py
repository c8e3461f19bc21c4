"""Transistors from a user's SPICE file: a card of level 54 and a foundry's subcircuit, in arrays that ngspice runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pyspice_models import (
    Crossbar,
    ForeignTransistor,
    Read,
    RequestError,
    Study,
    WireParams,
    Write,
    crossbar_deck,
    crossbar_subcircuit,
    dialect_names,
    foreign_transistor,
    load_study,
    netlist_engine,
    pattern,
    run_study,
    schedule,
    write_study,
)
from pyspice_models.measure.area import cell_area
from pyspice_models.netlist import Deck
from pyspice_models.study.identity import identity
from pyspice_models.study.tables.source import Source

FOLDER = Path(__file__).parents[2] / "scripts" / "studies" / "models"


def _card(**values: object) -> ForeignTransistor:
    return foreign_transistor(FOLDER / "nch130.mod", "nch130", **{"length": "0.13 um", **values})


def _foundry(**values: object) -> ForeignTransistor:
    return foreign_transistor(FOLDER / "generic180.lib", "nfet180", **{"section": "tt", **values})


MAKES = pytest.mark.parametrize("make", [_card, _foundry], ids=["card", "subcircuit"])


def _study(selector: ForeignTransistor, size: int = 2, *, voltage: float = 0.3, **words: object) -> Study:
    filament = {"x0": 1.0, "w0": 1.0} if size == 2 else {"w0": pattern("checkerboard", (size, size))}
    bar = Crossbar(size, size, selector=selector, per_cell=filament)
    return Study("own", bar, [Write(size // 2, size // 2, voltage=voltage, scheme="grounded")], **words)


def _plateau(dataset, row: int, col: int) -> dict[str, float]:
    """Voltages and currents of the written cell's transistor late on its plateau."""
    then = dataset.sel(time=float(dataset.window_settled[0]), method="nearest").isel(row=row, col=col)
    return {name: float(then[name]) for name in ("v_mid", "v_gate", "v_bit", "i_mid", "i_gate", "i_bottom")}


def _alone(selector: ForeignTransistor, at: dict[str, float], tmp_path: Path) -> float:
    """Drain current of one such element between ideal sources, by a deck of its own."""
    letter, nodes = ("x", "d g s 0") if selector.master.type == "subckt" else ("m", "d g s 0")
    lines = [
        "* alone", selector.library.deck_text(selector.section),
        f"{letter}1 {nodes} {selector.name} w={selector.width:g} l={selector.length:g}",
        f"vd d 0 {at['v_mid']!r}", f"vg g 0 {at['v_gate']!r}", f"vs s 0 {at['v_bit']!r}",
        ".options reltol=1e-6 gmin=1e-15 temp=26.85", ".save i(vd)", ".tran 1n 10n", ".end",
    ]  # fmt: skip
    deck = Deck(lambda: lines, "subckt", 1e-8, {"i": ["i(vd)"]}, {"i": (1,)})
    (tmp_path / "alone").mkdir()
    waves = netlist_engine("ngspice").run_deck(deck, tmp_path / "alone", time_limit=60)
    return -float(waves.values["i"][-1, 0])


@MAKES
def test_an_array_runs_and_its_books_close(make, tmp_path: Path) -> None:
    outcome = run_study(_study(make(), 8))
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-5
    assert outcome.measures["energy_selectors"].value > 0
    assert outcome.warning == ""
    at = _plateau(outcome.dataset, 4, 4)
    assert at["i_mid"] == pytest.approx(_alone(make(), at, tmp_path), rel=2e-3, abs=0)
    assert at["i_mid"] == pytest.approx(-at["i_bottom"], rel=1e-2, abs=0), "the body takes next to nothing"
    off = outcome.dataset.i_mid.sel(row=4).isel(col=[0, 1, 2, 3, 5, 6, 7])
    settled = off.sel(time=float(outcome.dataset.window_settled[0]), method="nearest")
    assert float(np.abs(settled).max()) < 1e-3 * at["i_mid"], "shut columns of the same word line"


@MAKES
def test_a_low_gate_limits_the_current(make) -> None:
    """A bridged filament of some kilo-ohms wants more than the transistor gives: its saturation is what flows."""
    low, lower, high = (make(v_gate=volts, length="0.5 um") for volts in (0.7, 0.6, 1.8))
    once, twice, less, full = (
        _plateau(run_study(_study(selector, voltage=volts)).dataset, 1, 1)["i_mid"]
        for selector, volts in ((low, 0.5), (low, 1.0), (lower, 1.0), (high, 1.0))
    )
    assert once < twice < 1.2 * once, "twice the voltage, and nearly the same current"
    assert 1e-7 < less < 0.5 * twice
    assert full > 5 * twice


def test_the_other_form_and_the_library_give_the_same() -> None:
    own = run_study(_study(_foundry()))
    for words in ({"form": "subckt"}, {"engine": "pyspice"}):
        other = run_study(_study(_foundry(), **words))
        for name in ("energy_per_switch", "energy_selectors", "state_change"):
            assert other.measures[name].value == pytest.approx(own.measures[name].value, rel=2e-3, abs=0), (words, name)


def test_corners_and_folded_transistors_reach_the_simulator() -> None:
    slow, typical, fast = (
        _plateau(run_study(_study(_foundry(section=corner, v_gate="0.7 V"), voltage=1.0)).dataset, 1, 1)["i_mid"]
        for corner in ("ss", "tt", "ff")
    )
    assert slow < 0.9 * typical < 0.9 * 0.9 * fast
    folded = _foundry(v_gate="0.7 V", instance={"m": 2})
    assert _plateau(run_study(_study(folded, voltage=1.0)).dataset, 1, 1)["i_mid"] > 1.2 * typical


def test_a_deck_holds_the_file_and_every_other_dialect_refuses() -> None:
    study = _study(_foundry(section="ss", instance={"nf": 2}))
    text = crossbar_deck(study.crossbar, study.schedule()).text
    assert "mob_n = 0.9" in text
    assert "mob_n = 1.1" not in text, "other sections stay out"
    assert "xm_0_1 td_0_1 tg_0_1 ts_0_1 0 nfet180 w=1e-06 l=1.8e-07 nf=2" in text
    card = Crossbar(1, 1, selector=_card())
    assert "mm_0_0 td_0_0 tg_0_0 ts_0_0 0 nch130 w=1e-06" in crossbar_deck(card, schedule(card, [Read(0, 0)])).text
    assert "nfet180" in crossbar_subcircuit(study.crossbar).raw_spice
    for name in set(dialect_names()) - {"ngspice"}:
        form = "subckt" if name in ("neospice", "xyce", "ltspice") else "osdi" if name == "vacask" else "veriloga"
        with pytest.raises(
            RequestError, match=rf"a netlist for {name} cannot express the transistor of generic180\.lib"
        ):
            crossbar_deck(study.crossbar, study.schedule(), dialect_name=name, form=form).text  # noqa: B018


def test_the_other_simulator_refuses_by_name() -> None:
    with pytest.raises(RequestError, match=r"engine vacask .*generic180\.lib\. Use engine nodal"):
        _study(_foundry(), engine="vacask")


def test_a_parameter_that_the_model_does_not_have_is_refused_and_one_that_is_left_out_told(tmp_path: Path) -> None:
    with pytest.raises(
        RequestError, match=r"transistor\.instance\.zz = 3 is refused by ngspice.*nch130 of nch130\.mod"
    ):
        run_study(_study(_card(instance={"zz": 3})))
    text = (FOLDER / "nch130.mod").read_text().replace("xj=8e-8", "xj=8e-8 foo=1 bar=2")
    (tmp_path / "typo.mod").write_text(text)
    outcome = run_study(_study(foreign_transistor(tmp_path / "typo.mod", "nch130")))
    assert "left out, parameters of the user's models: foo of nch130, bar of nch130." in outcome.warning


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"section": "xx"}, r"generic180\.lib has no section 'xx'; there are: tt, ss, ff, devices"),
        ({"section": ""}, r"transistor\.section = '' is refused"),
        ({"name": "nfet"}, r"transistor\.name = 'nfet' is refused; .* generic180\.lib in section tt: nfet180"),
        ({"name": "nch180"}, r"transistor\.name = 'nch180' is refused"),
        ({"instance": {"zz": 1}}, r"transistor\.instance\.zz: the subcircuit nfet180 .* has no parameter zz; it has l"),
        ({"instance": {"w": 1}}, r"transistor\.instance = 'w' is refused"),
        ({"instance": {"nf": "two"}}, r"transistor\.instance\.nf"),
        ({"instance": 3}, r"transistor\.instance must be a table"),
        ({"terminals": "d g s"}, r"terminals = 'd g s' is refused; allowed: one for each of the 4 nodes of nfet180"),
        ({"terminals": "d g s x"}, r"terminals = 'd g s x' is refused; allowed: d, g, s and mostly b"),
        ({"type": "pmos"}, r"transistor\.type = 'pmos' is refused; allowed: one of nmos"),
        ({"vto": 0.4}, r"unknown key 'vto' in \[transistor\]"),
        ({"width": "1 V"}, r"transistor\.width"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(values: dict[str, object], reason: str) -> None:
    name = str(values.pop("name", "nfet180"))
    with pytest.raises(RequestError, match=reason):
        foreign_transistor(FOLDER / "generic180.lib", name, **{"section": "tt", **values})


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        (".model p pmos level=54", "p", r"In a\.lib it is pmos; a gate at rest, at 0 V, has to shut its column"),
        (".model ag2s_cell nmos level=1", "ag2s_cell", r"a\.lib defines 'ag2s_cell', a name that the array's own"),
        (".subckt compliance d g s b w=1 l=1\n.ends\n.model n nmos", "n", r"a\.lib defines 'compliance'"),
        (".func soft_bound(a) {a}\n.model n nmos", "n", r"a\.lib defines 'soft_bound', a name that the array's own"),
        (".subckt n d g s b l=1\n.ends", "n", r"transistor\.width \(w\): the subcircuit n of a\.lib has no"),
        (".lib tt\n.model n nmos\n.endl", "n", r"It stands in section tt: name one"),
    ],
)  # fmt: skip
def test_files_that_do_not_fit_are_refused(tmp_path: Path, text: str, name: str, reason: str) -> None:
    (tmp_path / "a.lib").write_text(text)
    with pytest.raises(RequestError, match=reason):
        foreign_transistor(tmp_path / "a.lib", name)


def test_a_transistor_has_to_fit_between_the_lines() -> None:
    wire = WireParams(r_segment=2, c_segment=1e-15, pitch=1e-6)
    Crossbar(2, 2, wire=wire, selector=_card(width="1 um"))
    with pytest.raises(
        RequestError, match=r"transistor\.width = 1\.5e-06 m is refused; allowed: <= 1e-06 m\. It does not"
    ):
        Crossbar(2, 2, wire=wire, selector=_card(width="1.5 um"))
    Crossbar(2, 2, wire=wire, selector=_card(width="1.5 um", instance={"nf": 2}))
    with pytest.raises(RequestError, match=r"transistor\.length .* It does not fit wire\.pitch"):
        Crossbar(2, 2, wire=wire, selector=_card(length="1.5 um"))
    assert cell_area(Crossbar(2, 2, wire=wire, selector=_card(width="1 um"))).area == pytest.approx(
        1e-12, rel=1e-9, abs=0
    )


def test_a_study_carries_its_file(tmp_path: Path) -> None:
    source = tmp_path / "from"
    (source / "in").mkdir(parents=True)
    (source / "in" / "n.inc").write_text((FOLDER / "nch130.mod").read_text())
    (source / "my card.lib").write_text(".lib tt\n.include in/n.inc\n.endl\n")
    (source / "s.toml").write_text(
        '[array]\nrows = 2\ncols = 2\n[transistor]\nmodel = "my card.lib"\nname = "NCH130"\nsection = "tt"\n'
        'width = "2 um"\ninstance = {nf = 2}\n[[program]]\ndo = "read"\n'
    )
    study = load_study(source / "s.toml")
    first = write_study(study, tmp_path / "one")
    Source.of(source / "s.toml").write(tmp_path / "two", "simulate")
    for file in (first, tmp_path / "two" / "study.toml"):
        assert load_study(file).crossbar == study.crossbar
        assert [path.name for path in (file.parent / "study-inputs").iterdir()] == ["my_card.lib"]
    assert load_study(first) == study
    before = identity(study)
    assert identity(load_study(first)) == before
    (source / "in" / "n.inc").write_text((FOLDER / "nch130.mod").read_text().replace("vth0=0.38", "vth0=0.39"))
    assert identity(load_study(source / "s.toml")) != before
    assert load_study(source / "s.toml", ["transistor.instance.nf=4"]).crossbar.selector.fingers == 4


@pytest.mark.slow
@MAKES
def test_a_large_array_runs(make) -> None:
    outcome = run_study(_study(make(), 32))
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-4
