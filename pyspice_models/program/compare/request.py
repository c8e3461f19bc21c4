"""Which algorithms are to program the same array, and the matrix that a user's own file may give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyspice_models.errors import RequestError
from pyspice_models.program.algorithms.table import TABLE, Ways, several, way_table
from pyspice_models.program.file import load_write_verify, programming_tables
from pyspice_models.program.programming import Programming
from pyspice_models.study.study import Study
from pyspice_models.study.tables.source import Given, Source


@dataclass(frozen=True)
class Comparison:
    """What each algorithm is to do; all differ in nothing but the algorithm.

    Attributes:
        asked: by the name of the algorithm or variant, in order.
    """

    asked: Mapping[str, Programming]

    @property
    def study(self) -> Study:
        """Of all of them."""
        return next(iter(self.asked.values())).study

    @property
    def question(self) -> dict[str, Any]:
        """All that decides the answer."""
        every = {f"{name} {key}": value for name, one in self.asked.items() for key, value in one.question.items()}
        return every | {"names": list(self.asked)}

    def tables(self) -> dict[str, Any]:
        """Tables from which `load_comparison` makes the same again."""
        tables = programming_tables(next(iter(self.asked.values())))
        own: dict[str, Any] = {"compare": list(self.asked)}
        for name, one in self.asked.items():
            own |= {key: value for key, value in way_table(one.way).get(TABLE, {}).items() if key == name}
        return {**tables, TABLE: own}


def load_comparison(
    study: Given, changes: Sequence[str] = (), *, names: Sequence[str] = (), engine: str = "", form: str = "",
    target: Path | None = None, unit: str = "",
) -> Comparison:  # fmt: skip
    """What a study file asks for in `[write_verify]`, for each of several algorithms.

    Args:
        study: a study file, or the tables of one.
        changes: `KEY=VALUE`, as `--set` takes them.
        names: of algorithms or variants; without them those of `programming.compare`, else `programming.algorithm`.
        engine, form: instead of its own.
        target: a file of conductances, instead of what the study says of levels; see `write_verify.conductances`.
        unit: of its numbers, where the file has none of its own.

    Raises:
        RequestError: see `load_write_verify`; an unknown name, or one that stands twice.
    """
    source = Source.of(study, changes, engine=engine, form=form)
    if target is not None:
        source = _with_target(source, target, unit)
    elif unit:
        raise RequestError("--unit is of the numbers of a file of conductances: give one by --target")
    ways = Ways(source.tables.get(TABLE, {}))
    chosen = list(names) or ways.compare or [ways.chosen]
    several(chosen, "--compare")
    return Comparison({name: load_write_verify(source, algorithm=name) for name in chosen})


def _with_target(source: Source, target: Path, unit: str) -> Source:
    own = source.tables.get("write_verify", {})
    kept = {key: value for key, value in own.items() if key not in _REPLACED} if isinstance(own, Mapping) else {}
    kept["conductances"] = {"file": str(target.absolute())} | ({"unit": unit} if unit else {})
    return replace(source, tables={**source.tables, "write_verify": kept})


_REPLACED = {"file", "pattern", "seed", "quantity", "low", "high", "target", "conductances"}
"""Keys of `[write_verify]` that a matrix of conductances takes the place of."""
