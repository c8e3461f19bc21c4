"""Why thin and narrow metal lines are more resistive than the bulk: surfaces and grain boundaries scatter electrons.

Sources: Fuchs, Proc. Camb. Phil. Soc. 34 (1938) 100; Sondheimer, Adv. Phys. 1 (1952) 1 (surfaces); Mayadas and
Shatzkes, Phys. Rev. B 1 (1970) 1382 (grain boundaries). The three terms are added, Matthiessen's rule; the two pairs of
surfaces of a line are added as well.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

_POINTS = 200  # of the integral
_THIN = 1e-3  # of a mean free path; no metal film is that thin


def surface_factor(thickness: float, path: float, specularity: float) -> float:
    """Resistivity of a film over that of the bulk, surfaces alone; 1 + 3/8 (1 - p) l/t where it is thick.

    Args:
        thickness: of the film, > 0 [m].
        path: mean free path of the electrons, >= 0 [m].
        specularity: share of electrons that a surface reflects like a mirror, 0 to 1.
    """
    if path == 0 or specularity == 1:
        return 1.0
    k = thickness / path
    if k > 1e3:  # the thick film, where the integral is a quarter
        return 1 / (1 - 0.375 * (1 - specularity) / k)
    if k == 0:
        return math.inf
    if k < _THIN:  # the integral is a small difference there; this is its limit, within some ten per cent
        diffuse = (1 - specularity) / (1 + specularity)
        return diffuse / (0.75 * k * (math.log(1 / k) + 1 - np.euler_gamma))
    cosine, weight = _gauss()
    free = np.exp(-k / cosine)
    lost = weight @ ((cosine - cosine**3) * (1 - free) / (1 - specularity * free))
    return float(1 / (1 - 1.5 * (1 - specularity) / k * lost))


def grain_factor(grain: float, path: float, reflection: float) -> float:
    """Resistivity over that of the bulk, grain boundaries alone.

    Args:
        grain: mean distance of the boundaries, > 0 [m].
        path: mean free path of the electrons, >= 0 [m].
        reflection: share of electrons that a boundary throws back, 0 to below 1.
    """
    a = path / grain * reflection / (1 - reflection)
    if a == 0:
        return 1.0
    if a > 100:  # the closed form is a difference of large numbers there
        return 4 * a / 3 + 16 / 15
    return 1 / (1 - 1.5 * a + 3 * a**2 - 3 * a**3 * math.log1p(1 / a))


@cache
def _gauss() -> tuple[np.ndarray, np.ndarray]:
    """Cosines and weights for an integral from 0 to 1."""
    point, weight = np.polynomial.legendre.leggauss(_POINTS)
    return (point + 1) / 2, weight / 2
