"""Checkpoints: whole or not at all, and only for the request that they belong to."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from pyspice_models import Crossbar, Study, Wait
from pyspice_models.errors import RequestError, StorageError
from pyspice_models.folders.checkpoint import Checkpoint, content_key
from pyspice_models.study.identity import identity

VALUES = {"w": np.linspace(0, 1, 12).reshape(3, 4), "unknown": np.array([np.nan, 1.0]), "round": np.array(3)}


def test_what_is_saved_comes_back_bit_by_bit(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "c.npz", "k")
    assert checkpoint.load(VALUES) is None
    checkpoint.save(VALUES)
    back = checkpoint.load(VALUES)
    assert back is not None
    assert set(back) == set(VALUES)
    for name, values in VALUES.items():
        assert back[name].tobytes() == values.tobytes()
        assert back[name].shape == values.shape
    assert [p.name for p in tmp_path.iterdir()] == ["c.npz"]


def test_every_kind_of_damage_is_seen(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "c.npz", "k")
    checkpoint.save(VALUES)
    whole = checkpoint.path.read_bytes()
    damaged = [b"", whole[:100], whole[: len(whole) // 2], whole[:-1], b"not a zip"]
    for place in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[place] ^= 0x10
        damaged.append(bytes(flipped))
    for content in damaged:
        checkpoint.path.write_bytes(content)
        # a bit may mean nothing, such as one of a zip entry's date: then all numbers are there
        with suppress(RequestError):
            back = checkpoint.load(VALUES)
            assert back is not None
            assert all(back[name].tobytes() == values.tobytes() for name, values in VALUES.items())
    for content in damaged[:5]:
        checkpoint.path.write_bytes(content)
        with pytest.raises(RequestError, match=r"c\.npz .*damaged.* Delete it to start anew"):
            checkpoint.load(VALUES)


def test_other_numbers_under_the_same_checksum_are_seen(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "c.npz", "k")
    checkpoint.save(VALUES)
    with np.load(checkpoint.path) as kept:
        forged = dict(kept)
    forged["w"] = forged["w"] + 1e-12
    np.savez(checkpoint.path, **forged)
    with pytest.raises(RequestError, match="damaged"):
        checkpoint.load(VALUES)


def test_one_of_another_request_or_with_a_part_missing_is_refused(tmp_path: Path) -> None:
    Checkpoint(tmp_path / "c.npz", "k").save(VALUES)
    with pytest.raises(RequestError, match="belongs to another request"):
        Checkpoint(tmp_path / "c.npz", "other").load(VALUES)
    with pytest.raises(RequestError, match="it lacks more"):
        Checkpoint(tmp_path / "c.npz", "k").load([*VALUES, "more"])


def test_a_save_that_fails_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = Checkpoint(tmp_path / "c.npz", "k")
    checkpoint.save(VALUES)
    before = checkpoint.path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match=r"cannot be written: No space left.* free there\)\. Make room\..*goes on"):
        checkpoint.save({**VALUES, "round": np.array(4)})
    assert checkpoint.path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["c.npz"]


def test_one_that_may_be_replaced_does_not_count_unless_it_belongs(tmp_path: Path) -> None:
    Checkpoint(tmp_path / "c.npz", "other").save(VALUES)
    checkpoint = Checkpoint(tmp_path / "c.npz", "k", replace=True)
    assert checkpoint.load(VALUES) is None
    checkpoint.save(VALUES)
    assert checkpoint.load(VALUES) is not None
    checkpoint.path.write_bytes(b"not a zip")
    assert checkpoint.load(VALUES) is None


def test_the_key_counts_every_number_and_no_order() -> None:
    big = np.zeros((64, 64))
    other = big.copy()
    other[30, 30] = 1e-300
    assert content_key({"a": big, "b": 1}) == content_key({"b": 1, "a": big.copy()})
    assert content_key({"a": big}) != content_key({"a": other})
    assert content_key({"a": big}) != content_key({"a": big.reshape(32, 128)})
    assert content_key({"a": "b", "c": 1}) != content_key({"a": "bc", "c": 1})


@pytest.mark.parametrize("head", ["[" * 100_000, "[1]", "null", "", "1", '{"key": "k"}'])
def test_a_head_that_says_something_else_is_damage(tmp_path: Path, head: str) -> None:
    np.savez(tmp_path / "c.npz", checkpoint=np.array(head), **VALUES)
    with pytest.raises(RequestError, match=r"it does not say what it is of.* Delete it to start anew"):
        Checkpoint(tmp_path / "c.npz", "k").load(VALUES)


def test_no_key_is_made_of_a_line_for_people() -> None:
    """Crossbars that differ in a cell say the same of themselves."""
    bars = [Crossbar(2, 2).with_states(w=[[0.1, 0.9], [w, 0.9]]) for w in (0.2, 0.3)]
    assert repr(bars[0]) == repr(bars[1])
    with pytest.raises(TypeError, match="crossbar: the repr of a Crossbar is for people"):
        content_key({"crossbar": bars[0]})
    studies = [Study("same", bar, [Wait(1e-6)]) for bar in bars]
    assert content_key(identity(studies[0])) != content_key(identity(studies[1]))
