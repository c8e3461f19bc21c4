"""`ag2s compare`: what differs between results is told, and nothing else; what is no result is refused."""

from __future__ import annotations

import importlib.metadata
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pyspice_models import (
    Crossbar,
    Read,
    RequestError,
    Study,
    Wait,
    Write,
    compare,
    output_folder,
    run_study,
    write_study,
)
from pyspice_models.campaign.compared import MeasureRow, as_data
from pyspice_models.cli.main import app
from pyspice_models.folders.mark import Origin


def _study(voltage: float, *more: Wait) -> Study:
    return Study("tiny", Crossbar(2, 2), [Write(0, 0, voltage=voltage), *more])


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three results, of which the last has another program and another cell."""
    place = tmp_path_factory.mktemp("results")
    run_study(_study(0.3), place / "weak")
    run_study(_study(0.4), place / "strong")
    array = Crossbar(2, 2).replace(cell=Crossbar(2, 2).cell.replace(alpha=0.5))
    run_study(Study("other", array, [Write(0, 0), Read(0, 0)]), place / "read")
    return place


def _ag2s(*words: object):
    return CliRunner().invoke(app, ["compare", *map(str, words)], env={"COLUMNS": "200"})


def test_measures_stand_side_by_side(results: Path) -> None:
    compared = compare([results / "weak", results / "strong"])
    own = [json.loads((results / name / "measures.json").read_text())["measures"] for name in ("weak", "strong")]
    assert {row.name for row in compared.measures} == set(own[0]) == set(own[1])
    for row in compared.measures:
        first, second = (one[row.name]["value"] for one in own)
        assert row.values == (first, second)
        assert row.unit == own[0][row.name]["unit"]
        assert row.differences == (0, second - first)
        if first:
            assert row.ratios == (1, second / first)
    energy = next(row for row in compared.measures if row.name == "energy_per_switch")
    assert energy.unit == "J"
    assert energy.ratios[1] > 1


def test_only_what_differs_is_told_with_its_tag(results: Path) -> None:
    rows = {row.key: row for row in compare([results / "weak", results / "strong"]).parameters}
    assert set(rows) == {"program.0.voltage"}
    voltage = rows["program.0.voltage"]
    assert (voltage.values, voltage.unit, voltage.tag) == ((0.3, 0.4), "V", "measured")
    assert list(voltage.texts()) == ["300 mV", "400 mV"]


def test_what_one_has_and_another_has_not_is_blank(results: Path) -> None:
    compared = compare([results / "weak", results / "read", results / "strong"])
    rows = {row.key: row for row in compared.parameters}
    assert rows["cell.alpha"].values == (0.2, 0.5, 0.2)
    assert rows["cell.alpha"].tag == "assumed"
    assert rows["program.1.do"].values == (None, "read", None)
    assert rows["program.1.do"].tag == ""
    assert "study.name" not in rows
    read = next(row for row in compared.measures if row.name == "read_current")
    assert [value is None for value in read.values] == [True, False, True]
    assert read.differences == read.ratios == (None, None, None)


def test_a_ratio_to_nothing_is_none() -> None:
    row = MeasureRow("x", "", "", (0.0, 2.0, None))
    assert row.ratios == (None, None, None)
    assert row.differences == (0.0, 2.0, None)


def test_maps_of_one_name_and_other_numbers_are_told_apart(tmp_path: Path, results: Path) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        states = np.random.default_rng(seed).uniform(0, 1, (9, 9))
        array = Crossbar(9, 9, per_cell={"w0": states})
        shutil.copytree(results / "weak", tmp_path / name)
        (tmp_path / name / "study.toml").unlink()
        write_study(Study("map", array, [Wait(1e-9)]), tmp_path / name)
    different = compare([tmp_path / "a", tmp_path / "b"]).parameters
    assert [row.key for row in different if "w0" in row.key]
    shutil.copytree(tmp_path / "a", tmp_path / "c")
    assert compare([tmp_path / "a", tmp_path / "c"]).parameters == ()


def test_the_command_shows_both_tables(results: Path) -> None:
    done = _ag2s(results / "weak", results / "strong")
    assert done.exit_code == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if "energy_per_switch" in line)
    assert line.count("fJ") == 3
    assert "strong / weak" in done.stdout
    line = next(line for line in done.stdout.splitlines() if "program.0.voltage" in line)
    assert all(word in line for word in ("300 mV", "400 mV", "measured"))
    data = json.loads(_ag2s(results / "weak", results / "strong", "--json").stdout)
    assert data == json.loads(json.dumps(as_data(compare([results / "weak", results / "strong"]))))


def test_the_same_twice_differs_in_nothing(tmp_path: Path, results: Path) -> None:
    shutil.copytree(results / "weak", tmp_path / "again")
    done = _ag2s(results / "weak", tmp_path / "again")
    assert done.exit_code == 0
    assert "no parameter differs" in done.stdout
    assert all(row.differences == (0, 0) for row in compare([results / "weak", tmp_path / "again"]).measures)


def test_what_is_not_finite_is_null_in_json(tmp_path: Path, results: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(results / "weak", tmp_path / name)
    path = tmp_path / "two" / "measures.json"
    data = json.loads(path.read_text())
    data["measures"]["energy_per_switch"]["value"] = math.nan
    path.write_text(json.dumps(data))
    done = _ag2s(tmp_path / "one", tmp_path / "two", "--json")
    assert "NaN" not in done.stdout
    assert json.loads(done.stdout)["measures"]["energy_per_switch"]["values"][1] is None


def test_results_of_another_version_are_compared_and_it_is_told(tmp_path: Path, results: Path) -> None:
    """By what the files say: of a version before 0.2 nothing."""
    for name, versions in (("old", {"ag2s-crossbar": "0.1.9"}), ("older", None)):
        shutil.copytree(results / "weak", tmp_path / name)
        path = tmp_path / name / "measures.json"
        data = json.loads(path.read_text()) | {"versions": versions}
        data["measures"]["energy_of_old"] = data["measures"].pop("energy_per_switch")
        path.write_text(json.dumps(data))
    here = importlib.metadata.version("ag2s-crossbar")
    done = _ag2s(results / "weak", tmp_path / "old", tmp_path / "older", "--json")
    assert done.exit_code == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert f"{results / 'weak'} by {here}, {tmp_path / 'old'} by 0.1.9" in said
    assert f"{tmp_path / 'older'} by a version before 0.2. A difference may be the version's" in said
    data = json.loads(done.stdout)
    assert [one["ag2s-crossbar"] for one in data["made_by"]] == [here, "0.1.9", None]
    assert data["made_by"][0]["engine"].startswith("ngspice")
    values = {name: row["values"] for name, row in data["measures"].items() if name.startswith("energy_")}
    assert [value is None for value in values["energy_per_switch"]] == [False, True, True]
    assert [value is None for value in values["energy_of_old"]] == [True, False, False]
    assert "versions" not in _ag2s(results / "weak", results / "strong").stderr


def test_what_is_no_result_is_refused_with_the_nearest(tmp_path: Path, results: Path) -> None:
    good = results / "weak"
    (tmp_path / "study.toml").write_text("[array]\nrows = 1\n")
    with output_folder(tmp_path / "swept", Origin("sweep", "x")) as folder:
        (folder / "sweep.nc").write_text("")
    shutil.copytree(good, tmp_path / "damaged")
    (tmp_path / "damaged" / "measures.json").write_text('{"measures": [1]}')
    shutil.copytree(good, tmp_path / "cut")
    (tmp_path / "cut" / "measures.json").write_text('{"measures"')
    for words, message in (
        ([good], "give two folders or more"),
        ([good, good], "each folder once"),
        ([good, results / "week"], f"Did you mean {good}?"),
        ([good, tmp_path / "none"], "there is no folder"),
        ([good, tmp_path / "study.toml"], "is a study, and no result. Run it: ag2s simulate"),
        ([good, tmp_path / "swept"], "holds the result of ag2s sweep"),
        ([good, results], f"Results lie in {results / 'read'}"),
        ([good, tmp_path / "damaged"], "is damaged"),
        ([good, tmp_path / "cut"], "is not a JSON file"),
        ([good, "x" * 3000], "there is no folder"),
        ([good, "\n"], "there is no folder"),
    ):
        done = _ag2s(*words)
        assert done.exit_code == 2, words
        assert message in " ".join(done.stderr.split()), words
        assert done.stdout == ""
    with pytest.raises(RequestError, match="0 result"):
        compare([])
