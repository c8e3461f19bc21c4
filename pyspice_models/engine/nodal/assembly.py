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

from pyspice_models.engine.nodal import interval, sharing, stages
from pyspice_models.engine.nodal.interval import advance
from pyspice_models.engine.nodal.linear.by_reference import block_of, reference_at, shape_of
from pyspice_models.engine.nodal.linear.compiled import numba, specialised
from pyspice_models.engine.nodal.sharing import assist

_TEMPLATES: tuple[Callable[..., Any], ...] = (
    stages.renew_rows, stages.renew, stages.store_rows, stages.store, stages.ahead_rows, stages.evaluate_rows,
    stages.evaluate, stages.solve_stage, stages.judge_rows, stages.step_error, stages.spend_rows, interval.attempt,
    interval.settle, interval.keep, interval.advance, sharing.perform, sharing.assist,
)  # fmt: skip
_OWNED: dict[str, Any] = {"_nrt": False}  # arrays come from Python and stay: counting who holds them is much to compile
_INNER: dict[str, Any] = {**_OWNED, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # Python never calls them
_WITHIN: dict[str, Any] = {"inline": "always"}  # called at one place
_OFTEN = (  # called at several
    stages.renew, stages.solve_stage, stages.renew_rows, stages.store_rows, stages.ahead_rows, stages.evaluate_rows,
    stages.judge_rows, stages.spend_rows,
)  # fmt: skip
_GIVEN = "core", "plan", "state", "books", "one", "middle", "two", "kept"  # tuples that `advance` is given
_HANDED = "core", "books", "one", "middle", "two"  # and `assist`


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


def _come(core: int, books: int, one: int, middle: int, two: int) -> None:
    """`sharing.assist`, likewise."""
    assist(of_core(core), of_books(books), of_one(one), of_middle(middle), of_two(two))


class Entry:
    """A template that Python calls; it is compiled when it is first called."""

    def __init__(self, template: Callable[..., Any], name: str, tuples: tuple[str, ...], found: dict[str, Any]) -> None:
        """`tuples`: arguments that go by reference, the first ones; `found`: what the template calls."""
        self._template, self._name, self._tuples, self._found = template, name, tuples, found
        self._entries: dict[Any, Callable[..., Any]] = {}

    def __call__(self, *given: Any) -> Any:
        """Arguments as of what it enters."""
        tuples, numbers = given[: len(self._tuples)], given[len(self._tuples) :]
        return self.on(*tuples)(*numbers)

    def on(self, *tuples: Any) -> Callable[..., Any]:
        """The same with these tuples, to be called several times: their blocks are made once."""
        kinds = shape_of(tuples)
        if kinds not in self._entries:
            self._entries[kinds] = self._entry(tuples)
        return _Held(self._entries[kinds], tuples)

    def _entry(self, tuples: tuple[Any, ...]) -> Callable[..., Any]:
        """For tuples of such types."""
        of = [numba.typeof(one) for one in tuples]
        told = hashlib.sha256(str(of).encode()).hexdigest()[:16]
        made = {f"of_{name}": reference_at(one) for name, one in zip(self._tuples, of, strict=True)}
        entry: Callable[..., Any] = specialised(
            self._template, f"{self._name}__{told}", {**self._found, **made}, **_OWNED
        )
        return entry


class _Held:
    """An entry with its tuples, which live as long as it does."""

    def __init__(self, entry: Callable[..., Any], tuples: tuple[Any, ...]) -> None:
        self._entry, self._tuples = entry, tuples
        self._blocks = [block_of(one) for one in tuples]
        self._places = [block.ctypes.data for block in self._blocks]

    def __call__(self, *numbers: Any) -> Any:
        return self._entry(*self._places, *numbers)


@lru_cache
def assembled(crossings: ModuleType, ends: ModuleType) -> tuple[Entry, Entry]:
    """`interval.advance` and `sharing.assist` for one kernel of crossings and one of ends."""
    array = f"{crossings.KERNEL}__{ends.KERNEL}"
    found: dict[str, Any] = {"crossings": crossings, "ends": ends}
    for template in _TEMPLATES:  # each calls only those above it: here it finds these
        options = _INNER if template in _OFTEN else _WITHIN
        found[template.__name__] = specialised(template, f"{template.__name__}__{array}", found, **options)
    return Entry(_enter, f"enter__{array}", _GIVEN, found), Entry(_come, f"come__{array}", _HANDED, found)
