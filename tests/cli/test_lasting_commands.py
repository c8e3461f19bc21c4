"""`ag2s retain` and `ag2s disturb`: what they leave, what they refuse, and the page of their results."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from pyspice_models.cli.main import app
from pyspice_models.report.page import report_folders
from pyspice_models.result import load

STUDY = """
[study]
name = "small"
engine = "nodal"
[array]
rows = 2
cols = 2
[array.initial]
pattern = "checkerboard"
low = 0.2
high = 0.8
[aging]
[[program]]
do = "read_all"
voltage = "0.1 V"
duration = "2 us"
"""


def ag2s(*words: str):
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("lasting")
    (place / "small.toml").write_text(STUDY)
    for command, words in (("retain", ["--temperature", "300K,350K"]), ("disturb", ["--reads", "20"])):
        done = ag2s(command, str(place / "small.toml"), *words, "--json", "--out", str(place / command))
        assert done.exit_code == 0, done.output
        (place / f"{command}.json").write_text(done.stdout)
    return place


@pytest.mark.parametrize(("command", "dims"), [("retain", "temperature moment row col"), ("disturb", "rounds row col")])
def test_dataset_measures_picture_and_page(folder, command, dims):
    told = json.loads((folder / f"{command}.json").read_text())
    assert told == json.loads((folder / command / f"{command}.json").read_text())
    assert list(load(folder / command / f"{command}.nc")["conductance"].dims) == dims.split()
    assert (folder / command / f"{command}.png").stat().st_size > 10_000
    assert (folder / command / "study.toml").is_file()
    (report,) = report_folders([folder / command])
    assert ("kept_median" if command == "retain" else "change_median") in report.measures
    assert {"measures", "figures", "sources"} <= {section.key for section in report.sections}


def test_numbers_that_are_infinite_are_null(folder):
    told = json.loads((folder / "retain.json").read_text())["measures"]
    assert told["first_loss_time"]["value"] is None or told["first_loss_time"]["value"] > 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["disturb", "--reads", "0"], "--reads = '0' is refused; allowed: a whole number from 1 to 1e+15"),
        (["disturb", "--reads", "1.5"], "--reads = '1.5' is refused"),
        (["disturb", "--every", "-1 s"], "every = -1.0 s is refused; allowed: >= 0"),
        (["disturb", "--loss", "2"], "loss = 2.0 is refused; allowed: > 0 and <= 1"),
        (["retain", "--time", "3 V"], "time"),
        (["retain", "--temperature", "300K,900K"], "temperature = 900.0 K is refused; allowed: 200 to 500"),
        (["retain", "--set", "aging.retain_energy=-1eV"], "aging.retain_energy"),
        (["retain", "--set", "aging.relax_law=never"], "allowed: one of log, stretched"),
    ],
)
def test_what_is_refused_leaves_nothing(folder, words, told):
    done = ag2s(words[0], str(folder / "small.toml"), *words[1:], "--out", str(folder / "bad"))
    assert done.exit_code == 2, done.output
    assert told in " ".join(done.output.split())
    assert not list(folder.glob("bad*"))


@pytest.mark.parametrize("words", [["netlist", "--study"], ["export", "--study"], ["playground", "--twin-only"]])
def test_what_knows_no_aging_says_so(folder, words):
    more = ["--to", str(folder / ("p.html" if words[0] == "playground" else "bundle"))] if words[0] != "netlist" else []
    done = ag2s(words[0], *words[1:], str(folder / "small.toml"), *more)
    assert done.exit_code == 2, done.output
    assert "forget or wear" in " ".join(done.output.split())
