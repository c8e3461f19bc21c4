"""Numbers by counter, and the processes and pulses that are drawn from them, against their stated laws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import kstest

from pyspice_models.array.fluctuation import (
    FluctuationParams,
    ReadNoise,
    RunningNoise,
    flicker_density,
    lorentzians,
    parameters_of_pulse,
    telegraph_density,
)
from pyspice_models.array.fluctuation.draws import Draws, philox, place_of
from pyspice_models.array.fluctuation.paths import relaxing, telegraph
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.vteam.params import VteamParams
from pyspice_models.errors import RequestError

BOTH = FluctuationParams(seed=5, flicker=0.01, telegraph=0.05, telegraph_spread=0.5, telegraph_share=0.7)


@pytest.mark.parametrize(
    ("counter", "key", "wanted"),
    [
        (0, 0, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (0xFFFFFFFF, 0xFFFFFFFF, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ],
)
def test_numbers_are_philox(counter: int, key: int, wanted: tuple[int, ...]) -> None:
    """Known answers of philox4x32-10, of its authors (Random123, kat_vectors)."""
    word = np.uint64(counter)
    assert tuple(int(found) for found in philox((word, word, word, word), (key, key))) == wanted


def test_uniform_numbers_are_uniform_and_independent() -> None:
    row, col = np.indices((64, 64))
    found = Draws(1, "x").uniform(place_of(row, col)[:, :, None], np.arange(4)).ravel()
    assert kstest(found, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(found[1:], found[:-1])[0, 1]) < 4 / np.sqrt(len(found))
    assert not np.array_equal(found, Draws(2, "x").uniform(place_of(row, col)[:, :, None], np.arange(4)).ravel())


def test_a_cell_depends_on_nothing_but_its_place_and_the_moment() -> None:
    row, col = np.indices((5, 6))
    whole = ReadNoise(BOTH).shares(np.array([1e-3, 2e-3, 0.5])[:, None, None], row, col)
    alone = ReadNoise(BOTH).shares(2e-3, 3, 4)
    assert whole[1, 3, 4] == alone
    larger, smaller = (RunningNoise(BOTH, shape, "a") for shape in ((6, 5), (3, 4)))
    for _ in range(3):
        assert np.array_equal(larger.after(1e-4)[:3, :4], smaller.after(1e-4))


def test_running_noise_goes_on_from_what_was_kept() -> None:
    one, other = RunningNoise(BOTH, (3, 3), "a"), RunningNoise(BOTH, (3, 3), "a")
    for _ in range(4):
        one.after(1e-3)
    other.restore({name: np.array(values) for name, values in one.arrays().items()})
    assert np.array_equal(one.after(1e-3), other.after(1e-3))


def _correlations(paths: np.ndarray, lags: list[int]) -> np.ndarray:
    return np.array([(paths[:, lag:] * paths[:, : paths.shape[1] - lag]).mean() for lag in lags])


def test_telegraph_forgets_as_it_should() -> None:
    up, down, step = 2.0, 1.0, 0.2
    states = telegraph(Draws(3, "t"), place_of(np.arange(400)[:, None], 0), step * np.arange(400), up, down)
    assert set(np.unique(states)) == {0.0, 1.0}
    share, tau = up / (up + down), up * down / (up + down)
    assert states.mean() == pytest.approx(share, rel=0.03, abs=0)
    lags = [1, 2, 4]
    law = share * (1 - share) * np.exp(-step * np.array(lags) / tau)
    assert _correlations(states - share, lags) == pytest.approx(law, rel=0.05, abs=0)


def test_a_relaxing_process_is_normal_and_forgets() -> None:
    paths = relaxing(Draws(3, "r"), place_of(np.arange(400)[:, None], 0), 0.25 * np.arange(300), 1.0)
    assert _correlations(paths, [0, 1, 4]) == pytest.approx(np.exp([0.0, -0.25, -1.0]), rel=0.05, abs=0)
    assert kstest(paths[:, ::24].ravel(), "norm").pvalue > 0.01


@pytest.mark.parametrize(("low", "high"), [(1.0, 1e5), (10.0, 100.0), (1e-3, 1e6)])
def test_lorentzians_add_up_to_one_over_f(low: float, high: float) -> None:
    tau, variance = lorentzians(low, high)
    f = np.geomspace(low, high, 301)
    density = (4 * variance * tau / (1 + (2 * np.pi * f[:, None] * tau) ** 2)).sum(axis=1)
    params = FluctuationParams(flicker=1e-2, flicker_low=low, flicker_high=high)
    assert 1e-4 * density == pytest.approx(flicker_density(params, f), rel=2e-3, abs=0)
    middle = np.sqrt(f[1:] * f[:-1])
    assert (flicker_density(params, middle) * np.diff(f)).sum() == pytest.approx(1e-4, rel=1e-3, abs=0)


def test_telegraph_density_holds_its_variance() -> None:
    f = np.geomspace(1e-3, 1e7, 4001)
    density = telegraph_density(0.1, 2e-3, 1e-3, f)
    assert np.trapezoid(density, f) == pytest.approx(0.1**2 * 2 / 9, rel=1e-3, abs=0)


def test_each_pulse_of_each_cell_draws_anew() -> None:
    cell, params = CellParams(), FluctuationParams(seed=9, pulse_mobility=0.2)
    rate = [
        np.log(parameters_of_pulse(cell, cell.as_dict(), params, np.full((48, 48), n))["rate_int_set"]) for n in (0, 1)
    ]
    drawn = (np.stack(rate) - np.log(cell.rate_int_set)) / 0.2
    assert kstest(drawn.ravel(), "norm").pvalue > 0.01
    assert drawn.std() == pytest.approx(1, rel=0.05, abs=0)
    assert abs(np.corrcoef(drawn[0].ravel(), drawn[1].ravel())[0, 1]) < 0.08
    mixed = np.zeros((2, 3), dtype=int)
    mixed[1, 2] = 1
    alone = np.log(parameters_of_pulse(cell, cell.as_dict(), params, mixed)["rate_int_set"])
    assert alone[1, 2] == rate[1][1, 2]
    assert alone[0, 0] == rate[0][0, 0]


def test_of_other_cells_pulses_differ_by_their_own_causes() -> None:
    cell = VteamParams()
    found = parameters_of_pulse(cell, cell.as_dict(), FluctuationParams(pulse_site=0.05), np.zeros((2, 2), dtype=int))
    assert sorted(found) == ["v_off", "v_on"]


def test_a_band_of_less_than_a_decade_is_refused() -> None:
    with pytest.raises(RequestError, match=r"flicker_high = 5.0 Hz is refused; allowed: >= 10 Hz"):
        FluctuationParams(flicker_high=5.0)


def _shown(paths: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean periodogram of paths, shape (path, time), in a Hann window: frequencies and density."""
    window = np.hanning(paths.shape[1])
    power = 2 * np.abs(np.fft.rfft(paths * window, axis=1)) ** 2 / (rate * (window**2).sum())
    return np.fft.rfftfreq(paths.shape[1], 1 / rate), power.mean(axis=0)


def _expected(covariance: np.ndarray, rate: float) -> np.ndarray:
    """What it shows of a process with this covariance at lags 0, 1, ... samples: smeared, and with aliases."""
    size = len(covariance)
    window = np.hanning(size)
    overlap = np.array([(window[: size - k] * window[k:]).sum() for k in range(size)]) / (window**2).sum()
    waves = np.cos(2 * np.pi * np.fft.rfftfreq(size)[:, None] * np.arange(1, size))
    return 2 / rate * (covariance[0] + 2 * waves @ (covariance * overlap)[1:])


@pytest.mark.slow
def test_spectra_are_those_that_are_stated() -> None:
    """Within 5 % in three bands each of ReadNoise and RunningNoise, flicker and telegraph, by 4096 cells.

    That the covariance of flicker is that of 1/f says `test_lorentzians_add_up_to_one_over_f`.
    """
    rate, samples, cells = 250.0, 128, (64, 64)
    row, col = np.indices(cells)
    quiet = FluctuationParams(seed=2, flicker=0.01, flicker_low=1.0, flicker_high=10.0)
    traps = FluctuationParams(seed=2, telegraph=0.1, telegraph_up=0.08, telegraph_down=0.04)
    lag = np.arange(samples) / rate
    tau, variance = lorentzians(1.0, 10.0)
    covariances = {
        "flicker": (quiet, 1e-4 * (variance * np.exp(-lag[:, None] / tau)).sum(axis=1)),
        "telegraph": (traps, 0.1**2 * 2 / 9 * np.exp(-lag * (1 / 0.08 + 1 / 0.04))),
    }
    worst = {}
    for name, (params, covariance) in covariances.items():
        noise, running = ReadNoise(params), RunningNoise(params, cells, "a")
        for way, paths in (
            ("path", np.concatenate([noise.shares(np.full((1, 1, 1), n / rate), row, col) for n in range(samples)])),
            ("running", np.stack([running.after(1 / rate) for _ in range(samples)])),
        ):
            _, found = _shown(paths.reshape(samples, -1).T, rate)
            law = _expected(covariance, rate)
            bands = [slice(2, 4), slice(4, 6), slice(6, 9)]  # bins of 1.95 Hz
            worst[name, way] = max(abs(found[here].mean() / law[here].mean() - 1) for here in bands)
    print(worst)  # noqa: T201 the figures, with -s
    assert max(worst.values()) < 0.05, worst


@pytest.mark.slow
def test_amplitudes_and_times_are_distributed_as_stated() -> None:
    row, col = np.indices((64, 64))
    params = FluctuationParams(seed=4, flicker=0.02)
    _, variance = lorentzians(params.flicker_low, params.flicker_high)
    flicker = ReadNoise(params).shares(0.3, row, col).ravel() / (0.02 * np.sqrt(variance.sum()))
    assert flicker.std() == pytest.approx(1, rel=0.05, abs=0)
    assert kstest(flicker, "norm").pvalue > 0.01
    params = FluctuationParams(seed=4, telegraph=0.1, telegraph_up=3e-3, telegraph_down=1e-3, telegraph_spread=0.3)
    noise = ReadNoise(params)
    off = noise.shares(0.3, row, col)
    assert sorted(set(np.round(off.ravel(), 12))) == pytest.approx([-0.075, 0.025], abs=1e-9)
    assert (off > 0).mean() == pytest.approx(0.75, rel=0.05, abs=0)
    factor = np.log10(noise.traps(row, col)[1]) / 0.3
    assert kstest(factor.ravel(), "norm").pvalue > 0.01
    states = telegraph(Draws(8, "t"), place_of(np.arange(400), 0)[:, None], 2e-5 * np.arange(4000), 3e-3, 1e-3)
    for level, mean in ((1.0, 3e-3), (0.0, 1e-3)):
        lengths = []
        for path in states:
            turns = np.flatnonzero(np.diff(path)) + 1
            lengths += [2e-5 * (b - a) for a, b in pairwise(turns) if path[a] == level]
        kept = np.array(lengths)[np.array(lengths) > 1e-4] - 1e-4  # without memory: the rest is distributed alike
        short = kept[kept < 0.01]
        whole = 1 - np.exp(-0.01 / mean)
        wanted = mean - 0.01 * (1 - whole) / whole  # of an exponential that is cut there
        assert short.mean() == pytest.approx(wanted, rel=0.05, abs=0)


@pytest.mark.slow
def test_deviates_of_pulses_are_normal_and_cut() -> None:
    cell, params = CellParams(), FluctuationParams(pulse_mobility=0.1, pulse_growth=0.3)
    found = parameters_of_pulse(cell, cell.as_dict(), params, np.zeros((256, 256), dtype=int))
    mobility = np.log(found["rate_int_set"] / cell.rate_int_set) / 0.1
    growth = (np.log(found["rate_fil_set"] / cell.rate_fil_set) - 0.1 * mobility) / 0.3
    for deviates in (mobility, growth):
        assert np.abs(deviates).max() <= 4
        for quantile in (-2.0, -1.0, 0.0, 1.0, 2.0):
            assert (deviates < quantile).mean() == pytest.approx(ndtr(quantile), rel=0.05, abs=0)
    assert abs(np.corrcoef(mobility.ravel(), growth.ravel())[0, 1]) < 0.02
