"""What the tests of fit share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cells.presets import preset
from pyspice_models.lab.fit import Data, FitResult, PulseTrain, Setup
from pyspice_models.lab.fit.problem import Problem

BASE = preset("200nm-160C")
TRUTH = BASE.cell.replace(
    g_int_min=35e-9,
    g_int_max=310e-9,
    rate_int_set=45e3,
    rate_int_reset=130e3,
    p_int=0.8,
    w0=0.12,
    rate_fil_set=1e-15,
    rate_fil_reset=1e-15,
)
"""Its filament is still: pulses tell nothing of it, and a fit to them holds it so."""

PULSES = 120


@cache
def _conductances(cell: CellParams, amplitudes: tuple[float, ...]) -> tuple[float, ...]:
    """Conductance before the first and after each 1 us pulse: a run of the twin, edges and all."""
    edge, time, volt = 1e-9, [0.0], [0.0]
    for level in amplitudes:
        time += [time[-1] + edge, time[-1] + 1e-6, time[-1] + 1e-6 + edge]
        volt += [level, level, 0.0]
    run = simulate(cell, time, volt, tolerance=1e-6)
    ends = np.searchsorted(run.time, np.array(time)[::3])
    return tuple(Equations(cell).conductance(5e-3, run.w[ends], run.x[ends]))


def _train(
    seed: int, noise: float = 0.01, amplitudes: tuple[float, ...] | None = None, cell: CellParams = TRUTH
) -> PulseTrain:  # fmt: skip
    """Potentiation and depression, 30 pulses each, twice; noise as a share of the window."""
    levels = amplitudes or tuple(0.3 if k // 30 % 2 == 0 else -0.3 for k in range(PULSES))
    g = np.array(_conductances(cell, levels))
    g = g + np.random.default_rng(seed).normal(0, noise * np.ptp(g), len(g))
    return PulseTrain("train.csv", np.arange(len(g)) * 1.0, np.array([0.0, *levels]), np.full(len(g), 1e-6), g)


def known_to(data: Data, cell: CellParams, names: Sequence[str], setup: Setup, noise: ArrayLike) -> dict[str, float]:
    """Standard uncertainties that these data can give at best (Cramer and Rao), from the cell behind them.

    Args:
        data: what was measured.
        cell: which gave them.
        names: of what is fitted.
        setup: how they were taken.
        noise: standard deviation of each reading [S], [A].
    """
    problem = Problem([data], cell, tuple(names), [setup])
    z = problem.start(cell, {})
    slopes = problem.jacobian(z) * problem.noise[0]
    # of asinh(I/floor), or of a share of the window
    scale = (
        problem.units[0] if problem.floors[0] == 0 else np.hypot(problem.floors[0], problem.predicted(0, z[None])[0])
    )
    information = slopes * (scale / np.asarray(noise))[..., None]
    errors = np.sqrt(np.diag(np.linalg.inv(information.T @ information))) * problem.slopes(z)
    return dict(zip(names, errors.tolist(), strict=True))


def check_recovered(result: FitResult, truth: CellParams, at_best: Mapping[str, float]) -> None:
    """Estimates lie within three of the best uncertainties, and say that they are known about so well.

    A standard deviation is known to 1/sqrt(2 n) from n residuals, and Tukey's biweight costs 3 % of the uncertainty.
    """
    chance = 3 / np.sqrt(2 * (result.points - len(result.parameters)))
    for p in result.parameters:
        assert abs(p.value - getattr(truth, p.name)) < 3 * at_best[p.name], p
        assert abs(p.sigma / at_best[p.name] / 1.03 - 1) < chance + 0.05, (p, at_best[p.name])
