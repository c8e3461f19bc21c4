"""Rules of learning on tiles without physics: each does what its equations say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from learning_cases import STEP, PlainTile, array_study, plain, small

from pyspice_models.errors import RequestError
from pyspice_models.program.learning.build import Builder
from pyspice_models.program.learning.ledger import TRANSFERS, UPDATES, Ledger
from pyspice_models.program.learning.rules.floating import Floating
from pyspice_models.program.learning.rules.transfer import Transfer
from pyspice_models.program.learning.streams import Trains
from pyspice_models.program.learning.symmetric import symmetric_points
from pyspice_models.program.learning.tile import Pulses
from pyspice_models.program.learning.tiles.grid import Grid

__all__ = ["plain"]
X, D = np.array([0.5, -0.25, 1.0]), np.array([0.4, -0.8])


def _layer(method: str, ledger: Ledger | None = None, **rule: Any) -> Any:
    asked = small(method, rule=rule, cycle_spread=0.0)
    found = Builder(array_study(), None, asked, method, 0).layer(0, 3, 2, ledger or Ledger())
    found.begin(np.random.default_rng(7))
    return found


def test_floating_point_descends_by_rate_times_the_outer_product() -> None:
    layer = Floating(np.zeros((3, 2)), 0.5)
    layer.learn(X, D)
    assert layer.values == pytest.approx(0.5 * np.outer(X, D), abs=1e-9)
    assert layer.product(X[None]) == pytest.approx(X[None] @ layer.values, abs=1e-9)
    assert layer.transposed(D[None]) == pytest.approx(D[None] @ layer.values.T, abs=1e-9)


@pytest.mark.usefixtures("plain")
def test_weights_are_read_as_they_are_both_ways() -> None:
    layer = _layer("sgd")
    assert layer.product(X[None]) == pytest.approx(X[None] @ layer.values, rel=1e-9, abs=1e-12)
    assert layer.transposed(D[None]) == pytest.approx(D[None] @ layer.values.T, rel=1e-9, abs=1e-12)


@pytest.mark.usefixtures("plain")
def test_all_methods_begin_with_the_same_weights() -> None:
    first = _layer("fp").values
    for method in ("sgd", "ttv1", "ttv2", "c-ttv2", "agad"):
        assert _layer(method).values == pytest.approx(first, abs=1e-9)


@pytest.mark.usefixtures("plain")
def test_sgd_descends_in_the_mean() -> None:
    layer = _layer("sgd", rate=0.02, scale=4.0)
    first, moved, count = layer.values, np.zeros((3, 2)), 2000
    for _ in range(count):
        layer.slow.put(first)
        layer.learn(X, D)
        moved += layer.values - first
    assert moved / count == pytest.approx(0.02 * np.outer(X, D), abs=2e-3)


@pytest.mark.parametrize("method", ["ttv1", "ttv2", "c-ttv2"])
def test_methods_with_two_arrays_descend_along_a_lasting_gradient(method: str, plain: list[PlainTile]) -> None:
    """C follows the sign of the gradient, and how much it has moved grows with it."""
    layer = _layer(method, rate=0.002 if method == "ttv1" else 0.02, symmetric="level", reference=0.5)
    for tile in plain:
        tile.soft = True
    first = layer.values
    for _ in range(300):
        layer.learn(X, D)
    moved = layer.values - first
    assert (np.sign(moved) == np.sign(np.outer(X, D))).all()
    assert np.corrcoef(moved.ravel(), np.outer(X, D).ravel())[0, 1] > 0.7


@pytest.mark.usefixtures("plain")
def test_h_gathers_what_a_says_and_c_gets_a_pulse_at_one() -> None:
    layer = _layer("ttv2", symmetric="level", reference=0.3, every=10**5, rate=0.02, fast_pulses=0.5, scale=4.0)
    layer.learn(X, D)  # sets the mean of the largest products
    amount = 0.5 / layer.counters[2]
    layer.fast.tile.program({"w": np.full((3, 2), 0.3 + 2 * STEP)})
    each = 2 * STEP * 0.02 / (amount * STEP * 4.0 * STEP)
    before = layer.slow.levels
    for number in range(1, int(1 / each) + 1):
        layer._transfer(1, amount)
        assert layer.hidden[1] == pytest.approx(number * each, abs=1e-9)
        assert (layer.slow.levels == before).all()
    layer._transfer(1, amount)
    assert layer.slow.levels - before == pytest.approx(np.array([[0, 0], [STEP, STEP], [0, 0]]), abs=1e-9)
    assert layer.hidden[1] == pytest.approx((int(1 / each) + 1) * each - 1, abs=1e-9)
    assert (layer.fast.levels == 0.3 + 2 * STEP).all()  # H alone is reset


@pytest.mark.usefixtures("plain")
def test_the_literal_text_drives_the_cell_of_a_back() -> None:
    ledger = Ledger()
    layer = _layer("ttv2", ledger, symmetric="level", reference=0.3, every=10**5, literal=True, hidden="zero")
    layer.learn(X, D)
    layer.hidden[1] = 1.7, 0.2
    updates = ledger.count[UPDATES]
    layer._transfer(1, 1e9)
    assert layer.hidden[1, 0] == 0
    assert layer.fast.counts[1, 0] >= 40
    assert ledger.count[UPDATES] == updates
    assert ledger.count[TRANSFERS] == 2  # one for C, one that drives A back


@pytest.mark.usefixtures("plain")
def test_choppers_cancel_a_wrong_reference() -> None:
    """Without a gradient, a reference that is off by a step fills H in one direction; with signs it averages out."""

    def filled(method: str) -> float:
        layer = _layer(method, symmetric="level", reference=0.25, chopper=0.5, every=10**5, rate=0.02)
        layer.learn(X, D)
        layer.fast.tile.program({"w": np.full((3, 2), 0.3)})
        first = layer.slow.counts.sum()
        for _ in range(400):
            layer._transfer(1, 1.0)
        return float(layer.slow.counts.sum() - first + np.abs(layer.hidden[1]).mean())

    assert filled("c-ttv2") < 0.35 * filled("ttv2")


@pytest.mark.usefixtures("plain")
def test_agad_needs_no_reference() -> None:
    """What A held when the sign last changed is what counts as nothing."""
    layer = _layer("agad", reference=0.1, chopper=0.0, every=10**5, memory=0.5)
    layer.learn(X, D)
    layer.fast.tile.program({"w": np.full((3, 2), 0.6)})
    for _ in range(30):
        layer._transfer(1, 1e9)
    assert layer.recent[1] == pytest.approx(0.5, abs=1e-6)
    layer.before[1] = layer.recent[1]
    hidden = layer.hidden[1].copy()
    layer._transfer(1, 1e-3)
    assert layer.hidden[1] == pytest.approx(hidden, abs=1e-3)


@pytest.mark.usefixtures("plain")
def test_samples_without_an_error_change_nothing() -> None:
    for method in ("sgd", "ttv1", "ttv2", "c-ttv2", "agad"):
        layer = _layer(method)
        before = layer.values
        layer.learn(X, np.zeros(2))
        assert (layer.values == before).all()


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("method", ["fp", "sgd", "ttv2", "agad"])
def test_what_is_kept_of_a_rule_is_all_of_it(method: str) -> None:
    """A layer that is put back goes on as the other one does."""
    one, other = _layer(method), _layer(method)
    for _ in range(20):
        one.learn(X, D)
    other.restore({name: np.array(values) for name, values in one.arrays().items()})
    for layer in (one, other):
        layer.begin(np.random.default_rng(11))
        for _ in range(50):
            layer.learn(X, D)
    assert (one.values == other.values).all()
    assert one.arrays().keys() == other.arrays().keys()
    for name, values in one.arrays().items():
        assert (values == other.arrays()[name]).all(), name


@pytest.mark.usefixtures("plain")
def test_the_loop_gain_is_the_pulses_of_c_for_one_step_of_a() -> None:
    layer = _layer("ttv2", rate=0.02, fast_pulses=0.5, scale=4.0, symmetric="level")
    assert isinstance(layer, Transfer)
    layer.learn(X, D)
    assert layer.counters[2] == pytest.approx(0.8, abs=1e-9)
    assert layer.loop_gain == pytest.approx(0.02 * 0.8 / (0.5 * 4.0 * STEP), abs=1e-9)


def test_symmetric_points_are_where_a_cell_goes_to_and_fro() -> None:
    class Soft(PlainTile):
        def update(self, pulses: Any) -> Any:
            for sign in pulses.sign:
                change = 0.1 * (1 - self.level) if sign > 0 else -0.2 * self.level
                self.level = self.level + change
            return super().update(type(pulses)(*(f[:0] for f in (pulses.word, pulses.bit, pulses.sign))))

    tile = Soft((2, 3))
    points, steps, _ = symmetric_points(tile, "w", Trains(0.3, 1e-6, "V/2", 10, "stochastic"))
    # w -> w + 0.1 (1 - w), then 0.8 of that: after both w = 0.72 w + 0.08
    low = 0.08 / 0.28
    assert points == pytest.approx((low + low + 0.1 * (1 - low)) / 2, abs=1e-9)
    assert steps == pytest.approx((0.1 * (1 - points) + 0.2 * points) / 2, abs=1e-9)
    assert (tile.level == points).all()


@pytest.mark.usefixtures("plain")
def test_a_layer_that_does_not_fit_is_refused_with_what_to_do() -> None:
    builder = Builder(array_study(8, 4), None, small("sgd"), "sgd", 0)
    with pytest.raises(RequestError, match=r"size of layer 0, C = '9 x 3' is refused; .* 8 x 4.*learning\.split"):
        builder.layer(0, 9, 3, Ledger())


@pytest.mark.usefixtures("plain")
def test_a_layer_on_several_arrays_learns_as_on_one() -> None:
    whole = Builder(array_study(), None, small("sgd", cycle_spread=0.0), "sgd", 0).layer(0, 9, 5, Ledger())
    parts = Builder(array_study(4, 3), None, small("sgd", cycle_spread=0.0, split=True), "sgd", 0)
    split = parts.layer(0, 9, 5, Ledger())
    generator = np.random.default_rng(2)
    for layer in (whole, split):
        layer.begin(np.random.default_rng(3))
    for _ in range(30):
        x, d = generator.random(9), generator.standard_normal(5)
        assert split.product(x[None]) == pytest.approx(whole.product(x[None]), abs=1e-9)
        assert split.transposed(d[None]) == pytest.approx(whole.transposed(d[None]), abs=1e-9)
        for layer in (whole, split):
            layer.learn(x, d)
    assert split.values == pytest.approx(whole.values, abs=1e-9)
    assert (split.slow.counts == whole.slow.counts).all()


def test_a_crossbar_of_a_layer_rests_where_no_pulses_meet_in_it() -> None:
    """A transfer to one word line half-selects cells of its own crossbar, not those of the ones below."""
    made: list[PlainTile] = []

    def make(shape: tuple[int, int], _: tuple[int, int]) -> PlainTile:
        made.append(PlainTile(shape, half=0.5))
        return made[-1]

    grid = Grid((6, 4), (3, 4), make)
    word, bit = np.arange(6)[None] == 1, np.array([[True, False, True, False]])
    spent = grid.update(Pulses(word, bit, np.array([1])))
    assert (made[0].level[0] == [0.3 + STEP / 2, 0.3] * 2).all()
    assert (made[1].level == 0.3).all()
    assert spent.pulses.sum() == made[0].pulses.sum() == 2
    grid.scatter("w", np.array([1.0, 0.0]))
    assert made[0].level[1].tolist() == pytest.approx(
        [0.3 + 2 * STEP, 0.3 + STEP / 2, 0.3 + STEP, 0.3 + STEP / 2], rel=1e-12, abs=0
    )
    assert (made[1].level == 0.3).all()


@pytest.mark.usefixtures("plain")
def test_of_a_layer_on_several_crossbars_one_word_line_of_each_is_read() -> None:
    asked = small("ttv2", rule={"fast_pulses": 10.0, "rate": 0.01}, cycle_spread=0.0, split=True)
    layer = Builder(array_study(4, 3), None, asked, "ttv2", 0).layer(0, 9, 5, Ledger())
    assert isinstance(layer, Transfer)
    layer.begin(np.random.default_rng(3))
    for lines in ([0, 3, 6], [0, 1, 3, 4, 6, 7], list(range(9)), list(range(9))):
        layer.learn(np.ones(9), np.ones(5))
        assert np.flatnonzero(layer.hidden.any(axis=1)).tolist() == lines
    again = Builder(array_study(4, 3), None, asked, "ttv2", 0).layer(0, 9, 5, Ledger())
    again.restore(layer.arrays())
    assert (again.arrays()["counters"] == layer.counters).all()
