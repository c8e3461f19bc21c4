"""Loads what a run needs before there is one: what is forked afterwards need not do it again. No object is opened."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.crossings import osdi as functions
from pyspice_models.engine.nodal.crossings.osdi import Held, Start
from pyspice_models.engine.nodal.ends import plain
from pyspice_models.engine.nodal.linear import compiled
from pyspice_models.engine.nodal.osdi import objects  # noqa: F401  # for who is forked
from pyspice_models.engine.nodal.osdi.devices import KIND, PLACE, Devices, new_devices
from pyspice_models.engine.nodal.osdi.rest import begin, rest
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.stimulus import Write
from pyspice_models.stimulus.program import schedule

Array = NDArray[np.float64]

_loaded: set[str] = set()
_NODES, _WORDS = 2, 16  # of a place, and of what an evaluation is told, which nobody reads


class Resistors:
    """Places of the kernel without an object; see `Crossings`."""

    functions: ModuleType = functions
    planes, shunts = 1, (0.0, 0.0)
    shared = False
    losses: tuple[str, ...] = ("cells",)

    def __init__(self, shape: tuple[int, int]) -> None:
        """Cells that are broken."""
        cells, kinds = np.zeros(shape[0] * shape[1], PLACE), np.zeros(1, KIND)
        cells["kind"], cells["resistor"], kinds["nodes"] = -1, 1e-6, _NODES
        info = np.zeros((shape[0], _WORDS), dtype=np.int64)
        self.devices: Devices = new_devices(np.ones(shape, dtype=bool), kinds, cells, info, renewed=False)

    def widen(self, widest: float) -> None:
        """Nothing."""

    def at_rest(self) -> Held:
        """See `Crossings`."""
        size, width = self.devices.origin.shape
        return Held(np.zeros((size, 3 * width + 2)), np.zeros((1, width)))

    def new_start(self) -> Start:
        """See `Crossings`."""
        return Start(np.zeros_like(self.devices.origin))

    def waves(self, word: Array, bit: Array, planes: Array) -> dict[str, Array]:
        """None."""
        return {}

    def states(self, held: Any) -> dict[str, Array]:
        """None."""
        return {}

    def complaint(self, when: str) -> str:
        """None."""
        return ""


def load_what_is_kept() -> None:
    """Load the machine code of the loops with plain ends, once it is kept; run nothing."""
    if _loaded or not compiled.is_kept(f"advance__{functions.KERNEL}__{plain.KERNEL}"):
        return
    _loaded.add(functions.KERNEL)
    run_nothing()


def run_nothing() -> None:
    """Begin a run of two by two resistors, and take no step."""
    bar = Crossbar(2, 2)
    crossings = Resistors(bar.shape)
    size, width = crossings.devices.origin.shape
    rest(crossings.devices, 0, 2, 0.0, np.zeros((size, width)))
    begin(crossings.devices, 0, 2, np.zeros((size, width)), crossings.at_rest().rows)
    run = Transient(bar, schedule(bar, [Write(0, 0)]), Accuracy(), crossings)
    room, most, begins = run._room, 0, False
    run._advance(
        run._core, run._plan, run._state, run.books, *run._moments, room, len(room.since), most, begins
    )  # fmt: skip
