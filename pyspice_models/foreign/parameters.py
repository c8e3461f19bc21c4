"""The kind of parameter set of a foreign cell: made from its declarations, once for each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field, make_dataclass
from functools import lru_cache
from typing import Any, ClassVar

from pyspice_models.cells.registry import OWN
from pyspice_models.declare.quantity import ParameterSet, Quantity
from pyspice_models.foreign.model import model_from
from pyspice_models.foreign.spec import ForeignParameter, Spec


def parameters_of(spec: Spec, values: Mapping[str, float]) -> ParameterSet:
    """A set of parameters of a foreign cell; those that are not given have their defaults.

    Raises:
        RequestError: an unknown name, or a value out of range.
    """
    return parameter_kind(spec).from_mapping(values, where="cell")


@lru_cache(maxsize=64)
def parameter_kind(spec: Spec) -> type[ParameterSet]:
    """The class of its parameter sets; its attribute `cell_model` is the cell."""

    def reduced(self: ParameterSet) -> tuple[Any, ...]:
        return _again, (spec, tuple(self.as_dict().values()))

    kind = make_dataclass(
        "ForeignParams",
        [(one.name, float, _declared(one)) for one in spec.parameters],
        bases=(_Foreign,), frozen=True, repr=True,
        namespace={"__reduce__": reduced, "__module__": __name__, "__doc__": f"Of the cell {spec.module}."},
    )  # fmt: skip
    setattr(kind, OWN, model_from(spec, kind))
    kind.cell_spec = spec  # type: ignore[attr-defined]
    return kind


class _Foreign(ParameterSet):
    """What the sets of all foreign cells have in common."""

    several: ClassVar[bool] = True
    not_varied: ClassVar[str] = "a cell of one's own: nothing is known of how well its numbers are known"


def _again(spec: Spec, values: tuple[Any, ...]) -> ParameterSet:
    return parameter_kind(spec)(*values)


def _declared(one: ForeignParameter) -> Any:
    declared = Quantity(
        one.unit, one.low, one.high, False, "assumed", one.source or "the user's own file", one.about or one.own, None,
        one.per_cell and not one.whole, None,
    )  # fmt: skip
    default = one.default if math.isfinite(one.default) else 0.0
    return field(default=default, metadata={"quantity": declared})
