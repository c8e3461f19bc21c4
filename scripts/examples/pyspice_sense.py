#!/usr/bin/env python3
"""One Ag2S cell read by transistors: two current mirrors, a reference cell and an inverter decide what it holds.

    python scripts/examples/pyspice_sense.py

The read voltage drives a current through the cell into an NMOS mirror of ratio 1, whose output pulls the node `decide`
down. The current of a reference cell of known state pulls it up, through a second mirror and a PMOS mirror. The larger
current wins, and an inverter makes a logic level of it: high for a cell that conducts more than the reference. The
numbers of the transistors are those of no process.
"""

from __future__ import annotations

import numpy as np
from PySpice.Spice.Netlist import Circuit

from pyspice_models import Ag2SCell, celsius, simulator_options

V_DD, V_READ = 1.8, 0.65  # [V] the mirror's input takes most of the read voltage: 0.1 to 0.2 V are left for the cell
REFERENCE = 0.5
EDGE, READ = 10e-9, 20e-6  # [s]


def sense(w: float, form: str = "osdi") -> tuple[float, float]:
    """Logic level at the output after a read of a cell in state `w` [V], and the cell's state afterwards."""
    circuit = Circuit("Ag2S cell and a CMOS sense amplifier")
    cell = Ag2SCell(form=form)
    circuit.subcircuit(cell)
    # weak transistors: nanoamperes of read current must leave them in saturation
    circuit.model("n", "NMOS", level=1, vto=0.45, kp=2e-6, lambda_=0.02)
    circuit.model("p", "PMOS", level=1, vto=-0.45, kp=2e-6, lambda_=0.02)
    circuit.V("dd", "vdd", 0, V_DD)
    read = [(0, 0), (1e-6, 0), (1e-6 + EDGE, V_READ), (1e-6 + READ, V_READ)]
    circuit.PieceWiseLinearVoltageSource("read", "read", 0, values=read)
    # the cell's current into an NMOS mirror
    circuit.X("cell", "ag2s", "read", "sensed", w0=w)
    circuit.M("in", "sensed", "sensed", 0, 0, model="n", w=1e-6, l=1e-6)
    circuit.M("out", "decide", "sensed", 0, 0, model="n", w=1e-6, l=1e-6)
    # the reference cell's current into another, and up through a PMOS mirror
    circuit.X("reference", "ag2s", "read", "known", w0=REFERENCE)
    circuit.M("ref_in", "known", "known", 0, 0, model="n", w=1e-6, l=1e-6)
    circuit.M("ref_out", "up", "known", 0, 0, model="n", w=1e-6, l=1e-6)
    circuit.M("up_in", "up", "up", "vdd", "vdd", model="p", w=1e-6, l=1e-6)
    circuit.M("up_out", "decide", "up", "vdd", "vdd", model="p", w=1e-6, l=1e-6)
    circuit.C("decide", "decide", 0, 1e-15)
    circuit.M("level_n", "level", "decide", 0, 0, model="n", w=1e-6, l=1e-6)
    circuit.M("level_p", "level", "decide", "vdd", "vdd", model="p", w=1e-6, l=1e-6)
    circuit.C("level", "level", 0, 1e-15)

    simulator = circuit.simulator(temperature=celsius(300.0))
    simulator.options("klu", **simulator_options())
    state = cell.vector("cell", "w")
    simulator.save_internal_parameters(state)
    analysis = simulator.transient(step_time=EDGE / 10, end_time=1e-6 + READ, max_time=READ / 100)
    level, w_after = (float(np.asarray(analysis[name])[-1]) for name in ("level", state))
    return level, w_after


def main() -> dict[float, tuple[float, float]]:
    """Read cells of five states and print what the amplifier says of each."""
    found = {w: sense(w) for w in (0.1, 0.3, 0.45, 0.6, 0.9)}
    for w, (level, after) in found.items():
        print(f"w = {w:.2f}: {level:.2f} V, read as {'one' if level > V_DD / 2 else 'zero'}; w afterwards {after:.4f}")
    return found


if __name__ == "__main__":
    main()
