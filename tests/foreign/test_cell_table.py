"""The `[cell]` table that `ag2s cell check` prints runs as it is pasted, and means what the check measured."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from check_cases import ACCEPTED, MINIATURES, REMARKED, checked
from own_cases import ROOT

from pyspice_models import load_study, run_study
from pyspice_models.foreign.alone.sheet import cell_sheet
from pyspice_models.foreign.check import Checked
from pyspice_models.units import parse

AG2S = Path(sys.executable).parent / "ag2s"
FAST = ("ok_two_states.va", "ok_capacitor.sub", "ltspice.sub", "sdt.sub")
EVERY = [*ACCEPTED, *REMARKED]


def study_of(found: Checked) -> str:
    """A small study around a table as it was printed: two cells, one at each end where it has levels."""
    table = tomllib.loads(found.table)["cell"]
    amplitude, width = (str(found.facts["pulse"]).split(", ")) if "pulse" in found.facts else ("1 V", "1 us")
    initial = '[array.initial]\npattern = "checkerboard"\nlow = 0.1\nhigh = 0.9\n' if table.get("states") else ""
    return (
        f'[study]\nname = "pasted"\n[array]\nrows = 1\ncols = 2\n{initial}\n{found.table}\n'
        f'[[program]]\ndo = "write"\nrow = 0\ncol = 1\nvoltage = "{amplitude}"\nwidth = "{width}"\n'
        f'[[program]]\ndo = "read"\nrow = 0\nvoltage = "{table["read_voltage"]}"\n'
    )


def check_means_what_was_measured(found: Checked, folder: Path) -> None:
    (folder / "pasted.toml").write_text(study_of(found))
    outcome = run_study(load_study(folder / "pasted.toml"))
    model = outcome.study.crossbar.model
    assert model.read_voltage == pytest.approx(parse(tomllib.loads(found.table)["cell"]["read_voltage"], "V", name="v"))
    assert outcome.measures["energy_selected_cell"].value > 0, "it takes energy"
    for state in model.states:
        wave = outcome.dataset[state.name].values[:, 0]
        start = outcome.study.crossbar.values(state.initial)[0]
        np.testing.assert_allclose(wave[0], start, atol=2e-6, err_msg="a state begins where the pattern has it")
    if model.states:
        assert outcome.measures["state_change"].value > 0, "a positive voltage sets"
    if model.equations is not None and len(model.states) == 1:
        low, high = found.facts["conductance, least and most [S]"]  # type: ignore[misc]
        ends = outcome.study.crossbar.conductance(model.read_voltage, np.array([[0.0, 1.0]]))[0]
        assert ends == pytest.approx([low, high], rel=0.02, abs=0)


@pytest.mark.parametrize(
    "name", [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in EVERY]
)
def test_a_printed_table_runs_as_it_is_pasted(name: str, tmp_path: Path) -> None:
    check_means_what_was_measured(checked(name), tmp_path)


def test_every_line_that_a_table_offers_can_be_taken(tmp_path: Path) -> None:
    """The commented parameters, and with a state that changes from its initial value `ag2s characterize --study`."""
    found = checked("ok_two_states.va")
    assert "holds" in found.table
    (tmp_path / "pasted.toml").write_text(study_of(found))
    plain = load_study(tmp_path / "pasted.toml").crossbar.cell
    sheet = cell_sheet(plain, 1.0)
    assert np.isfinite(sheet["switching_time"].values).all()
    conductance = sheet["pulse_conductance"].values
    assert (np.diff(conductance[:21]) > 0).all(), "set pulses raise it"
    own = checked("ok_capacitor.sub")
    assert "# k = 1000000" in own.table
    (tmp_path / "taken.toml").write_text(re.sub(r"(?m)^# (?=\w+ = )", "", study_of(own)))
    assert load_study(tmp_path / "taken.toml").crossbar.cell.as_dict()["k"] == 1e6


def test_a_table_names_its_file_from_the_current_folder(tmp_path: Path) -> None:
    """By the commands alone, in a folder of one's own."""
    (tmp_path / "models").mkdir()
    shutil.copy(MINIATURES / "ok_ddt_node.va", tmp_path / "models" / "mine.va")

    def run(*words: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [AG2S, *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
        )  # fmt: skip

    said = run("cell", "check", "models/mine.va", "--json")
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert tomllib.loads(found["table"])["cell"]["verilog_a"] == "models/mine.va"
    body = Checked("mine.va", "verilog_a", found["module"], (), found["facts"], found["table"])
    (tmp_path / "pasted.toml").write_text(study_of(body))
    for words in (
        ["simulate", "pasted.toml", "--out", "out"],
        ["characterize", "--study", "pasted.toml", "--voltage", "1V", "--out", "sheet"],
    ):
        done = run(*words)
        assert done.returncode == 0, done.stderr
    measures = json.loads((tmp_path / "out" / "measures.json").read_text())["measures"]
    assert measures["state_change"]["value"] > 0
    assert (tmp_path / "sheet" / "cell.json").is_file()


def test_the_page_says_what_is_printed() -> None:
    page = (ROOT / "docs" / "own-cell.md").read_text(encoding="utf-8")
    assert 'holds = "change"' in page
