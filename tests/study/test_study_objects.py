"""Sweeps, series and programming of a study that was built in Python: the same as those of the file that it writes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from pyspice_models.array import Crossbar, Faults, pattern
from pyspice_models.array.sensing import SensingParams
from pyspice_models.array.variability import VariabilityParams
from pyspice_models.campaign.montecarlo import load_montecarlo, montecarlo
from pyspice_models.campaign.sweep import load_sweep, points_of, sweep
from pyspice_models.errors import RequestError
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.program.file import load_write_verify, programming_tables
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.read_out import ReadOut
from pyspice_models.program.write_verify import write_verify
from pyspice_models.result import load
from pyspice_models.stimulus import Read, Write
from pyspice_models.study import Study, run_study, write_study
from pyspice_models.study.identity import identity, question
from pyspice_models.study.tables.write import write_tables
from pyspice_models.study.variation import Variation

MAP = np.linspace(2e-11, 3e-11, 9).reshape(3, 3)
OWN = Study(
    "own", Crossbar(3, 3, per_cell={"w0": pattern("checkerboard", (3, 3)), "area": MAP}), [Write(1, 2), Read(1, 2)]
)  # fmt: skip


# ---- objects


OVER: dict[str, list[object]] = {"driver.r_driver": [500.0, "2 kohm"], "array.temperature": [300, 320.0]}


def test_a_sweep_of_an_object_is_that_of_its_file_and_goes_on_from_it(tmp_path: Path) -> None:
    path = write_study(OWN, tmp_path / "file")
    points = points_of(load_sweep(OWN, OVER))
    assert points.key == points_of(load_sweep(path, OVER)).key
    assert points.key == points_of(load_sweep(path, ["driver.r_driver=0.5k,2000", "array.temperature=300,320 K"])).key
    assert points.question == points_of(load_sweep(path, OVER)).question
    first = sweep(OWN, OVER, workers=1, folder=tmp_path / "r")
    assert first["driver.r_driver"].values.tolist() == [500.0, 2000.0]
    bar = OWN.crossbar.replace(driver=OWN.crossbar.driver.replace(r_driver=2e3), temperature=320)
    alone = run_study(replace(OWN, crossbar=bar))
    for name, measure in alone.measures.items():
        assert float(first[name].values[1, 1]) == measure.value, name
    with pytest.raises(RequestError, match="replace"):
        sweep(OWN, {"array.temperature": [300]}, folder=tmp_path / "r")
    again = sweep(path, OVER, folder=tmp_path / "r", resume=True, workers=1)
    xr.testing.assert_equal(again, first)
    xr.testing.assert_equal(load(tmp_path / "r" / "sweep.nc"), first)


def test_a_series_of_an_object_goes_on_from_its_file(tmp_path: Path) -> None:
    spread = VariabilityParams(device_area=0.1, array_width=0.0)
    few = montecarlo(OWN, 2, spread=spread, faults={"stuck_off": 0.1}, seed=4, folder=tmp_path / "r", workers=1)
    record = tmp_path / "r" / "study.toml"
    assert load_montecarlo(record).nominal == OWN
    assert load_montecarlo(record).variation.spread == spread
    more = montecarlo(record, 3, folder=tmp_path / "r", resume=True, workers=1)
    xr.testing.assert_equal(more.isel(run=slice(2)).drop_vars("cause"), few.drop_vars("cause"))
    lines = (tmp_path / "r" / "runs.jsonl").read_text().splitlines()
    assert len(lines) == 4, "the two that were there were not done again"
    assert {path.name for path in (tmp_path / "r").iterdir()} >= {"montecarlo.nc", "montecarlo.csv", "report.json"}
    by_hand = write_study(OWN, tmp_path / "file")
    words = ["variability.device_area=10 %", "variability.array_width=0", "variability.seed=4", "faults.stuck_off=0.1"]
    assert load_montecarlo(by_hand, words, runs=2).key == load_montecarlo(record).key


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, r"no \[variability\] table.*spread=VariabilityParams\(\)"),
        ({"spread": VariabilityParams(), "seed": -1}, r"variability\.seed = -1 is refused; .* from 0"),
        ({"spread": VariabilityParams(g_step=5e-6)}, r"variability\.g_step = 5e-06 S is refused"),
        ({"spread": VariabilityParams(), "faults": {"stuck": 0.1}}, r"unknown key 'stuck' in \[faults\]"),
        ({"spread": VariabilityParams(), "vary": "cells"}, r"montecarlo\.vary = 'cells' is refused"),
        ({"spread": VariabilityParams(), "limits": {"x": "0.1"}}, r"montecarlo\.limits\.x = '0\.1'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_series_of_an_object_is_named(more: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        load_montecarlo(OWN, runs=2, **more)


def test_odds_of_faults_and_faults_by_place_contradict_each_other() -> None:
    broken = Study("a", OWN.crossbar.replace(faults=Faults(stuck_on=((0, 0),))), OWN.program)
    odds = Variation(faults={"stuck_on": 0.1})
    with pytest.raises(RequestError, match=r"faults\.stuck_on = .* is refused; allowed: none beside odds of faults"):
        Programming(broken, np.full((3, 3), 0.5), variation=odds)
    with pytest.raises(RequestError, match="lists and odds"):
        load_montecarlo(broken, runs=2, spread=VariabilityParams(), faults={"stuck_off": 0.1}).study(0)


@pytest.mark.parametrize("levels", [[], [0.2, 0.5, 0.7]])
@pytest.mark.parametrize("noisy", [False, True])
def test_programming_of_an_object_is_that_of_its_file(tmp_path: Path, levels: list[float], noisy: bool) -> None:
    study = Study("p", Crossbar(9, 9), [Read()], sensing=SensingParams(bandwidth=50e3, offset=1e-6, bits=12))
    target = np.random.default_rng(1).choice([0.2, 0.5, 0.7], (9, 9))
    budget = Budget(read_voltage=0.05, rounds=3, tolerance=0.05)
    asked = Programming(
        study, target, budget, np.array(levels), Variation(VariabilityParams(device_gap=0.0), 7, 2, {"stuck_on": 0.1}),
        ReadOut.of(study, 0.05, 11) if noisy else None,
    )  # fmt: skip
    again = load_write_verify(write_tables(programming_tables(asked), tmp_path))
    assert again.study == asked.study
    keys = [content_key(identity(one.study) | question(one.study) | one.about) for one in (asked, again)]
    assert keys[0] == keys[1]
    assert again.variation is not None
    assert (again.variation.seed, again.variation.cycle) == (7, 2)


def test_programming_from_a_file_in_python_leaves_all_files(tmp_path: Path) -> None:
    tables = {
        "study": {"engine": "nodal"}, "array": {"rows": 2, "cols": 2},
        "write_verify": {"target": [[0.3, 0.5], [0.5, 0.3]], "rounds": 4},
    }  # fmt: skip
    path = write_tables(tables, tmp_path / "in")
    (tmp_path / "r").mkdir()
    found, array = write_verify(path, folder=tmp_path / "r")
    assert found.converged
    names = {"study.toml", "report.json", "states.csv", "states.npz", "cells.nc"}
    assert {file.name for file in (tmp_path / "r").iterdir() if not file.name.startswith("round-")} == names
    again, _ = write_verify(tmp_path / "r" / "study.toml")
    assert np.array_equal(again.held, found.held)
    assert np.array_equal(np.load(tmp_path / "r" / "states.npz")["w"], array.values("w0"))


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"target": [[0.3, 0.5]]}, r"target's shape = \(1, 2\) is refused"),
        ({"target": [[0.3, 0.5], [0.5, 1.3]]}, r"target\[1, 1\] = 1\.3"),
        ({"target": [[0.3] * 2] * 2, "pattern": "random"}, "target and pattern: give one or the other"),
        ({"target": [[0.3] * 2] * 2, "levels": [0.2, 0.4]}, r"target\[0, 0\] = 0\.3 is .* one of the levels"),
        ({"target": {"flie": "a"}}, r"unknown key 'flie' in \[write_verify\.target\]"),
        ({"target": {"file": "no.npy"}}, r"no\.npy cannot be read"),
        ({"pattern": "random", "ideal_reads": 1}, r"write_verify\.ideal_reads = 1 is refused; allowed: true or false"),
        ({"pattern": "random", "read_seed": 1}, "read_seed is of the noise of reads"),
        ({"pattern": "random", "levels": [0.1, 0.2]}, r"write_verify\.levels = .* a whole number"),
    ],
)  # fmt: skip
def test_a_target_that_makes_no_sense_is_refused(own: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        load_write_verify({"array": {"rows": 2, "cols": 2}, "write_verify": own})


def test_reads_by_other_circuits_than_the_studys_cannot_be_written(tmp_path: Path) -> None:
    study = Study("p", Crossbar(2, 2), [Read()], sensing=SensingParams(bits=12))
    other = ReadOut.of(Study("p", Crossbar(2, 2), [Read()], sensing=SensingParams(bits=10)), 5e-3)
    asked = Programming(study, np.full((2, 2), 0.5), read_out=other)
    with pytest.raises(RequestError, match=r"read_out = .* is refused; allowed: ReadOut\.of"):
        write_verify(asked, folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("page", "number"), [("studies", 0), ("montecarlo", 1)])
def test_the_examples_of_the_manual_run(
    page: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    text = (Path(__file__).parents[2] / "docs" / f"{page}.md").read_text(encoding="utf-8")
    example = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[number]
    monkeypatch.chdir(tmp_path)
    held: dict[str, Any] = {}
    exec(compile(example, page, "exec"), held)
    assert isinstance(held["study"], Study)
