"""A study whose parameters can be changed one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyspice_models.cells.presets import Preset, preset
from pyspice_models.cells.selectors.kinds import Transistor
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.engine import engine as engine_of
from pyspice_models.study.study import Study
from pyspice_models.study.tables.source import Given, Source
from pyspice_models.study.variation import Variation

FAST = "nodal"


@dataclass(frozen=True)
class Subject:
    """What is varied.

    Attributes:
        study: as designed, without what `[variability]` draws.
        source: its tables, so that what follows from a parameter follows a change of it.
    """

    study: Study
    source: Source

    @cached_property
    def variation(self) -> Variation | None:
        """Which array is drawn, or None."""
        return self.source.variation(self.study)

    def write(self, folder: Path) -> None:
        """Write the study with its input files, so that `ag2s assumptions FOLDER/study.toml` is about the same.

        Raises:
            RequestError, StorageError: see `write_tables`.
        """
        self.source.write(folder, "assumptions")

    @property
    def parts(self) -> dict[str, ParameterSet]:
        """The parameter sets that the study has, by the table of a study file that they stand in."""
        bar = self.study.crossbar
        found: dict[str, ParameterSet] = {"cell": bar.cell, "wire": bar.wire, "driver": bar.driver}
        if bar.selector is not None:
            found["transistor" if isinstance(bar.selector, Transistor) else "selector"] = bar.selector
        return found

    @property
    def preset(self) -> Preset | None:
        """The preset that the cell begins from, which says where its numbers come from; None without one."""
        name = self.source.tables.get("cell", {}).get("preset")
        if name is None:
            return None
        return preset(self.source.folder / name if name.endswith(".toml") else name, self.study.crossbar.model.name)

    def changed(self, values: Mapping[str, float]) -> Study:
        """The study, as designed, with other values of the parameters with these keys, such as `cell.alpha`, SI.

        Raises:
            RequestError: they do not go together with the rest of the study.
        """
        changed = self.source
        for key, value in values.items():
            table, _, name = key.partition(".")
            changed = changed.with_keys(table, {name: value})
        return changed.nominal()


def subject_of(
    given: Given, changes: Iterable[str] = (), *, engine: str = "", form: str = "", name: str = "study"
) -> Subject:
    """What is varied, of a study, a study file or the tables of one.

    Where neither `engine` nor a file names one, the package's own solver does it if it can: it is the fastest.

    Args:
        given: what there is.
        changes: `KEY=VALUE`, as `--set` takes them.
        engine, form: instead of its own.
        name: of what is given as tables.

    Raises:
        RequestError: no valid study, or one that the engine cannot simulate.
    """
    source = Source.of(given, changes, engine=engine, form=form, name=name)
    study = source.nominal()
    study.crossbar.check_one_kind("`ag2s assumptions`")
    if "engine" not in source.tables.get("study", {}) and not engine_of(FAST).lacks(
        study.crossbar, study.outline, study.form
    ):
        source = source.with_keys("study", {"engine": FAST})
        study = source.nominal()
    return Subject(study, source)
