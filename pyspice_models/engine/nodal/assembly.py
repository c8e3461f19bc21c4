"""The transient's loops, compiled for what an array is made of.

The templates are compiled as they stand with other modules in the place of `crossings` and `ends`, and under names that
say which, see `specialised`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

from pyspice_models.engine.nodal import interval, stages
from pyspice_models.engine.nodal.linear.compiled import specialised

_TEMPLATES: tuple[Callable[..., Any], ...] = (
    stages.renew, stages.store, stages.evaluate, stages.solve_stage, stages.step_error, interval.attempt,
    interval.settle, interval.keep, interval.take_step, interval.advance,
)  # fmt: skip


class Assembled(NamedTuple):
    """What Python calls of the templates, compiled."""

    keep: Callable[..., Any]
    advance: Callable[..., Any]


@lru_cache
def assembled(crossings: ModuleType, ends: ModuleType) -> Assembled:
    """Loops for one kernel of crossings and one of ends."""
    found: dict[str, Any] = {"crossings": crossings, "ends": ends}
    for template in _TEMPLATES:  # each calls only those above it: here it finds the compiled ones
        name = template.__name__
        found[name] = specialised(
            template, f"{name}__{crossings.KERNEL}__{ends.KERNEL}", found, inner=name not in Assembled._fields
        )  # fmt: skip
    return Assembled(found["keep"], found["advance"])
