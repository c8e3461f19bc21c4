"""The transient's loops, compiled for what an array is made of.

The templates are compiled as they stand with other modules in the place of `crossings` and `ends`, and under names that
say which, see `specialised`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

from pyspice_models.engine.nodal import interval, sharing, stages
from pyspice_models.engine.nodal.linear.compiled import specialised

_TEMPLATES: tuple[Callable[..., Any], ...] = (
    stages.renew_rows, stages.renew, stages.store_rows, stages.store, stages.ahead_rows, stages.evaluate_rows,
    stages.evaluate, stages.solve_stage, stages.judge_rows, stages.step_error, stages.spend_rows, interval.attempt,
    interval.settle, interval.keep, sharing.perform,
)  # fmt: skip
_OWNED: dict[str, Any] = {"_nrt": False}  # arrays come from Python and stay: counting who holds them is much to compile
_INNER: dict[str, Any] = {**_OWNED, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # Python never calls them
_WITHIN: dict[str, Any] = {"inline": "always"}  # called at one place


@lru_cache
def assembled(crossings: ModuleType, ends: ModuleType) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """`interval.advance` and `sharing.assist` for one kernel of crossings and one of ends."""
    found: dict[str, Any] = {"crossings": crossings, "ends": ends}
    for template in _TEMPLATES:  # each calls only those above it: here it finds these
        options = _WITHIN if template in (interval.attempt, interval.settle) else _INNER
        found[template.__name__] = specialised(template, _name(template, crossings, ends), found, **options)
    advance, assist = (
        specialised(template, _name(template, crossings, ends), found, **_OWNED)
        for template in (interval.advance, sharing.assist)
    )
    return advance, assist


def _name(template: Callable[..., Any], crossings: ModuleType, ends: ModuleType) -> str:
    return f"{template.__name__}__{crossings.KERNEL}__{ends.KERNEL}"
