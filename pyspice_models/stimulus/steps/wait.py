"""Rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.array import Crossbar
from pyspice_models.declare.quantity import quantity
from pyspice_models.stimulus.phase import Phase
from pyspice_models.stimulus.steps.base import Step


@dataclass(frozen=True)
class Wait(Step):
    """All lines at 0 V."""

    kind: ClassVar[str] = "wait"

    duration: float = quantity(
        1e-6, "s", above=0, high=1e6, tag="assumed", source="choice of the user", about="how long",
    )  # fmt: skip

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """One rest, on any array."""
        yield Phase(self.kind, self.duration)
