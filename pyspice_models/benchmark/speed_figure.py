"""A line of the benchmark's table, and the clock that all lines share."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SpeedFigure:
    """One figure.

    Attributes:
        id, what: its name, and what was done.
        ours, peer: seconds or whatever `unit` says; the peer's is None where there is no peer.
        peer_name: what it was measured against, or "".
        figure, target: what is compared: `figure` is to be at least or at most `target`, as `wanted` says.
        wanted: "at least" or "at most".
        unit: of the figure; "x" for a ratio.
        details: further numbers, errors against references among them.
        series: time against size, by name: lists of [size, seconds].
        failure: why there is no figure, or "".
    """

    id: str
    what: str
    ours: float | None = None
    peer: float | None = None
    peer_name: str = ""
    figure: float | None = None
    target: float | None = None
    wanted: str = "at least"
    unit: str = "x"
    details: dict[str, Any] = field(default_factory=dict)
    series: dict[str, list[list[float]]] = field(default_factory=dict)
    failure: str = ""

    @property
    def ok(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None or self.figure is None:
            return None
        return self.figure >= self.target if self.wanted == "at least" else self.figure <= self.target

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {**self.__dict__, "ok": self.ok}


def seconds(work: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """Shortest time that `work` takes in so many tries, and what the last one gave."""
    best, given = float("inf"), None
    for _ in range(times):
        began = time.perf_counter()
        given = work()
        best = min(best, time.perf_counter() - began)
    return best, given


def megabytes(who: int = resource.RUSAGE_SELF) -> float:
    """Largest memory of this process so far, or of those it has waited for (RUSAGE_CHILDREN) [MB]."""
    return resource.getrusage(who).ru_maxrss / 1e3
