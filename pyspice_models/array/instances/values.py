"""Values that parts of one array have each for itself, in place of the common one of `[wire]`, `[driver]` and so on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet, Quantity, refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array

Array = NDArray[np.float64]

ROW, COL, CELL = "row", "col", "cell"


@dataclass(frozen=True)
class Instance:
    """A parameter that may differ from part to part.

    Attributes:
        per: ROW for word lines, COL for bit lines, CELL for what stands at the crossings.
        table: of a study, where the one value stands for all that have none of their own.
        kind: what declares it.
        name: in that.
    """

    per: str
    table: str
    kind: type[ParameterSet]
    name: str

    @property
    def declared(self) -> Quantity:
        """Unit and range."""
        return self.kind.quantities()[self.name]

    def shape(self, rows: int, cols: int) -> tuple[int, ...]:
        """Of its values in an array of this size."""
        return {ROW: (rows,), COL: (cols,), CELL: (rows, cols)}[self.per]


INSTANCES: Mapping[str, Instance] = MappingProxyType({
    "word_width": Instance(ROW, "wire", WireParams, "width"),
    "bit_width": Instance(COL, "wire", WireParams, "width"),
    "r_driver": Instance(ROW, "driver", DriverParams, "r_driver"),
    "r_sense": Instance(COL, "driver", DriverParams, "r_sense"),
    "r_feedback": Instance(COL, "driver", DriverParams, "r_feedback"),
    "vto": Instance(CELL, "transistor", TransistorParams, "vto"),
    "kp": Instance(CELL, "transistor", TransistorParams, "kp"),
    "v_th": Instance(CELL, "selector", ThresholdParams, "v_th"),
    "g_on": Instance(CELL, "selector", ThresholdParams, "g_on"),
})  # fmt: skip
"""By the name in `Crossbar(instances=...)` and in `[array.instances]`."""


class Parts(Protocol):
    """What a crossbar's parts are, for those who look at them alone."""

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""

    @property
    def wire(self) -> WireParams:
        """Lines."""

    @property
    def driver(self) -> DriverParams:
        """Ends of lines."""

    @property
    def selector(self) -> object:
        """In series with every cell."""


def checked_instances(given: Mapping[str, ArrayLike], crossbar: Parts) -> Mapping[str, Array]:
    """Frozen arrays of what is given for a crossbar's parts.

    Raises:
        RequestError: an unknown name, another shape, values out of range, or of parts that the crossbar does not have.
    """
    found: dict[str, Array] = {}
    for name, values in given.items():
        refuse_unknown(name, set(INSTANCES), "array.instances")
        one, place = INSTANCES[name], f"array.instances.{name}"
        _check_there(place, one, crossbar)
        array = np.array(one.declared.check(place, real_array(values, one.declared.unit, name=place)), dtype=float)
        shape = one.shape(*crossbar.shape)
        if array.ndim and array.shape != shape:
            per = {ROW: "a value for each word line", COL: "a value for each bit line", CELL: "rows x columns"}[one.per]
            raise RequestError.for_value(f"{place}.shape", array.shape, allowed=f"{shape}, {per}, or a single number")
        found[name] = np.broadcast_to(array, shape).copy()
        found[name].flags.writeable = False
    for name in ("word_width", "bit_width"):
        if name in found and (widest := float(found[name].max())) >= crossbar.wire.pitch:
            raise RequestError.for_value(
                f"array.instances.{name}", widest, unit="m", allowed=f"< wire.pitch, {crossbar.wire.pitch:g}"
            )
    return MappingProxyType(found)


def _check_there(place: str, one: Instance, crossbar: Parts) -> None:
    """Refuse values of what the crossbar has none of."""
    driver, selector = crossbar.driver, crossbar.selector
    if one.per == CELL and not isinstance(selector, one.kind):
        raise RequestError(f"{place} is of a [{one.table}], and this array has none of its own kind: leave it out.")
    if one.name == "r_feedback" and driver.sense != "tia":
        raise RequestError(f"{place} is of amplifiers: choose driver.sense = 'tia', or leave it out.")
    if one.name == "r_driver" and driver.compliance != "none":
        raise RequestError(
            f"{place} contradicts driver.compliance = {driver.compliance!r}: a limiter has one resistance for all "
            "word lines. Choose driver.compliance = 'none', or leave it out."
        )
