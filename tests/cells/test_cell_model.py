"""A cell is a value: what stands for another cell than Ag2S, and what is refused by name where one lacks something."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.levels import Scale, window
from pyspice_models.array.variability import sample_array, sample_cycles, sample_devices
from pyspice_models.cells import registry
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.model import CellModel, Shown, State
from pyspice_models.cells.sources import verilog_a_source
from pyspice_models.declare.quantity import ParameterSet, quantity
from pyspice_models.engine import engine
from pyspice_models.errors import RequestError
from pyspice_models.netlist import crossbar_deck, dialect_names
from pyspice_models.netlist.dialects import dialect
from pyspice_models.program.correction import nominal_bounds
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Read, Write, schedule
from pyspice_models.study import Study
from pyspice_models.study.tables.declared import quantity_at
from pyspice_models.study.tables.read import load_study, study_from
from pyspice_models.study.tables.write import write_study
from pyspice_models.study.variation import Variation, vary


@dataclass(frozen=True)
class BareParams(ParameterSet):
    """Of a cell that only simulators know."""

    several: ClassVar[bool] = True
    s0: float = quantity(0.5, "", low=0, high=1, tag="assumed", source="a test", about="initial state", per_cell=True)
    g_on: float = quantity(1e-4, "S", above=0, high=1, tag="assumed", source="a test", about="on", per_cell=True)


BARE = CellModel(
    name="bare", title="bare", terminals=("a", "b"), parameters=BareParams,
    states=(State("s", "s0", "state", zero="off", one="on"),), level="s",
    shown={"s": Shown("1", "state"), "p": Shown("W", "dissipated power"), "es": Shown("J", "stored energy")},
)  # fmt: skip


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Crossbar:
    monkeypatch.setattr(registry, "MODELS", dict(registry.MODELS))
    registry.register(BARE)
    return Crossbar(2, 3, cell=BareParams())


def test_a_crossbar_of_another_cell_has_its_parameters_and_states(bare: Crossbar) -> None:
    assert bare.model is BARE
    crossbar = bare.with_states(s=0.25).replace(per_cell={"s0": 0.25, "g_on": np.full((2, 3), 2e-4)})
    (states,) = crossbar.initial_states
    assert states.tolist() == [[0.25] * 3] * 2
    assert (bare.at_level(0.75).values("s0") == 0.75).all()
    assert (bare.c_plates == 0).all(), "no equations tell it"
    with pytest.raises(RequestError, match=r"state.*w0|w"):
        bare.with_states(w=0.5)
    with pytest.raises(RequestError, match="per_cell"):
        bare.replace(per_cell={"g_int_max": 1e-7})


@pytest.mark.parametrize("name", [name for name in dialect_names() if set(dialect(name).forms) - {"subckt"}])
def test_every_dialect_that_takes_modules_writes_it(name: str, bare: Crossbar) -> None:
    form = next(form for form in dialect(name).forms if form != "subckt")
    crossbar = bare.replace(faults=Faults(stuck_on=((0, 1),), g_on=1e-3))
    deck = crossbar_deck(crossbar, schedule(crossbar, [Write(0, 0), Read(1, 1)]), form=form, dialect_name=name)
    lines = deck.text.splitlines()
    assert sum("bare_cell" in line and "s0" not in line for line in lines) >= 5, "five sound cells refer to the card"
    assert any("broken_0_1" in line for line in lines)
    assert "ag2s" not in deck.text.replace("Ag2S", "")
    assert deck.models[0] == "bare"
    assert set(deck.probes) >= {"s", "p", "es"}
    assert list(deck.probes["s"]).count("") == 1, "the broken cell shows nothing"


def test_a_study_file_names_it(bare: Crossbar, tmp_path: Path) -> None:
    tables = {
        "array": {"rows": 2, "cols": 3, "cells": {"g_on": "20 uS"}}, "cell": {"model": "bare", "s0": 0.25},
        "program": [{"do": "write", "row": 0, "col": 0}],
    }  # fmt: skip
    study = study_from(tables)
    assert study.crossbar.model is BARE
    assert study.title == "bare crossbar, study"
    assert study.crossbar.values("g_on").tolist() == [[2e-5] * 3] * 2
    assert quantity_at(tables, "cell.g_on") is BareParams.quantities()["g_on"]
    assert quantity_at(tables, "array.cells.g_on") is BareParams.quantities()["g_on"]
    again = load_study(write_study(study, tmp_path))
    assert again == study
    for cell, reason in (
        ({"model": "bear"}, r"cell\.model = 'bear' is refused; allowed: one of ag2s, .*bare"),
        ({"model": 3}, r"cell\.model = 3 is refused"),
        ({"model": "bare", "g_int_max": 1e-7}, r"unknown key 'g_int_max' in \[cell\].*g_on"),
        ({"model": "bare", "preset": "50nm-80C"}, r"the cell 'bare' has no presets"),
    ):
        with pytest.raises(RequestError, match=reason):
            study_from(tables | {"cell": cell})


def test_a_form_that_it_does_not_have_is_refused(bare: Crossbar, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.register(replace(BARE, forms=("osdi",), verilog_a="module bare(a, b);"))
    bare = Crossbar(2, 3, cell=BareParams())
    plan = schedule(bare, [Write(0, 0)])
    with pytest.raises(RequestError, match=r"form = 'subckt' is refused; allowed: one of osdi\. .*'bare'"):
        crossbar_deck(bare, plan, form="subckt")
    deck = crossbar_deck(bare, plan, form="osdi")
    assert deck.source("bare") == "module bare(a, b);"
    assert deck.source("selector") == verilog_a_source("selector")


def test_what_it_lacks_is_refused_by_name(bare: Crossbar) -> None:
    for asked in (
        lambda: bare.equations,
        lambda: bare.conductance(0.1, 0.5),
        lambda: window(bare, 0.1),
        lambda: Scale.nominal(bare, 0.1),
    ):
        with pytest.raises(RequestError, match=r"needs the cell's equations in Python, and the cell 'bare' has none"):
            asked()
    for sample in (
        lambda: sample_devices(bare.cell, 3, 0),
        lambda: sample_array(bare.cell, (2, 3), 0),
        lambda: sample_cycles(bare.cell, 3, 0),
        lambda: vary(Study("no", bare, [Write(0, 0)]), Variation()),
    ):
        with pytest.raises(RequestError, match=r"the cell 'bare' states no spread: .* Leave \[variability\] out"):
            sample()
    with pytest.raises(RequestError, match=r"the cell 'bare' states none"):
        nominal_bounds(bare, 0.3)
    plan = schedule(bare, [Write(0, 0)])
    with pytest.raises(RequestError, match=r"engine nodal has no compiled form of the cell 'bare'"):
        engine("nodal").run(Simulation(bare, plan), Path(), time_limit=1)
    with pytest.raises(
        RequestError, match=r"engine nodal has no compiled form of the cell 'bare'\. Use engine ngspice"
    ):
        Study("no", bare, [Write(0, 0)], engine="nodal")


def test_only_parameters_of_a_cell_make_a_crossbar() -> None:
    with pytest.raises(RequestError, match=r"array\.cell = .* is refused; allowed: parameters of a cell: CellParams, "):
        Crossbar(1, 1, cell=BareParams())


def test_a_name_belongs_to_one_cell(bare: Crossbar) -> None:
    with pytest.raises(RequestError, match=r"cell\.name = 'ag2s' is refused"):
        registry.register(replace(BARE, name="ag2s"))
    assert registry.model_names() == ("ag2s", "vteam", "gap", "threshold", "bare")


def test_ag2s_says_what_it_is() -> None:
    assert AG2S.initial == ("w0", "x0")
    assert AG2S.level_parameter == "w0"
    assert AG2S.recorded == ("w", "x", "p", "es")
    assert AG2S.at_level(0.3) == (0.3, 0.0)
    assert all(state.node and state.zero and state.one for state in AG2S.states)
    assert study_from({"array": {"rows": 1, "cols": 1}, "program": [{"do": "read"}]}).crossbar.model is AG2S
