"""A bundle is opened with nothing but its README: its commands give the expected waves in three simulators."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.presets import preset
from pyspice_models.cli.main import app
from pyspice_models.netlist import dialect_names

runner = CliRunner()
RUN_HERE = ("ngspice", "vacask", "neospice")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "bundle"
    done = runner.invoke(app, ["export", "--to", str(folder), "--rows", "3", "--cols", "4"])
    assert done.exit_code == 0, done.stderr
    return folder


def _type_what_the_readme_says(folder: Path) -> subprocess.CompletedProcess[str]:
    (commands,) = re.findall(r"```bash\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    # python3 is that of this environment; nothing else of the package is at hand
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", commands], cwd=folder, env={"PATH": path, "HOME": str(folder)}, capture_output=True,
        text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize("tool", RUN_HERE)
def test_the_readmes_commands_reproduce_the_expected_waves(bundle: Path, tool: str) -> None:
    done = _type_what_the_readme_says(bundle / tool)
    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = re.findall(r"^(ok|FAILED) .*? off by", done.stdout, re.MULTILINE)
    assert len(verdicts) == 11 * (2 if tool == "ngspice" else 1)
    assert set(verdicts) == {"ok"}


def test_a_wrong_wave_is_found(bundle: Path, tmp_path: Path) -> None:
    """So that the test above means something."""
    expected = (bundle / "expected" / "cell_pulses.csv").read_text().splitlines()
    columns = expected[0].split(",")
    wrong = [line.split(",") for line in expected[1:]]
    wrong[100][columns.index("w")] = str(float(wrong[100][columns.index("w")]) + 0.02)
    waves = tmp_path / "waves.csv"
    waves.write_text("\n".join([expected[0], *map(",".join, wrong)]))
    names = tmp_path / "columns.csv"
    names.write_text("column,quantity,unit,vector,scale\nw,w,1,w,1\nx,x,1,x,1\n")
    done = subprocess.run(
        [sys.executable, bundle / "compare.py", waves, names, bundle / "expected" / "cell_pulses.csv"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert re.search(r"FAILED w +off by", done.stdout)
    assert re.search(r"ok +x +off by 0\.000 %", done.stdout)


def test_every_dialect_has_its_folder_and_the_checksums_hold(bundle: Path) -> None:
    assert {path.name for path in bundle.iterdir() if path.is_dir()} == {*dialect_names(), "expected"}
    for name in dialect_names():
        readme = (bundle / name / "README.md").read_text()
        here = "run in this tool by the package's tests" in readme
        assert here == (name in RUN_HERE), name
        assert f"]({name}/README.md)" in (bundle / "README.md").read_text()
        for deck in re.findall(r"^\| `(\S+)` \|", readme, re.MULTILINE):
            assert (bundle / name / deck).is_file()
        for model in re.findall(r'(?:\.include|\.hdl|ahdl_include) "?(\w+\.\w+)"?', readme):
            assert (bundle / name / model).is_file()
    listed = [line.split("  ")[1] for line in (bundle / "SHA256SUMS").read_text().splitlines()]
    assert {"README.md", "compare.py", "provenance.csv", "spectre/ag2s.va"} <= set(listed)
    fresh = [str(bundle / name) for name in listed]
    assert all(Path(name).is_file() for name in fresh)
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=bundle, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_number_has_its_provenance(bundle: Path) -> None:
    with (bundle / "provenance.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    cell = {row["parameter"]: row for row in rows if row["part"] == "cell"}
    assert set(cell) == set(CellParams.quantities())
    for row in rows:
        assert row["tag"] in {"measured", "derived", "assumed"}
        assert row["source"]
        float(row["value"])


def test_a_preset_is_in_every_form_of_it(tmp_path: Path) -> None:
    chosen = preset("250nm-160C")
    out = tmp_path / "b"
    done = runner.invoke(
        app, ["export", "--to", str(out), "--preset", chosen.name, "--dialect", "ngspice", "--dialect", "spectre",
              "--rows", "1", "--cols", "2"],
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert {path.name for path in out.iterdir() if path.is_dir()} == {"ngspice", "spectre", "expected"}
    thickness = f"{chosen.cell.thickness:.12g}"
    for file in ("ngspice/ag2s.lib", "ngspice/ag2s.va", "spectre/ag2s.va", "spectre/crossbar.scs"):
        assert re.search(rf"thickness ?= ?{re.escape(thickness)}", (out / file).read_text()), file
    assert chosen.description in (out / "README.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dialect", "eldo"], "dialect = 'eldo' is refused; allowed: one of ngspice"),
        (["--preset", "gold"], "unknown key 'gold' in [presets of ag2s]"),
        (["--rows", "0"], "array.rows = 0 is refused"),
        (["--rows", "128", "--cols", "128"], "at most 4096 cells in a bundle"),
    ],
)
def test_a_wrong_request_is_refused_and_leaves_nothing(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = runner.invoke(app, ["export", "--to", str(tmp_path / "b"), *arguments])
    assert done.exit_code == 2
    assert words in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    done = runner.invoke(app, ["export", "--to", str(tmp_path), "--dialect", "ngspice"])
    assert done.exit_code == 2
    assert "holds files that are not ours" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_without_ngspice_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AG2S_NGSPICE", "/no/such/ngspice")
    done = runner.invoke(app, ["export", "--to", str(tmp_path / "b"), "--dialect", "spectre"])
    assert done.exit_code == 1
    assert "ngspice cannot be used" in done.stderr
    assert not list(tmp_path.iterdir())
