"""A rate of learning that decays from epoch to epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from learning_cases import array_study, easy_images, plain, small

from pyspice_models.program.learning.build import Builder
from pyspice_models.program.learning.ledger import Ledger
from pyspice_models.program.learning.rules.floating import Floating
from pyspice_models.program.learning.run import Training, train

__all__ = ["plain"]
X, D = np.array([0.5, -0.25, 1.0]), np.array([0.4, -0.8])


def layer_of(method: str, **rule: Any) -> Any:
    asked = small(method, rule=rule, cycle_spread=0.0)
    found = Builder(array_study(), None, asked, method, 0).layer(0, 3, 2, Ledger())
    found.begin(np.random.default_rng(7))
    return found


def test_the_rate_decays_from_epoch_to_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing else does: half of the rate is half of a step, whatever the rule."""
    shares: list[float] = []
    learn = Floating.learn

    def noted(self: Floating, inputs: Any, downhill: Any, share: float = 1.0) -> None:
        shares.append(share)
        learn(self, inputs, downhill, share)

    monkeypatch.setattr(Floating, "learn", noted)
    asked = small("fp", rule={"decay": 0.5}, epochs=3)
    images = easy_images(40)
    train(Training(array_study(), None, asked, "fp", 0), images)
    assert len(shares) == 3 * len(images.train) * (len(asked.hidden) + 1)
    assert shares == sorted(shares, reverse=True)
    assert set(shares) == {1.0, 0.5, 0.25}


def test_half_of_the_rate_is_half_of_a_step() -> None:
    layer = Floating(np.zeros((3, 2)), 0.5)
    layer.learn(X, D, 0.5)
    assert layer.values == pytest.approx(0.25 * np.outer(X, D), abs=1e-9)


@pytest.mark.usefixtures("plain")
def test_pulses_of_sgd_follow_the_share_of_the_rate() -> None:
    """In the mean of many steps from the same weights."""
    moved = {}
    for share in (1.0, 0.2):
        layer = layer_of("sgd", rate=0.02, scale=4.0)
        first, total = layer.values, 0.0
        for _ in range(600):
            layer.slow.put(first)
            layer.learn(X, D, share)
            total += float(((layer.values - first) * np.outer(X, D)).sum())
        moved[share] = total
    assert moved[0.2] / moved[1.0] == pytest.approx(0.2, abs=0.06)


@pytest.mark.usefixtures("plain")
def test_what_h_gains_follows_the_share_of_the_rate() -> None:
    gained = []
    for share in (1.0, 0.2):
        layer = layer_of("ttv2")
        for _ in range(20):
            layer.fast.give(layer.trains.outer(X, D, 2.0, layer.generator))
        layer._transfer(1, 1e3, share)
        gained.append(layer.hidden[1].copy())
    assert np.abs(gained[0]).max() > 0
    assert gained[1] == pytest.approx(0.2 * gained[0], rel=1e-12, abs=0)
