"""VTEAM as a value: what the rest of the package knows of it."""

from __future__ import annotations

from functools import partial

from pyspice_models.cells import one_state
from pyspice_models.cells.alone import states_after
from pyspice_models.cells.model import CellModel, State
from pyspice_models.cells.vteam.equations import Equations
from pyspice_models.cells.vteam.params import VteamParams

_STATE = State("w", "w0", "state of the threshold model", zero="off: r_off", one="on: r_on", node="nw")
_SLOWS = {
    "nucleation": 1, "mobility": -1, "asymmetry": 1, "interface": -1, "gap": -1, "site": 1, "on": 1, "off": 1,
}  # fmt: skip

VTEAM = CellModel(
    name="vteam",
    title="VTEAM",
    terminals=("te", "be"),
    parameters=VteamParams,
    states=(_STATE,),
    level="w",
    shown=one_state.shown(_STATE),
    node_voltages={one_state.CHANGE: "nw"},
    equations=Equations,
    from_nodes=one_state.from_nodes(_STATE),
    alone=partial(states_after, Equations, ("w0",)),
    conduction={"r_on": -1.0, "r_off": -1.0},
    spread=one_state.lognormal_spread(
        VteamParams,
        device={
            "nucleation": {"v_on": 1.0, "v_off": 1.0},
            "mobility": {"k_on": 1.0, "k_off": 1.0},
            "asymmetry": {"k_on": -0.5, "k_off": 0.5},
            "interface": {"r_on": 1.0, "r_off": 1.0},
            "gap": {"r_off": 1.0},
            "on": {"r_on": -1.0},
            "off": {"r_off": -1.0},
        },
        cycle={"mobility": {"k_on": 1.0, "k_off": 1.0}, "site": {"v_on": 1.0, "v_off": 1.0}, "gap": {"r_off": 1.0}},
        slows=_SLOWS,
    ),
)
