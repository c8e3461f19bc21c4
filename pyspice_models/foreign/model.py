"""From a foreign cell to what the rest of the package asks of a cell."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.model import CellModel, Shown, State
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import Ag2sError
from pyspice_models.foreign.alone.learnt import soft_bounds
from pyspice_models.foreign.equations import ForeignEquations, states_after
from pyspice_models.foreign.osdi import powers
from pyspice_models.foreign.osdi.evaluate import ROOM
from pyspice_models.foreign.osdi.worker import ask
from pyspice_models.foreign.power import INSIDE, counting, waves_of_cells
from pyspice_models.foreign.spec import Spec
from pyspice_models.foreign.spice.rewrite import rewritten
from pyspice_models.foreign.spice.wrap import definition, open_port
from pyspice_models.foreign.spread import spread_of

Array = NDArray[np.float64]


def model_from(spec: Spec, kind: type[ParameterSet]) -> CellModel:
    """The cell of a spec, whose parameter sets are of this kind."""
    common: dict[str, Any] = {
        "name": spec.master, "title": spec.module, "terminals": spec.terminals, "parameters": kind,
        "states": tuple(
            State(state.name, state.initial, state.about, zero=f"{state.holder} = {state.zero:g}",
                  one=f"{state.holder} = {state.one:g}")
            for state in spec.states
        ),
        "level": spec.level, "shown": _shown(spec), "described": spec.words(), "spelled": spec.spelled,
        "conduction": {one.name: one.conducts for one in spec.parameters if one.conducts},
        "spread": spread_of(spec), "ports": spec.ports,
        "notes": spec.notes, "defines": dict(spec.defines), "read_voltage": spec.read_voltage,
    }  # fmt: skip
    if spec.kind == "subckt":
        return CellModel(
            **common, forms=("subckt",), subcircuit=partial(definition, spec), library=spec.text,
            senses_current=True,
            seen={state.name: _inside(spec, state.node) for state in spec.states}, ends=_ends(spec),
            behaviour=spec.behaviour, rewritten=partial(rewritten, spec),
        )  # fmt: skip
    return CellModel(
        **common, forms=("osdi", "veriloga"), module=spec.master, verilog_a=spec.text,
        node_voltages={INSIDE + name: name for name in (*spec.extra, *spec.inner)},
        from_nodes=from_nodes, prepare=partial(prepare, spec), equations=partial(_equations, spec),
        alone=partial(states_after, spec) if spec.states else None,
        soft_bounds=partial(soft_bounds, spec) if spec.states else None,
        seen={state.name: f"#{state.node}" if state.node else state.variable for state in spec.states},
        ends=_ends(spec),
    )  # fmt: skip


def _inside(spec: Spec, node: str) -> str:
    """What a node of a subcircuit is called inside the cell around it."""
    return open_port(node) if node in spec.extra else f"xcell.{node}"


def _ends(spec: Spec) -> dict[str, tuple[float, float]]:
    return {state.name: (state.zero, state.one) for state in spec.states}


def prepare(spec: Spec) -> None:
    """Start the process that evaluates a cell, and load its loops there, beside whatever goes on.

    The process is started here: Linux ends it with the thread that started it.
    """
    with suppress(Ag2sError):
        ask(spec.compiled, {"do": "describe", "temperature": ROOM})
    Thread(target=_counted, args=(spec,), daemon=True).start()


def _counted(spec: Spec) -> None:
    with suppress(Ag2sError):  # whoever needs it meets the same error
        counting(spec)
        powers(spec.compiled, dict.fromkeys(spec.ports, np.zeros((1, 1))), counting(spec), np.zeros(1))


def _equations(spec: Spec, cell: ParameterSet, temperature: float) -> ForeignEquations:
    return ForeignEquations(spec, cell, temperature)


def _shown(spec: Spec) -> Mapping[str, Shown]:
    terminals = spec.kind == "subckt"
    found = {state.name: Shown("1", state.about) for state in spec.states}
    return found | {
        "p": Shown("W", "power that goes into the cell" if terminals else "power dissipated in the cell"),
        "es": Shown("J", "energy stored in the cell since the start" + (", which p counts" if terminals else "")),
    }


def from_nodes(
    equations: ForeignEquations, top: Array, bottom: Array, nodes: Mapping[str, Array]
) -> Mapping[str, Array]:  # fmt: skip
    """States, power [W] and stored energy [J] from the voltages of all nodes of each cell [V]; see `power`."""
    written = equations.spec.written(equations.cell.as_dict())
    return waves_of_cells(equations.spec, written, equations.temperature, top, bottom, nodes)
