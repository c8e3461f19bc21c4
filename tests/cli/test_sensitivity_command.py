"""`ag2s sensitivity` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyspice_models import load
from pyspice_models.cli.main import app


@pytest.fixture
def study(studies: Path) -> Path:
    return studies / "sneak_read.toml"


def test_currents_with_bounds_and_elements_are_printed(study: Path) -> None:
    told = CliRunner().invoke(app, ["sensitivity", str(study), "--ohmic", "--most", "3"])
    assert told.exit_code == 0, told.output
    for words in ("off by at most", "by the adjoint", "answers to most", "cell (", "cells are resistors"):
        assert words in told.output


def test_json_and_a_folder(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "map"
    command = ["sensitivity", str(study), "--output", "word 3", "--json", "--out", str(out)]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.output
    data = json.loads(told.stdout)
    assert data == json.loads((out / "sensitivity.json").read_text())
    assert [one["output"] for one in data["outputs"]] == ["word 3"]
    assert load(out / "sensitivity.nc")["by_cell"].sizes["output"] == 1
    assert (out / "sensitivity_word_3.png").read_bytes().startswith(b"\x89PNG")
    again = CliRunner().invoke(app, [*command, "--set", "wire.width=2um"])
    assert again.exit_code == 2, "another question's result is not replaced"
    assert json.loads((out / "sensitivity.json").read_text()) == data


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--output", "col 3"], "--output = 'col 3' is refused; allowed: a line and its number"),
        (["--output", "bit 99"], "output = 'bit 99' is refused"),
        (["--step", "7"], "step = 7 is refused"),
        (["--most", "0"], "--most = 0 is refused; allowed: a whole number from 1 to 10000"),
        (["--set", "selector.kind=threshold"], "selector"),
    ],
)
def test_a_wrong_request_ends_with_status_2(study: Path, words: list[str], message: str) -> None:
    told = CliRunner().invoke(app, ["sensitivity", str(study), *words])
    assert told.exit_code == 2
    assert message in told.output
    assert "Traceback" not in told.output


def test_pulses_before_the_step_are_told(studies: Path) -> None:
    told = CliRunner().invoke(app, ["sensitivity", str(studies / "ir_drop.toml"), "--set", "array.rows=8", "--json"])
    assert told.exit_code == 0, told.output
    assert "what 1 pulse before this step would change is not in them" in told.stderr
