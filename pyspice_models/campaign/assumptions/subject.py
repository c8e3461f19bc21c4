"""A study whose parameters can be changed one by one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pyspice_models.cells.ag2s.presets import Preset, load_preset, preset
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.engine import engine as engine_of
from pyspice_models.study.study import Study
from pyspice_models.study.tables.read import nominal_study
from pyspice_models.study.tables.variation import variation_from
from pyspice_models.study.variation import Variation

FAST = "nodal"


@dataclass(frozen=True)
class Subject:
    """What is varied.

    Attributes:
        study: as designed, without what `[variability]` draws.
        variation: which array is drawn, or None.
        tables: of the study file, so that what follows from a parameter follows a change of it; None of a study that
            was built from objects, whose other values stay as they are.
        folder: in which files that the study names are looked for.
    """

    study: Study
    variation: Variation | None = None
    tables: Mapping[str, Any] | None = None
    folder: Path = field(default_factory=Path)

    @property
    def parts(self) -> dict[str, ParameterSet]:
        """The parameter sets that the study has, by the table of a study file that they stand in."""
        bar = self.study.crossbar
        found: dict[str, ParameterSet] = {"cell": bar.cell, "wire": bar.wire, "driver": bar.driver}
        if bar.selector is not None:
            found["transistor" if isinstance(bar.selector, TransistorParams) else "selector"] = bar.selector
        return found

    @property
    def preset(self) -> Preset | None:
        """The preset that the cell begins from, which says where its numbers come from; None without one."""
        name = (self.tables or {}).get("cell", {}).get("preset")
        if name is None:
            return None
        return load_preset(self.folder / name) if name.endswith(".toml") else preset(name)

    def changed(self, values: Mapping[str, float]) -> Study:
        """The study, as designed, with other values of the parameters with these keys, such as `cell.alpha`, SI.

        Raises:
            RequestError: they do not go together with the rest of the study.
        """
        if self.tables is None:
            return replace(self.study, crossbar=self.study.crossbar.replace(**_parts(self.parts, values)))
        tables = copy.deepcopy(dict(self.tables))
        for key, value in values.items():
            table, _, name = key.partition(".")
            tables.setdefault(table, {})[name] = value
        study = nominal_study(tables, folder=self.folder, name=self.study.name)
        return replace(study, engine=self.study.engine, form=self.study.form)


def _parts(parts: Mapping[str, ParameterSet], values: Mapping[str, float]) -> dict[str, Any]:
    """Arguments of a crossbar by name."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        table, _, name = key.partition(".")
        attribute = "selector" if table in ("transistor", "selector") else table
        found[attribute] = replace(found.get(attribute, parts[table]), **{name: value})
    return found


def subject_of(
    tables: Mapping[str, Any], *, folder: Path, name: str, engine: str = "", form: str = ""
) -> Subject:  # fmt: skip
    """The study in the tables of a file.

    Where neither `engine` nor the tables name one, the package's own solver does it if it can: it is the fastest.

    Raises:
        RequestError: no valid study, or one that the engine cannot simulate.
    """
    study = nominal_study(tables, folder=folder, name=name)
    if not engine and "engine" not in tables.get("study", {}):
        able = not engine_of(FAST).lacks(study.crossbar, study.outline, form or study.form)
        engine = FAST if able else study.engine
    study = replace(study, engine=engine or study.engine, form=form or study.form)
    return Subject(study, variation_from(tables, study.crossbar), tables, folder)
