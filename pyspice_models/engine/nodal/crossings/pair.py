"""Two kernels over different places of one array, as one: templates, see `assembly.py`; `base.py` says what each is."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.crossings import own as one
from pyspice_models.engine.nodal.crossings import own as two
from pyspice_models.engine.nodal.crossings.base import Crossings
from pyspice_models.engine.nodal.linear.compiled import specialised

Array = NDArray[np.float64]


class Devices(NamedTuple):
    """Those of both, how many planes the first one keeps, and what `Crossings` says of both together."""

    one: Any
    two: Any
    planes: int
    renewed: bool
    largest: float


class Both(NamedTuple):
    """What both hold at a moment, or what their stages start from."""

    one: Any
    two: Any


def ahead(
    devices: Devices, first: int, last: int, stage: float, a: float, before: Both, b: float, then: Both, start: Both,
    held: Both,
) -> None:  # fmt: skip
    """Of both."""
    one.ahead(devices.one, first, last, stage, a, before.one, b, then.one, start.one, held.one)
    two.ahead(devices.two, first, last, stage, a, before.two, b, then.two, start.two, held.two)


def prepare(devices: Devices, stage: float, gates: Array, word: Array, bit: Array, start: Both, held: Both) -> None:
    """Of both."""
    one.prepare(devices.one, stage, gates, word, bit, start.one, held.one)
    two.prepare(devices.two, stage, gates, word, bit, start.two, held.two)


def follow(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, start: Both, held: Both,
    flow_word: Array, flow_bit: Array, rest_word: Array, rest_bit: Array,
) -> None:  # fmt: skip
    """Of both."""
    one.follow(
        devices.one, first, last, stage, word, bit, start.one, held.one, flow_word, flow_bit, rest_word, rest_bit
    )
    two.follow(
        devices.two, first, last, stage, word, bit, start.two, held.two, flow_word, flow_bit, rest_word, rest_bit
    )


def slopes(
    devices: Devices, first: int, last: int, stage: float, word: Array, bit: Array, held: Both, branch: Array
) -> None:  # fmt: skip
    """Of both."""
    one.slopes(devices.one, first, last, stage, word, bit, held.one, branch)
    two.slopes(devices.two, first, last, stage, word, bit, held.two, branch)


def stored(
    devices: Devices, first: int, last: int, word: Array, bit: Array, held: Both, on_word: Array, on_bit: Array
) -> None:  # fmt: skip
    """Of both."""
    one.stored(devices.one, first, last, word, bit, held.one, on_word, on_bit)
    two.stored(devices.two, first, last, word, bit, held.two, on_word, on_bit)


def error(
    devices: Devices, first: int, last: int, stage: float, a: float, point: Both, b: float, middle: Both, c: float,
    end: Both, reltol: float, volt: float,
) -> float:  # fmt: skip
    """The larger one; NaN if one is."""
    of_one = one.error(
        devices.one, first, last, stage, a, point.one, b, middle.one, c, end.one, reltol, volt
    )  # fmt: skip
    of_two = two.error(
        devices.two, first, last, stage, a, point.two, b, middle.two, c, end.two, reltol, volt
    )  # fmt: skip
    return float(np.maximum(of_one, of_two))


def spend(
    devices: Devices, first: int, last: int, a: float, point: Both, b: float, middle: Both, c: float, end: Both,
    cells: Array, selectors: Array,
) -> None:  # fmt: skip
    """Of both."""
    one.spend(devices.one, first, last, a, point.one, b, middle.one, c, end.one, cells, selectors)
    two.spend(devices.two, first, last, a, point.two, b, middle.two, c, end.two, cells, selectors)


def beside(devices: Devices, gates: Array, held: Both, powers: Array) -> None:
    """Of both."""
    one.beside(devices.one, gates, held.one, powers)
    two.beside(devices.two, gates, held.two, powers)


def keep(devices: Devices, first: int, last: int, held: Both, planes: Array) -> None:
    """Those of the first, then those of the second; each fills its places."""
    one.keep(devices.one, first, last, held.one, planes[: devices.planes])
    two.keep(devices.two, first, last, held.two, planes[devices.planes :])


_TEMPLATES: tuple[Callable[..., Any], ...] = (
    ahead, prepare, follow, slopes, stored, error, spend, beside, keep
)  # fmt: skip


@lru_cache
def paired(first: ModuleType, second: ModuleType) -> ModuleType:
    """Kernel of two others."""
    name = f"{first.KERNEL}_{second.KERNEL}"
    module = ModuleType(f"{__name__}.{name}", __doc__)
    vars(module)["KERNEL"] = name
    for template in _TEMPLATES:
        found = specialised(template, f"{template.__name__}__{name}", {"one": first, "two": second})
        setattr(module, template.__name__, found)
    return module


class Pair:
    """Devices of two kernels; see `Crossings`. Three are a pair and a third."""

    def __init__(self, first: Crossings, second: Crossings) -> None:
        """Put them together; no place may belong to both."""
        self.first, self.second = first, second
        self.functions = paired(first.functions, second.functions)
        self.planes = first.planes + second.planes
        self.losses = tuple(dict.fromkeys((*first.losses, *second.losses)))

    @property
    def devices(self) -> Devices:
        """Those of both."""
        one, two = self.first.devices, self.second.devices
        renewed, largest = one.renewed or two.renewed, min(one.largest, two.largest)
        return Devices(one, two, self.first.planes, renewed, largest)

    @property
    def shunts(self) -> tuple[float, float]:
        """See `Crossings`."""
        word, bit = (max(both) for both in zip(self.first.shunts, self.second.shunts, strict=True))
        return word, bit

    def widen(self, widest: float) -> None:
        """See `Crossings`."""
        self.first.widen(widest)
        self.second.widen(widest)

    def at_rest(self) -> Both:
        """See `Crossings`."""
        return Both(self.first.at_rest(), self.second.at_rest())

    def new_start(self) -> Both:
        """See `Crossings`."""
        return Both(self.first.new_start(), self.second.new_start())

    def waves(self, word: Array, bit: Array, planes: Array) -> dict[str, Array]:
        """See `Crossings`; what both record at their own places is one wave."""
        found = self.first.waves(word, bit, planes[:, : self.first.planes])
        for name, values in self.second.waves(word, bit, planes[:, self.first.planes :]).items():
            found[name] = np.where(np.isnan(values), found[name], values) if name in found else values
        return found

    def states(self, held: Both) -> dict[str, Array]:
        """See `Crossings`; of a state that both have those of the first, then those of the second."""
        found = self.first.states(held.one)
        for name, values in self.second.states(held.two).items():
            found[name] = np.concatenate([found[name], values]) if name in found else values
        return found

    def complaint(self, when: str) -> str:
        """See `Crossings`."""
        return self.first.complaint(when) or self.second.complaint(when)
