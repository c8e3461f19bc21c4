"""`ag2s params`: nothing that a study file may state is missing, and what is said of it is so."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import pyspice_models
from pyspice_models import RequestError, study_from
from pyspice_models.campaign.lasting import DisturbParams, RetainParams
from pyspice_models.campaign.margin import MarginParams
from pyspice_models.campaign.parameters import parameter_sheets, sheets_as_data
from pyspice_models.cli.main import app
from pyspice_models.declare.quantity import ParameterSet, Quantity
from pyspice_models.export.aihwkit.contents import TrainingPulses
from pyspice_models.program.learning.rules.rule import RuleParams
from pyspice_models.program.learning.tiles.audit import AuditLimits
from pyspice_models.study.tables.declared import quantity_at

STUDIES = sorted((Path(__file__).resolve().parents[3] / "scripts" / "studies").glob("*.toml"))
SHEETS = parameter_sheets()

# what is declared, and is no key of a study file
NO_KEYS = {
    MarginParams: "options of `ag2s margin`",
    DisturbParams: "options of `ag2s disturb`",
    RetainParams: "options of `ag2s retain`",
    TrainingPulses: "of a bundle for aihwkit",
    AuditLimits: "how far a table of responses may be off",
    RuleParams: "what the methods' own have in common",
}


def _classes(of: type[ParameterSet]) -> Iterator[type[ParameterSet]]:
    """Those that stand in a file; of cells that are a user's, they are made when they are read."""
    for one in of.__subclasses__():
        if hasattr(sys.modules.get(one.__module__), one.__name__):
            yield one
        yield from _classes(one)


def test_every_declaration_is_listed() -> None:
    for module in pkgutil.walk_packages(pyspice_models.__path__, "pyspice_models."):
        if module.name != "pyspice_models.__main__":
            importlib.import_module(module.name)
    listed = {id(one.declared) for sheet in SHEETS for one in sheet.parameters}
    missing = {
        kind.__name__
        for kind in _classes(ParameterSet)
        if kind.__module__.startswith("pyspice_models.") and not kind.__name__.startswith("_") and kind not in NO_KEYS
        for declared in {**kind.quantities(), **kind.choices()}.values()
        if id(declared) not in listed
    }
    assert not missing


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_the_keys_of_the_shipped_studies_are_listed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)  # where their files are
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    of_files = "verilog_a" in tables.get("cell", {}) or "subckt" in tables.get("cell", {})
    keys = [
        (table, "", key, f"{table}.{key}")
        for table, own in tables.items() if isinstance(own, dict) and not (table == "cell" and of_files)
        for key in own
    ]  # fmt: skip
    keys += [
        ("program", step["do"], key, f"program.{number}.{key}")
        for number, step in enumerate(tables.get("program", ())) for key in step
    ]  # fmt: skip
    for table, word, key, place in keys:
        if (declared := quantity_at(tables, place)) is None:
            continue
        sheets = [sheet for sheet in SHEETS if sheet.table == table and (not word or f'"{word}"' in sheet.which)]
        units = {one.unit for sheet in sheets for one in sheet.parameters if one.name == key}
        assert declared.unit in units, place


def test_a_default_that_is_stated_changes_nothing() -> None:
    silent = {"array": {"rows": 2, "cols": 2}, "program": [{"do": "read", "row": 0, "col": 0}]}
    of_one_kind = [sheet for sheet in SHEETS if sheet.table in {"wire", "driver", "sensing", "study", "accuracy"}]
    of_one_kind += parameter_sheets("ag2s")
    count = 0
    for sheet in of_one_kind:
        stated = {one.name: one.default for one in sheet.parameters if one.default is not None}
        count += len(stated)
        assert study_from({**silent, sheet.table: stated}) == study_from(silent), sheet.title
    assert count > 80


def test_the_ends_of_a_range_are_those_that_are_refused() -> None:
    (wire,) = parameter_sheets("wire")
    base = {"array": {"rows": 1, "cols": 1}, "program": [{"do": "read", "row": 0, "col": 0}]}
    for one in wire.parameters:
        if isinstance(one.declared, Quantity):
            with pytest.raises(RequestError) as refused:
                study_from({**base, "wire": {one.name: one.declared.high * 2}})
            assert one.allowed in str(refused.value)


def test_a_calibrated_number_says_to_what() -> None:
    """In the same words as in reports, and in what `ag2s assumptions` prints."""
    tags = {one.name: one.tag for sheet in parameter_sheets("ag2s") for one in sheet.parameters}
    assert tags["p_int"] == "assumed, calibrated to sym_point_mid"
    assert {tag for tag in tags.values() if "," not in tag} <= {"measured", "derived", "assumed", "choice"}


def _ag2s(*words: str, width: int = 200):
    return CliRunner().invoke(app, ["params", *words], env={"COLUMNS": str(width)})


def test_the_command_lists_a_table() -> None:
    done = _ag2s("wire")
    assert done.exit_code == 0
    assert "[wire]" in done.stdout
    for one in parameter_sheets("wire")[0].parameters:
        assert one.name in done.stdout
    line = next(line for line in done.stdout.splitlines() if "resistivity_wl" in line)
    assert all(word in line for word in ("22 nohm*m", ">= 0 and <= 1", "assumed", "resistivity of a 50 nm thick"))
    assert json.loads(_ag2s("wire", "--json").stdout) == json.loads(
        json.dumps(sheets_as_data(parameter_sheets("wire")))
    )


def test_without_a_table_it_lists_all() -> None:
    done = _ag2s("--json")
    assert done.exit_code == 0
    assert [(one["table"], one["which"]) for one in json.loads(done.stdout)] == [
        (one.table, one.which) for one in SHEETS
    ]


@pytest.mark.parametrize(
    ("asked", "near"),
    [("wir", "wire"), ("[drivers]", "driver"), ("vtem", "vteam"), ("reed", "read"), ("learning.sdg", "learning.sgd")],
)
def test_an_unknown_table_is_told_the_nearest(asked: str, near: str) -> None:
    done = _ag2s(asked)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert f"did you mean '{near}'?" in " ".join(done.stderr.split())


@pytest.mark.parametrize("asked", ["zzzzzz", "x" * 5000, "\n", "[b]"])
def test_nonsense_is_told_what_there_is(asked: str) -> None:
    done = _ag2s(asked)
    assert done.exit_code == 2
    assert "write_verify" in done.stderr
    assert len(done.stderr) < 2000
