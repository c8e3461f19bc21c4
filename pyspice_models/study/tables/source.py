"""What a study comes from, whoever gives it: an object, a file, or tables; campaigns change it before it is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pyspice_models.inputs.toml_lines import told_where
from pyspice_models.study.study import NAME, Study
from pyspice_models.study.tables.change import change_tables, copy_tables, read_tables
from pyspice_models.study.tables.objects import tables_of
from pyspice_models.study.tables.read import nominal_study, study_from
from pyspice_models.study.tables.steps import listed_steps
from pyspice_models.study.tables.variation import variation_from
from pyspice_models.study.tables.write import write_tables
from pyspice_models.study.variation import Variation

_COMMANDS = (
    "sweep", "montecarlo", "yield", "write_verify", "programming", "learning", "inference", "disturb", "retain"
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Where a study comes from. An object and the file that it writes are the same source of the same studies.

    Attributes:
        name: of the study.
        tables: of a study file.
        folder: in which files that the tables name are looked for.
        file: that the tables were read from, for messages.
        changes: that were made to them since.
    """

    name: str
    tables: Mapping[str, Any]
    folder: Path = field(default_factory=Path)
    file: Path | None = field(default=None, compare=False)
    changes: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def of(
        cls, given: Given, changes: Iterable[str] = (), *, engine: str = "", form: str = "", name: str = "study"
    ) -> Source:
        """From an object, tables, or the path of a study file.

        Args:
            given: what there is.
            changes: `KEY=VALUE`, as `--set` takes them.
            engine, form: instead of its own.
            name: of what is given as tables.

        Raises:
            RequestError: no such file, not TOML, a change that leads nowhere, an object that no file can hold.
        """
        if isinstance(given, Source):
            source = given
        elif isinstance(given, Study):
            source = cls(given.name, tables_of(given))
        elif isinstance(given, Mapping):
            tables = copy_tables(given)
            source = cls(name, {key: listed_steps(v, Path()) if key == "program" else v for key, v in tables.items()})
        else:
            path = Path(given)
            with told_where(path):
                source = cls(path.stem, read_tables(path), path.parent, path)
        found = source.changed(changes)
        tool = {key: word for key, word in (("engine", engine), ("form", form)) if word}
        found = found.with_keys("study", tool) if tool else found
        head = found.tables.get("study")
        own = head.get("name") if isinstance(head, Mapping) else None
        return replace(found, name=own) if isinstance(own, str) and NAME.fullmatch(own) else found

    def changed(self, changes: Iterable[str]) -> Source:
        """With `KEY=VALUE` applied.

        Raises:
            RequestError: a change that leads nowhere.
        """
        tables, made = copy_tables(self.tables), tuple(changes)
        for change in made:
            change_tables(tables, change)
        return replace(self, tables=tables, changes=self.changes + made)

    def with_keys(self, table: str, keys: Mapping[str, Any]) -> Source:
        """With these keys in a table, which is made if need be; what is there and no table stays, to be refused."""
        own = self.tables.get(table, {})
        return replace(self, tables={**self.tables, table: {**own, **keys} if isinstance(own, Mapping) else own})

    def without(self, *tables: str) -> Source:
        """Without these tables."""
        return replace(self, tables={key: value for key, value in self.tables.items() if key not in tables})

    def nominal(self) -> Study:
        """The study as designed; see `nominal_study`."""
        with told_where(self.file, self.changes):
            return nominal_study(self.tables, folder=self.folder, name=self.name)

    def study(self) -> Study:
        """The study with what `[variability]` draws; see `study_from`."""
        with told_where(self.file, self.changes):
            return study_from(self.tables, folder=self.folder, name=self.name)

    def variation(self, nominal: Study) -> Variation | None:
        """What `[variability]` says; see `variation_from`."""
        return variation_from(self.tables, nominal.crossbar)

    def write(self, folder: Path, *kept: str) -> None:
        """Write the tables with the files that they name, so that a command asks the same of `FOLDER/study.toml`.

        Args:
            folder: that is there.
            kept: tables of commands that stay; those of all others are left out.

        Raises:
            RequestError, StorageError: see `write_tables`.
        """
        others = self.without(*(table for table in _COMMANDS if table not in kept))
        write_tables(others.with_keys("study", {"name": self.name}).tables, folder, self.folder)


Given = Study | Mapping[str, Any] | Path | str | Source
"""What takes the place of a study wherever many are made of it: a study, the tables of one, a study file, a source."""
