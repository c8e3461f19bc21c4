"""When two crossbars are the same: by content, arrays by all their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

_ARRAYS = ("per_cell", "instances")


class ByContent:
    """Equality, hash and copies of a crossbar."""

    def __eq__(self, other: object) -> bool:
        """Whether both are of the same content; parameters per cell count by name with every number."""
        if not isinstance(other, ByContent):
            return NotImplemented
        return self._common() == other._common() and all(
            _same(getattr(self, name), getattr(other, name)) for name in _ARRAYS
        )

    def __hash__(self) -> int:
        """The same for equal crossbars."""
        return hash((self._common(), *(frozenset(getattr(self, name)) for name in _ARRAYS)))

    def _common(self) -> tuple[Any, ...]:
        own: Any = self
        plain = (getattr(own, f.name) for f in fields(own) if f.name not in (*_ARRAYS, "kinds"))
        return *plain, tuple(own.kinds.items())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its arguments: a worker process builds and checks it anew."""
        own: Any = self
        values = {f.name: getattr(own, f.name) for f in fields(own)}
        values |= {name: dict(values[name]) for name in (*_ARRAYS, "kinds")}
        return type(self), tuple(values.values())


def _same(mine: Mapping[str, ArrayLike], its: Mapping[str, ArrayLike]) -> bool:
    return mine.keys() == its.keys() and all(np.array_equal(mine[name], its[name]) for name in mine)
