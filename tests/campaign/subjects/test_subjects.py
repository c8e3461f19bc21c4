"""Campaigns of other things than a transient: each run is what the command for one array gives."""

from __future__ import annotations

import pickle
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crews import here

from pyspice_models.campaign.causes.request import load_causes
from pyspice_models.campaign.find.request import load_search
from pyspice_models.campaign.lasting import DisturbParams, RetainParams, disturb, retain
from pyspice_models.campaign.montecarlo import MonteCarlo, load_montecarlo, montecarlo
from pyspice_models.campaign.rare.request import load_rare
from pyspice_models.campaign.runs import Task, perform
from pyspice_models.campaign.subjects.lasting import ManyReads
from pyspice_models.campaign.subjects.programming import measures_of
from pyspice_models.campaign.sweep import load_sweep, points_of, sweep
from pyspice_models.errors import RequestError
from pyspice_models.program.file import load_write_verify
from pyspice_models.program.inference.infer import infer
from pyspice_models.program.write_verify import write_verify
from pyspice_models.study.tables.read import study_from

Tables = dict[str, Any]
ARRAY: Tables = {
    "array": {"rows": 2, "cols": 2, "initial": {"pattern": "checkerboard"}},
    "variability": {"seed": 7},
}  # fmt: skip
READ: Tables = {"program": [{"do": "read_all", "voltage": "20 mV", "duration": "10 us"}]}
PROGRAMMED = ARRAY | {
    "sensing": {}, "write_verify": {"pattern": "random", "levels": 4, "rounds": 2},
}  # fmt: skip
NODAL = {"study": {"engine": "nodal"}}
DISTURBED = ARRAY | NODAL | READ | {"disturb": {"reads": 1000.0, "loss": 0.2}}
RESTED = ARRAY | NODAL | {"aging": {}, "retain": {"time": "100 s", "temperatures": ["300 K", "330 K"]}} | READ
KNOWN: Tables = {
    "array": {"rows": 65, "cols": 20}, "variability": {"seed": 3},
    "inference": {"hidden": [2], "epochs": 1, "images_at_most": 40},
}  # fmt: skip
SUBJECTS = {"write-verify": PROGRAMMED, "disturb": DISTURBED, "retain": RESTED, "inference": KNOWN}


def _sets(words: list[str]) -> list[str]:
    return [one for before, one in pairwise(words) if before == "--set"]


def _run(asked: MonteCarlo, run: int) -> dict[str, float]:
    answer = perform(Task("a run", asked.nominal, asked.drawn_as(run), asked.subject))
    assert not answer.failure
    assert any(abs(value) > 0 for value in answer.drawn.values())
    return {name: one.value for name, one in answer.measures.items()}


def test_a_run_of_write_verify_is_that_array_programmed_alone() -> None:
    asked = load_montecarlo(PROGRAMMED, runs=4, of="write-verify")
    alone, _ = write_verify(load_write_verify(PROGRAMMED, _sets(asked.alone(2))))
    assert _run(asked, 2) == {name: one.value for name, one in measures_of(alone).items()}
    assert alone.noise.min() > 0
    assert _run(asked, 1)["energy_supply"] != _run(asked, 2)["energy_supply"]


def test_a_run_of_many_reads_or_a_rest_is_that_of_the_array_alone() -> None:
    asked = load_montecarlo(DISTURBED, runs=4, of="disturb")
    study = study_from({k: v for k, v in DISTURBED.items() if k != "variability"} | _seeded(asked, 3))
    assert _run(asked, 3) == {n: m.value for n, m in disturb(study, DisturbParams(1000, loss=0.2)).measures.items()}
    asked = load_montecarlo(RESTED, runs=4, of="retain")
    study = study_from({k: v for k, v in RESTED.items() if k != "variability"} | _seeded(asked, 3))
    rested = retain(study, RetainParams(100.0), [300.0, 330.0]).measures
    np.testing.assert_array_equal(list(_run(asked, 3).values()), [one.value for one in rested.values()])


def _seeded(asked: MonteCarlo, run: int) -> Tables:
    return {"variability": {"seed": asked.drawn_as(run).seed}}


def test_a_run_of_inference_is_that_of_arrays_with_its_seed() -> None:
    asked = load_montecarlo(KNOWN, runs=3, of="inference")
    one = {key: int(value) for key, _, value in (text.partition("=") for text in _sets(asked.alone(1)))}
    own = dict(KNOWN["inference"]) | {"seed": one["inference.seed"], "arrays": one["inference.arrays"]}
    found = infer(KNOWN | {"inference": own})
    answer = perform(Task("a run", asked.nominal, asked.drawn_as(1), asked.subject))
    assert answer.measures["accuracy"].value == found.mean("all")
    assert answer.measures["accuracy_lost"].value == pytest.approx(found.float_accuracy - found.mean("all"), abs=1e-12)
    assert {name.partition(", layer")[1] for name in answer.drawn} == {", layer"}, "each block has its own array"
    task = Task("a run", asked.nominal, asked.drawn_as(1), asked.subject)
    assert len(pickle.dumps(task)) < 60_000, "no images travel with a run"


def test_many_runs_have_limits_and_go_on_where_they_stopped(tmp_path: Path) -> None:
    limits = {"cells_missed": "<= 0", "energy_supply": "<= 1 nJ"}
    first = montecarlo(PROGRAMMED, 2, of="write-verify", limits=limits, crew=here, folder=tmp_path / "m")
    again = montecarlo(PROGRAMMED, 3, of="write-verify", limits=limits, crew=here, folder=tmp_path / "m", resume=True)
    np.testing.assert_array_equal(first["energy_supply"], again["energy_supply"][:2])
    assert again.sizes["run"] == 3
    assert (again.attrs["of"], again["energy_supply"].attrs["units"]) == ("write-verify", "J")
    written = load_montecarlo(tmp_path / "m" / "study.toml")
    assert written.key == load_montecarlo(PROGRAMMED, runs=3, of="write-verify").key


@pytest.mark.parametrize("word", SUBJECTS)
def test_what_is_written_asks_the_same(word: str, tmp_path: Path) -> None:
    asked = load_montecarlo(SUBJECTS[word], runs=2, of=word)
    asked.write(tmp_path)
    again = load_montecarlo(tmp_path / "study.toml")
    assert (again.key, again.question, again.subject.word) == (asked.key, asked.question, word)
    if word in ("disturb", "retain"):
        other = load_montecarlo(DISTURBED | RESTED, runs=2, of="retain" if word == "disturb" else "disturb")
        assert other.key != asked.key


def test_sweeps_and_searches_do_the_same(tmp_path: Path) -> None:
    bare = {k: v for k, v in DISTURBED.items() if k != "variability"}
    swept = sweep(bare, {"disturb.reads": [1000, 100000]}, of="disturb", crew=here, folder=tmp_path / "s")
    change = swept["change_largest"].values
    assert 0 < change[0] < change[1]
    points = points_of(load_sweep(tmp_path / "s" / "study.toml"))
    assert points.key == points_of(load_sweep(bare, {"disturb.reads": [1000, 100000]}, of="disturb")).key
    search = load_search(bare, "program.0.voltage", "cells_lost > 0.4", ends="5 mV:100 mV", of="disturb")
    assert search.task(0.02).subject == ManyReads(DisturbParams(1000, loss=0.2))
    assert search.digest() != load_search(bare, "program.0.voltage", "cells_lost > 0.4", ends="5 mV:100 mV").digest()


BARE = ARRAY | READ


@pytest.mark.parametrize(
    ("tables", "asked", "said"),
    [
        (PROGRAMMED, {}, "add --of write-verify, or leave the table out"),
        (PROGRAMMED, {"of": "writing"}, "montecarlo.of = 'writing' is refused; allowed: one of transient, write"),
        (BARE, {"of": "write-verify"}, r"has no \[write_verify\] table"),
        (PROGRAMMED, {"of": "write-verify", "vary": "cycles"}, "Set write_verify.ideal_reads = true"),
        (KNOWN, {"of": "inference", "vary": "cycles"}, "montecarlo.vary = 'cycles'.*arrays where"),
        (KNOWN, {"of": "inference", "draws": "sobol"}, "montecarlo.draws = sobol does not go with inference"),
        (ARRAY | {"program": [{"do": "wait"}]}, {"of": "disturb"}, "the program of .* reads nothing"),
        (DISTURBED | {"disturb": {"reads": 0.5}}, {"of": "disturb"}, "disturb.reads = 0.5 is refused; allowed: a"),
        (RESTED | {"retain": {"time": "1 A"}}, {"of": "retain"}, "retain.time"),
        (RESTED | {"retain": {"temperatures": 300}}, {"of": "retain"}, "retain.temperatures = 300.*a list"),
        (BARE, {"limits": {"read_current": [">= 3 nA", "<= 2 nA"]}}, "They contradict each other"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(tables: Tables, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        load_montecarlo(tables, **{"runs": 2} | asked)


def test_campaigns_that_need_coordinates_say_so() -> None:
    noisy = PROGRAMMED | {"montecarlo": {"of": "write-verify", "limits": {"rounds": "<= 2"}}}
    for load in (load_rare, load_causes):
        with pytest.raises(RequestError, match=r"ag2s \w+ does not go with reads that have noise"):
            load(noisy)
    ideal = noisy | {"write_verify": noisy["write_verify"] | {"ideal_reads": True}}
    assert load_rare(ideal).asked.subject.word == "write-verify"


def test_a_limit_on_a_measure_that_is_not_there_is_refused() -> None:
    with pytest.raises(RequestError, match=r"unknown key 'roundes' in .montecarlo.limits.; did you mean 'rounds'"):
        montecarlo(PROGRAMMED, 1, of="write-verify", limits={"roundes": "<= 2"}, crew=here)
