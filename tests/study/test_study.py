"""Study files: what is accepted, what is refused and how, and what a run leaves on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.folders.output import output_folder
from pyspice_models.result import load
from pyspice_models.stimulus import Read, ReadAll, Wait, Write
from pyspice_models.study import load_study, run_study

SMALL = """
[study]
title = "small"
[array]
rows = 2
cols = 3
temperature = "310 K"
[array.initial]
pattern = "checkerboard"
high = 0.9
[cell]
thickness = "250 nm"
[wire]
pitch = "12 um"
[driver]
r_driver = "2 kohm"
[[program]]
do = "write"
row = 1
col = 2
voltage = "-250 mV"
pulses = 2
scheme = "V/3"
[[program]]
do = "read"
row = 1
[[program]]
do = "read_all"
voltage = 0.01
[[program]]
do = "wait"
duration = "3 us"
"""


@pytest.fixture
def study_file(tmp_path: Path):
    def write(text: str = SMALL, name: str = "small.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_every_value_arrives_in_si(study_file) -> None:
    study = load_study(study_file())
    assert study.name == "small"
    assert study.crossbar.shape == (2, 3)
    assert study.crossbar.temperature == 310
    assert study.crossbar.cell.thickness == 250e-9
    assert study.crossbar.wire.pitch == pytest.approx(12e-6, rel=1e-9, abs=0)
    assert study.crossbar.driver.r_driver == 2000
    assert study.crossbar.values("w0").max() == 0.9
    write, read, read_all, wait = study.program
    assert write == Write(1, 2, pulses=2, scheme="V/3", voltage=-0.25)
    assert read == Read(1)
    assert read_all == ReadAll(voltage=0.01)
    assert wait == Wait(3e-6)


@pytest.mark.parametrize(
    ("change", "attribute", "value"),
    [
        ("array.rows=4", lambda s: s.crossbar.rows, 4),
        ("program.0.voltage=0.2 V", lambda s: s.program[0].voltage, 0.2),
        ('program.0.scheme="V/2"', lambda s: s.program[0].scheme, "V/2"),
        ("program.0.scheme=V/2", lambda s: s.program[0].scheme, "V/2"),
        ("driver.t_edge=5ns", lambda s: s.driver_edge if hasattr(s, "driver_edge") else s.crossbar.driver.t_edge, 5e-9),
        ("cell.alpha=0.3", lambda s: s.crossbar.cell.alpha, 0.3),
        ("study.time_limit=20", lambda s: s.limits.time_limit, 20),
        ("cell.preset=250nm-160C", lambda s: s.crossbar.cell.thickness, 250e-9),
    ],
)
def test_changes_from_the_command_line(study_file, change: str, attribute, value: object) -> None:
    assert attribute(load_study(study_file(), [change])) == value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("array.rows=0", r"array\.rows = 0 is refused; allowed: a whole number from 1"),
        ("array.rows=nan", r"array\.rows = nan"),
        ("array.rows=2.5", r"array\.rows = 2\.5"),
        ("array.temperature=30 mK", r"array\.temperature = 0\.03 K is refused; allowed: >= 200 and <= 500 K"),
        ("cell.area=-1", r"cell\.area = -1\.0 m\^2 is refused; allowed: > 0"),
        ("cell.area=nan", r"cell\.area = nan m\^2|cell\.area = nan"),
        ("cell.thickness=200 ns", r"cell\.thickness = '200 ns' is refused.*declared in m"),
        ("cell.thicknes=1", r"unknown key 'thicknes' in \[cell\]; did you mean 'thickness'\?"),
        ("celll.area=1", r"unknown key 'celll'; did you mean 'cell'\?"),
        ("program.0.row=2", r"program\[0\]\.row = 2 is refused; allowed: a whole number from 0 to 1"),
        ("program.0.row=1.5", r"program\[0\]\.row = 1\.5 is refused; allowed: a whole number"),
        ("program.9.row=1", "--set program.9.row = '9' is refused; allowed: a step from 0 to 3"),
        (
            "program.0.do=erase",
            r"program\[0\]\.do = .erase. is refused; allowed: one of write, write_pattern, rank_one, rank_one_streams,",
        ),
        ("program.0.voltage=0.3 A", r"program\[0\]\.voltage = '0\.3 A' is refused.*declared in V"),
        ("program.0.color=red", r"unknown key 'color' in \[program\[0\]\]"),
        ("program=[]", "the program has no steps"),
        ("program=5", "program must be a list of steps"),
        ("array.initial.pattern=stripes", r"initial\.pattern = 'stripes'"),
        ("array.initial.high=1.5", r"initial\.high = 1\.5"),
        ("array.initial.file=none.csv", "cannot be read|give one or the other"),
        ("study.form=verilog", "form = 'verilog'"),
        ("study.engine=spectre", "engine = 'spectre'"),
        ("study.name=../evil", r"study\.name = '\.\./evil' is refused"),
        ('study.title="x\\n.control\\nshell rm"', "title = .* one line of printable ASCII text"),
        ("study.time_limit=-1", r"study\.time_limit = -1\.0 s is refused; allowed: > 0"),
        ("cell.preset=unobtainium", "unobtainium"),
        ("novalue", "--set = 'novalue' is refused; allowed: KEY=VALUE"),
        ("array.rows.deep=1", "array.rows is a value and has no keys"),
    ],
)
def test_what_is_wrong_is_named(study_file, change: str, message: str) -> None:
    with pytest.raises(RequestError, match=message) as caught:
        load_study(study_file(), [change]).schedule()
    assert caught.value.exit_code == 2


def test_a_file_that_is_no_study_is_refused(study_file, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"small\.toml is not a TOML file: .*line 1"):
        load_study(study_file("rows == 3"))
    with pytest.raises(RequestError, match="cannot be read"):
        load_study(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RequestError, match="cannot be read"):
        load_study(tmp_path / "binary.toml")
    with pytest.raises(RequestError, match=r"\[array\] needs cols"):
        load_study(study_file("[array]\nrows = 2\n"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0.1,0.2\n0.3,0.4\n", r"shape of .* = \(2, 2\)"),
        ("0.1,0.2,2\n0,0,0\n", r"states\.csv\[0, 2\] = 2\.0"),
        ("a,b", "cannot be read"),
    ],
)
def test_a_file_of_states_is_checked(study_file, tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "states.csv").write_text(content)
    text = SMALL.replace('pattern = "checkerboard"\nhigh = 0.9', 'file = "states.csv"')
    with pytest.raises(RequestError, match=message):
        load_study(study_file(text))


def test_the_output_folder_appears_whole(study_file, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "result"
    with output_folder(target) as scratch:
        assert not target.exists()
        outcome = run_study(load_study(study_file()), scratch)
    assert {path.name for path in target.iterdir()} == {
        ".ag2s", "ag2s.osdi", "deck.cir", "measures.json", "ngspice.log", "result.nc", "study.toml",
    }  # fmt: skip
    assert [path.name for path in target.parent.iterdir()] == ["result"]
    kept = json.loads((target / "measures.json").read_text())["measures"]
    assert kept["energy_per_switch"]["value"] == outcome.measures["energy_per_switch"].value
    dataset = load(target / "result.nc")
    assert "deck" not in dataset.attrs, "the netlist lies beside it"
    assert json.loads(dataset.attrs["versions"])["numpy"]
    with output_folder(target, force=True) as scratch:
        (scratch / "second").touch()
    assert (target / "second").exists()
    assert not (target / "result.nc").exists(), "a run's folder holds that run alone"


def test_a_failed_run_leaves_its_files_beside_the_last_good_one(tmp_path: Path) -> None:
    target = tmp_path / "result"
    with output_folder(target) as scratch:
        (scratch / "good").touch()

    def fail() -> None:
        with output_folder(target, force=True) as scratch:
            (scratch / "deck.cir").touch()
            raise SimulationError("it stopped", folder=scratch)

    with pytest.raises(SimulationError, match="result-failed") as caught:
        fail()
    assert caught.value.folder == tmp_path / "result-failed"
    assert (tmp_path / "result-failed" / "deck.cir").exists()
    assert (target / "good").exists()


def test_any_other_ending_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), output_folder(tmp_path / "result"):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_a_strangers_folder_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RequestError, match="holds files that are not ours"), output_folder(tmp_path):
        pass
    (tmp_path / "file").touch()
    with pytest.raises(RequestError, match="is a file"), output_folder(tmp_path / "file"):
        pass
    with pytest.raises(RequestError, match="cannot be written"), output_folder(Path("/proc/none/result")):
        pass
