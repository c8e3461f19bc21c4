"""The volatile cell as a value: what the rest of the package knows of it."""

from __future__ import annotations

from functools import partial

from pyspice_models.cells import one_state
from pyspice_models.cells.alone import states_after
from pyspice_models.cells.model import CellModel, State
from pyspice_models.cells.threshold.equations import Equations
from pyspice_models.cells.threshold.params import ThresholdCellParams

_STATE = State("s", "s0", "how far the volatile cell is on", zero="off: g_off", one="on: g_on", node="ns")
_SLOWS = {
    "nucleation": 1, "mobility": -1, "interface": 1, "gap": 1, "site": 1, "growth": -1, "on": 1, "off": 1,
}  # fmt: skip

THRESHOLD = CellModel(
    name="threshold",
    title="volatile threshold",
    terminals=("te", "be"),
    parameters=ThresholdCellParams,
    states=(_STATE,),
    level="s",
    shown=one_state.shown(_STATE),
    node_voltages={one_state.CHANGE: "ns"},
    equations=Equations,
    from_nodes=one_state.from_nodes(_STATE),
    alone=partial(states_after, Equations, ("s0",)),
    conduction={"g_off": 1.0, "g_on": 1.0},
    spread=one_state.lognormal_spread(
        ThresholdCellParams,
        device={
            "nucleation": {"v_th": 1.0},
            "mobility": {"t_delay": -1.0, "t_relax": -1.0},
            "interface": {"g_on": 1.0},
            "gap": {"g_off": 1.0},
            "on": {"g_on": 1.0},
            "off": {"g_off": 1.0},
        },
        cycle={"site": {"v_th": 1.0}, "growth": {"t_delay": -1.0}, "gap": {"g_off": 1.0}},
        slows=_SLOWS,
    ),
)
