"""One object of every sort that shows itself, as small as it can be; one of them is simulated, the others are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from crews import here

from pyspice_models import (
    Applied,
    Crossbar,
    Inference,
    IvLoop,
    Learned,
    Learning,
    LearningParams,
    Lessons,
    Measure,
    Output,
    Programming,
    PulseTrain,
    Read,
    Session,
    Study,
    Tornado,
    Trained,
    Vmm,
    Wait,
    Write,
    find,
    load_montecarlo,
    load_sweep,
    margins_by_size,
    montecarlo,
    pattern,
    preset,
    preset_names,
    read_bias,
    read_margins,
    run_study,
    sensitivity,
    summarize,
    sweep,
)
from pyspice_models.array.variability import VariabilityParams
from pyspice_models.campaign.assumptions.tornado import Bar
from pyspice_models.lab.fit import FitResult, FittedParameter, Part
from pyspice_models.program.inference.infer import task_of
from pyspice_models.program.inference.run import Inferred
from pyspice_models.program.learning.ledger import Ledger
from pyspice_models.program.learning.request import ImageSource
from pyspice_models.program.programmed import Programmed
from pyspice_models.study.run import Outcome

TITLE = "write & read <b>at</b> V/2 </script><script>alert(1)</script>"


@pytest.fixture(scope="session")
def outcome() -> Outcome:
    """A write and a read of a 4 x 4 array in ngspice."""
    bar = Crossbar(4, 4, per_cell={"w0": pattern("checkerboard", (4, 4))})
    return run_study(Study("shown", bar, [Write(1, 2), Read(1, 2)], title=TITLE))


@pytest.fixture(scope="session")
def swept() -> xr.Dataset:
    """Two points of a 2 x 2 array."""
    study = Study("swept", Crossbar(2, 2), [Write(0, 0), Read(0, 0)], form="subckt", title=TITLE)
    over = {"program.0.voltage": ["0.3 V"], "program.0.scheme": ["V/2", "V/3"]}
    return sweep(study, over, crew=here)


@pytest.fixture(scope="session")
def drawn_by_lot() -> xr.Dataset:
    """Three arrays of 2 x 2."""
    study = Study("lot", Crossbar(2, 2), [Write(0, 0)], form="subckt", title=TITLE)
    return montecarlo(study, 3, spread=VariabilityParams(), seed=1, crew=here)


@pytest.fixture(scope="session")
def shown(objects: Mapping[str, Any]) -> Mapping[str, str]:
    """The page of each of them."""
    return {name: thing._repr_html_() for name, thing in objects.items()}


@pytest.fixture(scope="session")
def objects(
    outcome: Outcome, swept: xr.Dataset, drawn_by_lot: xr.Dataset, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Any]:
    """By name."""
    study = replace(outcome.study, program=[Write(1, 2, pulses=3), Read(1), Vmm(inputs=(1.0,) * 4), Wait(1e-6)])
    bar = study.crossbar
    single = Study("one", Crossbar(2, 2), [Write(0, 0)], form="subckt", title=TITLE)
    spread = {"spread": VariabilityParams(), "seed": 1}
    zeros = np.zeros((2, 2))
    return {
        "crossbar": bar,
        "large crossbar": Crossbar(100, 40, per_cell={"w0": pattern("random", (100, 40))}),
        "broken crossbar": bar.replace(faults=type(bar.faults)(stuck_on=((0, 1),), open_words=((2, 3),))),
        "study": study,
        "long study": replace(study, program=[Write(n % 4, n % 3) for n in range(500)]),
        "outcome": outcome,
        "distrusted outcome": replace(outcome, warning="the <b>books</b> do not balance"),
        "measure": Measure(1.461e-14, "J", "dissipated in 5 us <b>of</b> it"),
        "run": outcome.dataset.ag2s,
        "swept": swept.ag2s,
        "lot": drawn_by_lot.ag2s,
        "other dataset": xr.Dataset({"a": ("b", [1.0])}).ag2s,
        "sweep": load_sweep(single, {"program.0.voltage": ["0.2 V", "0.3 V"]}),
        "montecarlo": load_montecarlo(single, runs=5, limits={"state_change": ">= 0.05"}, **spread),
        "summary": summarize(drawn_by_lot),
        "found": find(single, "program.0.voltage", "state_change > 0.01", ends="0.1V:0.4V", within=0.5),
        "tornado": Tornado("read_current", "A", "of <i>the</i> read", 1e-9, False, [
            Bar("cell.w0", "", (0.1, 0.3), (5e-10, 2e-9), 1.5e-9, "assumed", ({}, {}), ()),
            Bar("wire.width", "m", (1e-6, 5e-6), (9e-10, 1e-9), 1e-10, "assumed", ({}, {}), ()),
        ]),
        "margins": read_margins(Crossbar(4, 4)),
        "margins by size": margins_by_size(Crossbar(2, 2), [2, 4, 8]),
        "fit": _fitted(),
        "loop fit": _fitted(loop=True),
        "sensitivity": sensitivity(
            Crossbar(3, 3), read_bias("grounded", (3, 3), 0, [1], 5e-3), Output("bit", 1), np.full((3, 3), 1e-7)
        ),
        "session": Session(bar),
        "applied": Applied(1e-6, zeros + 1e-15, zeros, 1e-16, 2e-16, 5e-15, 6e-15, [np.array([1e-9, 2e-9])]),
        "programmed": _programmed(),
        **_networks(tmp_path_factory.mktemp("images")),
    }  # fmt: skip


def _fitted(*, loop: bool = False) -> FitResult:
    base = preset(preset_names()[0])
    n = np.arange(20.0)
    data: Any
    if loop:
        volts = 0.4 * np.sin(n / 3)
        data = IvLoop("loop <b>$1$</b>.csv", n * 1e-3, volts, 1e-7 * volts)
        held = data.current * 1.02
        floor = 1e-12
    else:
        data = PulseTrain("train <b>.csv", n, np.full(20, 0.3), np.full(20, 1e-6), 2e-8 + 1e-9 * n)
        held, floor = data.conductance * 1.01, 0.0
    one = FittedParameter("g_int_max", "S", 1.9e-7, 3e-9, 1.8e-7, False)
    part = Part(data, held, 0.02 * np.cos(n), floor)
    return FitResult((part,), base, base.film, (one,), np.ones((1, 1)), ("wide <b>",))


def _programmed() -> Programmed:
    asked = Programming(Study("levels", Crossbar(2, 2), [Wait(1e-6)]), np.full((2, 2), 0.5))
    read = np.array([[0.5, 0.51], [0.49, 0.6]])
    none = np.zeros((2, 2))
    return Programmed(
        asked.scale, np.zeros(0), 0.02, asked.target, read, read, {"w": read}, [0.3, 0.1], [0.2, 0.02], [4, 1],
        np.ones((2, 2), dtype=int), 1e-12, 2e-12, np.stack([none, none + 1]), [], [(1, 1)], none.astype(bool), 1e-4,
        1e-5, none, none, none,
    )  # fmt: skip


def _networks(folder: Path) -> dict[str, Any]:
    pixels = np.random.default_rng(1).random((20, 2, 2))
    np.savez(folder / "bars.npz", images=pixels, labels=np.arange(20) % 2)
    params = LearningParams(epochs=2, classes=2)
    asked = Learning(params, ImageSource(images=folder / "bars.npz"), hidden=(), methods=("fp",))
    study = Study("lesson", Crossbar(16, 8), [Wait(1e-6)])
    counts = np.array([[3, 1], [0, 4]])
    shares = np.array([0.5, 0.7, 0.9])
    one = Trained("fp", 0, 40, np.array([0.6, 0.4]), shares, shares, counts, Ledger(), [{"weights": np.zeros((5, 2))}])
    task = task_of(study, Inference(data=asked.data, hidden=()), weights={"w0": np.zeros((4, 2))})
    places = len(task.causes) * 2 + 2
    states = [[{"w": np.zeros_like(block.levels)} for block in layer.blocks] for layer in task.layers]
    inferred = Inferred(task, counts, np.broadcast_to(counts, (places, 1, 2, 2)).copy(), states)
    return {"trained": one, "learned": Learned(Lessons(study, None, asked), [one]), "inferred": inferred}
