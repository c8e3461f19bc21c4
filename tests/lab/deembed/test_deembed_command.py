"""`ag2s deembed` and `ag2s currents`: words, files, exit status; nothing is left where a request is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from deembed_cases import EXAMPLE, NOISE, cells, example, readings
from PIL import Image
from typer.testing import CliRunner, Result

from pyspice_models.cli.main import app
from pyspice_models.lab.deembed import readings_text
from pyspice_models.report.device.deembed import deembedded_figure

ROOT = Path(__file__).resolve().parents[3]
ENDS = ["--end", "100 ohm"]


def _run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "120"})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of currents of 8 x 6 cells and one of their conductances."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "currents.csv").write_text("\n".join(readings_text(readings(noise=NOISE))) + "\n")
    np.savetxt(tmp_path / "g.csv", cells(8, 6), delimiter=",")
    return tmp_path


def test_from_conductances_to_currents_and_back(here: Path) -> None:
    """And on into a netlist, which takes what was recovered."""
    size = ["--rows", 8, "--cols", 6, "--segment", "2 ohm", *ENDS]
    done = _run("currents", "--conductances", "g.csv", *size, "--voltage", "100 mV", "-o", "made.csv")
    assert done.exit_code == 0, done.output
    assert (
        _run("currents", "--conductances", "g.csv", *size, "--voltage", "100 mV").stdout == Path("made.csv").read_text()
    )
    done = _run("deembed", "made.csv", *ENDS, "--noise", "1e-6", "--out", "out")
    assert done.exit_code == 0, done.output
    assert "48 of 48 cells" in done.stdout
    assert "recovered" in done.stdout
    made = np.loadtxt("out/conductances.csv", delimiter=",")
    assert made == pytest.approx(cells(8, 6), rel=1e-6, abs=0)
    assert sorted(path.name for path in Path("out").iterdir() if path.name[0] != ".") >= [
        "cells.csv", "conductances.csv", "deembed.json", "deembed.png",
    ]  # fmt: skip
    table = np.genfromtxt("out/cells.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")
    assert len(table) == 48
    assert (table["low_S"] <= table["conductance_S"]).all()
    told = json.loads(Path("out/deembed.json").read_text())
    assert told["cells"] == {"determined": 48, "at_most": 0, "not_determined": 0}
    assert told["segments"]["word_segment"]["value"] == pytest.approx(2.0, rel=1e-5, abs=0)
    assert Image.open("out/deembed.png").width > 500
    # another question may not take the place
    other = _run("deembed", "made.csv", *ENDS, "--noise", "1e-5", "--out", "out")
    assert other.exit_code == 2
    assert "--force" in other.output


def test_recovered_cells_are_those_of_a_netlist(here: Path) -> None:
    window = ["--set", "cell.g_int_min=0.5uS", "--set", "cell.g_int_max=2mS"]
    study = ROOT / "scripts" / "studies" / "write_read.toml"
    assert _run("deembed", "currents.csv", *ENDS, "--out", "out").exit_code == 0
    words = [
        study,
        "--subckt",
        *window,
        "--set",
        "array.rows=8",
        "--set",
        "array.cols=6",
        "--set",
        "program=[{do='wait'}]",
    ]
    done = _run("netlist", *words, "--conductances", "out/conductances.csv")
    assert done.exit_code == 0, done.output
    assert ".subckt" in done.stdout


def test_a_study_says_what_its_array_is(here: Path) -> None:
    study = here / "array.toml"
    study.write_text(
        "array = {rows = 4, cols = 5, initial = {pattern = 'random', seed = 3}}\nwire = {r_segment = '2 ohm'}\n"
        "driver = {r_driver = '90 ohm', r_sense = '40 ohm'}\nprogram = [{do = 'wait'}]\n"
    )
    assert _run("currents", study, "-o", "made.csv", "--noise", "0.1 %", "--seed", 4).exit_code == 0
    for words in ([], ["--recover-segments"]):
        done = _run("deembed", "made.csv", "--study", study, "--noise", "0.1 %", *words, "--json")
        assert done.exit_code == 0 or (words and "not determined" in done.output), done.output
    told = json.loads(_run("deembed", "made.csv", "--study", study, "--noise", "0.1 %", "--json").stdout)
    assert told["ends"] == {"word": 100.0, "bit": 50.0}
    assert told["cells"]["determined"] == 20


def test_floating_lines_are_asked_for_on_both_sides(here: Path) -> None:
    size = ["--rows", 8, "--cols", 6, "--segment", "2 ohm", *ENDS]
    assert _run("currents", "--conductances", "g.csv", *size, "--floating", "-o", "made.csv").exit_code == 0
    done = _run("deembed", "made.csv", *ENDS, "--segment", "2 ohm", "--floating", "--json")
    assert json.loads(done.stdout)["cells"]["determined"] == 48


def test_cells_without_a_value_are_listed_and_marked() -> None:
    done = _run("deembed", EXAMPLE, *ENDS, "--noise", "0.1 %", "--floor", "1 nA")
    assert done.exit_code == 0, done.output
    assert "word 3, bit 6  │ not determined" in done.stdout
    assert "word 11, bit 8 │ at most" in done.stdout
    assert "warning: not determined: 1 cell," in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--end is not said"),
        (["--word-end", "100 ohm"], "--bit-end is not said"),
        (["--end", "100 V"], "--word-end"),
        (["--end", "0 ohm"], "word_end = 0.0 ohm"),
        ([*ENDS, "--word-end", "1 ohm", "--bit-end", "1 ohm"], "say the same thing twice"),
        ([*ENDS, "--segment", "-1 ohm"], "word_segment = -1.0 ohm"),
        ([*ENDS, "--noise", "2"], "noise = 2.0"),
        ([*ENDS, "--noise", "1 uA"], "--noise"),
        ([*ENDS, "--floor", "-1 nA"], "floor"),
        ([*ENDS, "--range", "0 A"], "--range"),
        ([*ENDS, "--range", "1 uA"], "saturated"),
        ([*ENDS, "--rows", 8], "--rows and --cols"),
        ([*ENDS, "--rows", 8, "--cols", 5], "8 x 6 lines, and 8 x 5"),
        (["--study", ROOT / "scripts" / "studies" / "ir_drop.toml"], "word 8 of 32 is nowhere"),
        ([*ENDS, "--study", ROOT / "scripts" / "studies" / "ir_drop.toml"], "--study says ends and segments already"),
        ([*ENDS, "--floating"], "rows with a bit line driven"),
        (["--end", "10 kohm"], "let through"),
    ],
)
def test_bad_requests_leave_nothing(here: Path, words: list[object], said: str) -> None:
    before = sorted(path.name for path in here.iterdir())
    done = _run("deembed", "currents.csv", *words, "--out", "out")
    assert done.exit_code == 2, done.output
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert sorted(path.name for path in here.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "what the cells are is not said"),
        (["--conductances", "g.csv", *ENDS, "--segment", "2 ohm"], "--rows = 0"),
        (["--conductances", "g.csv", "--rows", 8, "--cols", 7, *ENDS, "--segment", "2 ohm"], "shape"),
        (["--conductances", "g.csv", "--rows", 8, "--cols", 6, *ENDS], "--segment"),
        (["--conductances", "g.csv", "--rows", 8, "--cols", 6, "--segment", "2 ohm"], "--end is not said"),
        ([ROOT / "scripts" / "studies" / "write_read_1s1r.toml"], "1S1R"),
        ([ROOT / "scripts" / "studies" / "ir_drop.toml", *ENDS], "change it with --set"),
        ([ROOT / "scripts" / "studies" / "ir_drop.toml", "--voltage", "0 V"], "voltage = 0.0 V"),
        ([ROOT / "scripts" / "studies" / "ir_drop.toml", "-o", "g.csv"], "g.csv"),
    ],
)
def test_bad_requests_for_currents_write_nothing(here: Path, words: list[object], said: str) -> None:
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    done = _run("currents", *words)
    assert done.exit_code == 2, done.output
    assert said in " ".join(done.stderr.split())
    assert {path.name: path.read_bytes() for path in here.iterdir()} == before


def test_the_maps_show_values_and_mark_what_has_none() -> None:
    found = example()
    figure = deembedded_figure(found)
    left, right = figure.axes[:2]
    shown = np.ma.asarray(left.images[0].get_array())
    assert shown[0, 0] == pytest.approx(1e6 * found.conductances[0, 0], rel=1e-9, abs=0)
    assert np.ma.is_masked(shown[3, 6]) or np.isnan(shown[3, 6])
    marks = {one.get_label(): np.asarray(one.get_offsets()).tolist() for one in right.collections}
    assert marks == {"not determined": [[6.0, 3.0]], "an upper bound alone": [[8.0, 11.0]]}
