"""The transient's loops, compiled for what an array is made of.

The templates are compiled as they stand with other modules in the place of `crossings` and `ends`, and under names that
say which, see `specialised`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

from pyspice_models.engine.nodal import interval, stages
from pyspice_models.engine.nodal.linear.compiled import specialised

_TEMPLATES: tuple[Callable[..., Any], ...] = (
    stages.renew, stages.store, stages.evaluate, stages.solve_stage, stages.step_error, interval.attempt,
    interval.settle, interval.keep,
)  # fmt: skip
_OWNED: dict[str, Any] = {"_nrt": False}  # arrays come from Python and stay: counting who holds them is much to compile
_INNER: dict[str, Any] = {**_OWNED, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # Python never calls them
_WITHIN: dict[str, Any] = {"inline": "always"}  # called at one place


@lru_cache
def assembled(crossings: ModuleType, ends: ModuleType) -> Callable[..., Any]:
    """`interval.advance` for one kernel of crossings and one of ends."""
    found: dict[str, Any] = {"crossings": crossings, "ends": ends}
    for template in _TEMPLATES:  # each calls only those above it: here it finds these
        name = f"{template.__name__}__{crossings.KERNEL}__{ends.KERNEL}"
        options = _WITHIN if template in (interval.attempt, interval.settle) else _INNER
        found[template.__name__] = specialised(template, name, found, **options)
    name = f"{interval.advance.__name__}__{crossings.KERNEL}__{ends.KERNEL}"
    advance: Callable[..., Any] = specialised(interval.advance, name, found, **_OWNED)
    return advance
