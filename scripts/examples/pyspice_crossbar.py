#!/usr/bin/env python3
"""A 2 x 2 Ag2S crossbar in a PySpice circuit of one's own: CMOS word-line drivers, a sense amplifier on each bit line.

    python scripts/examples/pyspice_crossbar.py [OUT]

Word line 0 is read at 5 mV, then cell (0, 0) is written with five pulses of 0.3 V and 1 us in the V/2 scheme, then
word line 0 is read again. Prints the states and the read currents before and after, and draws OUT/pyspice_crossbar.png.

The drivers' and amplifiers' numbers are those of no process: level-1 transistors of a generic 1.8 V technology.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt
from numpy.typing import NDArray
from PySpice.Spice.Netlist import Circuit, SubCircuitFactory

from pyspice_models import Crossbar, celsius, crossbar_subcircuit, simulator_options

V_WRITE, V_READ, V_DD = 0.3, 5e-3, 1.8  # [V]
PULSES, WIDTH, EDGE = 5, 1e-6, 10e-9  # number, [s], [s]
READ = 20e-6  # [s] four times the 5 us in which a cell recovers from a write
R_FEEDBACK = 10e6  # [ohm] 1 nA of read current gives 10 mV
GAIN = 1e4


class LineDriver(SubCircuitFactory):
    """Connects a word line to the write rail, to the read rail, or, with neither asked for, to ground."""

    NAME = "line_driver"
    NODES = ("write", "read", "write_rail", "read_rail", "line", "vdd")

    def __init__(self) -> None:
        """Two inverters, two transmission gates, a NOR gate and the transistor that it opens."""
        super().__init__()
        self.model("n", "NMOS", level=1, vto=0.45, kp=200e-6, cgso=0.2e-9, cgdo=0.2e-9, tox=4e-9)
        self.model("p", "PMOS", level=1, vto=-0.45, kp=80e-6, cgso=0.2e-9, cgdo=0.2e-9, tox=4e-9)
        for name in ("write", "read"):
            self._pair(f"{name}_inv", name, f"{name}_n")
            self._nmos(f"{name}_pass", f"{name}_rail", name, "line")
            self._pmos(f"{name}_pass", f"{name}_rail", f"{name}_n", "line")
        self._pmos("nor_a", "vdd", "write", "between")
        self._pmos("nor_b", "between", "read", "idle")
        self._nmos("nor_a", "idle", "write", 0)
        self._nmos("nor_b", "idle", "read", 0)
        self._nmos("rest", "line", "idle", 0)

    def _nmos(self, name: str, drain: object, gate: str, source: object) -> None:
        self.M(f"n_{name}", drain, gate, source, 0, model="n", w=2e-6, l=0.18e-6)

    def _pmos(self, name: str, source: object, gate: str, drain: object) -> None:
        self.M(f"p_{name}", drain, gate, source, "vdd", model="p", w=5e-6, l=0.18e-6)

    def _pair(self, name: str, gate: str, out: str) -> None:
        self._nmos(name, out, gate, 0)
        self._pmos(name, "vdd", gate, out)


@dataclass(frozen=True)
class Run:
    """What the circuit did.

    Attributes:
        time: shape (time,) [s].
        states: w of every cell, shape (time, 2, 2).
        word: voltage of the word lines, shape (time, 2) [V].
        current: into the sense amplifiers, shape (time, 2) [A].
        reads: ends of the two reads [s].
    """

    time: NDArray[np.float64]
    states: NDArray[np.float64]
    word: NDArray[np.float64]
    current: NDArray[np.float64]
    reads: tuple[float, float]

    def at(self, time: float, wave: NDArray[np.float64]) -> NDArray[np.float64]:
        """A wave at one moment."""
        return np.asarray(wave[np.searchsorted(self.time, time, side="right") - 1])


def pulses(starts: list[float], width: float, level: float) -> list[tuple[float, float]]:
    """Corners of a train of pulses."""
    corners = [(0.0, 0.0)]
    for start in starts:
        stop = start + width
        corners += [(start, 0.0), (start + EDGE, level), (stop, level), (stop + EDGE, 0.0)]
    return corners


def simulate(form: str = "osdi") -> Run:
    """Build the circuit and run it."""
    crossbar = Crossbar(2, 2).with_states(w=0.1, x=0.0)
    bar = crossbar_subcircuit(crossbar, form=form)
    first_write = 1e-6 + READ + 1e-6
    writes = [first_write + 2 * WIDTH * k for k in range(PULSES)]
    second_read = writes[-1] + 2 * WIDTH
    reads = [1e-6, second_read]

    circuit = Circuit("Ag2S crossbar with CMOS drivers")
    circuit.subcircuit(LineDriver())
    circuit.V("dd", "vdd", 0, V_DD)
    circuit.V("write", "write_rail", 0, V_WRITE)
    circuit.V("half", "half_rail", 0, V_WRITE / 2)
    circuit.V("read", "read_rail", 0, V_READ)
    circuit.PieceWiseLinearVoltageSource("w", "write", 0, values=pulses(writes, WIDTH, V_DD))
    circuit.PieceWiseLinearVoltageSource("r", "read", 0, values=pulses(reads, READ, V_DD))
    # word line 0 is selected; word line 1 is half-selected while writing, grounded while reading
    circuit.X("driver_0", "line_driver", "write", "read", "write_rail", "read_rail", "word_0", "vdd")
    circuit.X("driver_1", "line_driver", "write", 0, "half_rail", "read_rail", "word_1", "vdd")
    bar.place(circuit, "bar", word=["word_0", "word_1"], bit=["bit_0", "bit_1"])
    # a transimpedance amplifier holds its bit line at its reference: ground, or half the write voltage beside it
    circuit.V("ref_0", "ref_0", 0, 0)
    circuit.PieceWiseLinearVoltageSource("ref_1", "ref_1", 0, values=pulses(writes, WIDTH, V_WRITE / 2))
    for c in range(2):
        circuit.VCVS(f"amp_{c}", f"out_{c}", 0, f"ref_{c}", f"bit_{c}", voltage_gain=GAIN)
        circuit.R(f"feedback_{c}", f"bit_{c}", f"out_{c}", R_FEEDBACK)

    simulator = circuit.simulator(temperature=celsius(crossbar.temperature))
    simulator.options("klu", **simulator_options())
    vectors = [bar.vector("bar", r, c, "w") for r, c in crossbar.crossings()]
    simulator.save_internal_parameters(*vectors)
    end = second_read + READ + 1e-6
    analysis = simulator.transient(step_time=EDGE / 10, end_time=end, max_time=WIDTH / 10)

    def wave(name: str) -> NDArray[np.float64]:
        return np.array(analysis[name], dtype=float)

    return Run(
        time=np.array(analysis.time, dtype=float),
        states=np.stack([wave(vector) for vector in vectors], axis=-1).reshape(-1, 2, 2),
        word=np.stack([wave("word_0"), wave("word_1")], axis=-1),
        current=np.stack([(wave(f"bit_{c}") - wave(f"out_{c}")) / R_FEEDBACK for c in range(2)], axis=-1),
        reads=(reads[0] + READ, reads[1] + READ),
    )


def draw(run: Run, path: Path) -> None:
    """Word lines, states and sensed currents over time."""
    figure, (lines, states, currents) = plt.subplots(3, 1, sharex=True, figsize=(8, 7), layout="constrained")
    time = run.time * 1e6
    for r in range(2):
        lines.plot(time, run.word[:, r] * 1e3, label=f"word line {r}")
        for c in range(2):
            states.plot(time, run.states[:, r, c], label=f"cell ({r}, {c})", linestyle="-" if r == c == 0 else "--")
    for c in range(2):
        currents.plot(time, run.current[:, c] * 1e9, label=f"bit line {c}")
    lines.set_ylabel("voltage (mV)")
    states.set_ylabel("interface state w")
    currents.set_ylabel("sensed current (nA)")
    # charging of the lines at each edge is hundreds of times the read current
    currents.set_yscale("symlog", linthresh=1)
    currents.set_xlabel("time (µs)")
    for axes in (lines, states, currents):
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main(out: Path) -> Run:
    """Simulate, print, draw."""
    run = simulate()
    before, after = run.reads
    print("cell    w before   w after")
    for r, c in np.ndindex(2, 2):
        print(f"({r}, {c})  {run.at(before, run.states)[r, c]:8.4f}  {run.at(after, run.states)[r, c]:8.4f}")
    for c in range(2):
        old, new = (run.at(moment, run.current)[c] * 1e9 for moment in run.reads)
        print(f"read current of bit line {c}: {old:.4f} nA before, {new:.4f} nA after")
    out.mkdir(parents=True, exist_ok=True)
    draw(run, out / "pyspice_crossbar.png")
    print(f"picture: {out / 'pyspice_crossbar.png'}")
    return run


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out"))
