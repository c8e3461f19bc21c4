"""Rows of the device sheet held against the published numbers, and the command."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from characterize_cases import Called
from typer.testing import CliRunner

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cli.commands import characterize as command
from pyspice_models.cli.main import app
from pyspice_models.lab.characterize import Sheet
from pyspice_models.lab.conditions import WIDTH
from pyspice_models.lab.published import PEERS, TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]


# ---- published numbers


def test_a_row_that_something_was_tuned_to_is_no_prediction() -> None:
    for target in TARGETS:
        assert bool(target.tuned) == (target.basis == "calibrated"), target.id
    assert not [target.id for target in TARGETS if target.basis == "predicted"]


def test_each_parameter_says_what_it_was_calibrated_to_and_the_row_says_it_back() -> None:
    tuned = {target.id: target.tuned for target in TARGETS}
    for name, declared in CellParams.quantities().items():
        if declared.calibrated_to:
            assert declared.calibrated_to in tuned, f"{name} is calibrated to {declared.calibrated_to}, which is no row"
            assert name in tuned[declared.calibrated_to]


def test_rows_are_unique_and_documented() -> None:
    ids = [target.id for target in TARGETS]
    assert len(ids) == len(set(ids))
    text = (ROOT / "docs" / "device_sheet.md").read_text()
    for name in ids:
        assert f"`{name}`" in text or (name.startswith("sym_point") and f"`_{name.split('_')[-1]}`" in text), name


def test_criteria_are_strict_where_they_say_so() -> None:
    def target(criterion: str, published: float | None, tolerance: float) -> Target:
        return Target("a", "b", published, "", tolerance, criterion, "derived", "c")  # type: ignore[arg-type]

    assert target("relative", -0.1, 0.05).met_by(-0.1049)
    assert not target("relative", -0.1, 0.05).met_by(-0.1051)
    assert not target("relative", -0.1, 0.05).met_by(0.1)
    assert target("absolute", 0.0, 0.01).met_by(-0.01)
    assert not target("below", None, 1.0).met_by(1.0)
    assert not target("above", None, 10.0).met_by(10.0)
    assert not target("above", None, 10.0).met_by(math.nan)


def test_table_s1_holds_this_cell_with_the_sheets_numbers() -> None:
    own = PEERS[-1]
    energy = next(target for target in TARGETS if target.id == "energy")
    assert own.device == "Ag2S CBM"
    assert own.energy == energy.published
    assert own.pulse == WIDTH
    assert len(PEERS) == 11


# ---- command line


def test_json_alone_on_standard_output_and_pictures_in_the_folder(called: Called) -> None:
    done, out = called.done, called.folder
    assert done.exit_code == 0, done.stderr
    sheet = json.loads(done.stdout)
    assert sheet["form"] == "twin"
    needed = {"id", "quantity", "published", "simulated", "unit", "tolerance", "ok", "provenance", "source"}
    for row in sheet["targets"]:
        assert needed <= set(row)
        assert row["ok"] is True
        assert row["provenance"] in {"measured", "derived", "assumed"}
    assert f"{len(TARGETS)} of {len(TARGETS)} rows ok" in done.stderr
    assert sheet["independent_predictions"] == sum(row["basis"] == "predicted" for row in sheet["targets"])
    assert sheet["closing"].startswith("0 of 23 rows are independent predictions (")
    assert json.loads((out / "sheet.json").read_text()) == sheet
    from matplotlib.image import imread

    from pyspice_models.report.device.sheet import FIGURES

    for name in FIGURES:
        picture = imread(out / f"{name}.png")
        assert picture[..., :3].std() > 0.02, f"{name} is blank"


def test_a_row_that_is_not_ok_is_named_and_ends_in_status_1(
    wrong_sheet: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(command, "characterize", lambda *_, **__: wrong_sheet)
    done = CliRunner().invoke(app, ["characterize", "--form", "twin"])
    assert done.exit_code == 1
    assert "not ok: energy" in done.stderr
    assert "not ok" not in done.stdout


@pytest.mark.parametrize(("words", "named"), [(["--form", "veriloga"], "veriloga"), (["--seed", "-1"], "--seed")])
def test_a_wrong_request_ends_in_status_2(words: list[str], named: str) -> None:
    done = CliRunner().invoke(app, ["characterize", *words])
    assert done.exit_code == 2
    assert named in done.stderr


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    done = CliRunner().invoke(app, ["characterize", "--form", "twin", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]
