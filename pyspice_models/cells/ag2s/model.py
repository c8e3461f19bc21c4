"""The Ag2S cell as a value: what the rest of the package knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspice_models.cells.ag2s.derived import check_cell
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.imposed import states_after
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.spread import SLOWS, cycle_parameters, device_parameters
from pyspice_models.cells.ag2s.validity import beyond_validity
from pyspice_models.cells.model import Array, CellModel, Shown, State
from pyspice_models.cells.soft_bounds import SoftBounds
from pyspice_models.cells.spread import CellSpread


def from_nodes(equations: Equations, top: Array, bottom: Array, nodes: Mapping[str, Array]) -> Mapping[str, Array]:
    """States, power [W] and stored energy [J] from the voltages of all nodes of each cell [V].

    Args:
        equations: of all cells.
        top, bottom: of the silver and the gold electrode, shape (time, row, col).
        nodes: `change_w` and `change_x`, of the states from their initial values, and `v_ion_node`; same shape.
    """
    w, x = equations.cell.w0 + nodes["change_w"], equations.cell.x0 + nodes["change_x"]
    across, charged = top - bottom, nodes["v_ion_node"] - bottom
    return {
        "w": equations.clip(w), "x": equations.clip(x),
        "p": equations.power(across, charged, w, x), "es": equations.stored(across, charged),
    }  # fmt: skip


def soft_bounds(cell: CellParams, temperature: float, voltage: float) -> SoftBounds:
    """Of the interface, under pulses of this size [V]."""
    (setting, resetting), _ = Equations(cell, temperature).speeds(voltage)
    return SoftBounds((float(setting), float(resetting)), cell.p_int)


def ionic_branch(equations: Equations) -> tuple[Any, Any]:
    """Resistance [ohm] and capacitance [F] of the slow ionic branch."""
    return equations.r_ion, equations.c_ion


AG2S = CellModel(
    name="ag2s",
    title="Ag2S",
    terminals=("te", "be"),
    parameters=CellParams,
    states=(
        State(
            "w", "w0", "interface state", zero="bottom of the analog window", one="top of the analog window", node="nw"
        ),
        State("x", "x0", "filament state", zero="no filament: the full gap", one="the gap is bridged", node="nx"),
    ),
    level="w",
    # the subcircuit shows conductance and energy in units in which a tolerance on volts does them justice
    shown={
        "w": Shown("1", "interface state"),
        "x": Shown("1", "filament state"),
        "g": Shown("S", "conductance I/V of both paths", {"subckt": 1e-6}),
        "p": Shown("W", "power dissipated in the cell"),
        "es": Shown("J", "energy stored in the cell's capacitances", {"subckt": 1e-15}),
    },
    node_voltages={"change_w": "nw", "change_x": "nx", "v_ion_node": "ni"},
    equations=Equations,
    from_nodes=from_nodes,
    kernel="ag2s",
    soft_bounds=soft_bounds,
    alone=states_after,
    slow_branch=ionic_branch,
    spread=CellSpread(device_parameters, cycle_parameters, SLOWS),
    conduction={"g_int_min": 1.0, "g_int_max": 1.0, "g_fil_min": 1.0, "g_fil_max": 1.0},
    check=check_cell,
    beyond_validity=beyond_validity,
)
