"""The filament's counting spread: it consists of few atoms."""

from __future__ import annotations

import math

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.places import stream_of
from pyspice_models.array.variability.params import MAX_SAMPLES, VariabilityParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array, whole

Array = NDArray[np.float64]


def scatter_conductance(
    g_filament: ArrayLike, seed: int, variability: VariabilityParams | None = None, *, stream: int = 0
) -> Array:
    """Filament conductances as cycles leave them, scattered by the number of atoms they consist of.

    A filament of conductance G counts N = G/g_step steps. If atoms arrive independently, N scatters by sqrt(N) and
    the coefficient of variation of G is sqrt(g_step/G): it falls as the compliance, and with it G, rises (S8). Spreads
    of static parameters cannot do that: they move a self-limited conductance by the same factor at every compliance.
    The distribution is a gamma of mean G and variance G g_step: positive, and the sum of independent parts. Below one
    step its coefficient of variation stays at 1.

    Args:
        g_filament: conductances of the filament path alone, of any shape (cycle first), > 0 [S].
        seed: as in `sample_cycles`.
        stream: number of the experiment (a compliance level, say), >= 0: each has its own random stream.

    Returns:
        Scattered conductances of the same shape [S].

    Raises:
        RequestError: a conductance that is not positive and finite, or a bad seed or stream.
    """
    g = real_array(g_filament, "S", name="g_filament")
    if not (np.isfinite(g) & (g > 0)).all():
        raise RequestError("filament conductances must be finite and > 0 S")
    stream = whole(stream, 0, MAX_SAMPLES, name="stream")
    step = (variability or VariabilityParams()).g_step
    if step == 0:
        return g.copy()
    uniform = np.random.Generator(stream_of(seed, f"count {stream}")).random(g.shape)
    # below one step there is a gap and no chain of atoms to count: the relative spread ends at 1
    steps = np.maximum(g / step, 1.0)
    scattered: Array = g * scipy.special.gammaincinv(steps, np.maximum(uniform, 1e-12)) / steps
    return scattered


def scatter_filament(
    cell: CellParams, x: ArrayLike, seed: int, variability: VariabilityParams | None = None, *, stream: int = 0
) -> Array:
    """Filament states `x` in [0, 1] after `scatter_conductance`: the way the counting spread enters the physics.

    A cell that goes on from a scattered state starts at `x0` = the returned value, a per-cell parameter.
    """
    gap = math.log(cell.g_fil_max / cell.g_fil_min)
    state = np.asarray(CellParams.quantities()["x0"].check("x", x))
    g = cell.g_fil_min * np.exp(gap * state)
    scattered = scatter_conductance(g, seed, variability, stream=stream)
    return np.clip(np.log(scattered / cell.g_fil_min) / gap, 0.0, 1.0)
