"""The `[cell]` table that `ag2s cell check` prints runs as it is pasted, and means what the check measured."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from check_cases import ACCEPTED, MINIATURES, REMARKED, checked
from own_cases import ROOT

from pyspice_models import RequestError, load_study, run_study
from pyspice_models.foreign.alone.sheet import cell_sheet
from pyspice_models.foreign.check import Checked
from pyspice_models.units import parse

pytestmark = pytest.mark.usefixtures("no_pictures")

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
    assert model.read_voltage == pytest.approx(
        parse(tomllib.loads(found.table)["cell"]["read_voltage"], "V", name="v"), abs=1e-9
    )
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
    """As the command prints it, in a folder of one's own; and the file must stay the one that was checked."""
    (tmp_path / "models").mkdir()
    mine = tmp_path / "models" / "mine.va"
    shutil.copy(MINIATURES / "ok_ddt_node.va", mine)
    said = subprocess.run(
        [AG2S, "cell", "check", "models/mine.va", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False,
        timeout=300,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert tomllib.loads(found["table"])["cell"]["verilog_a"] == "models/mine.va"
    check_means_what_was_measured(
        Checked("mine.va", "verilog_a", found["module"], (), found["facts"], found["table"]), tmp_path
    )
    mine.write_text(mine.read_text().replace("1e-5*x", "2e-5*x"))
    with pytest.raises(RequestError, match=r"cell\.checked = '\w{16}' is refused; .* is another one than") as caught:
        load_study(tmp_path / "pasted.toml")
    line = found["table"].split("\n").index(next(one for one in found["table"].split("\n") if "checked" in one))
    at = (tmp_path / "pasted.toml").read_text().split("\n").index("[cell]") + 1 + line
    assert caught.value.__notes__ == [f"See {tmp_path / 'pasted.toml'}, line {at}."]


def test_the_page_says_what_is_printed() -> None:
    page = (ROOT / "docs" / "own-cell.md").read_text(encoding="utf-8")
    assert 'holds = "change"' in page
