"""The studies that ship with the package, in a checkout or in an installed one: what each is called and answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path

from pyspice_models.study.tables.change import read_tables

STUDIES, EXAMPLES, NOTEBOOKS = "studies", "examples", "notebooks"
"""Folders of what ships; of the last a release may have none."""


@dataclass(frozen=True)
class Shipped:
    """A study that ships.

    Attributes:
        name: of its file, without the ending.
        title: as its results carry it.
        answers: what it shows, in the words at its head.
        command: that runs it, such as "simulate".
        path: of its file.
    """

    name: str
    title: str
    answers: str
    command: str
    path: Path


def shipped_folder(name: str) -> Path | None:
    """Where STUDIES, EXAMPLES or NOTEBOOKS lie; None where this release has none.

    Raises:
        FileNotFoundError: not even the studies are there: the installation is broken.
    """
    package = Path(__file__).resolve().parent.parent
    for root in (package.parent, package / "_data"):
        if (root / "scripts" / STUDIES / "write_read.toml").is_file():
            folder = root / "scripts" / name
            return folder if folder.is_dir() else None
    raise FileNotFoundError("the studies are neither beside the package nor in it: the installation is broken")


def shipped_studies() -> list[Shipped]:
    """All of them, by name."""
    folder = shipped_folder(STUDIES)
    assert folder is not None
    return [_shipped(path) for path in sorted(folder.glob("*.toml"))]


def studies_as_data(studies: Sequence[Shipped]) -> list[dict[str, str]]:
    """The same as plain data."""
    return [asdict(study) | {"path": str(study.path)} for study in studies]


def _shipped(path: Path) -> Shipped:
    tables = read_tables(path)
    head = takewhile(lambda line: line.startswith("#"), path.read_text(encoding="utf-8").splitlines())
    told = " ".join(" ".join(line.lstrip("#") for line in head).split())
    return Shipped(path.stem, str(tables["study"]["title"]), told, _command(tables, told), path)


def _command(tables: dict[str, object], told: str) -> str:
    """Whose table it has; tuning is a training of many. A command without a table stands in the words at its head."""
    if named := re.search(r"\bag2s (retain|disturb|rare) ", told):
        return named[1]
    if "learning" in tables:
        return "learn --tune" if "sweep" in tables else "learn"
    if "programming" in tables:
        return "program"
    commands = {
        "yield": "yield",
        "sweep": "sweep",
        "montecarlo": "montecarlo",
        "write_verify": "write-verify",
        "inference": "infer",
    }
    return next((command for table, command in commands.items() if table in tables), "simulate")
