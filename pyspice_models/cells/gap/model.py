"""The gap model as a value: what the rest of the package knows of it."""

from __future__ import annotations

from functools import partial

from pyspice_models.cells import one_state
from pyspice_models.cells.alone import states_after
from pyspice_models.cells.gap.equations import Equations, check
from pyspice_models.cells.gap.params import GapParams
from pyspice_models.cells.model import CellModel, State

_STATE = State("x", "x0", "how far the gap is closed", zero="gap_max", one="gap_min", node="nx")
_CYCLE = {"mobility": {"vel0": 1.0}, "gap": {"gap_max": 0.1}}

GAP = CellModel(
    name="gap",
    title="HfOx gap",
    terminals=("te", "be"),
    parameters=GapParams,
    states=(_STATE,),
    level="x",
    shown=one_state.shown(_STATE),
    node_voltages={one_state.CHANGE: "nx"},
    equations=Equations,
    from_nodes=one_state.from_nodes(_STATE),
    alone=partial(states_after, Equations, ("x0",)),
    conduction={"i0": 1.0},
    spread=one_state.lognormal_spread(
        GapParams,
        device={**_CYCLE, "thickness": {"t_ox": 1.0}, "interface": {"i0": 1.0}},
        cycle=_CYCLE,
        slows={"mobility": -1, "gap": 1, "thickness": 1, "interface": -1},
    ),
    check=check,
)
