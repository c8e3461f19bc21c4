"""Training of whole networks: it learns, it can be stopped at any moment, and it says when a cell bridges."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from learning_cases import PlainTile, array_study, easy_images, plain, small

from pyspice_models import Crossbar, Faults
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.errors import RequestError
from pyspice_models.program.learning import run
from pyspice_models.program.learning.request import Learning
from pyspice_models.program.learning.run import Progress, Training, train
from pyspice_models.program.learning.tile import Crossed

__all__ = ["plain"]


def _training(method: str, **changes: Any) -> Training:
    return Training(array_study(), None, small(method, **changes), method, 0)


def _same(one: Any, other: Any) -> None:
    assert (one.validation == other.validation).all()
    assert (one.loss == other.loss).all()
    assert (one.confusion == other.confusion).all()
    for mine, its in zip(one.layers, other.layers, strict=True):
        for name, values in mine.items():
            assert (values == its[name]).all(), name
    for name, values in one.ledger.arrays().items():
        assert (values == other.ledger.arrays()[name]).all(), name


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("method", ["fp", "sgd", "ttv2", "c-ttv2", "agad"])
@pytest.mark.parametrize("hidden", [(), (6,)])
def test_every_method_learns_what_is_easy(method: str, hidden: tuple[int, ...]) -> None:
    images = easy_images()
    found = train(_training(method, hidden=hidden, epochs=12, cycle_spread=0.0), images)
    assert found.validation[0] < 0.7
    assert found.validation[-1] > 0.9
    assert found.accuracy > 0.9
    assert found.test[-1] == found.accuracy
    assert found.confusion.sum() == len(images.test)
    assert found.loss[-1] < found.loss[0]


@pytest.mark.usefixtures("plain")
def test_the_same_request_gives_the_same_network_and_another_seed_another() -> None:
    images, training = easy_images(), _training("ttv2", hidden=(4,))
    one = train(training, images)
    _same(one, train(training, images))
    other = train(replace(training, seed=1), images)
    assert (other.layers[0]["weights"] != one.layers[0]["weights"]).any()


class _Killed(BaseException):
    """As if the process had been killed at this moment."""


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("method", ["fp", "sgd", "c-ttv2", "agad"])
def test_a_network_that_was_stopped_goes_on_bit_for_bit(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "LEG", 25)
    monkeypatch.setattr(run, "SAVE_EVERY", 0.0)
    images, training = easy_images(), _training(method, hidden=(4,))
    whole = train(training, images)
    told: list[Progress] = []

    def stop(now: Progress) -> None:
        told.append(now)
        if len(told) % 3 == 0:
            raise _Killed

    found, tries = None, 0
    while found is None:
        tries += 1
        try:
            found = train(training, images, checkpoint=tmp_path / "c.npz", report=stop)
        except _Killed:
            continue
    assert tries > 3
    _same(whole, found)
    epochs = [now.epoch for now in told]
    assert epochs == sorted(epochs)
    assert epochs[-1] == 3


@pytest.mark.usefixtures("plain")
def test_a_checkpoint_of_another_request_is_refused(tmp_path: Path) -> None:
    images = easy_images()
    train(_training("sgd"), images, checkpoint=tmp_path / "c.npz")
    for other in (_training("sgd", rule={"rate": 0.05}), _training("sgd", cycle_spread=0.0), _training("fp")):
        with pytest.raises(RequestError, match=r"c\.npz belongs to another request"):
            train(other, images, checkpoint=tmp_path / "c.npz")
    with pytest.raises(RequestError, match="belongs to another request"):
        train(_training("sgd"), easy_images(330), checkpoint=tmp_path / "c.npz")
    (tmp_path / "c.npz").write_bytes(b"nonsense")
    with pytest.raises(RequestError, match="cannot be read"):
        train(_training("sgd"), images, checkpoint=tmp_path / "c.npz")
    found = train(_training("sgd"), images, checkpoint=tmp_path / "c.npz", force=True)
    assert not found.stopped


def test_a_cell_that_bridges_stops_training_and_is_named(plain: list[PlainTile], tmp_path: Path) -> None:
    images, training = easy_images(), _training("sgd", hidden=(4,))
    count = 0

    def bridge(now: Progress) -> None:
        nonlocal count
        count += 1
        if count == 1:  # the largest arrays are those of layer 0
            tile = next(tile for tile in plain if tile.shape == (10, 4))
            tile.crossed = [Crossed(3, 2, "x", 0.2, 7)]

    found = train(training, images, checkpoint=tmp_path / "c.npz", report=bridge)
    counts = int(found.layers[0]["slow counts"][3, 2])
    assert (
        f"sgd, seed 0: layer 0, C, cell (3, 2) bridges: it stands at x = 0.2 after {counts} whole pulses"
        in found.stopped
    )
    assert "epoch 1." in found.stopped
    assert np.isfinite(found.validation[:2]).all()
    assert np.isnan(found.validation[-1])
    assert found.confusion.sum() == len(images.test)


@pytest.mark.usefixtures("plain")
def test_looking_at_images_is_not_counted_as_cost() -> None:
    images = easy_images()
    found = train(_training("sgd", epochs=1), images)
    # forward alone: a single layer sends nothing back
    assert found.ledger.count[2] == len(images.train)
    assert found.ledger.currents == 3 * len(images.train)
    assert found.ledger.voltages == 10 * len(images.train)


@pytest.mark.parametrize(
    ("bar", "told"),
    [
        (Crossbar(8, 8, selector=ThresholdParams()), "the array is 1S1R"),
        (Crossbar(8, 8, per_cell={"w0": np.arange(64).reshape(8, 8) / 64}), "differ from cell to cell"),
        (Crossbar(8, 8, faults=Faults(stuck_on=((0, 0),))), "faults by place"),
    ],
)
def test_arrays_of_no_use_are_refused(bar: Crossbar, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        Training(replace(array_study(), crossbar=bar), None, Learning(), "sgd", 0)
