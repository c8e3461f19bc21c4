"""`ag2s report`: pages, figures and numbers where they were asked for; what is no result ends with 2 and is named."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pyspice_models.cli.main import app
from pyspice_models.folders.found import found
from pyspice_models.folders.mark import AT_WORK, FAILED, MARK
from pyspice_models.report.page import save_figures_of
from pyspice_models.report.page.blocks import Map, Report, Section, Waves
from pyspice_models.result import load


def report(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, words)])


def told(*words: str | Path) -> str:
    """What is said of a request that is refused."""
    done = report(*words)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    return " ".join(done.stderr.split())


@pytest.fixture
def small(results: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(results / "small", tmp_path / "small"))


@pytest.fixture
def sheet(results: Path, tmp_path: Path) -> Path:
    """The one whose page is made soonest."""
    return Path(shutil.copytree(results / "sheet", tmp_path / "sheet"))


def test_the_page_lies_beside_the_folder_and_is_replaced_by_the_same_alone(sheet: Path) -> None:
    page = sheet.with_name("sheet-report.html")
    assert report(sheet).exit_code == 0
    first = page.read_bytes()
    assert first.startswith(b"<!doctype html>")
    assert report(sheet).exit_code == 0, "the same page may be written again"
    page.write_text("my own notes")
    assert "sheet-report.html" in told(sheet)
    assert page.read_text() == "my own notes"
    assert report(sheet, "--force").exit_code == 0
    assert page.read_bytes() == first


def test_every_figure_has_its_picture_and_its_numbers(results: Path, tmp_path: Path) -> None:
    to, folder = tmp_path / "p.html", tmp_path / "p-figures"
    words = [results / "sheet", "--to", to, "--figures", "svg,pdf", "--csv"]
    done = report(*words)
    assert done.exit_code == 0, done.output
    names = {path.name for path in folder.iterdir()} - {MARK}
    pictures = {Path(name).stem for name in names if name.endswith(".svg")}
    assert pictures == {"energy_energy_of_each_pulse", "potentiation_window_state_after_each_pulse"}
    assert {f"{name}.{form}" for name in pictures for form in ("svg", "pdf", "csv")} <= names
    before = {name: (folder / name).read_bytes() for name in names if name.endswith(".csv")}
    # the same figures may be asked for again; that they are drawn alike is held below
    assert report(*words[:-2], "svg", "--csv", "--force").exit_code == 0
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_maps_and_waves_are_drawn_the_same_every_time(reports: Mapping[str, Report], tmp_path: Path) -> None:
    whole = reports["small"]
    blocks = [block for section in whole.sections for block in section.blocks]
    waves = [block for block in blocks if isinstance(block, Waves)]
    maps = {block.scale: block for block in blocks if isinstance(block, Map)}
    assert set(maps) == {"linear", "log", "symlog"}
    few = replace(whole, sections=[Section("figures", "", [*waves, *maps.values()])])
    drawn = []
    for n in range(2):
        (tmp_path / str(n)).mkdir()
        paths = save_figures_of([few], tmp_path / str(n), ["svg"])
        assert len(paths) == 4
        drawn.append([path.read_bytes() for path in paths])
    assert drawn[0] == drawn[1]


def test_the_numbers_behind_waves_maps_and_tables(small: Path, tmp_path: Path) -> None:
    to, folder = tmp_path / "p.html", tmp_path / "p-figures"
    assert report(small, "--to", to, "--csv").exit_code == 0
    dataset = load(small / "result.nc")
    rows = list(csv.reader((folder / "waves.csv").open()))
    assert rows[0][:4] == ["time [s]", "word line 1 at its driver [V]", "bit line 1 at its sense circuit [V]",
                           "across the cell (1, 1) [V]"]  # fmt: skip
    assert np.array_equal([float(row[0]) for row in rows[1:]], dataset["time"].values)
    across = (dataset["v_word"] - dataset["v_bit"]).sel(row=1, col=1).values
    assert np.array_equal([float(row[3]) for row in rows[1:]], across)
    cells = list(csv.reader((folder / "map_w_before.csv").open()))
    assert cells[0] == ["word line", "bit line", "state w before the program [1]"]
    assert [float(row[2]) for row in cells[1:]] == dataset["w"].values[0].ravel().tolist()
    measures = json.loads((small / "measures.json").read_text())["measures"]
    table = {row[0]: row for row in csv.reader((folder / "measures.csv").open())}
    assert table["measure"] == ["measure", "value", "value unit", "what it means"]
    assert float(table["energy_per_switch"][1]) == measures["energy_per_switch"]["value"]
    assert table["energy_per_switch"][2] == "J"


@pytest.mark.parametrize("ending", ["html", pytest.param("pdf", marks=pytest.mark.slow)])
def test_several_folders(results: Path, tmp_path: Path, ending: str) -> None:
    to = tmp_path / f"both.{ending}"
    other = shutil.copytree(results / "sheet", tmp_path / "other")
    assert report(results / "sheet", other, "--to", to).exit_code == 0
    assert to.read_bytes().startswith(b"%PDF" if ending == "pdf" else b"<!doctype html>")


def test_a_result_without_a_page_of_its_own_is_told_by_its_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "margins"
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps({"study": "m", "points": [{"rows": 2, "swing": 0.25}]}))
    (folder / MARK).write_text(json.dumps({"kind": "margin", "state": "complete", "name": "margins"}))
    assert report(folder).exit_code == 0
    text = folder.with_name("margins-report.html").read_text()
    assert "Read margins" in text
    assert "0.25" in text


def test_what_is_no_folder_leads_to_the_nearest_that_is(results: Path, tmp_path: Path) -> None:
    assert "Did you mean" in told(results / "smal")
    assert str(results / "small") in told(results / "smal")
    assert f"Give its folder: ag2s report {results / 'small'}" in told(results / "small" / "result.nc")
    assert "Run it: ag2s simulate" in told(results / "small.toml")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds no result" in told(empty)
    assert "Results lie in" in told(results)
    (tmp_path / "night-unfinished").mkdir()
    assert "night-unfinished" in told(tmp_path / "night")
    assert "--resume" in told(tmp_path / "night")


@pytest.mark.parametrize(("state", "words"), [(AT_WORK, "no finished result"), (FAILED, "a failed run left")])
def test_what_is_not_finished_is_told_so(small: Path, state: str, words: str) -> None:
    mark = json.loads((small / MARK).read_text())
    (small / MARK).write_text(json.dumps(mark | {"state": state}))
    assert words in told(small)
    assert not small.with_name("small-report.html").exists()


def test_half_of_a_result_is_told_by_what_it_lacks(small: Path) -> None:
    (small / "result.nc").unlink()
    said = told(small)
    assert "half of a result (ag2s simulate): it lacks result.nc" in said
    assert "ag2s simulate small.toml" in said


@pytest.mark.parametrize("name", ["measures.json", "result.nc"])
def test_a_damaged_file_is_named(small: Path, name: str) -> None:
    (small / name).write_bytes((small / name).read_bytes()[:200])
    assert name in told(small)


def test_a_folder_without_its_mark_is_known_by_its_files(results: Path, sheet: Path, tmp_path: Path) -> None:
    (sheet / MARK).unlink()
    assert report(sheet).exit_code == 0
    for kind, command in (("study", "simulate"), ("sweep", "sweep"), ("programmed", "write-verify")):
        (tmp_path / kind).mkdir()
        for path in (results / kind).iterdir():
            if path.name != MARK:
                (tmp_path / kind / path.name).symlink_to(path)
        assert found(tmp_path / kind).kind == command


def test_a_study_that_cannot_be_read_costs_its_sources_alone(small: Path) -> None:
    study = small / "study.toml"
    study.write_text(study.read_text().replace("r_driver", "r_of_another_version"))
    assert report(small).exit_code == 0
    text = small.with_name("small-report.html").read_text()
    assert "cannot be read on this machine" in text
    assert "energy_per_switch" in text


def test_in_a_result_a_dot_is_its_folder(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sheet)
    assert report(".").exit_code == 0
    assert sheet.with_name("sheet-report.html").is_file()


def test_bad_words_of_the_command_line(small: Path, tmp_path: Path) -> None:
    assert "allowed: .html or .pdf. Write --to" in told(small, "--to", tmp_path / "p.docx")
    assert "allowed: .html or .pdf" in told(small, "--to", "")
    assert "allowed: svg and pdf" in told(small, "--figures", "svg,emf")
    assert "lies in a result" in told(small, "--to", small / "p.html")
    assert "named twice" in told(small, small)
    assert "--to" in told(small, "--to", small / "result.nc" / "p.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small"], "nothing half-written stays"
