"""Transients of every kind of array, and of many pulses: the nodal engine against ngspice."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar, pattern
from pyspice_models.benchmark.speed_figure import SpeedFigure, seconds
from pyspice_models.benchmark.transient import apart, corner, deck_of, ran, solved, study
from pyspice_models.campaign.workers import Died, in_workers
from pyspice_models.cells.selectors.kinds import ThresholdParams, TransistorParams
from pyspice_models.cells.sources import model_file
from pyspice_models.errors import SimulationError
from pyspice_models.foreign.read import foreign_cell
from pyspice_models.program.session import Session
from pyspice_models.stimulus import Read, Write
from pyspice_models.study.run import simulate_study
from pyspice_models.study.study import Study

Array = NDArray[np.float64]

_STATES = {"w": {"node": "w", "initial": "w0"}, "x": {"node": "x", "initial": "x0"}}


def with_selectors(size: int) -> Study:
    """1S1R: written at V/2, read floating."""
    asked = study(size, [Write(size - 1, 0, voltage=0.5), Read(size - 1, 0, voltage=0.25, duration=9e-6)])
    return replace(asked, crossbar=asked.crossbar.replace(selector=ThresholdParams()))


def with_transistors(size: int) -> Study:
    """1T1R: written and read through the transistors of one column."""
    asked = study(size, [Write(size - 1, 0, scheme="grounded"), Read(size - 1, 0, duration=9e-6)])
    return replace(asked, crossbar=asked.crossbar.replace(selector=TransistorParams()))


def with_a_foreign_cell(size: int) -> Study:
    """1R of a Verilog-A file as a user hands it over: that of Ag2S, so that both ways are known to agree."""
    cell = foreign_cell(model_file("verilog_a", "ag2s.va"), terminals=["te", "be"], states=_STATES)
    asked = study(size, corner(size))
    return replace(
        asked, crossbar=Crossbar(size, size, cell=cell).with_states(w=pattern("random", (size, size), seed=3))
    )


def with_many_pulses(size: int) -> Study:
    """32 pulses, one after the other."""
    return study(size, [Write(size - 1, 0, pulses=32), Read(size - 1, 0, duration=9e-6)])


def against_ngspice(
    name: str, made: Callable[[int], Study], size: int, what: str, target: float | None
) -> SpeedFigure:  # fmt: skip
    """A program in both engines, compilation apart, and how far their energies and currents are apart."""
    asked = made(size)
    try:
        solved(made(4))
    except SimulationError as error:
        raise SimulationError(f"the nodal engine does not even run a 4 x 4 array: {error}") from None
    spice, nodal = ran(asked, deck_of(asked)), solved(asked)
    return SpeedFigure(
        name, f"{size} x {size}, {what}, nodal", nodal.seconds, spice.seconds, "ngspice", spice.seconds / nodal.seconds,
        target,
        details={"largest_difference": apart(nodal, spice), "points": nodal.points, "ngspice_points": spice.points},
    )  # fmt: skip


def by_its_compiled_object(size: int, target: float | None) -> SpeedFigure:
    """Ag2S by its compiled Verilog-A against the loops that are made for it, both in the nodal engine."""
    for small in (with_a_foreign_cell(4), study(4, corner(4))):
        solved(small)
    ours, theirs = solved(with_a_foreign_cell(size)), solved(study(size, corner(size)))
    return SpeedFigure(
        "compiled_object", f"{size} x {size}, Ag2S by its compiled Verilog-A, nodal", ours.seconds, theirs.seconds,
        "its own loops", ours.seconds / theirs.seconds, target, "at most",
        details={"largest_difference": apart(ours, theirs)},
    )  # fmt: skip


def campaign(size: int, runs: int, target: float | None) -> SpeedFigure:
    """Arrays that differ from cell to cell, each written and read, by two workers; their start is not counted."""
    asked = replace(study(size, [Write(size - 1, 0), Read(size - 1, 0)]), engine="nodal")
    draws = np.random.default_rng(2).normal(1.0, 0.05, (runs + 2, size, size))
    nominal: Any = asked.crossbar.values("rate_int_set")
    tasks = [
        replace(asked, crossbar=asked.crossbar.with_parameters({"cell": {"rate_int_set": nominal * draw}}))
        for draw in draws
    ]
    failures = 0
    began = time.perf_counter()
    for count, (_, answer) in enumerate(in_workers(_written, tasks, 2), 1):
        failures += isinstance(answer, Died)
        if count == 2:  # both have started
            began = time.perf_counter()
    rate = runs / (time.perf_counter() - began)
    if failures:
        raise SimulationError(f"{failures} of {runs} runs failed")
    return SpeedFigure(
        "montecarlo", f"{size} x {size} write and read, {runs} arrays that differ, nodal, two workers", 1 / rate,
        figure=rate, target=target, unit="runs/s",
    )  # fmt: skip


def _written(asked: Study) -> float:
    return float(simulate_study(asked)["w"][-1].mean())


def session(shape: tuple[int, int], pulses: int, target: float | None) -> SpeedFigure:
    """Pulses at V/2 on cells all over an array: kept alive, against a study for each that goes on from the last."""
    bar = Crossbar(*shape).at_level(0.3)
    places = np.random.default_rng(4).integers(0, shape, (pulses, 2)).tolist()
    writes = [Write(row, col, voltage=0.3 if (row + col) % 2 else -0.3) for row, col in places]
    live = Session(bar)
    live.apply(writes[0])  # compiled by now
    ours, _ = seconds(lambda: [live.apply(write) for write in writes[1:]])
    singly = max(2, pulses // 10)

    def studies() -> Array:
        states = list(bar.initial_states)
        for write in writes[:singly]:
            at = bar.with_states(**dict(zip(bar.states, states, strict=True)))
            data = simulate_study(Study("pulse", at, [write], engine="nodal"))
            states = [data[name].values[-1] for name in bar.states]
        return np.stack(states)

    theirs, _ = seconds(studies)
    each, peer = ours / (pulses - 1), theirs / singly
    return SpeedFigure(
        f"session_{shape[0]}", f"{pulses} pulses on {shape[0]} x {shape[1]}, kept alive, each with states and energies",
        each, peer, "a study for each", peer / each, target,
        details={"pulses_a_second": 1 / each, "studies_a_second": 1 / peer},
    )  # fmt: skip
