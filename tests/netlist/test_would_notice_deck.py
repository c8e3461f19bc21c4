"""What a deck asks for and how it is read: vectors, shapes, scales, modules, rows from templates, steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import SWITCHING, ThresholdParams, TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.netlist import Deck, crossbar_deck
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.netlist.crossbar import models_of
from pyspice_models.netlist.dialects import NGSPICE, dialect
from pyspice_models.netlist.rows import NEXT, ROW, PerCell, rows_of, stamped
from pyspice_models.simulation import check_title
from pyspice_models.stimulus import Read, Vmm, Write, schedule
from pyspice_models.stimulus.cell_bench import CellBench

PLACES = [f"{row}_{col}" for row in range(2) for col in range(3)]


def _deck(
    form: str = "subckt", *, program: list[object] | None = None, standalone: bool = False, **more: object
) -> Deck:
    bar = Crossbar(2, 3, **more)  # type: ignore[arg-type]
    plan = schedule(bar, program or [Write(1, 2), Read(0, 1)])  # type: ignore[arg-type]
    return crossbar_deck(bar, plan, form=form, standalone=standalone)


def _vectors(deck: Deck) -> dict[str, list[str]]:
    return {name: list(vectors) for name, vectors in deck.probes.items()}


ENDS = {
    "v_word_terminal": ["v(wt_0)", "v(wt_1)"], "i_word_source": ["i(vws_0)", "i(vws_1)"],
    "v_bit_terminal": ["v(bt_0)", "v(bt_1)", "v(bt_2)"],
}  # fmt: skip
SENSED = {"i_bit_source": ["i(vbs_0)", "i(vbs_1)", "i(vbs_2)"]}
LINES = {"v_word": [f"v(wl_{p})" for p in PLACES], "v_bit": [f"v(bl_{p})" for p in PLACES]}
NAMED = {q: [f"v(x_{p}.{q})" for p in PLACES] for q in ("w", "x", "p", "es")}
_SELECTORS = ("v_mid", "v_gate", "s_selector", "p_selector", "es_selector")
SHAPES = dict.fromkeys((*LINES, *NAMED, *_SELECTORS, "change_w", "change_x", "v_ion_node"), (2, 3))
SHAPES |= {"v_word_terminal": (2,), "i_word_source": (2,)}
OF_COLUMNS = ("v_bit_terminal", "i_bit_source", "v_bit_input", "v_bit_output", "i_bit_output")
SHAPES |= dict.fromkeys((*OF_COLUMNS, "v_gate_terminal", "i_gate_source"), (3,))


def _check(deck: Deck, expected: dict[str, list[str]]) -> None:
    assert _vectors(deck) == expected
    assert dict(deck.shapes) == {name: SHAPES[name] for name in expected}


def test_a_plain_arrays_vectors() -> None:
    _check(_deck(), NAMED | LINES | ENDS | SENSED)
    nodes = {"change_w": "nw", "change_x": "nx", "v_ion_node": "ni"}
    of_nodes = {name: [f"v(n_{p}#{node})" for p in PLACES] for name, node in nodes.items()}
    compiled = _deck("osdi")
    _check(compiled, of_nodes | LINES | ENDS | SENSED)
    assert ".save all\n" in compiled.text
    by_name = {q: [f"@n_{p}[{q}]" for p in PLACES] for q in NAMED}
    alone = _deck("osdi", standalone=True)
    _check(alone, by_name | LINES | ENDS | SENSED)
    saved = [word for line in alone.text.splitlines() if line.startswith(".save") for word in line.split()[1:]]
    assert saved == [vector for vectors in _vectors(alone).values() for vector in vectors]


@pytest.mark.parametrize("ideal", ["resistivity_wl", "resistivity_bl"])
def test_a_line_without_resistance_has_no_vectors_of_its_own(ideal: str) -> None:
    deck = _deck(wire=WireParams(**{ideal: 0.0}))
    gone = "v_word" if ideal == "resistivity_wl" else "v_bit"
    _check(deck, {name: vectors for name, vectors in (NAMED | LINES | ENDS | SENSED).items() if name != gone})


def test_an_amplifiers_vectors() -> None:
    deck = _deck(driver=DriverParams(sense="tia"))
    amplified = {
        "v_bit_input": ["v(bi_0)", "v(bi_1)", "v(bi_2)"], "v_bit_output": ["v(bo_0)", "v(bo_1)", "v(bo_2)"],
        "i_bit_output": ["i(eamp_0)", "i(eamp_1)", "i(eamp_2)"],
    }  # fmt: skip
    _check(deck, NAMED | LINES | ENDS | amplified)


def test_selectors_vectors() -> None:
    mid = {"v_mid": [f"v(mid_{p})" for p in PLACES]}
    told = {f"{q}_selector": [f"v(xs_{p}.{q})" for p in PLACES] for q in ("p", "es")}
    _check(_deck(selector=ThresholdParams()), NAMED | LINES | ENDS | SENSED | mid | told)
    assert "p_selector" not in _deck("osdi", selector=ThresholdParams()).probes
    state = {"s_selector": [f"v(xs_{p}.s)" for p in PLACES]}
    _check(_deck(selector=SWITCHING), NAMED | LINES | ENDS | SENSED | mid | state | told)
    inside = _deck("osdi", selector=SWITCHING).probes
    assert list(inside["s_selector"]) == [f"v(ns_{p}#ns)" for p in PLACES]
    assert "p_selector" not in inside
    gates = {
        "v_gate": [f"v(ga_{p})" for p in PLACES], "v_gate_terminal": ["v(gt_0)", "v(gt_1)", "v(gt_2)"],
        "i_gate_source": ["i(vgs_0)", "i(vgs_1)", "i(vgs_2)"],
    }  # fmt: skip
    _check(_deck(selector=TransistorParams()), NAMED | LINES | ENDS | SENSED | mid | gates)


def test_scales_and_modules() -> None:
    """The subcircuit shows femtojoules; each form needs what it is made of and no more."""
    assert dict(_deck().scales) == {"w": 1.0, "x": 1.0, "g": 1e-6, "p": 1.0, "es": 1e-15, "es_selector": 1e-15}
    assert set(_deck("osdi").scales.values()) == {1.0}
    assert _deck().models == ()
    assert _deck("osdi").models == ("ag2s",)
    assert _deck("osdi", selector=ThresholdParams()).models == ("ag2s", "selector")
    assert _deck("osdi", selector=SWITCHING).models == ("ag2s", "threshold_switch")
    assert _deck("osdi", selector=TransistorParams(), driver=DriverParams(compliance="smooth")).models == ("ag2s",)
    vacask = dialect("vacask")
    bar = Crossbar(2, 3, selector=ThresholdParams(), driver=DriverParams(compliance="smooth"))
    steady, floating = (schedule(bar, [Read(0, 0, scheme=scheme)]) for scheme in ("grounded", "floating"))
    assert models_of(bar, "osdi", vacask) == ("ag2s", "selector")
    assert models_of(bar, "osdi", vacask, steady) == ("ag2s", "selector", "compliance")
    assert models_of(bar, "osdi", vacask, floating) == ("ag2s", "selector", "gated_resistor", "compliance")
    words = schedule(Crossbar(2, 3), [Read(0, scheme="float-words")])
    bits = schedule(Crossbar(2, 3), [Read(0, 0, scheme="float-bits")])
    for plan in (words, bits):
        assert models_of(Crossbar(2, 3), "osdi", vacask, plan) == ("ag2s", "gated_resistor")


def test_a_deck_is_written_from_what_was_asked(tmp_path: Path) -> None:
    bar = Crossbar(2, 3, temperature=310.0)
    plan = schedule(bar, [Write(1, 2, width=4e-6), Read(0, 1, duration=20e-6)])
    tight = Accuracy(reltol=1e-5, steps_per_pulse=20)
    deck = crossbar_deck(bar, plan, accuracy=tight, title="mine")
    assert (deck.form, deck.stop, deck.dialect) == ("osdi", plan.stop, "ngspice")
    assert deck.text.startswith("* mine\n* 2 word lines x 3 bit lines, cell form osdi")
    (run,) = [line for line in deck.text.splitlines() if line.startswith(".tran")]
    first, stop, begin, longest = map(float, run.split()[1:])
    assert (first, stop, begin) == (1e-9, pytest.approx(plan.stop, rel=1e-12, abs=0), 0)
    assert longest == pytest.approx(2e-7, rel=1e-9, abs=0)
    deck.write(tmp_path / "deck.cir")
    assert (tmp_path / "deck.cir").read_text() == deck.text
    assert crossbar_deck(bar, plan).text.startswith("* Ag2S crossbar\n")


def test_a_standalone_deck_reports_every_step() -> None:
    """States before and after a write; every sensed current of a read or product, at its settled moment."""
    program = [Write(1, 2, voltage=-0.25), Read(0, 1), Vmm((1.0, 0.5))]
    deck = _deck("osdi", program=program, standalone=True)
    bar = Crossbar(2, 3)
    write, read, product = schedule(bar, program).windows
    lines = [line for line in deck.text.splitlines() if line.startswith(("echo", "meas"))]
    expected = [
        "echo step 0: write cell 1 2 with -0.25 V",
        f"meas tran step0_state_before find @n_1_2[w] at={write.start:.15g}",
        f"meas tran step0_state_after find @n_1_2[w] at={write.stop:.15g}",
        "echo step 1: read with 0.005 V on word line 0",
        f"meas tran step1_sense_1 find i(vbs_1) at={read.settled:.15g}",
        "echo step 2: vmm with 0.005 V on word line 0",
        *(f"meas tran step2_sense_{c} find i(vbs_{c}) at={product.settled:.15g}" for c in range(3)),
    ]
    assert lines == expected
    amplified = _deck("osdi", program=program, standalone=True, driver=DriverParams(sense="tia"))
    assert f"meas tran step1_sense_1 find v(bo_1) at={read.settled:.15g}" in amplified.text


def test_a_limiter_that_cannot_be_written_is_refused_before_a_line_is() -> None:
    bar = Crossbar(2, 3, driver=DriverParams(compliance="mos"))
    with pytest.raises(RequestError, match="a netlist for vacask cannot express the current limiter 'mos'"):
        crossbar_deck(bar, schedule(bar, [Read(0)]), dialect_name="vacask")
    for title in ("", " ", "a\nb", "é", "a\tb"):
        with pytest.raises(RequestError, match=r"title = .* one line of printable ASCII text"):
            check_title(title)
    check_title("x")


# ---- rows


def test_rows_are_stamped_with_their_numbers() -> None:
    assert stamped(f"{ROW} {NEXT} \x03", 7) == "7 8 6"

    def write(row: object, after: object) -> list[str]:
        return [f"a {row} {after}", f"b {row}"]

    assert list(rows_of(3, write)) == ["a 0 1\nb 0", "a 1 2\nb 1", "a 2 3\nb 2"]
    alone: list[object] = []

    def told(row: object, after: object) -> list[str]:
        alone.append(row)
        return [f"{row}/{after}"] if row != 1 else []

    assert list(rows_of(4, told, alone={1, 3})) == ["0/1", "2/3", "3/4"]
    assert alone == [ROW, 1, 3], "the template is written once, the others by themselves"


def test_a_name_per_cell_is_made_when_it_is_asked_for() -> None:
    names = PerCell((3, 2), lambda row, col: f"n_{row}_{col}")
    assert names[3] == "n_1_1"
    assert names[-2] == "n_2_0"
    assert names[4:] == ["n_2_0", "n_2_1"]
    assert names[::-2] == ["n_2_1", "n_1_1", "n_0_1"]
    assert list(names) == [names[k] for k in range(6)]
    assert len(names) == 6


# ---- cells on benches


def test_a_deck_of_benches_has_a_probe_for_each() -> None:
    cells = [CellParams(), CellParams(w0=0.4, area=1e-12)]
    benches = [
        CellBench(cells[0], (0.0, 1e-6), (0.0, 0.1)),
        CellBench(cells[1], (0.0, 3e-6), (0.0, -0.1), r_series=5e3),
    ]
    deck = cell_deck(benches, form="subckt", longest_step=2e-8)
    assert _vectors(deck) == {
        **{q: [f"v(x_0.{q})", f"v(x_1.{q})"] for q in ("w", "x", "g", "p")},
        "v": ["v(t0)", "v(t1)"], "i": ["i(vs0)", "i(vs1)"],
    }  # fmt: skip
    assert set(deck.shapes.values()) == {(2,)}
    assert dict(deck.scales) == {"w": 1.0, "x": 1.0, "g": 1e-6, "p": 1.0, "i": -1.0}
    assert deck.stop == 3e-6
    lines = deck.text.splitlines()
    assert "rs0 s0 t0 1000" in lines
    assert "rs1 s1 t1 5000" in lines
    assert "x_0 t0 0 ag2s_cell" in lines
    assert "x_1 t1 0 ag2s_cell area=1e-12 w0=0.4" in lines
    assert ".tran 2e-10 3e-06 0 2e-08" in lines
    assert "method=gear" in deck.text
    assert deck.models == ()
    assert cell_deck(benches, form="osdi", longest_step=1e-8).models == ("ag2s",)
    limited = [CellBench(cells[0], (0.0, 1e-6), (0.0, 0.1), i_limit=2e-5), benches[1]]
    text = cell_deck(limited, form="osdi", longest_step=1e-8, method="trap").text
    assert "xlim0 s0 t0 compliance r=1000 i_limit=2e-05" in text.splitlines()
    assert "method=trap" in text
    assert text.count(".subckt compliance ") == 1
    assert "compliance" not in deck.text
    models = [
        cell_deck(group, form="osdi", longest_step=1e-8, dialect_name="vacask").models for group in (limited, benches)
    ]
    assert models == [("ag2s", "compliance"), ("ag2s",)]
    with pytest.raises(RequestError, match="one or more benches, all at one temperature"):
        cell_deck(
            [benches[0], CellBench(cells[0], (0.0, 1.0), (0.0, 1.0), temperature=310.0)], form="osdi", longest_step=1
        )
    with pytest.raises(RequestError, match="one or more benches"):
        cell_deck([], form="osdi", longest_step=1)


# ---- accuracy


def test_a_run_ten_times_tighter_is_tighter_in_everything() -> None:
    plain, tight = Accuracy(), Accuracy().tighter()
    for name in ("reltol", "abstol", "vntol", "chgtol"):
        assert getattr(tight, name) == pytest.approx(getattr(plain, name) / 10, rel=1e-12, abs=0), name
    assert tight.steps_per_pulse == 10 * plain.steps_per_pulse


def test_rounded_numbers_keep_twelve_digits() -> None:
    assert NGSPICE.number(1 / 3) == "0.333333333333"
    assert NGSPICE.number(1e-21 * np.pi) == "3.14159265359e-21"
    assert NGSPICE.number("%.12g") == "%.12g"
