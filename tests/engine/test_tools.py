"""Finding the real tools, and saying what is wrong with those that are missing, too old or broken.

Nothing is skipped where a tool is missing: then the set-up is broken, and the test says so.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pyspice_models.cli.commands.doctor import doctor_command
from pyspice_models.engine.toolchain import tools
from pyspice_models.engine.toolchain.proof import prove
from pyspice_models.engine.toolchain.tools import Tool, require
from pyspice_models.errors import ToolError

FINDERS = [tools.find_ngspice, tools.find_libngspice, tools.find_openvaf, tools.find_linker, tools.find_vacask]


def stub(folder: Path, words: str, *, then: str = "") -> str:
    """A program that prints some words, whatever it is asked; its path."""
    path = folder / "stub"
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{words}\nEND\n{then}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("find", FINDERS)
def test_each_tool_is_found_and_runs(find) -> None:
    tool = find()
    assert tool.found, f"{tool.name}: {tool.missing_reason}. {tool.how_to_get}"
    assert tool.version
    assert tool.path is not None
    assert tool.path.is_absolute()
    assert tool.path.exists()


@pytest.mark.parametrize("find", [tools.find_ngspice, tools.find_libngspice])
@pytest.mark.parametrize("capability", ["OSDI", "KLU"])
def test_ngspice_can_do_what_is_needed(find, capability: str) -> None:
    assert require(find(), version=tools.NGSPICE_NEEDED, capability=capability).is_file()


@pytest.mark.parametrize("simulator", ["ngspice", "VACASK"])
def test_a_verilog_a_resistor_is_compiled_and_measured(simulator: str) -> None:
    assert prove(simulator) == ""


def test_missing_ngspice_tells_reason_and_next_step(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AG2S_NGSPICE", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    tool = tools.find_ngspice()
    assert not tool.found
    with pytest.raises(ToolError, match=r"no ngspice on PATH.*scripts/setup") as caught:
        require(tool)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("variable", "find"),
    [
        ("AG2S_NGSPICE", tools.find_ngspice),
        ("AG2S_LIBNGSPICE", tools.find_libngspice),
        ("AG2S_OPENVAF", tools.find_openvaf),
        ("AG2S_VACASK", tools.find_vacask),
    ],
)
def test_a_named_tool_that_is_not_there_is_not_replaced_by_another(monkeypatch, variable: str, find) -> None:
    monkeypatch.setenv(variable, "/nowhere/tool")
    with pytest.raises(ToolError, match="/nowhere/tool"):
        require(find())


def test_too_old_ngspice_names_both_versions(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AG2S_NGSPICE", stub(tmp_path, "** ngspice-42 : Circuit level simulation program"))
    tool = tools.find_ngspice()
    assert tool.found
    assert tool.version == "42"
    assert "OSDI" not in tool.capabilities
    with pytest.raises(ToolError, match=r"ngspice 42 .*too old: 44 or later.*scripts/setup"):
        require(tool, version="44")


def test_ngspice_built_without_osdi_is_told_apart_from_an_old_one(monkeypatch, tmp_path: Path) -> None:
    words = "** ngspice-46 : Circuit level simulation program\npre_osdi: no such command available in ngspice"
    monkeypatch.setenv("AG2S_NGSPICE", stub(tmp_path, words))
    with pytest.raises(ToolError, match="without OSDI"):
        require(tools.find_ngspice(), version="44", capability="OSDI")


def test_a_program_that_is_not_ngspice_is_refused(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AG2S_NGSPICE", stub(tmp_path, "hello"))
    with pytest.raises(ToolError, match="does not run as ngspice"):
        require(tools.find_ngspice())


def test_a_tool_that_hangs_is_given_up(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tools, "PROBE_TIME_LIMIT", 0.5)
    monkeypatch.setenv("AG2S_NGSPICE", stub(tmp_path, "** ngspice-46", then="exec sleep 60"))
    with pytest.raises(ToolError, match=r"did not end within 0\.5 s"):
        require(tools.find_ngspice())


@pytest.mark.parametrize(
    ("found", "needed", "enough"),
    [("44", "44", True), ("44.2", "44", True), ("46", "44.2", True), ("100", "44", True), ("43.9", "44", False)],
)
def test_versions_compare_as_numbers(found: str, needed: str, enough: bool) -> None:
    tool = Tool("a tool", Path("/bin/true"), found)
    if enough:
        assert require(tool, version=needed) == Path("/bin/true")
    else:
        with pytest.raises(ToolError, match="too old"):
            require(tool, version=needed)


def run_doctor(*arguments: str):
    app = typer.Typer()
    app.command()(doctor_command)
    return CliRunner().invoke(app, list(arguments))


def test_doctor_prints_json_alone() -> None:
    done = run_doctor("--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["ok"]
    assert {row["name"] for row in report["tools"]} == {"ngspice", "libngspice", "openvaf-r", "ld", "VACASK"}
    assert {"ag2s-crossbar", "numpy", "numba"} <= {row["name"] for row in report["packages"]}


def test_doctor_tells_people_what_is_here() -> None:
    done = run_doctor()
    assert done.exit_code == 0, done.output
    assert "OSDI" in done.output
    assert "works" in done.output


def test_doctor_tells_a_missing_tool_once_and_what_works_without_it(monkeypatch) -> None:
    monkeypatch.setenv("AG2S_OPENVAF", "/nowhere/openvaf-r")
    done = run_doctor()
    assert done.exit_code == 1
    said = " ".join(done.stderr.split())
    assert said.count("openvaf-r cannot be used") == said.count("problem: ") == 1
    assert "--form subckt in ngspice, or by --engine nodal" in said


def test_doctor_fails_where_a_needed_tool_is_missing(monkeypatch) -> None:
    monkeypatch.setenv("AG2S_NGSPICE", "/nowhere/ngspice")
    done = run_doctor("--json")
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    row = next(row for row in report["tools"] if row["name"] == "ngspice")
    assert not row["ok"]
    assert "/nowhere/ngspice" in row["problem"]
    assert f"problem: {row['problem']}" in done.stderr
    assert "scripts/setup" in row["problem"]
