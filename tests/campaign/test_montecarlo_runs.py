"""Monte Carlo: many draws, and the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from crews import here
from fakes import hanging_ngspice
from montecarlo_cases import TABLES, _asked, _lines, _run, undisturbed  # noqa: F401
from scipy import stats

from pyspice_models.campaign.journal import journal_in
from pyspice_models.campaign.montecarlo import array_seed, montecarlo, run_montecarlo
from pyspice_models.campaign.runs import local
from pyspice_models.campaign.statistics import summarize
from pyspice_models.errors import RequestError
from pyspice_models.study import run_study
from pyspice_models.study.tables.read import study_from


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
    asked = _asked(3, array={"rows": 12, "cols": 12}, study={"time_limit": 1.0})
    found = _run(asked, tmp_path / "m", crew=local(2))
    assert all("stopped at its time limit of 1 s" in reason for reason in found["failure"].values)
    assert sorted(path.name for path in (tmp_path / "m" / "failed").iterdir()) == [f"run-{n}" for n in range(3)]
    deck = (tmp_path / "m" / "failed" / "run-2" / "deck.cir").read_text()
    assert "run 2" not in deck  # the title is the study's
    assert deck.count("ag2s_cell") >= 144
    summary = summarize(found)
    assert summary.total.good == 0
    assert summary.failed == [0, 1, 2]


def test_a_draw_that_leaves_a_range_is_a_failed_run(tmp_path: Path) -> None:
    wide = {"seed": 7, "array_width": 0.1}
    asked = _asked(8, variability=wide, wire={"width": "9.9 um", "pitch": "10 um"})
    found = _run(asked, tmp_path / "m")
    failed = found["failure"].values != ""
    assert 0 < failed.sum() < 8
    assert all("wire.pitch" in reason for reason in found["failure"].values[failed])
    assert np.isfinite(found["energy_per_switch"].values[~failed]).all()


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
        found = run_montecarlo(asked, journal, here)
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
