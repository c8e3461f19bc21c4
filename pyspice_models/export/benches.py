"""The test benches of a bundle: one cell under pulses, one cell in a slow loop, a crossbar; and what they must give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.engine import Waves, netlist_engine
from pyspice_models.netlist import Deck, crossbar_deck
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.stimulus import Read, Write, schedule
from pyspice_models.stimulus.cell_bench import CellBench, Drive

DECKS = 2.0
"""Tolerances and longest steps of a bundle's decks are tighter than usual by this factor: currents are compared
right after edges, where trapezoids ring a little."""

_POINTS = 400
_NEAR = 1e-3  # as a share of the run: a wave that jumps within this of a point is not asked there
_JUMP = 0.01  # as a share of its full scale
_TIME_LIMIT = 600.0  # [s]


@dataclass(frozen=True)
class Bench:
    """One test bench.

    Attributes:
        name: of its files.
        about: one line.
        compared: quantities, as the deck's probes call them, with their units.
        deck: makes its deck from a dialect, a form of the cell, and a factor by which tolerances are tighter.
    """

    name: str
    about: str
    compared: Mapping[str, str]
    deck: Callable[[str, str, float], Deck]


@dataclass(frozen=True)
class Expected:
    """What a bench must give.

    Attributes:
        time: shape (time,) [s].
        columns: waves by name, each of shape (time,), in SI units.
        simulator: what they were computed with.
    """

    time: NDArray[np.float64]
    columns: Mapping[str, NDArray[np.float64]]
    simulator: str


def benches(cell: CellParams, rows: int, cols: int) -> list[Bench]:
    """The benches of a bundle for this cell."""
    pulses = Drive().hold(1e-6)
    for volt in [0.3] * 10 + [-0.3] * 10:
        pulses = pulses.pulse(volt, 1e-6, 10e-9).hold(1e-6)
    loop = Drive().ramp([0.5, -0.5, 0.0], 0.1)
    bare = Crossbar(rows, cols, cell=cell)  # refuses a size that is none by its own name
    crossbar = bare.replace(per_cell={"w0": pattern("checkerboard", bare.shape)})
    row, col = rows // 2, cols // 2
    plan = schedule(crossbar, [Write(row, col), Read(row, col), Read(row, col, scheme="floating")])
    of_cell = {"w": "1", "x": "1", "v": "V", "i": "A"}

    def on_cell(drive: Drive, r: float, step: float, title: str) -> Callable[[str, str, float], Deck]:
        bench = CellBench(cell, drive.times, drive.volts, r_series=r)

        def deck(dialect: str, form: str, tighter: float) -> Deck:
            return cell_deck(
                [bench], form=form, longest_step=step / tighter, accuracy=Accuracy().tighter(tighter), title=title,
                dialect_name=dialect,
            )  # fmt: skip

        return deck

    def on_crossbar(dialect: str, form: str, tighter: float) -> Deck:
        title = f"Ag2S crossbar {rows} x {cols}: write cell {row} {col}, read it, read it with floating lines"
        return crossbar_deck(
            crossbar,
            plan,
            form=form,
            accuracy=Accuracy().tighter(tighter),
            title=title,
            dialect_name=dialect,
            by_name=True,
        )

    return [
        Bench(
            "cell_pulses", "10 set and 10 reset pulses of 0.3 V, 1 us, on one cell", of_cell,
            on_cell(pulses, 1e3, 5e-8, "Ag2S cell: 10 set and 10 reset pulses of 0.3 V, 1 us"),
        ),
        Bench(
            "cell_loop", "slow loop of one cell behind 10 kohm, 0.5 V at 0.1 V/s: a filament forms and dissolves",
            of_cell, on_cell(loop, 10e3, 5e-3, "Ag2S cell: slow loop behind 10 kohm, 0.5 V at 0.1 V/s"),
        ),
        Bench(
            "crossbar", f"{rows} x {cols} crossbar: write a cell at V/2, read it, read it with floating lines",
            {"w": "1", "v_word_terminal": "V", "i_bit_source": "A"}, on_crossbar,
        ),
    ]  # fmt: skip


def expected(bench: Bench, folder: Path) -> Expected:
    """Run a bench in ngspice with the compiled Verilog-A, four times tighter than the decks of the bundle.

    Raises:
        ToolError, SimulationError: as the engine raises them.
    """
    deck = bench.deck("ngspice", "osdi", 4 * DECKS)
    waves = netlist_engine("ngspice").run_deck(deck, folder, time_limit=_TIME_LIMIT)
    columns = _columns(bench, deck, waves)
    moments = np.linspace(0, deck.stop, _POINTS + 2)[1:-1]
    moments = moments[_quiet(waves.time, columns, moments, _NEAR * deck.stop)]
    return Expected(
        moments, {name: np.interp(moments, waves.time, wave) for name, wave in columns.items()}, waves.engine
    )


def column_names(bench: Bench, deck: Deck) -> list[tuple[str, str, str, float]]:
    """Column, quantity, vector of the deck and factor to SI of everything that is compared."""
    found = []
    for quantity in bench.compared:
        for place, vector in zip(np.ndindex(deck.shapes[quantity]), deck.probes[quantity], strict=True):
            name = "_".join([quantity, *map(str, place)]) if bench.name == "crossbar" else quantity
            found.append((name, quantity, vector, deck.scales.get(quantity, 1.0)))
    return found


def _columns(bench: Bench, deck: Deck, waves: Waves) -> dict[str, NDArray[np.float64]]:
    flat = {q: waves.values[q].reshape(len(waves.time), -1) for q in bench.compared}
    places = dict.fromkeys(bench.compared, 0)
    columns = {}
    for name, quantity, _, _ in column_names(bench, deck):
        columns[name] = flat[quantity][:, places[quantity]]
        places[quantity] += 1
    return columns


def _quiet(
    time: NDArray[np.float64], columns: Mapping[str, NDArray[np.float64]], moments: NDArray[np.float64], near: float
) -> NDArray[np.bool_]:
    """Moments at which no wave jumps nearby: there a simulator's time of the jump would be compared, not its height."""
    quiet = np.ones(len(moments), dtype=bool)
    around = moments[:, None] + np.linspace(-near, near, 9)
    for wave in columns.values():
        seen = np.interp(around, time, wave)
        quiet &= np.ptp(seen, axis=1) <= _JUMP * max(float(np.abs(wave).max()), 1e-300)
    return quiet
