"""Deck text: deterministic, plain numbers, complete, and nothing smuggled in."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.selectors.params import SWITCHING, ThresholdParams, TransistorParams
from pyspice_models.engine import engine
from pyspice_models.errors import RequestError
from pyspice_models.netlist import crossbar_deck
from pyspice_models.result import to_dataset
from pyspice_models.stimulus import Read, Write, schedule


def _deck(crossbar: Crossbar, form: str = "osdi", **options):
    plan = schedule(crossbar, [Write(0, 0), Read(0, 0, scheme="floating")])
    return crossbar_deck(crossbar, plan, form=form, **options)


@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_the_same_description_gives_the_same_text(form: str) -> None:
    def make() -> str:
        return _deck(Crossbar(3, 2, per_cell={"w0": pattern("random", (3, 2), seed=5)}), form).text

    assert make() == make()


@settings(max_examples=15)
@given(st.integers(1, 6), st.integers(1, 6))
def test_every_crossing_has_its_elements(rows: int, cols: int) -> None:
    text = _deck(Crossbar(rows, cols)).text
    for prefix in ("n_", "rwl_", "rbl_", "cwl_", "cbl_"):
        assert len(re.findall(rf"^{prefix}\d+_\d+ ", text, re.MULTILINE)) == rows * cols
    assert len(re.findall(r"^vws_\d+ ", text, re.MULTILINE)) == rows
    assert len(re.findall(r"^vbs_\d+ ", text, re.MULTILINE)) == cols


@settings(max_examples=15)
@given(st.integers(1, 5), st.integers(1, 5))
def test_no_node_dangles(rows: int, cols: int) -> None:
    """Every node of the array is touched by at least two elements."""
    text = _deck(Crossbar(rows, cols)).text
    touched: dict[str, int] = {}
    for line in text.splitlines():
        if re.match(r"[nrcvb]\S*_\d", line):
            for node in line.split()[1:3]:
                touched[node] = touched.get(node, 0) + 1
    touched.pop("0")
    lone = {node for node, count in touched.items() if count < 2 and not node.startswith(("wg_", "bg_"))}
    assert not lone


def test_numbers_are_plain() -> None:
    text = _deck(Crossbar(2, 2)).text
    values = re.findall(r"^[rc]\S+ \S+ \S+ (\S+)$", text, re.MULTILINE)
    assert values
    assert all(float(value) > 0 for value in values)


def test_per_cell_values_stand_at_their_cell() -> None:
    w0 = np.array([[0.1, 0.2], [0.3, 0.4]])
    text = _deck(Crossbar(2, 2, per_cell={"w0": w0, "g_int_max": w0 * 1e-6})).text
    assert "n_1_0 wl_1_0 bl_1_0 ag2s_cell w0=0.3 g_int_max=3e-07" in text


def test_ideal_lines_have_no_resistors() -> None:
    wire = WireParams(resistivity_wl=0.0, resistivity_bl=0.0)
    text = _deck(Crossbar(2, 2, wire=wire)).text
    assert "rwl_" not in text
    assert "rbl_" not in text
    assert "n_1_0 wt_1 bt_0 ag2s_cell" in text


@pytest.mark.parametrize("title", ["two\nlines", "quit\r.control", "\x1b[0m", "", "  ", "über"])
def test_a_title_cannot_smuggle_a_line(title: str) -> None:
    with pytest.raises(RequestError, match=r"title = .* one line of printable ASCII text"):
        _deck(Crossbar(1, 1), title=title)


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(RequestError, match=r"form = 'verilog' is refused; allowed: one of osdi, subckt \(the forms of"):
        _deck(Crossbar(1, 1), form="verilog")


def test_tighter_accuracy_is_tighter_in_everything() -> None:
    plain, tight = Accuracy(), Accuracy().tighter(4)
    assert tight.reltol == plain.reltol / 4
    assert tight.steps_per_pulse == plain.steps_per_pulse * 4


@pytest.mark.parametrize("selector", [None, ThresholdParams(), SWITCHING, TransistorParams()])
def test_what_follows_from_a_cells_nodes_is_what_the_cell_says(selector, tmp_path: Path) -> None:
    """Powers and energies from saved nodes, against the variables of the compiled models, of a deck that saves them."""
    own = {"w0": [[0.2, 0.9]], "x0": [[0.0, 0.5]], "area": [[25e-12, 4e-12]]}
    crossbar = Crossbar(1, 2, per_cell=own, selector=selector, temperature=330.0)
    plan = schedule(crossbar, [Write(0, 1, voltage=0.4)])
    named = crossbar_deck(crossbar, plan, standalone=True)
    found = {}
    for name, deck in (("nodes", crossbar_deck(crossbar, plan)), ("named", named)):
        if deck is named:  # an engine asks for the waves itself
            deck = replace(deck, pieces=lambda: [re.sub(r"(?s)\nrun\n.*\nquit\n", "\n", named.text)])
        (tmp_path / name).mkdir()
        found[name] = to_dataset(crossbar, plan, engine("ngspice").run_deck(deck, tmp_path / name, time_limit=60))
    assert {"w", "x", "p", "es"} <= set(found["named"])
    for quantity in ("w", "x", "p", "es", "s_selector", "p_selector", "es_selector"):
        if quantity in found["named"]:
            wanted = found["named"][quantity].values
            assert found["nodes"][quantity].values == pytest.approx(wanted, rel=1e-6, abs=1e-7 * np.abs(wanted).max())
