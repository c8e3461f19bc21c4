"""What decides the result of a study, as a key: the same for the same content, another one for any other."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from pyspice_models.array.kinds import COMMON, Population
from pyspice_models.cells.sources import model_file
from pyspice_models.study.limits import Limits
from pyspice_models.study.study import Study
from pyspice_models.study.tables.registry import TABLES


def identity(study: Study) -> dict[str, Any]:
    """Everything but name, title and program: cells, lines, faults, numerics, thresholds, tools and models.

    Files that the study names count with their content, for it holds what was read from them.
    """
    about = _asked(study)
    about["package"] = version("ag2s-crossbar")
    folder, first = ("verilog_a", "ag2s.va") if study.form == "osdi" else ("netlists", "ag2s.lib")
    first_file = model_file(folder, first)
    for file in sorted(first_file.parent.glob(f"*{first_file.suffix}")):
        about[f"model.{file.name}"] = file.read_text(encoding="utf-8")
    for one in study.crossbar.populations:
        for key, word in one.model.described.items():
            about[f"{_table(one)}.{key}"] = word
    return about


def question(study: Study) -> dict[str, Any]:
    """What is asked, the program included, and not who answers: without tools, models, and how long it may take."""
    patient = replace(study, limits=study.limits.replace(time_limit=Limits().time_limit))
    return _asked(patient) | {"program": study.program}


def _asked(study: Study) -> dict[str, Any]:
    about: dict[str, Any] = {}
    for table in TABLES:
        kind, values = table.kind or type(study.crossbar.cell), table.of(study)
        if values is not None or not table.optional:
            about[f"{table.name} {kind.__name__}"] = values
    about |= {f"array.cells.{name}": np.asarray(values) for name, values in study.crossbar.per_cell.items()}
    about |= {f"array.instances.{name}": np.asarray(values) for name, values in study.crossbar.instances.items()}
    for one in study.crossbar.populations[1:]:
        about |= {f"{_table(one)} {type(one.cell).__name__}": one.cell, f"{_table(one)} places": one.where}
        about |= {f"array.cells.{one.name}.{name}": np.asarray(values) for name, values in one.per_cell.items()}
    return about | {"study.form": study.form, "study.engine": study.engine, "study.spice": study.spice}


def _table(one: Population) -> str:
    """The table of a study file that says what cells of a kind are."""
    return one.name if one.name == COMMON else f"kinds.{one.name}"
