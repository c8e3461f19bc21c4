"""What cells of one array share of their deviations, added to what each has for itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.variability.deviates import Deviates
from pyspice_models.array.variability.fields import check_length, field
from pyspice_models.array.variability.params import VariabilityParams
from pyspice_models.array.variability.wafer import FILM, LOT
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]

FIELD = "field_"
"""Before the name of a cause: its correlated part."""


CELLS, LOTS, GRADIENTS, FIELDS = "each cell", "lot", "gradient", "field"
"""Parts of a deviation."""


class SharedDeviates:
    """Deviates of devices, for `CellSpread.device`, of which some are sums of parts.

    The sum of a cause's parts, each times its own spread, stands in place of its deviate, and 1 in place of its spread:
    what a cell's model multiplies is the whole deviation.

    Attributes:
        spread: what to give to the model beside these.
        fields: correlated deviates that were drawn, by name, shape (rows, cols).
    """

    def __init__(self, spread: VariabilityParams, own: Deviates, of_array: Deviates, pitch: float) -> None:
        """Of an array with this distance between its cells [m].

        Raises:
            RequestError: fields whose length does not go with the pitch.
        """
        self._spread, self._own, self._of_array, self._pitch = spread, own, of_array, pitch
        self.fields: dict[str, Array] = {}
        parts = ("lot_", "slope_", "tilt_", FIELD)
        self._summed = {cause for cause in LOT for part in parts if getattr(spread, part + cause, 0.0)}
        if any(getattr(spread, FIELD + cause) for cause in FILM):
            check_length(spread.field_length, pitch)
        elif spread.field_length:
            raise RequestError.for_value(
                "variability.field_length", spread.field_length, unit="m", allowed="0 where no field_ spread is given",
                advice="No correlated part is drawn: give one of field_" + ", field_".join(FILM) + ", or leave it out.",
            )  # fmt: skip
        self.spread: Any = spread
        if self._summed:
            ones = {f"device_{cause}": 1.0 for cause in self._summed}
            self.spread = SimpleNamespace(**(spread.as_dict() | ones))

    def __call__(self, cause: str, spread: float) -> Array:
        """As `Deviates`."""
        if cause not in self._summed:
            return self._own(cause, spread)
        return np.asarray(sum(self.parts(cause).values()))

    def parts(self, cause: str) -> dict[str, Array]:
        """What the relative deviation of a cause is the sum of: each cell's own, the lot's, those along the film."""
        size, lot = (getattr(self._spread, f"{part}_{cause}") for part in ("device", "lot"))
        found = {CELLS: size * self._own(cause, size), LOTS: lot * self._of_array(f"lot_{cause}", lot)}
        return found | (self._along(cause) if cause in FILM else {})

    def _along(self, cause: str) -> dict[str, Array]:
        """Gradients and field of a cause of the film."""
        spread, (rows, cols) = self._spread, self._own.shape
        y, x = self._pitch * np.arange(rows)[:, None], self._pitch * np.arange(cols)
        slope, angle = getattr(spread, f"slope_{cause}"), math.radians(spread.slope_direction)
        tilt = getattr(spread, f"tilt_{cause}")
        by_x, by_y = (slope * part + tilt * self._of_array(f"tilt_{cause}_{axis}", tilt).item()
                      for axis, part in (("x", _cos(angle)), ("y", _cos(angle - math.pi / 2))))  # fmt: skip
        found = {GRADIENTS: np.asarray(by_x * x + by_y * y)}
        size, name = getattr(spread, FIELD + cause), FIELD + cause
        if size:
            stated = self._own.stated.get(name)
            drawn = self._field(name) if stated is None else stated.reshape(rows, cols)
            self.fields[name] = drawn
            found[FIELDS] = np.asarray(size * drawn)
        return found

    def _field(self, name: str) -> Array:
        spread, (rows, cols) = self._spread, self._own.shape
        return field(
            self._own.seed, f"array {name}", (rows, cols), spread.field_length / self._pitch, spread.field_shape
        )  # fmt: skip


def _cos(angle: float) -> float:
    """0 at right angles."""
    return 0.0 if abs(found := math.cos(angle)) < 1e-15 else found


def refuse_shared(spread: VariabilityParams) -> None:
    """Refuse what cells of an array share, for draws of single devices, which stand in none.

    Raises:
        RequestError: as said.
    """
    for name in (f"{part}{cause}" for part in ("lot_", "slope_", "tilt_", FIELD) for cause in LOT):
        if value := getattr(spread, name, 0.0):
            declared: Mapping[str, Any] = VariabilityParams.quantities()
            raise RequestError.for_value(
                f"variability.{name}", value, unit=declared[name].unit, allowed="0 for devices by themselves",
                advice="Cells share it in an array with a pitch: draw one by sample_crossbar, or a study.",
            )  # fmt: skip
