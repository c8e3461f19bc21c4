"""Waves that another tool made: the same numbers as the package's own, partial measures, and what is refused."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pyspice_models import Outcome, RequestError, Simulation, Study, crossbar_deck, load_study, run_study
from pyspice_models.cli.main import app
from pyspice_models.engine.toolchain.tools import find_ngspice, require
from pyspice_models.netlist import deck_of
from pyspice_models.netlist.dialects import NGSPICE
from pyspice_models.netlist.ends import bench_elements
from pyspice_models.netlist.subcircuit import Pins, subcircuit_deck
from pyspice_models.result import write_waves
from pyspice_models.study.outside.measured import OutsideOutcome, measure_waves

TEXT = """
[study]
name = "small"
[array]
rows = 2
cols = 2
[array.initial]
pattern = "checkerboard"
[[program]]
do = "drive"
duration = "1 us"
sample = ["0.5 us"]
[program.waves]
wl0 = {times = [0, 0, 8e-7, 8e-7, 1e-6], volts = [0, 0.2, 0.2, 0, 0]}
bl1 = {wave = "ramp", last = "0.1 V"}
[[program]]
do = "write"
row = 0
col = 1
[[program]]
do = "read"
row = 0
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outside")


@pytest.fixture(scope="module")
def study(folder: Path) -> Study:
    (folder / "small.toml").write_text(TEXT)
    return load_study(folder / "small.toml")


@pytest.fixture(scope="module")
def outcome(study: Study) -> Outcome:
    return run_study(study)


@pytest.fixture(scope="module")
def raw(study: Study, outcome: Outcome, folder: Path) -> Path:
    """What ngspice leaves of the study's own deck where nobody but the user runs it."""
    deck = deck_of(Simulation(study.crossbar, study.schedule(), study.accuracy, study.form, study.title))
    _run(deck.text, folder, "own")
    return folder / "own.raw"


def _run(text: str, folder: Path, name: str) -> None:
    from pyspice_models.cells.sources import verilog_a_source
    from pyspice_models.engine.toolchain.verilog_a import compiled

    (folder / "ag2s.osdi").write_bytes(compiled(verilog_a_source("ag2s"), "ag2s").read_bytes())
    (folder / f"{name}.cir").write_text(text)
    done = subprocess.run(
        [str(require(find_ngspice())), "-n", "-b", "-r", f"{name}.raw", f"{name}.cir"], cwd=folder, check=False,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (folder / f"{name}.raw").is_file(), done.stdout + done.stderr


def _same(found: OutsideOutcome, outcome: Outcome, within: float) -> None:
    assert set(found.measures) == set(outcome.measures)
    assert not found.lacking
    for name, measure in outcome.measures.items():
        assert found.measures[name].value == pytest.approx(measure.value, rel=within, abs=0), name
        assert found.measures[name].unit == measure.unit
    assert dict(found.missing) == dict(outcome.missing)


@pytest.mark.parametrize("ending", ["raw", "csv"])
def test_what_convert_writes_gives_the_same_measures(
    study: Study, outcome: Outcome, folder: Path, ending: str
) -> None:  # fmt: skip
    write_waves(outcome.dataset, folder / f"conv.{ending}")
    _same(measure_waves(folder / f"conv.{ending}", study), outcome, 1e-12)


def test_ngspice_own_raw_file_gives_the_same_measures(study: Study, outcome: Outcome, raw: Path) -> None:
    _same(measure_waves(raw, study), outcome, 1e-9)


@pytest.fixture(scope="module")
def text_raw(raw: Path, folder: Path) -> Path:
    """The same file as text, as ngspice writes it with `set filetype=ascii`."""
    from pyspice_models.engine.rawfile import read_raw

    head = raw.read_bytes().split(b"Binary:\n")[0].decode()
    _, numbers = read_raw(raw)
    rows = "".join(f"{n}\t" + "\n\t".join(f"{v:.17e}" for v in row) + "\n\n" for n, row in enumerate(numbers))
    (folder / "text.raw").write_text(f"{head}Values:\n{rows}")
    return folder / "text.raw"


def test_a_raw_file_of_text_is_read_too(study: Study, outcome: Outcome, text_raw: Path) -> None:
    _same(measure_waves(text_raw, study), outcome, 1e-9)


def _columns(raw: Path, keep: str) -> tuple[list[str], np.ndarray]:
    from pyspice_models.engine.rawfile import read_raw

    columns, numbers = read_raw(raw)
    names = [name for name in columns if name == "time" or re.search(keep, name)]
    return names, numbers[:, [columns[name] for name in names]]


def test_what_ltspice_exports_is_read_and_missing_waves_cost_their_measures(
    study: Study, outcome: Outcome, raw: Path, folder: Path
) -> None:
    names, numbers = _columns(raw, r"i\(vbs_|v\(ws_")
    header = "\t".join(["time", *(name.replace("v(", "V(").replace("i(v", "I(V") for name in names[1:])])
    rows = "\n".join("\t".join(f"{value:.17e}" for value in row) for row in numbers)
    (folder / "lt.txt").write_text(f"{header}\n{rows}\n")
    found = measure_waves(folder / "lt.txt", study)
    assert found.measures["read_current"].value == pytest.approx(
        outcome.measures["read_current"].value, rel=1e-9, abs=0
    )
    assert found.measures["drive_current"].value == pytest.approx(
        outcome.measures["drive_current"].value, rel=1e-9, abs=0
    )
    assert found.measures["recovery_time"].value == pytest.approx(
        outcome.measures["recovery_time"].value, rel=1e-9, abs=0
    )
    assert "energy_drive" not in found.measures
    assert "energy_source" not in found.measures
    assert re.match(r"needs .*v_word", found.missing["energies of the run"])
    assert re.match(r"needs w, which the waves lack", found.missing["changes by drives"])
    assert found.lacking["v_word"] == "4 of them: v(wl_0_0), v(wl_0_1), v(wl_1_0) and 1 more"
    assert "i_word_source" in found.lacking
    told = json.loads(found.as_json())
    assert told["lacking"] == dict(found.lacking)
    assert told["measures"]["read_current"]["unit"] == "A"


def test_states_alone_give_what_writes_did(study: Study, outcome: Outcome, folder: Path) -> None:
    write_waves(outcome.dataset, folder / "states.csv", ["w", "x"])
    found = measure_waves(folder / "states.csv", study)
    assert found.measures["drive_state_change"] == outcome.measures["drive_state_change"]
    assert set(found.measures) & {"energy_per_switch", "read_current"} == set()


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (lambda data: data[: len(data) * 2 // 3], "announces .* time points and holds .*: it was cut off"),
        (lambda data: data[:300], "ends inside its header: it was cut off"),
        (lambda data: data.replace(b"Flags: real", b"Flags: comp"), "its numbers are 'comp', not real"),
        (lambda data: b"", "it is empty"),
        (lambda data: b"PK\x03\x04" + bytes(range(256)), "cannot be read"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused(study: Study, raw: Path, folder: Path, cut: object, words: str) -> None:
    (folder / "cut.raw").write_bytes(cut(raw.read_bytes()))  # type: ignore[operator]
    with pytest.raises(RequestError, match=words):
        measure_waves(folder / "cut.raw", study)


def test_a_text_raw_file_that_was_cut_off_is_refused(study: Study, text_raw: Path, folder: Path) -> None:
    (folder / "cut.raw").write_text(text_raw.read_text()[:-2000])
    with pytest.raises(RequestError, match=r"it announces .* time points of .* numbers and holds .*: it was cut off"):
        measure_waves(folder / "cut.raw", study)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["program.1.width=2 us"], r"goes from 0 to .* s, and the study's program from 0 to .* s"),
        (["program.1.voltage=0.25 V"], "is of another study: at .* the source of word line 0 is at 0.3 V"),
        (["array.cols=1", "program.1.col=0", "program.0.waves={wl0={wave='ramp'}}"],
         "one has 2 word lines and 1 bit lines"),
    ],
)  # fmt: skip
def test_waves_of_another_study_are_refused(folder: Path, raw: Path, changes: list[str], words: str) -> None:
    with pytest.raises(RequestError, match=words):
        measure_waves(raw, load_study(folder / "small.toml", changes))


def test_an_array_of_which_the_waves_are_a_part_is_measured_in_part(folder: Path, raw: Path) -> None:
    found = measure_waves(raw, load_study(folder / "small.toml", ["array.rows=3"]))
    assert found.lacking["v_word"] == "2 of them: v(wl_2_0), v(wl_2_1)"
    assert not set(found.measures) & {"energy_source", "drive_state_change"}


def test_nothing_that_is_known_is_refused(study: Study, folder: Path) -> None:
    (folder / "x.csv").write_text("time [s],foo [V]\n" + f"0,0\n{study.schedule().stop!r},1\n")
    with pytest.raises(RequestError, match=r"has none of the study's waves: it has foo, and .*v_word \(4 of them"):
        measure_waves(folder / "x.csv", study)


def test_the_command(folder: Path, raw: Path, outcome: Outcome, study: Study) -> None:
    told = CliRunner().invoke(app, ["measure", str(raw), "--study", str(folder / "small.toml"), "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["measures"]["energy_source"]["value"] == pytest.approx(
        outcome.measures["energy_source"].value, rel=1e-9, abs=0
    )
    lost = CliRunner().invoke(app, ["measure", str(folder / "none.raw"), "--study", str(folder / "small.toml")])
    assert lost.exit_code == 2


@pytest.fixture(scope="module")
def testbench(study: Study, folder: Path) -> Path:
    """A testbench that instantiates the array, with the study's own drivers, sense circuits and sources around it."""
    bar, plan = study.crossbar, study.schedule()
    (folder / "xbar.sub").write_text(subcircuit_deck(bar, form="osdi").text)
    pins = " ".join(Pins.of(bar).every)
    own = crossbar_deck(bar, plan, accuracy=study.accuracy).text.splitlines()
    kept = [line for line in own if line.startswith((".options", ".tran"))]
    ends = own[next(n for n, line in enumerate(own) if line.startswith("vrestart")) :]
    restarts = ends[: next(n for n, line in enumerate(ends) if n and not line.startswith("+"))]
    lines = [
        "testbench", ".include xbar.sub", f"x1 {pins} ag2s_crossbar", *bench_elements(bar, plan, NGSPICE), *restarts,
        *kept, ".save all", ".control", "pre_osdi ag2s.osdi", "set num_threads=1", ".endc", ".end",
    ]  # fmt: skip
    _run("\n".join(lines) + "\n", folder, "bench")
    return folder / "bench.raw"


def test_an_array_in_a_testbench_does_what_the_study_does(study: Study, outcome: Outcome, testbench: Path) -> None:
    found = measure_waves(testbench, study, instance="x1")
    for name in ("energy_drive", "energy_per_switch", "energy_source", "read_current", "drive_current", "state_change"):
        assert found.measures[name].value == pytest.approx(outcome.measures[name].value, rel=1e-9, abs=0), name
    assert not found.lacking


def test_instance_and_names_of_a_testbench_are_checked(study: Study, testbench: Path) -> None:
    with pytest.raises(RequestError, match=r"--instance = 'x9' is refused.*x9.wl_0_0"):
        measure_waves(testbench, study, instance="x9")
    with pytest.raises(RequestError, match="--rename in0=wt_0: the file has no in0"):
        measure_waves(testbench, study, instance="x1", rename=["in0=wt_0"])
    with pytest.raises(RequestError, match="--rename = 'wt_0' is refused"):
        measure_waves(testbench, study, instance="x1", rename=["wt_0"])
