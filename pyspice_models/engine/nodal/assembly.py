"""The transient's loops, compiled for what an array is made of.

The templates are compiled as they stand with other modules in the place of `crossings` and `ends`, and under names that
say which, see `specialised`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

from pyspice_models.engine.nodal import interval, stages
from pyspice_models.engine.nodal.interval import advance
from pyspice_models.engine.nodal.linear.by_reference import block_of, reference_at, shape_of
from pyspice_models.engine.nodal.linear.compiled import numba, specialised

_TEMPLATES: tuple[Callable[..., Any], ...] = (
    stages.renew, stages.store, stages.evaluate, stages.solve_stage, stages.step_error, interval.attempt,
    interval.settle, interval.keep, interval.advance,
)  # fmt: skip
_OWNED: dict[str, Any] = {"_nrt": False}  # arrays come from Python and stay: counting who holds them is much to compile
_INNER: dict[str, Any] = {**_OWNED, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # Python never calls them
_WITHIN: dict[str, Any] = {"inline": "always"}  # called at one place
_SHARED = stages.renew, stages.solve_stage  # called at several
_NAMES = "core", "plan", "state", "books", "one", "middle", "two", "kept"  # tuples that `advance` is given


def _stand_in(address: int) -> Any:
    """A reference to the block at an address; what is compiled has others in the place of this, see `reference_at`."""
    raise NotImplementedError(address)


of_core = of_plan = of_state = of_books = of_one = of_middle = of_two = of_kept = _stand_in


def _enter(
    core: int, plan: int, state: int, books: int, one: int, middle: int, two: int, kept: int, room: int, most: int,
    begin: bool,
) -> tuple[int, int]:  # fmt: skip
    """`interval.advance`, with the addresses of blocks: a template, too."""
    return advance(
        of_core(core), of_plan(plan), of_state(state), of_books(books), of_one(one), of_middle(middle), of_two(two),
        of_kept(kept), room, most, begin,
    )  # fmt: skip


class Advance:
    """`interval.advance` for one kernel of crossings and one of ends; it is compiled when it is first called."""

    def __init__(self, crossings: ModuleType, ends: ModuleType) -> None:
        """Lay the templates out."""
        self._name = f"{crossings.KERNEL}__{ends.KERNEL}"
        self._found: dict[str, Any] = {"crossings": crossings, "ends": ends}
        self._entries: dict[Any, Callable[..., tuple[int, int]]] = {}
        for template in _TEMPLATES:  # each calls only those above it: here it finds these
            options = _INNER if template in _SHARED else _WITHIN
            name = f"{template.__name__}__{self._name}"
            self._found[template.__name__] = specialised(template, name, self._found, **options)

    def __call__(self, *given: Any) -> tuple[int, int]:
        """Arguments as of `interval.advance`."""
        tuples, numbers = given[: len(_NAMES)], given[len(_NAMES) :]
        kinds = shape_of(tuples)
        if kinds not in self._entries:
            self._entries[kinds] = self._entry(tuples)
        blocks = [block_of(one) for one in tuples]
        return self._entries[kinds](*(block.ctypes.data for block in blocks), *numbers)

    def _entry(self, tuples: tuple[Any, ...]) -> Callable[..., tuple[int, int]]:
        """For tuples of such types."""
        of = [numba.typeof(one) for one in tuples]
        told = hashlib.sha256(str(of).encode()).hexdigest()[:16]
        made = {f"of_{name}": reference_at(one) for name, one in zip(_NAMES, of, strict=True)}
        entry: Callable[..., tuple[int, int]] = specialised(
            _enter, f"enter__{self._name}__{told}", {**self._found, **made}, **_OWNED
        )
        return entry


@lru_cache
def assembled(crossings: ModuleType, ends: ModuleType) -> Advance:
    """`interval.advance` for one kernel of crossings and one of ends."""
    return Advance(crossings, ends)
