"""A crossbar in one line, and as a picture of what its cells hold."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from pyspice_models.array.faults import CELL_FAULTS, LINE_FAULTS, Faults
from pyspice_models.array.kinds.population import Population
from pyspice_models.displayed import Displayed, drawn
from pyspice_models.units import shown


class _Bar(Protocol):
    """What is known of a crossbar here."""

    @property
    def rows(self) -> int: ...
    @property
    def cols(self) -> int: ...
    @property
    def temperature(self) -> float: ...
    @property
    def faults(self) -> Faults: ...
    @property
    def kind(self) -> str: ...
    @property
    def populations(self) -> tuple[Population, ...]: ...


class InWords(Displayed):
    """What a crossbar shows of itself."""

    def __repr__(self: _Bar) -> str:
        """One line for people; what decides a result is never read from it."""
        cells = ", ".join(dict.fromkeys(one.model.name for one in self.populations))
        broken = sum(len(getattr(self.faults, name)) for name in (*CELL_FAULTS, *LINE_FAULTS))
        faults = f"{broken} fault{'s' * (broken > 1)}" if broken else ""
        parts = [self.kind, f"cells {cells}", held(self.populations), faults, shown(self.temperature, "K")]
        return f"<Crossbar {self.rows} x {self.cols}: {', '.join(filter(None, parts))}>"

    def plot(self, axes: Any = None, *, what: str = "") -> Any:
        """Draw a map of the array.

        Args:
            axes: Matplotlib's axes to draw on; None for a new figure, with the backend that the user has.
            what: name of a parameter of the cells; "" for the state that writes set, at the start.

        Returns:
            The axes.

        Raises:
            RequestError: cells have no such parameter, or none has a state.
        """
        return drawn(self, axes, what)


def held(populations: tuple[Population, ...]) -> str:
    """The states that writes set, at the start, such as `w0 0.05 to 0.95`; "" for cells without."""
    found: dict[str, list[float]] = {}
    for one in populations:
        for state in one.model.states:
            if state.name == one.model.level:
                values: Any = one.per_cell.get(state.initial, getattr(one.cell, state.initial))
                name = state.initial if state.initial == f"{state.name}0" else f"{state.name} at the start"
                found.setdefault(name, []).extend([float(np.min(values)), float(np.max(values))])
    return ", ".join(
        f"{name} {min(ends):.3g}" + (f" to {max(ends):.3g}" if max(ends) > min(ends) else "")
        for name, ends in found.items()
    )
