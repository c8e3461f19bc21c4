"""Folders of many runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from results_folders_cases import ONE, SWEEP, TWO, _fill, _texts

from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.errors import Ag2sError, RequestError
from pyspice_models.files import write_text
from pyspice_models.folders import scratch as scratch_module
from pyspice_models.folders.mark import Origin, at_work

# ---- folders of many runs


def _journal(target: Path, *numbers: int, key: str = "k", origin: Origin = ONE, stop: bool = False, **how: bool) -> set:
    with journal_in(target, key, {"study": "s"}, origin=origin, **how) as journal:
        before = set(journal.done)
        for number in numbers:
            journal.add(number, {"measures": {}, "n": number}, {"log.txt": f"{number}"} if number % 2 else None)
        if stop:
            raise KeyboardInterrupt
        write_text(journal.folder / "report", "report")
    return before


def test_a_finished_campaign_is_not_replaced_by_another_question(tmp_path: Path) -> None:
    _journal(tmp_path / "m", 0, 1, origin=SWEEP)
    before = _texts(tmp_path)
    for origin in (ONE, TWO):
        with pytest.raises(RequestError, match=r"m holds the result of ag2s sweep"):
            _journal(tmp_path / "m", 0, key="other", origin=origin)
    with pytest.raises(RequestError, match=r"m holds the result of ag2s sweep"):
        _fill(tmp_path / "m", origin=ONE)
    assert _texts(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    _journal(tmp_path / "m", 5, key="other", force=True)
    assert sorted(_texts(tmp_path)) == ["m/failed/run-5/log.txt", "m/report", "m/runs.jsonl"]


def test_resume_adds_to_a_finished_campaign_whose_question_grew(tmp_path: Path) -> None:
    _journal(tmp_path / "m", 0, 1, origin=ONE)
    assert _journal(tmp_path / "m", 2, 3, origin=TWO, resume=True) == {0, 1}
    assert sorted(_texts(tmp_path)) == [
        "m/failed/run-1/log.txt", "m/failed/run-3/log.txt", "m/report", "m/runs.jsonl",
    ]  # fmt: skip
    assert _journal(tmp_path / "m", origin=TWO, resume=True) == {0, 1, 2, 3}


def test_runs_of_a_finished_campaign_are_not_lost_to_an_unfinished_one(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _journal(tmp_path / "m", 0, stop=True)
    (tmp_path / "m-unfinished").rename(tmp_path / "aside")
    _journal(tmp_path / "m", 0, 1, 2)
    (tmp_path / "aside").rename(tmp_path / "m-unfinished")
    assert _journal(tmp_path / "m", origin=TWO, resume=True) == {0}
    assert _journal(tmp_path / "m", origin=TWO, resume=True) == {0, 1, 2}


def test_a_refused_resume_leaves_nothing_and_changes_nothing(tmp_path: Path) -> None:
    _journal(tmp_path / "m", 0, 1)
    before = _texts(tmp_path)
    with pytest.raises(RequestError, match="m holds the result"):
        _journal(tmp_path / "m", key="other", origin=TWO, resume=True)
    assert _texts(tmp_path) == before
    with pytest.raises(KeyboardInterrupt):
        _journal(tmp_path / "n", 0, stop=True)
    before = _texts(tmp_path)
    with pytest.raises(RequestError, match=r"belongs to another request \(study s\)"):
        _journal(tmp_path / "n", key="other", resume=True)
    assert _texts(tmp_path) == before


def test_force_begins_anew_and_says_so_before(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _journal(tmp_path / "m", 0, 1, stop=True)
    with pytest.raises(RequestError, match=r"holds 2 results of a call that was not finished.*--resume.*--force"):
        _journal(tmp_path / "m", 0)
    assert _journal(tmp_path / "m", 4, force=True) == set()
    assert sorted(_texts(tmp_path)) == ["m/report", "m/runs.jsonl"]


def test_a_result_that_came_meanwhile_is_not_replaced_by_a_campaign(tmp_path: Path) -> None:
    def slow() -> None:
        with journal_in(tmp_path / "m", "k", {}, origin=ONE) as journal:
            journal.add(0, {})
            _fill(tmp_path / "m", "quick", TWO)

    with pytest.raises(Ag2sError, match=r"complete, but lie in .*m-unfinished: meanwhile") as caught:
        slow()
    assert caught.value.exit_code == 1
    assert (tmp_path / "m" / "result").read_text() == "quick"
    assert _journal(tmp_path / "m", resume=True, force=True) == {0}


def test_a_good_result_that_is_called_unfinished_is_not_worked_in(tmp_path: Path) -> None:
    _fill(tmp_path / "m-unfinished")
    for how in ({}, {"resume": True}, {"force": True}):
        with pytest.raises(RequestError, match="m-unfinished holds the result of ag2s simulate"):
            _journal(tmp_path / "m", 0, **how)
    (tmp_path / "n-unfinished").mkdir()
    (tmp_path / "n-unfinished" / "mine").write_text("mine")
    with pytest.raises(RequestError, match="not ours"):
        _journal(tmp_path / "n", 0, force=True)
    (tmp_path / "o-unfinished").write_text("mine")
    with pytest.raises(RequestError, match="is a file"):
        _journal(tmp_path / "o", 0, force=True)
    assert _texts(tmp_path) == {"m-unfinished/result": "data", "n-unfinished/mine": "mine", "o-unfinished": "mine"}


@pytest.mark.parametrize("place", ["copied", "marked", "exchanged"])
def test_a_campaign_killed_at_any_moment_of_its_end_loses_no_run(tmp_path: Path, place: str) -> None:
    _journal(tmp_path / "m", 0, 1)
    work = tmp_path / "m-unfinished"
    if place == "copied":  # only a part of the failed runs is copied yet
        (work / "failed" / "run-1").mkdir(parents=True)
        at_work(ONE, "m").write(work)
    else:
        with pytest.raises(KeyboardInterrupt):
            _journal(tmp_path / "m", 2, origin=ONE, resume=True, stop=True)
        at_work(ONE, "m").ended(work, "complete").write(work)
        if place == "exchanged":
            scratch_module.exchange(work, tmp_path / "m")
    done = _journal(tmp_path / "m", resume=True)
    assert {0, 1} <= done
    if place != "copied":
        assert 2 in _journal(tmp_path / "m", resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert (tmp_path / "m" / "failed" / "run-1" / "log.txt").read_text() == "1"
