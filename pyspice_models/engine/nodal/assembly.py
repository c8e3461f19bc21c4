"""The transient's loops, compiled for what an array is made of.

The templates are compiled as they stand with other modules in the place of `crossings` and `ends`, and under names that
say which, see `specialised`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

from pyspice_models.engine.nodal import stages
from pyspice_models.engine.nodal.linear.compiled import specialised


class Assembled(NamedTuple):
    """The templates of `stages.py`, compiled."""

    renew: Callable[..., Any]
    store: Callable[..., Any]
    evaluate: Callable[..., Any]
    solve_stage: Callable[..., Any]
    step_error: Callable[..., Any]


@lru_cache
def assembled(crossings: ModuleType, ends: ModuleType) -> Assembled:
    """Loops for one kernel of crossings and one of ends."""
    found: dict[str, Any] = {"crossings": crossings, "ends": ends}
    for name in Assembled._fields:  # each calls only those above it: here it finds the compiled ones
        found[name] = specialised(getattr(stages, name), f"{name}__{crossings.KERNEL}__{ends.KERNEL}", found)
    return Assembled(*(found[name] for name in Assembled._fields))
