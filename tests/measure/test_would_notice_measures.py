"""Every measure on a dataset made by hand: 2 x 3, all lines and cells different, at voltages that are not zero."""

from __future__ import annotations

import numpy as np
import pytest
from would_notice_measures_cases import TIME, _dataset, _then

from pyspice_models.measure.integral import Span, at, wave
from pyspice_models.stimulus import Window

ELSEWHERE = Window("read", 6e-6, 10e-6, 9e-6, 9.1e-6, (0,), (0, 1, 2), 5e-3, "grounded", 1, 3e-6)


# ---- integrals and moments


@pytest.mark.parametrize("moment", [0.0, 0.2e-6, 1e-6, 3.7e-6, 9.99e-6, 10e-6])
def test_a_value_at_a_moment_is_on_the_line_between_two_samples(moment: float) -> None:
    dataset = _dataset()
    assert at(dataset, "w", moment) == pytest.approx(_then(dataset, "w", moment), rel=1e-12, abs=0)
    assert at(dataset, wave(dataset, "p")[:, 1, 2], moment) == pytest.approx(
        _then(dataset, "p", moment)[1, 2], rel=1e-12, abs=0
    )


def test_before_and_after_the_run_a_value_is_that_of_its_ends() -> None:
    dataset = _dataset()
    assert at(dataset, "w", -1e-6) == pytest.approx(dataset["w"].values[0], rel=1e-12, abs=0)
    assert at(dataset, "w", 1.0) == pytest.approx(dataset["w"].values[-1], rel=1e-9, abs=0)


def test_work_and_integral_are_the_sums_of_their_steps() -> None:
    """Weights that differ on both sides, a span in the middle, branches of two dimensions."""
    random = np.random.default_rng(4)
    left, right = random.random(len(TIME)), random.random(len(TIME))
    dataset = _dataset().assign(weight_left=("time", left), weight_right=("time", right))
    span = Span.of(dataset, 1e-6, 4.5e-6)
    places = [2, 3, 4, 5]
    assert (span["w"] == dataset["w"].values[places]).all()
    assert "w" in span
    assert "v_gate" not in span
    values = dataset["p"].values
    integral = sum(left[k] * values[k] + right[k] * values[k + 1] for k in places[:-1])
    assert span.integral(span["p"]) == pytest.approx(integral, rel=1e-12, abs=0)
    v, i = dataset["v_word"].values, dataset["v_bit"].values
    work = 0.0
    for k in places[:-1]:
        for r in range(2):
            for c in range(3):
                mean = (v[k, r, c] + v[k + 1, r, c]) / 2
                work += mean * (left[k] * i[k, r, c] + right[k] * i[k + 1, r, c])
                # while sources ramp: of straight lines
                work += left[k] / 6 * (v[k + 1, r, c] - v[k, r, c]) * (i[k + 1, r, c] - i[k, r, c])
    assert span.work(span["v_word"], span["v_bit"]) == pytest.approx(work, rel=1e-12, abs=0)


def test_any_end_of_a_line_that_changes_makes_a_ramp() -> None:
    names = {"v_word_source": "row", "v_bit_source": "col", "g_word_driver": "row", "g_bit_driver": "col"}
    weights = {f"weight_{end}": ("time", np.ones(len(TIME))) for end in ("left", "right")}
    still = _dataset().assign(weights)
    still = still.assign({name: (("time", dim), np.ones((len(TIME), len(still[dim])))) for name, dim in names.items()})
    span = Span.of(still, float(TIME[0]), float(TIME[-1]))
    assert not span.ramps.any()
    for name in names:
        moving = still.copy(deep=True)
        moving[name][3:, -1] = 2.0
        span = Span.of(moving, float(TIME[0]), float(TIME[-1]))
        assert np.flatnonzero(span.ramps).tolist() == [2], name


def test_the_square_of_a_straight_line_is_integrated_where_a_step_has_a_left_weight() -> None:
    """A step of first order, all its weight at the right, is one that the simulator took as a rectangle."""
    left, right = np.full(len(TIME), 0.5), np.full(len(TIME), 0.5)
    left[2], right[2] = 0.0, 1.0
    dataset = _dataset().assign(weight_left=("time", left), weight_right=("time", right))
    span = Span.of(dataset, float(TIME[0]), float(TIME[-1]))
    root = np.arange(len(TIME), dtype=float)
    expected = sum(k * k + k + 1 / 3 if k != 2 else (k + 1) ** 2 for k in range(len(TIME) - 1))
    # between k and k + 1 the square has the mean k^2 + k + 1/3; trapezoids and a sixth of the step's square
    assert float(span.ohmic(root**2, root)) == pytest.approx(expected, rel=1e-12, abs=0)
