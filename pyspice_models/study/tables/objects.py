"""From a study to the tables of a study file: all that it holds, so that reading them gives an equal one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pyspice_models.array import Faults
from pyspice_models.array.kinds import Kind
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.drive.tables import wave_table
from pyspice_models.stimulus.steps import STEPS, Step
from pyspice_models.study.draws.corners import NONE
from pyspice_models.study.study import Study
from pyspice_models.study.tables.registry import LINES, TABLES, WORDS
from pyspice_models.study.variation import Variation


def tables_of(study: Study) -> dict[str, Any]:
    """Tables of which `nominal_study` makes an equal study; parameters per cell are arrays in them, where they differ.

    Every parameter is written out, those of a preset as well, and all of [array.cells] in its order.

    Raises:
        RequestError: parameters or a step of a class of the user's own.
    """
    tables: dict[str, Any] = {"study": {name: getattr(study, name) for name in WORDS}}
    tables["study"] |= {name: list(lines) for name in LINES if (lines := getattr(study, name))}
    for table in TABLES:
        if (values := table.of(study)) is not None:
            tables.setdefault(table.name, {}).update(values_of(values))
    bar = study.crossbar
    tables["cell"] = {**bar.populations[0].model.words, **tables["cell"]}
    if cells := _cells(bar.per_cell):
        tables["array"]["cells"] = cells
    if bar.instances:
        own = _cells(bar.instances)
        tables["array"]["instances"] = {
            name: v.tolist() if isinstance(v, np.ndarray) and v.ndim == 1 else v for name, v in own.items()
        }
    if bar.kinds:
        tables["kinds"] = {one.name: {**one.model.words, **values_of(one.cell)} for one in bar.populations[1:]}
        tables["array"]["kinds"] = {name: _places(kind) for name, kind in bar.kinds.items()}
        if differing := {name: own for name, kind in bar.kinds.items() if (own := _cells(kind.per_cell))}:
            tables["array"]["cells"] = {**cells, **differing}
    return tables | {"program": [_step(number, step) for number, step in enumerate(study.program)]}


def values_of(part: ParameterSet) -> dict[str, Any]:
    """All that a set of parameters says; of faults the kinds that there are."""
    if isinstance(part, ForeignTransistor | ForeignSelector):
        return part.as_table()
    # what is None was never stated, and what something else stands in the place of must not be
    left_out = part.replaced if isinstance(part, WireParams) else {}
    found = {
        f.name: _listed(value)
        for f in fields(part)
        if f.name not in left_out and (value := getattr(part, f.name)) is not None
    }
    return {key: value for key, value in found.items() if value != []} if isinstance(part, Faults) else found


def _places(kind: Kind) -> Any:
    """Where cells of a kind stand, as it was said."""
    if kind.places:
        return _listed(kind.places)
    return {side: list(lines) for side, lines in (("rows", kind.rows), ("cols", kind.cols)) if lines}


def _cells(per_cell: Mapping[str, ArrayLike]) -> dict[str, Any]:
    """Parameters per cell in their order, which a netlist shows: a number where all cells have the same."""
    found: dict[str, Any] = {}
    for name, values in per_cell.items():
        array = np.asarray(values, dtype=float)
        first = float(array.flat[0])
        # by the bits: 0 and -0 are no same number to a netlist
        found[name] = first if array.tobytes() == np.full_like(array, first).tobytes() else array
    return found


def _step(number: int, step: Step) -> dict[str, Any]:
    word = next((word for word, kind in STEPS.items() if kind is type(step)), None)
    if word is None:
        known = ", ".join(kind.__name__ for kind in STEPS.values())
        raise RequestError.for_value(
            f"program[{number}]", type(step).__name__, allowed=f"one of {known}",
            advice="A study file knows no step of one's own until it stands in STEPS.",
        )  # fmt: skip
    values = {f.name: getattr(step, f.name) for f in fields(step)}
    if step.traces:
        values[step.traces] = {line: wave_table(wave) for line, wave in values[step.traces]}
    # what is None is left out: TOML has no word for it, and it is the default wherever it may stand
    return {"do": word} | {key: _listed(value) for key, value in values.items() if value is not None}


def _listed(value: Any) -> Any:
    """Tuples as the lists that a file has."""
    return [_listed(entry) for entry in value] if isinstance(value, tuple) else value


def variation_tables(variation: Variation | None) -> dict[str, Any]:
    """The tables [variability] and [faults] that `variation_from` makes this of; none for None."""
    if variation is None:
        return {}
    own = values_of(variation.spread) | {"seed": variation.seed, "cycle": variation.cycle}
    if variation.corner != NONE:
        own |= {key: getattr(variation, key) for key in ("corner", "sigmas", "hot", "cold")}
    return {"variability": own} | ({"faults": dict(variation.faults)} if variation.faults else {})
