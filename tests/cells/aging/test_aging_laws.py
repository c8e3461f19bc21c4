"""The laws of forgetting and wear, against the formulas that state them."""

import numpy as np
import pytest
from scipy.integrate import quad

from pyspice_models.cells.aging.laws import lifetime, modes, relaxed, window
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.errors import RequestError

BOLTZMANN = 8.617333262e-5  # eV/K


@pytest.mark.parametrize(
    "given",
    [
        {"relax_law": "log"},
        {"relax_law": "log", "relax_start": 1e-8, "relax_span": 1e6},
        {"relax_law": "stretched"},
        {"relax_law": "stretched", "relax_stretch": 0.2, "relax_time": 10.0},
        {"relax_law": "stretched", "relax_stretch": 0.8, "relax_time": 1e-5},
    ],
)
def test_sum_of_exponentials_is_the_law(given):
    params = AgingParams(**given)
    times, weights = modes(params)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert (weights > 0).all()
    moments = np.logspace(-9, 9, 400)
    by_modes = (weights * -np.expm1(-moments[:, None] / times)).sum(axis=1)
    assert np.abs(by_modes - relaxed(params, moments)).max() < 0.005


def test_log_law_is_what_it_says():
    params = AgingParams(relax_start=1e-6, relax_span=1e2)
    for time in (1e-9, 1e-5, 1.0, 1e5):
        whole = quad(lambda u, t=time: -np.expm1(-t / np.exp(u)), np.log(1e-6), np.log(1e2), limit=400)[0]
        assert relaxed(params, time) == pytest.approx(whole / np.log(1e8), rel=1e-6, abs=0)
    shares = relaxed(params, np.logspace(-4, 0, 5))
    assert np.diff(shares) == pytest.approx(1 / 8, rel=0.01, abs=0)  # as much in each of eight decades


def test_lifetime_has_the_activation_energy():
    params = AgingParams(retain_time=1e6, retain_energy=0.58)
    assert lifetime(params, 300.0) == pytest.approx(1e6, rel=1e-6, abs=0)
    hot, warm = lifetime(params, 358.0), lifetime(params, 330.0)
    assert np.log(warm / hot) / (1 / 330 - 1 / 358) * BOLTZMANN == pytest.approx(0.58, rel=1e-6, abs=0)
    assert lifetime(AgingParams(retain_time=0), 300.0) == np.inf
    assert np.isfinite(lifetime(AgingParams(retain_energy=5.0), 200.0))


def test_window_closes_by_half_after_the_stated_cycles():
    params = AgingParams(wear_level=0.25)
    low, high = window(params, [0, 1e6, 1e12], 1e6)
    assert (high - low)[:2] == pytest.approx([1, 0.5], rel=1e-6, abs=0)
    assert [low[2], high[2]] == pytest.approx([0.25, 0.25], rel=1e-6, abs=0)


def test_a_log_law_that_ends_before_it_begins_is_refused():
    with pytest.raises(RequestError, match=r"relax_start.*relax_span, 1e-06 s"):
        AgingParams(relax_start=1e-3, relax_span=1e-6)
