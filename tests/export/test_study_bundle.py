"""The bundle of a study with a user's own files runs in an empty folder, and gives the measures of the study."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from pyspice_models import load_study, run_study, study_from
from pyspice_models.cli.main import app
from pyspice_models.engine import Waves
from pyspice_models.engine.rawfile import read_raw
from pyspice_models.export.study import StudyBundle
from pyspice_models.netlist import dialect
from pyspice_models.result import to_dataset
from pyspice_models.study.measures.every import study_measures
from pyspice_models.study.measures.step_table import step_rows

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "scripts" / "studies" / "models"
PROGRAM = """
[array]
rows = 2
cols = 3
initial = { pattern = "checkerboard" }
[[program]]
do = "write"
row = 1
col = 0
voltage = "0.4 V"
[[program]]
do = "read"
row = 1
voltage = "0.05 V"
"""
GAP = """
[cell]
verilog_a = "models/gap_cell.va"
states.closed = { node = "gap", initial = "gap0", zero = 1.0, one = 0.0 }
"""
THRESHOLD = '\n[cell]\nsubckt = "models/threshold_cell.sub"\nstates.w = { node = "w", initial = "w0" }\n'
FOUNDRY = '\n[transistor]\nmodel = "models/generic180.lib"\nname = "nfet180"\nsection = "tt"\n'
SELECTOR = '\n[selector]\nverilog_a = "models/my_selector.va"\n'
CASES = {
    "verilog_a": (GAP, {"ngspice", "vacask", "hspice", "spectre"}, {"models/gap_cell.va"}),
    "subckt": (THRESHOLD, {"ngspice"}, {"models/threshold_cell.sub"}),
    "transistor": (GAP + FOUNDRY, {"ngspice"}, {"models/gap_cell.va", "models/generic180.lib"}),
    "selector": (GAP + SELECTOR, {"ngspice", "vacask", "hspice", "spectre"}, {"models/gap_cell.va"}),
}  # fmt: skip
RUN_HERE = {"ngspice", "vacask"}


def written(folder: Path, text: str) -> Path:
    shutil.copytree(MODELS, folder / "models")
    (folder / "mine.toml").write_text(PROGRAM + text)
    return folder / "mine.toml"


def exported(study: Path, to: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["export", "--study", str(study), "--to", str(to), *words])


def typed(folder: Path) -> str:
    """What the README's commands print in a shell that knows nothing of this package."""
    (commands,) = re.findall(r"```bash\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", commands], cwd=folder, env={"PATH": path, "HOME": str(folder)}, capture_output=True,
        text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def measured(bundle: Path, tool: str) -> dict[str, float]:
    """The measures of the waves that a tool left in its folder."""
    study = load_study(bundle / "study" / "study.toml")
    deck = StudyBundle(study, (tool,)).deck(tool, StudyBundle(study, (tool,)).forms[tool])
    names, numbers = read_raw(bundle / tool / "study.raw")
    known = {name.lower(): np.array(numbers[:, k]) for name, k in names.items()}
    values = {
        quantity: np.stack(
            [known[dialect(tool).result_name(one).lower()] * deck.scales.get(quantity, 1.0) for one in vectors], axis=1
        ).reshape(-1, *deck.shapes[quantity])
        for quantity, vectors in deck.probes.items()
    }  # fmt: skip
    waves = Waves(known["time"], values, tool, 0.0, "", deck.breakpoints)
    dataset = to_dataset(study.crossbar, study.schedule(), waves)
    return {name: one.value for name, one in study_measures(study, dataset, step_rows(dataset)).items()}


@pytest.mark.parametrize("case", CASES)
def test_it_runs_in_an_empty_folder_and_gives_the_measures_of_the_study(case: str, tmp_path: Path) -> None:
    text, tools, own = CASES[case]
    done = exported(written(tmp_path, text), tmp_path / "made")
    assert done.exit_code == 0, done.output
    expected = {name: one.value for name, one in run_study(load_study(tmp_path / "mine.toml")).measures.items()}
    shutil.move(tmp_path / "made", tmp_path / "elsewhere")
    bundle = tmp_path / "elsewhere"
    shutil.rmtree(tmp_path / "models")
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert set(manifest["tools"]) == tools
    assert set(manifest["left_out"]).isdisjoint(tools)
    assert all("cannot express" in one or "exists as" in one for one in manifest["left_out"].values())
    kept = {one["file"]: (bundle / one["file"]).read_text() for one in manifest["own_files"]}
    for name in own:
        lines = [line for line in (MODELS.parent / name).read_text().split("\n") if "nfet180.inc" not in line]
        body = [line.strip() for line in lines if line.strip() and not line.startswith(("*", "//", "+"))][-3:]
        assert any(all(line in text for line in body) for text in kept.values()), name
    assert {*manifest["files"], "manifest.json", "SHA256SUMS"} == {
        str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file()
    }
    for tool in tools & RUN_HERE:
        verdicts = re.findall(r"^(ok|FAILED) ", typed(bundle / tool), re.MULTILINE)
        assert set(verdicts) == {"ok"}
        assert len(verdicts) >= 4
        found = measured(bundle, tool)
        assert found.keys() == expected.keys()
        for name in ("energy_per_switch", "energy_selected_cell", "state_change", "own_current", "sneak_share"):
            within = 1e-6 if tool == "ngspice" else 0.01
            rounding = 1e-4 if name == "sneak_share" else 0.0  # a difference of currents; selectors leave next to none
            assert found[name] == pytest.approx(expected[name], rel=within, abs=rounding), (tool, name)
            if tool == "ngspice":
                assert manifest["expected"]["measures"][name]["value"] == pytest.approx(expected[name], rel=1e-9, abs=0)


def test_it_is_refused_by_name_where_a_tool_cannot(tmp_path: Path) -> None:
    study = written(tmp_path, THRESHOLD)
    for words, reason in (
        (["--dialect", "vacask"], "a netlist for vacask takes a cell as osdi, and the cell 'threshold_cell' exists as"),
        (["--dialect", "ltspice"], "a netlist for ltspice cannot express the subcircuit threshold_cell of a user"),
        (["--dialect", "aihwkit"], "is no netlist: it holds a cell, not a study"),
        (["--rows", "3"], "--rows 3 is refused: --study says all of it"),
        (["--set", "array.rows=80", "--set", "array.cols=80"], "at most 4096 cells in a bundle"),
    ):
        done = exported(study, tmp_path / "made", *words)
        assert done.exit_code == 2
        assert reason in " ".join(done.output.split())
        assert not (tmp_path / "made").exists()
    done = CliRunner().invoke(app, ["export", "--set", "array.rows=2", "--to", str(tmp_path / "made")])
    assert (done.exit_code, "--set changes a study" in done.output) == (2, True)
    both = study_from({"array": {"rows": 1, "cols": 1}, "program": [{"do": "read"}]}, folder=tmp_path)
    assert set(StudyBundle(both).forms) >= {"ngspice", "vacask", "xyce", "ltspice", "spectre"}, "Ag2S in every tool"
