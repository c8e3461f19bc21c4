"""Gate lines between two of Newton's turns, and what comes from all lines of a place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.crossings.gate_lines import currents_along, lay_near, solve_gates
from pyspice_models.engine.nodal.joined.devices import WORD, Devices
from pyspice_models.engine.nodal.joined.evaluate import gate_slope, line_of, linear
from pyspice_models.engine.nodal.joined.held import ALONG, CHARGE, RATE, V_GATE, Held, Start
from pyspice_models.engine.nodal.joined.place import predicted
from pyspice_models.engine.nodal.linear.compiled import uncounted
from pyspice_models.engine.osdi.calls import copied_rows

Array = NDArray[np.float64]


@uncounted
def prepare(devices: Devices, stage: float, gates: Any, word: Array, bit: Array, start: Start, held: Held) -> None:
    """Solve the gate lines for what places take by their linear forms."""
    lines, per_stage = devices.gates, 1.0 / stage
    cols = len(lines.near)
    if cols == 0:
        return
    width = held.v.shape[1]
    lay_near(lines, gates)
    gate = held.gates[V_GATE]
    rows = word.shape[0]
    for r in range(rows):
        room = devices.room[r]
        new = room[0, :width]
        for c in range(cols):
            lines.shunts[r, c] = lines.c_line * per_stage
            lines.room[r, c] = start.gates[r, c] * per_stage
            if r == rows - 1:
                lines.room[r, c] += lines.near[c] * gates.volts[c]
        for n in range(devices.places.first[r], devices.places.first[r + 1]):
            c, m = devices.places.col[n], devices.cells[n].kind
            if m < 0 or devices.kinds[m].gate < 0 or not linear(devices, n, per_stage, room):
                continue
            kind, k = devices.kinds[m], devices.kinds[m].gate
            predicted(devices, n, per_stage, word[r, c], bit[r, c], gate[r, c], start.q[n], new)
            into = devices.f[n, k] + per_stage * (devices.q[n, k] - start.q[n, k])
            for j in range(kind.nodes):
                slope = devices.of_f[n, k, j] + per_stage * devices.of_q[n, k, j]
                into += slope * (new[j] - devices.at[n, j])
            by_gate = gate_slope(devices, n, per_stage)
            lines.shunts[r, c] += by_gate
            lines.room[r, c] += by_gate * gate[r, c] - into
    solve_gates(lines, lines.room)
    copied_rows(lines.room, gate)
    currents_along(lines, gates, gate, held.gates[ALONG])
    for r in range(rows):
        for c in range(cols):
            held.gates[CHARGE, r, c] = lines.c_line * gate[r, c]
            held.gates[RATE, r, c] = (held.gates[CHARGE, r, c] - start.gates[r, c]) * per_stage


@uncounted
def settle(devices: Devices, n: int, per_stage: float, start: Start, held: Held) -> None:
    """Rates and powers of a place whose voltages, currents and charges are found."""
    v, f, q = held.v[n], held.f[n], held.q[n]
    kind = devices.kinds[devices.cells[n].kind]
    taken = 0.0
    for line in range(3):
        k = line_of(kind, line)
        if k >= 0:
            held.rates[n, line] = (q[k] - start.q[n, k]) * per_stage
            taken += v[k] * (f[k] + held.rates[n, line])
    behind = v[kind.mid] if kind.mid >= 0 else 0.0
    of_cell, of_selector = 0.0, 0.0
    for k in range(kind.nodes):
        if kind.counted[k] == 1:
            of_cell += (v[k] - behind) * f[k]
        elif kind.counted[k] == 2:
            of_selector += (v[k] - behind) * f[k]
    into = f[kind.word] + held.rates[n, WORD]
    across = v[kind.word] - (behind if kind.mid >= 0 else v[kind.bit])
    held.power[n] = across * into if kind.whole_cell == 1 else of_cell
    # what goes in by all lines, less what the cell takes of it
    held.beside[n] = taken - across * into if kind.whole_selector == 1 else of_selector
