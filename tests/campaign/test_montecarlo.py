"""Monte Carlo: draws, journal, workers that die, distributions, yield, and the command."""

from __future__ import annotations

import json
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from fakes import hanging_ngspice
from scipy import stats
from signals import hear_signals

from pyspice_models.array.variability import VariabilityParams
from pyspice_models.campaign.journal import journal_in
from pyspice_models.campaign.montecarlo import MonteCarlo, array_seed, load_montecarlo, montecarlo, run_montecarlo
from pyspice_models.campaign.runs import local
from pyspice_models.campaign.statistics import summarize
from pyspice_models.campaign.workers import in_workers
from pyspice_models.errors import Ag2sError, RequestError
from pyspice_models.result import load
from pyspice_models.study import load_study, run_study
from pyspice_models.study.tables.read import nominal_study, study_from
from pyspice_models.study.tables.variation import variation_from
from pyspice_models.study.variation import vary

AG2S = Path(sys.executable).with_name("ag2s")
MANY = 30
TABLES: dict[str, Any] = {
    "array": {"rows": 2, "cols": 2, "initial": {"pattern": "checkerboard"}},
    "variability": {"seed": 7},
    "program": [{"do": "write", "row": 1, "col": 1}, {"do": "read", "row": 1, "col": 1}],
}
STUDY = """
[array]
rows = 2
cols = 2
[array.initial]
pattern = "checkerboard"
[variability]
seed = 7
[montecarlo]
runs = 6
[montecarlo.limits]
state_change = ">= 0.06"
energy_per_switch = "<= 1 pJ"
[[program]]
do = "write"
row = 1
col = 1
[[program]]
do = "read"
row = 1
col = 1
"""


# ---- one draw


def test_a_study_with_the_table_is_one_array_of_many() -> None:
    nominal, first, again, other = (
        study_from(tables).crossbar
        for tables in (
            {k: v for k, v in TABLES.items() if k != "variability"}, TABLES, TABLES,
            TABLES | {"variability": {"seed": 8}},
        )
    )  # fmt: skip
    assert (first.cell, first.faults, first.temperature) == (nominal.cell, nominal.faults, nominal.temperature)
    for name in ("area", "rate_int_set", "g_fil_min"):
        assert (first.values(name) != nominal.values(name)).all()
        assert (first.values(name) == again.values(name)).all()
        assert (first.values(name) != other.values(name)).all()
    assert (first.values("w0") == nominal.values("w0")).all()
    assert first.wire.resistivity_wl != nominal.wire.resistivity_wl
    assert first.driver.r_driver != other.driver.r_driver


def test_another_cycle_moves_what_spreads_from_cycle_to_cycle_alone() -> None:
    one, two = (study_from(TABLES | {"variability": {"seed": 7, "cycle": cycle}}).crossbar for cycle in (0, 1))
    assert one.wire == two.wire
    assert one.driver == two.driver
    for name in ("area", "thickness", "g_int_max", "r_ion"):
        assert (one.values(name) == two.values(name)).all()
    for name in ("rate_int_set", "rate_fil_reset", "v_nuc_fil", "g_fil_min"):
        assert (one.values(name) != two.values(name)).all()


def test_spreads_of_zero_leave_the_design() -> None:
    off = dict.fromkeys(VariabilityParams.quantities(), 0.0)
    bare = {k: v for k, v in TABLES.items() if k != "variability"}
    drawn, designed = study_from(bare | {"variability": off}), study_from(bare)
    assert drawn.program == designed.program
    assert run_study(drawn).measures == run_study(designed).measures


def test_the_amplitude_moves_all_voltages_by_one_factor() -> None:
    steps = [
        {"do": "write"}, {"do": "read"}, {"do": "wait"}, {"do": "vmm", "inputs": [1.0, -1.0]},
        {"do": "rank_one", "word": [1, 0], "bit": [0, -1]},
        {"do": "apply", "word": [0.1, 0.0], "bit": [0.0, -0.2]}, {"do": "write_pattern", "pattern": "checkerboard"},
    ]  # fmt: skip
    tables = TABLES | {"program": steps}
    drawn, designed = study_from(tables).program, nominal_study(tables).program
    factor = drawn[0].voltage / designed[0].voltage
    assert 0.9 < factor < 1.1
    assert factor != 1
    for got, plan in zip(drawn, designed, strict=True):
        if hasattr(plan, "voltage"):
            assert got.voltage == plan.voltage * factor
    assert drawn[3].inputs == designed[3].inputs
    assert drawn[4].word == designed[4].word
    assert drawn[5].bit == (0.0, -0.2 * factor)


def test_odds_without_a_seed_break_every_array_elsewhere_and_with_one_all_alike() -> None:
    tables = TABLES | {"array": {"rows": 8, "cols": 8}, "faults": {"stuck_off": 0.2}}
    faults = [study_from(tables | {"variability": {"seed": seed}}).crossbar.faults for seed in (1, 2)]
    assert faults[0].stuck_off != faults[1].stuck_off
    assert 1 <= len(faults[0].stuck_off) <= 30
    fixed = tables | {"faults": {"stuck_off": 0.2, "seed": 3}}
    same = [study_from(fixed | {"variability": {"seed": seed}}).crossbar.faults for seed in (1, 2)]
    assert same[0] == same[1]
    assert nominal_study(tables).crossbar.faults.stuck_off == ()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"seed": -1}, r"variability\.seed = -1 is refused.*0 to 9007199254740991"),
        ({"seed": 1.5}, r"variability\.seed"),
        ({"cycle": True}, r"variability\.cycle"),
        ({"device_aera": 0.1}, "did you mean 'device_area'"),
        ({"device_area": 0.9}, r"variability\.device_area = 0\.9 is refused; allowed: >= 0 and <= 0\.5"),
        ({"device_area": "5 mV"}, r"variability\.device_area"),
        (3, "write it as"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(table: object, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        study_from(TABLES | {"variability": table})


# ---- many draws


def _asked(runs: int = 6, **changes: Any) -> MonteCarlo:
    tables = TABLES | changes
    nominal = nominal_study(tables)
    variation = variation_from(tables, nominal.crossbar)
    assert variation is not None
    return MonteCarlo(nominal, variation, runs)


def _run(asked: MonteCarlo, target: Path, *, workers: int = 2, resume: bool = False) -> xr.Dataset:
    with journal_in(target, asked.key, asked.about, resume=resume) as journal:
        return run_montecarlo(asked, journal, local(workers))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return _run(_asked(), tmp_path_factory.mktemp("mc") / "m")


def test_the_streams_are_numpys_and_independent() -> None:
    seeds = [array_seed(1, run) for run in range(20_000)]
    assert len(set(seeds)) == 20_000
    assert seeds[5] == int(np.random.SeedSequence(1).spawn(6)[5].generate_state(1, np.uint64)[0]) & (2**53 - 1)
    assert stats.kstest(np.array(seeds) / 2**53, "uniform").pvalue > 1e-3
    assert not set(seeds) & {array_seed(2, run) for run in range(1000)}


def test_the_numbers_depend_on_seed_and_run_alone(undisturbed: xr.Dataset) -> None:
    assert (undisturbed["failure"] == "").all()
    one = montecarlo(TABLES, 4, workers=1)
    xr.testing.assert_equal(one, undisturbed.isel(run=slice(4)))
    other = montecarlo(TABLES, 2, seed=8)
    assert (other["energy_per_switch"].values != one["energy_per_switch"].values[:2]).all()


def test_every_run_is_the_study_that_it_names(undisturbed: xr.Dataset) -> None:
    seed, cycle = (int(undisturbed[name].values[3]) for name in ("array_seed", "cycle"))
    alone = run_study(study_from(TABLES | {"variability": {"seed": seed, "cycle": cycle}})).measures
    for name, measure in alone.items():
        assert float(undisturbed[name].values[3]) == measure.value, name
    assert run_study(_asked().study(3)).measures == alone


def test_cycles_of_one_array() -> None:
    found = montecarlo(TABLES | {"montecarlo": {"vary": "cycles"}}, 3)
    assert found["array_seed"].values.tolist() == [7, 7, 7]
    assert found["cycle"].values.tolist() == [0, 1, 2]
    drawn = found["drawn"].to_pandas()
    assert (drawn["driver"] == drawn["driver"][0]).all()
    assert drawn["cycle_mobility, selected"].nunique() == 3
    assert len(set(found["state_change"].values)) == 3


def test_a_run_that_fails_is_kept_with_its_deck_and_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a simulator that never ends: on a machine that is busy, building alone could take as long as a real one
    monkeypatch.setenv("AG2S_NGSPICE", hanging_ngspice(tmp_path))
    asked = _asked(4, array={"rows": 12, "cols": 12}, study={"time_limit": 1.5})
    found = _run(asked, tmp_path / "m")
    assert all("stopped at its time limit of 1.5 s" in reason for reason in found["failure"].values)
    assert sorted(path.name for path in (tmp_path / "m" / "failed").iterdir()) == [f"run-{n}" for n in range(4)]
    deck = (tmp_path / "m" / "failed" / "run-2" / "deck.cir").read_text()
    assert "run 2" not in deck  # the title is the study's
    assert deck.count("ag2s_cell") >= 144
    summary = summarize(found)
    assert summary.total.good == 0
    assert summary.failed == [0, 1, 2, 3]


def test_a_draw_that_leaves_a_range_is_a_failed_run(tmp_path: Path) -> None:
    wide = {"seed": 7, "array_width": 0.1}
    asked = _asked(8, variability=wide, wire={"width": "9.9 um", "pitch": "10 um"})
    found = _run(asked, tmp_path / "m")
    failed = found["failure"].values != ""
    assert 0 < failed.sum() < 8
    assert all("wire.pitch" in reason for reason in found["failure"].values[failed])
    assert np.isfinite(found["energy_per_switch"].values[~failed]).all()


# ---- the journal


def _lines(folder: Path) -> list[bytes]:
    return (folder / "runs.jsonl").read_bytes().splitlines(keepends=True)


def test_more_runs_are_added_to_a_finished_study(tmp_path: Path, undisturbed: xr.Dataset) -> None:
    _run(_asked(3), tmp_path / "m")
    before = _lines(tmp_path / "m")
    found = _run(_asked(6), tmp_path / "m", resume=True)
    xr.testing.assert_identical(found, undisturbed)
    assert _lines(tmp_path / "m")[: len(before)] == before
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


@pytest.mark.parametrize("harm", ["byte", "torn", "head", "foreign line"])
def test_what_is_damaged_is_found_and_done_again(tmp_path: Path, undisturbed: xr.Dataset, harm: str) -> None:
    _run(_asked(), tmp_path / "m")
    lines = _lines(tmp_path / "m")
    if harm == "byte":
        place = lines[3].index(b"energy_per_switch") + 25
        lines[3] = lines[3][:place] + bytes([lines[3][place] ^ 1]) + lines[3][place + 1 :]
    elif harm == "torn":
        lines[-1] = lines[-1][:100]
    elif harm == "head":
        lines[0] = b"\0" * 40 + b"\n"
    else:
        _run(_asked(2, variability={"seed": 9}), tmp_path / "other")
        lines[2] = _lines(tmp_path / "other")[1]
    (tmp_path / "m" / "runs.jsonl").write_bytes(b"".join(lines))
    asked = _asked()
    with journal_in(tmp_path / "m", asked.key, asked.about, resume=True) as journal:
        assert journal.damaged == 1
        assert len(journal.done) == (6 if harm == "head" else 5)
        found = run_montecarlo(asked, journal, local(2))
    xr.testing.assert_identical(found, undisturbed)
    with journal_in(tmp_path / "m", asked.key, asked.about, resume=True) as journal:
        assert journal.damaged == 0
        assert len(journal.done) == 6


@pytest.mark.parametrize(
    "changes",
    [
        {"variability": {"seed": 8}},
        {"variability": {"seed": 7, "device_area": 0.06}},
        {"program": [{"do": "write", "row": 1, "col": 0}]},
        {"array": {"rows": 2, "cols": 3}},
        {"accuracy": {"reltol": 1e-5}},
    ],
)
def test_a_changed_study_does_not_mix_with_old_results(tmp_path: Path, changes: dict[str, Any]) -> None:
    _run(_asked(2), tmp_path / "m")
    before = (tmp_path / "m" / "runs.jsonl").read_bytes()
    with pytest.raises(RequestError, match=r"\(study study, seed 7.*belongs to another request"):
        _run(_asked(2, **changes), tmp_path / "m", resume=True)
    assert (tmp_path / "m" / "runs.jsonl").read_bytes() == before


def test_unfinished_results_are_not_thrown_away(tmp_path: Path) -> None:
    asked = _asked(2)

    def interrupted() -> None:
        with journal_in(tmp_path / "m", asked.key, asked.about) as journal:
            journal.add(0, {"measures": {}, "failure": "x", "engine": "", "drawn": {}})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(RequestError, match=r"holds 1 results of a call that was not finished\. Add --resume"):
        _run(asked, tmp_path / "m")
    with journal_in(tmp_path / "m", asked.key, asked.about, resume=True) as journal:
        assert journal.done == {0}
    with journal_in(tmp_path / "m", asked.key, asked.about) as journal:  # a finished one gives way
        assert journal.done == set()


def test_two_processes_do_not_share_a_journal(tmp_path: Path) -> None:
    asked = _asked(2)
    with journal_in(tmp_path / "m", asked.key, asked.about):
        for resume in (True, False):
            with pytest.raises(RequestError, match="another process is at work"):
                _run(asked, tmp_path / "m", resume=resume)


def test_a_strangers_folder_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "thesis.tex").touch()
    with pytest.raises(RequestError, match="not ours"):
        _run(_asked(2), tmp_path / "m")


# ---- what it comes to


def _dataset(values: list[float], failure: list[str] | None = None, **drawn: list[float]) -> xr.Dataset:
    failure = failure or [""] * len(values)
    data: dict[str, Any] = {
        "read_margin": ("run", np.array(values), {"units": "1", "long_name": "margin"}),
        "failure": ("run", np.array(failure, dtype=str)),
    }
    if drawn:
        data["drawn"] = (("run", "cause"), np.array(list(drawn.values())).T)
    return xr.Dataset(data, {"run": np.arange(len(values))} | ({"cause": list(drawn)} if drawn else {}))


def test_the_yield_counts_failed_and_infinite_runs_as_bad(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(STUDY.replace("state_change", "read_margin").replace(">= 0.06", ">= 0.5"))
    limit = load_montecarlo(tmp_path / "s.toml").limits[0]
    found = _dataset([0.1, 0.5, 0.9, np.nan, np.inf, 0.7], ["", "", "", "no convergence", "", ""])
    summary = summarize(found, [limit])
    assert (summary.total.good, summary.total.runs) == (3, 6)
    exact = stats.beta.ppf([0.025, 0.975], [3, 4], [4, 3])  # Clopper and Pearson
    np.testing.assert_allclose(summary.total.interval, exact, rtol=1e-9)
    assert summary.limits[0].worst == [4, 0]
    assert summary.failed == [3]
    one = summary.distributions["read_margin"]
    assert one.count == 4
    assert one.lowest[0] == 0
    assert one.highest[0] == 2


def test_the_cause_that_moves_a_measure_is_found_and_no_other() -> None:
    rng = np.random.default_rng(5)
    causes = {f"c{n}": rng.normal(size=300).tolist() for n in range(20)}
    values = np.exp(np.array(causes["c3"]) - 0.5 * np.array(causes["c8"])) + 0.01 * rng.normal(size=300)
    summary = summarize(_dataset(values.tolist(), **causes))
    sure = summary.significant.sel(measure="read_margin")
    assert set(sure["cause"].values[sure.values]) == {"c3", "c8"}
    assert float(summary.sensitivity.sel(cause="c3", measure="read_margin")) > 0.8
    assert float(summary.sensitivity.sel(cause="c8", measure="read_margin")) < -0.3


def test_what_does_not_vary_has_no_correlation() -> None:
    summary = summarize(_dataset([1.0] * 20, a=list(range(20))))
    assert np.isnan(summary.sensitivity.values).all()
    assert not summary.significant.any()
    assert not summary.distributions["read_margin"].varies


# ---- the command


def _call(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AG2S, "montecarlo", "s.toml", *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {"NO_COLOR": "1"} | environment,
    )  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "s.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def test_the_command(study: Path, undisturbed: xr.Dataset) -> None:
    done = _call(study, "--json", "--runs", "12")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["runs"] == 12
    assert answer["measures"]["energy_per_switch"]["unit"] == "J"
    assert 0 <= answer["yield"]["interval"][0] <= answer["yield"]["yield"] <= answer["yield"]["interval"][1] <= 1
    kept = study / "out" / "s-montecarlo"
    assert {path.name for path in kept.iterdir()} == {
        ".ag2s", "runs.jsonl", "montecarlo.nc", "montecarlo.csv", "report.json", "distributions.png", "sensitivity.png",
    }  # fmt: skip
    found = load(kept / "montecarlo.nc")
    for name in undisturbed:
        if "run" in undisturbed[name].dims:
            assert (found[name].values[:6] == undisturbed[name].values).all(), name
    worst = answer["limits"][0]["worst"][0]
    assert worst == int(np.argmin(found["state_change"].values))
    assert f"ag2s simulate s.toml --run {worst}" in done.stderr
    alone = subprocess.run(
        [AG2S, "simulate", "s.toml", "--run", str(worst), "--json"], cwd=study, capture_output=True, text=True,
        timeout=120, check=True,
    )  # fmt: skip
    for name, measure in json.loads(alone.stdout)["measures"].items():
        assert measure["value"] == float(found[name].values[worst]), name


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--runs", "0"], "runs = 0 is refused; allowed: a whole number from 1 to 1000000"),
        (["--runs", "-3"], "runs = -3 is refused"),
        (["--seed", "-1"], "seed = -1 is refused"),
        (["--workers", "0"], "workers = 0 is refused"),
        (["--engine", "spectre"], "engine = 'spectre' is refused"),
        (["--set", "montecarlo.vary=days"], "arrays or cycles"),
        (["--set", "montecarlo.limits.read_margin=0.5"], 'text such as "<= 50 fJ"'),
        (["--set", "montecarlo.run=5"], "did you mean 'runs'"),
        (["--set", "montecarlo.limits.state_chnge=>= 0.5"], "did you mean 'state_change'"),
        (["--set", "montecarlo.limits.energy_per_switch=<= 5 s"], "is not that unit"),
        (["--scheduler", "nonsense"], "no Dask scheduler answers at nonsense"),
        (["--resume", "--out", "s.toml"], "is a file"),
    ],
)
def test_a_wrong_request_is_refused(study: Path, words: list[str], message: str) -> None:
    began = time.monotonic()
    done = _call(study, *words)
    assert done.returncode == 2, done.stderr
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < 60
    left = [path.name for path in study.rglob("*") if path.is_file() and path.name != "s.toml"]
    # a limit on an unknown measure shows with the first result, which is kept
    assert not left or "limits" in words[1], left


def test_a_study_without_the_table_is_refused(study: Path) -> None:
    (study / "s.toml").write_text(STUDY.replace("[variability]\nseed = 7", ""))
    done = _call(study)
    assert done.returncode == 2
    assert "the study has no [variability] table" in done.stderr


def test_where_every_run_fails_the_command_says_so(study: Path) -> None:
    hanging = hanging_ngspice(study)
    done = _call(study, "--runs", "2", "--set", "study.time_limit=2", AG2S_NGSPICE=hanging)
    assert done.returncode == 1
    assert "2 runs, 2 failed" in done.stderr
    assert "stopped at its time limit" in done.stderr
    assert (study / "out" / "s-montecarlo" / "failed" / "run-0" / "deck.cir").is_file()


def test_every_shipped_montecarlo_study_runs(studies: Path, tmp_path: Path) -> None:
    paths = sorted(studies.glob("montecarlo*.toml"))
    assert paths
    for path in paths:
        moved = ["array.rows=8", "array.cols=8", "program.0.row=3", "program.0.col=4", "program.1.row=3"]
        asked = load_montecarlo(path, moved, runs=2)
        found = _run(asked, tmp_path / path.stem)
        assert (found["failure"] == "").all()
        assert (np.abs(found["energy_imbalance"]) < 1e-3).all()
        summarize(found, asked.limits)
    one, other = (load_study(paths[0], [f"variability.seed={seed}"]).crossbar for seed in (1, 5))
    assert (one.values("area") != other.values("area")).all()


# ---- faults of the machine


def _started(command: subprocess.Popen[str], tmp: Path, results: int, out: Path) -> None:
    deadline = time.monotonic() + 60
    while not ((out / "runs.jsonl").exists() and len(_lines(out)) > results):
        assert time.monotonic() < deadline
        assert command.poll() is None, command.communicate()
        time.sleep(0.01)


def _begin(study: Path, *words: str) -> subprocess.Popen[str]:
    (study / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [AG2S, "montecarlo", "s.toml", "--out", "m", *words], cwd=study, text=True, stderr=subprocess.PIPE,
        stdout=subprocess.PIPE, env=os.environ | {"NO_COLOR": "1", "TMPDIR": str(study / "tmp")},
        preexec_fn=hear_signals,
    )  # fmt: skip


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    folder = tmp_path_factory.mktemp("many")
    (folder / "s.toml").write_text(STUDY, encoding="utf-8")
    asked = load_montecarlo(folder / "s.toml", runs=MANY)
    return _run(asked, folder / "m")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_killed_program_goes_on_where_it_was_bit_for_bit(
    study: Path, many: xr.Dataset, how: signal.Signals
) -> None:  # fmt: skip
    command = _begin(study, "--runs", str(MANY))
    _started(command, study / "tmp", 8, study / "m-unfinished")
    command.send_signal(how)
    told = command.communicate(timeout=30)[1]
    assert command.returncode != 0
    assert "Traceback" not in told, told
    assert not (study / "m").exists()
    deadline = time.monotonic() + 10
    while list((study / "tmp").iterdir()):
        assert time.monotonic() < deadline, list((study / "tmp").iterdir())
        time.sleep(0.05)
    before = _lines(study / "m-unfinished")
    if how != signal.SIGKILL:
        assert f"{len(before) - 1} results are kept in m-unfinished; --resume goes on" in " ".join(told.split())
    done = _begin(study, "--runs", str(MANY), "--resume")
    told = done.communicate(timeout=120)[1]
    assert done.returncode == 0, told
    assert "going on: " in told
    xr.testing.assert_equal(load(study / "m" / "montecarlo.nc"), many)
    after = _lines(study / "m")
    assert after[: len(before) - 1] == before[:-1]
    numbers = [json.loads(line[17:])["run"] for line in after[1:]]
    assert sorted(numbers) == list(range(MANY)), "nothing is done twice"
    assert not (study / "m-unfinished").exists()


def test_a_killed_worker_costs_its_run_alone_which_is_done_again(study: Path, many: xr.Dataset) -> None:
    command = _begin(study, "--runs", str(MANY))
    _started(command, study / "tmp", 6, study / "m-unfinished")
    victim = _children(command.pid)[0]
    os.kill(victim, signal.SIGKILL)
    told = command.communicate(timeout=120)[1]
    assert command.returncode == 0, told
    found = load(study / "m" / "montecarlo.nc")
    assert (found["failure"] == "").all()
    xr.testing.assert_equal(found, many)
    assert not list((study / "tmp").iterdir())


def test_a_full_disk_is_told_and_the_results_before_it_are_intact(tmp_path: Path, many: xr.Dataset) -> None:
    (tmp_path / "s.toml").write_text(STUDY, encoding="utf-8")
    asked, soft_hard = load_montecarlo(tmp_path / "s.toml", runs=MANY), resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(count: int) -> None:  # workers that run already keep their own limit
        if count == 8:
            size = (tmp_path / "m-unfinished" / "runs.jsonl").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1000, soft_hard[1]))

    try:
        with (
            pytest.raises(Ag2sError, match=r"jsonl cannot be written.* The 8 results before run \d+ are intact"),
            journal_in(tmp_path / "m", asked.key, asked.about) as journal,
        ):
            run_montecarlo(asked, journal, local(2), fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, soft_hard)
    assert len(_lines(tmp_path / "m-unfinished")) == 9
    with journal_in(tmp_path / "m", asked.key, asked.about, resume=True) as journal:
        assert journal.damaged == 0
        assert len(journal.done) == 8
        found = run_montecarlo(asked, journal, local(2))
    xr.testing.assert_identical(found, many)


def test_workers_that_all_die_stop_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyspice_models.campaign.runs.perform", _die)
    asked = _asked(40)
    with (
        pytest.raises(Ag2sError, match="the workers die one after the other: its process"),
        journal_in(tmp_path / "m", asked.key, asked.about) as journal,
    ):
        run_montecarlo(asked, journal, partial(in_workers, workers=2))
    with journal_in(tmp_path / "m", asked.key, asked.about, resume=True) as journal:
        assert journal.done == set(), "they are tried again"


def _die(_: object) -> None:
    """Called in a worker, which has no such module: it dies before it gets here."""


def test_a_full_temporary_folder_stops_the_work_and_is_named(study: Path) -> None:
    command = f"ulimit -f 20; exec {shlex.quote(str(AG2S))} montecarlo s.toml --set array.rows=12"
    done = subprocess.run(
        ["bash", "-c", command], cwd=study, text=True,
        capture_output=True, timeout=120, check=False, env=os.environ | {"NO_COLOR": "1"},
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "cannot work in the temporary folder" in done.stderr
    assert "TMPDIR" in done.stderr
    assert "Traceback" not in done.stderr


def test_vary_gives_what_was_drawn_by_group() -> None:
    asked = _asked(array={"rows": 4, "cols": 4})
    _, drawn = vary(asked.nominal, asked.variation)
    assert {"area, selected", "area, half-selected", "area, unselected", "driver", "amplitude"} <= set(drawn)
    assert all(np.isfinite(list(drawn.values())))


def test_the_example_of_the_manual_runs_as_a_plain_script(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    example = re.findall(r"```python\n(.*?)```", (root / "docs" / "montecarlo.md").read_text(), re.DOTALL)[0]
    (tmp_path / "script.py").write_text(example)
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py"], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    share, interval = done.stdout.splitlines()[0].split(" ", 1)
    assert 0 <= float(share) <= 1
    assert interval.startswith("(")


def test_every_spread_is_in_the_manual() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "montecarlo.md").read_text()
    for name, declared in VariabilityParams.quantities().items():
        if name == "g_step":  # no part of a transient
            continue
        (row,) = [line for line in manual.splitlines() if line.startswith("|") and f"`{name}`" in line]
        assert f"{getattr(VariabilityParams(), name):.2f}" in row, name
        assert declared.unit == ""


@pytest.mark.slow
def test_memory_and_handles_stay_flat_and_two_workers_do_eight_runs_a_second(studies: Path, tmp_path: Path) -> None:
    asked = load_montecarlo(studies / "montecarlo.toml", runs=1000)
    seen: list[tuple[float, list[tuple[int, int]]]] = []

    def look(count: int) -> None:
        if count in (100, 1000 - 2):
            processes = [os.getpid(), *_children(os.getpid())]
            seen.append((time.monotonic(), [(_memory(pid), _handles(pid)) for pid in processes]))

    with journal_in(tmp_path / "m", asked.key, asked.about) as journal:
        run_montecarlo(asked, journal, local(2), look)
    (began, first), (ended, last) = seen
    assert (898 / (ended - began)) > 8
    for (memory, handles), (later, more) in zip(first, last, strict=True):
        assert later - memory < 8e6
        assert more <= handles + 1


def _memory(pid: int) -> int:
    """Resident memory [bytes]."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def _handles(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
