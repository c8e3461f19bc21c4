"""Folders of runs that fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from results_folders_cases import ONE, TWO, _fill, _texts

from pyspice_models.errors import RequestError, SimulationError, StorageError, ToolError
from pyspice_models.files import write_text
from pyspice_models.folders import scratch as scratch_module
from pyspice_models.folders.mark import Origin, read_mark
from pyspice_models.folders.output import data_complete, output_folder

# ---- failures


def _fail(target: Path, error: BaseException, origin: Origin = ONE, text: str = "deck") -> None:
    with output_folder(target, origin) as scratch:
        write_text(scratch / "deck.cir", text)
        if isinstance(error, SimulationError):
            error.folder = scratch
        raise error


def test_a_failed_run_leaves_its_files_beside_and_an_older_failure_of_it_gives_way(tmp_path: Path) -> None:
    _fill(tmp_path / "r")
    for text in ("first", "second"):
        with pytest.raises(SimulationError, match="r-failed") as caught:
            _fail(tmp_path / "r", SimulationError("it stopped"), text=text)
        assert caught.value.folder == tmp_path / "r-failed"
    assert _texts(tmp_path) == {"r/result": "data", "r-failed/deck.cir": "second"}
    assert read_mark(tmp_path / "r-failed").state == "failed"  # type: ignore[union-attr]
    # and the next good one may take the place of its own failure
    _fill(tmp_path / "r-failed")


def test_a_failure_never_replaces_anything_else(tmp_path: Path) -> None:
    _fill(tmp_path / "r-failed", "a good one of that name")
    (tmp_path / "r-failed-2").mkdir()
    (tmp_path / "r-failed-2" / "mine").write_text("mine")
    (tmp_path / "r-failed-4").write_text("a file")
    for origin, place in ((ONE, "r-failed-3"), (TWO, "r-failed-5")):
        with pytest.raises(SimulationError) as caught:
            _fail(tmp_path / "r", SimulationError("it stopped"), origin)
        assert caught.value.folder == tmp_path / place
    assert _texts(tmp_path) == {
        "r-failed/result": "a good one of that name", "r-failed-2/mine": "mine", "r-failed-4": "a file",
        "r-failed-3/deck.cir": "deck", "r-failed-5/deck.cir": "deck",
    }  # fmt: skip


def test_notes_in_the_folder_of_a_failure_stay(tmp_path: Path) -> None:
    for place in ("r-failed", "r-failed-2"):
        with pytest.raises(SimulationError) as caught:
            _fail(tmp_path / "r", SimulationError("it stopped"))
        assert caught.value.folder == tmp_path / place
        (tmp_path / "r-failed" / "notes").write_text("mine")


def test_a_full_disk_is_told_and_what_is_there_is_kept(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"r cannot be written: No space left.*is kept in .*r-failed") as caught:
        _fail(tmp_path / "r", OSError(28, "No space left on device"))
    assert caught.value.exit_code == 1
    assert _texts(tmp_path) == {"r-failed/deck.cir": "deck"}


def test_an_unforeseen_error_keeps_the_files_too_and_a_refusal_does_not(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _fail(tmp_path / "r", ZeroDivisionError())
    assert any("r-failed" in note for note in caught.value.__notes__)
    assert _texts(tmp_path) == {"r-failed/deck.cir": "deck"}
    for error in (RequestError("no"), ToolError("no"), KeyboardInterrupt("no")):
        with pytest.raises(type(error), match="no"):
            _fail(tmp_path / "q", error)
    assert [path.name for path in tmp_path.iterdir()] == ["r-failed"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError(), OSError(28, "No space left on device")])
def test_once_the_data_are_complete_nothing_costs_them(tmp_path: Path, error: BaseException) -> None:
    def late() -> None:
        with output_folder(tmp_path / "r", ONE) as scratch:
            write_text(scratch / "result", "data")
            data_complete(scratch)
            write_text(scratch / "picture", "more")
            raise error

    # what stands for a full disk is told as such
    with pytest.raises(StorageError if isinstance(error, OSError) else type(error)) as caught:
        late()
    assert any("complete in" in note and str(tmp_path / "r") in note for note in caught.value.__notes__)
    assert _texts(tmp_path) == {"r/result": "data", "r/picture": "more"}
    _fill(tmp_path / "r", "again")


def test_an_interrupt_at_the_last_moment_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(tmp_path / "r", "old")
    real = scratch_module.exchange
    calls = []

    def interrupted(*places: Path) -> None:
        calls.append(places)
        if len(calls) == 1:
            raise KeyboardInterrupt
        real(*places)

    monkeypatch.setattr(scratch_module, "exchange", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _fill(tmp_path / "r", "new")
    assert _texts(tmp_path) == {"r/result": "new"}


def test_an_interrupt_right_after_the_exchange_does_not_undo_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    _fill(tmp_path / "r", "old")
    real = scratch_module.exchange

    def interrupted(*places: Path) -> None:
        real(*places)
        raise KeyboardInterrupt

    monkeypatch.setattr(scratch_module, "exchange", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _fill(tmp_path / "r", "new")
    assert _texts(tmp_path) == {"r/result": "new"}


def test_a_disk_that_is_full_at_the_very_end_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with output_folder(tmp_path / "r", ONE) as scratch:
        write_text(scratch / "result", "data")
        monkeypatch.setattr("pyspice_models.folders.mark.write_text", full)
    assert _texts(tmp_path) == {"r/result": "data"}
    monkeypatch.undo()
    with pytest.raises(RequestError, match="holds the result"):
        _fill(tmp_path / "r", "other", TWO)
    _fill(tmp_path / "r", "again")
