"""Spreads from cycle to cycle and from device to device, and samples of them.

The paper shows that the thresholds spread (S7 over cycles, S13 over 30 devices) and states no number: every spread
here is assumed. What is correlated, is so because one cause moves several parameters:

| cause | distribution | moves |
|---|---|---|
| area | lognormal | `area`: interface conductance, both capacitances, ionic resistance (in the cell's equations) |
| thickness | lognormal | `thickness`: kinetic voltage, geometric capacitance |
| nucleation | normal | both nucleation voltages by one factor; all four rates through exp(-v_nuc/v_ref) |
| mobility | lognormal | all four rates by one factor, `r_ion` by its inverse |
| asymmetry | lognormal | ratio of interface reset rate to set rate; their geometric mean stays |
| interface | lognormal | `g_int_min` and `g_int_max` by one factor (Schottky barrier) |
| gap | lognormal | `g_fil_min` (the gap that the filament starts from) |
| site | normal | `v_nuc_fil`, and both filament rates through exp(-v_nuc_fil/v_ref): each cycle nucleates elsewhere |
| growth | lognormal | both filament rates by one factor |

From array to array, one draw for all lines and drivers of an array:

| cause | distribution | moves |
|---|---|---|
| word_film, bit_film | lognormal | `resistivity_wl`, `resistivity_bl` |
| word_thickness, bit_thickness | lognormal | `thickness_wl`, `thickness_bl` |
| line_width | lognormal | `width` of all lines |
| driver, sense | lognormal | `r_driver`, `r_sense` |
| amplitude | normal | all voltages of a program by one factor |

Every deviate is cut at 4 standard deviations, symmetrically, so that the median of every parameter is its nominal
value. Every cause has its own random stream, named after it, in which every array row has its place: a sample depends
on the seed and on its own position only, neither on how many are drawn nor on the order of the calls.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv, ndtr, ndtri

from pyspice_models.array.driver import DriverParams
from pyspice_models.array.places import stream_of, uniform_at_places
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.declare.quantity import ParameterSet, quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array, whole

Array = NDArray[np.float64]

MAX_SAMPLES = 10_000_000
CUT = 4.0  # standard deviations

_CHOSEN = "choice: the paper shows curves (S7, S13), no number"


@dataclass(frozen=True)
class VariabilityParams(ParameterSet):
    """Relative standard deviations (of the logarithm where lognormal), all assumed; 0 switches a cause off."""

    not_varied: ClassVar[str] = "a spread moves distributions, and no single array: see ag2s montecarlo"

    # device to device
    device_area: float = quantity(
        0.05, "", low=0, high=0.5, tag="assumed", source="lithography of a 5 um square, 0.1 um per edge",
        about="lognormal spread of the cross-point area between devices",
    )  # fmt: skip
    device_thickness: float = quantity(
        0.01, "", low=0, high=0.2, tag="assumed", source="sputtered film, 2 nm in 200 nm",
        about="lognormal spread of the film thickness between devices",
    )  # fmt: skip
    device_nucleation: float = quantity(
        0.03, "", low=0, high=0.2, tag="assumed", source=_CHOSEN,
        about="normal spread of both nucleation voltages between devices, common to both (film quality)",
    )  # fmt: skip
    device_mobility: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of the silver ions' mobility between devices",
    )  # fmt: skip
    device_asymmetry: float = quantity(
        0.05, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of the ratio of interface reset rate to set rate between devices",
    )  # fmt: skip
    device_interface: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source="3 meV of Schottky barrier height",
        about="lognormal spread of the interface conductances between devices, common to both bounds",
    )  # fmt: skip
    device_gap: float = quantity(
        0.20, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of g_fil_min between devices",
    )  # fmt: skip
    # cycle to cycle
    cycle_mobility: float = quantity(
        0.02, "", low=0, high=1, tag="assumed", source="many ions take part in each interface pulse",
        about="lognormal spread of all four rates between cycles",
    )  # fmt: skip
    cycle_site: float = quantity(
        0.03, "", low=0, high=0.2, tag="assumed", source=_CHOSEN,
        about="normal spread of the filament's nucleation voltage between cycles",
    )  # fmt: skip
    cycle_growth: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of both filament rates between cycles",
    )  # fmt: skip
    cycle_gap: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source="each reset leaves another gap",
        about="lognormal spread of g_fil_min between cycles",
    )  # fmt: skip
    g_step: float = quantity(
        7.75e-6, "S", low=0, high=1e-3, tag="assumed",
        source="a tenth of the conductance quantum 77.5 uS: one atom moved at a constriction of several channels",
        about="conductance of one atomic step of the filament; sets the counting spread, see scatter_conductance",
    )  # fmt: skip
    # array to array
    array_film: float = quantity(
        0.05, "", low=0, high=0.5, tag="assumed", source="choice: evaporated films scatter by more from batch to batch",
        about="lognormal spread of the resistivities of word and bit lines, each for itself, between arrays",
    )  # fmt: skip
    array_thickness: float = quantity(
        0.02, "", low=0, high=0.2, tag="assumed", source="quartz balance, 1 nm in 50 nm",
        about="lognormal spread of the thicknesses of word and bit lines, each for itself, between arrays",
    )  # fmt: skip
    array_width: float = quantity(
        0.02, "", low=0, high=0.1, tag="assumed", source="lithography of 5 um lines, 0.1 um",
        about="lognormal spread of the line width between arrays, common to all lines",
    )  # fmt: skip
    array_driver: float = quantity(
        0.10, "", low=0, high=0.5, tag="assumed", source="a transmission gate from lot to lot",
        about="lognormal spread of the drivers' resistance between arrays",
    )  # fmt: skip
    array_sense: float = quantity(
        0.10, "", low=0, high=0.5, tag="assumed", source="an amplifier from lot to lot",
        about="lognormal spread of the sense circuits' resistance between arrays",
    )  # fmt: skip
    array_amplitude: float = quantity(
        0.01, "", low=0, high=0.1, tag="assumed", source="a reference voltage without trimming",
        about="normal spread of all voltages of the program between arrays, one factor for all",
    )  # fmt: skip


def sample_devices(
    cell: CellParams, n: int, seed: int, variability: VariabilityParams | None = None
) -> dict[str, Array]:
    """Parameters of `n` devices of nominal parameters `cell`.

    Returns:
        Arrays of shape (n,) by parameter name, SI units; parameters that do not differ are left out.

    Raises:
        RequestError: `n` or `seed` is not a whole number in range, or a sample leaves a parameter's range.
    """
    n = whole(n, 1, MAX_SAMPLES, name="n")
    return _device_parameters(cell.as_dict(), variability or VariabilityParams(), _Deviates(seed, "device", (n,)))


def sample_array(
    cell: CellParams, shape: tuple[int, int], seed: int, variability: VariabilityParams | None = None
) -> dict[str, Array]:
    """Parameters of the cells of a crossbar, to be passed as `Crossbar(per_cell=...)`.

    The cells of a smaller crossbar are those of the upper left corner of a larger one.

    Args:
        shape: (rows, cols).

    Returns:
        Arrays of that shape by parameter name.

    Raises:
        RequestError: as `sample_devices`.
    """
    for name, size in zip(("rows", "cols"), shape, strict=True):
        whole(size, 1, MAX_SAMPLES, name=name)
    return _device_parameters(
        cell.as_dict(), variability or VariabilityParams(), _Deviates(seed, "array", tuple(shape))
    )


def sample_cycles(
    cell: CellParams, n: int, seed: int, variability: VariabilityParams | None = None, *, device: int = 0
) -> dict[str, Array]:
    """Parameters in `n` consecutive cycles of the device `cell`.

    Args:
        cell: the device, a sample of `sample_devices` or the nominal cell.
        device: number of the device, >= 0: each has its own sequence of cycles.

    Returns:
        Arrays of shape (n,) by parameter name.

    Raises:
        RequestError: as `sample_devices`.
    """
    n = whole(n, 1, MAX_SAMPLES, name="n")
    device = whole(device, 0, MAX_SAMPLES, name="device")
    return _cycle_parameters(
        cell.as_dict(), variability or VariabilityParams(), _Deviates(seed, f"cycle {device}", (n,))
    )


@dataclass(frozen=True)
class ArraySample:
    """One array out of many, in one of its cycles.

    Attributes:
        cells: parameters of the cells, arrays of shape (rows, cols) by name, SI units.
        wire, driver: its lines and drivers.
        amplitude: factor of all voltages of a program.
        deviates: by cause, in standard deviations: shape (rows, cols) for causes in cells, else (). Causes whose
            spread is 0 are left out.
    """

    cells: dict[str, Array]
    wire: WireParams
    driver: DriverParams
    amplitude: float
    deviates: dict[str, Array]


def sample_crossbar(
    cell: CellParams,
    per_cell: Mapping[str, ArrayLike],
    shape: tuple[int, int],
    wire: WireParams,
    driver: DriverParams,
    seed: int,
    variability: VariabilityParams | None = None,
    *,
    cycle: int = 0,
) -> ArraySample:
    """Cells, lines and drivers of the array number `seed` in its cycle number `cycle`.

    Args:
        cell, per_cell: nominal parameters, those that differ by design as numbers or arrays of shape (rows, cols).
        shape: (rows, cols).
        wire, driver: nominal.
        cycle: >= 0. Another cycle moves what spreads from cycle to cycle; devices, lines and drivers stay.

    Raises:
        RequestError: a size, `seed` or `cycle` is not a whole number in range, or a sample leaves a parameter's range.
    """
    for name, size in zip(("rows", "cols"), shape, strict=True):
        whole(size, 1, MAX_SAMPLES, name=name)
    cycle = whole(cycle, 0, MAX_SAMPLES, name="cycle")
    spread = variability or VariabilityParams()
    of_device = _Deviates(seed, "array", tuple(shape))
    of_cycle = _Deviates(seed, f"array cycle {cycle}", tuple(shape))
    of_array = _Deviates(seed, "whole array", (1,))
    design = {
        **cell.as_dict(),
        **{name: real_array(values, name=f"per_cell.{name}") for name, values in per_cell.items()},
    }
    cells = _device_parameters(design, spread, of_device)
    cells |= _cycle_parameters(design | cells, spread, of_cycle)
    lines = {
        "resistivity_wl": ("word_film", spread.array_film),
        "resistivity_bl": ("bit_film", spread.array_film),
        "thickness_wl": ("word_thickness", spread.array_thickness),
        "thickness_bl": ("bit_thickness", spread.array_thickness),
        "width": ("line_width", spread.array_width),
    }
    ends = {"r_driver": ("driver", spread.array_driver), "r_sense": ("sense", spread.array_sense)}
    amplitude = 1 + spread.array_amplitude * of_array("amplitude", spread.array_amplitude).item()
    return ArraySample(
        cells,
        wire.replace(**_lognormal(wire.as_dict(), lines, of_array)),
        driver.replace(**_lognormal(driver.as_dict(), ends, of_array)),
        amplitude,
        of_device.drawn | of_cycle.drawn | {cause: z.reshape(()) for cause, z in of_array.drawn.items()},
    )


def _lognormal(
    nominal: Mapping[str, float], moved: Mapping[str, tuple[str, float]], draw: _Deviates
) -> dict[str, float]:
    """The parameters in `moved`, each by its cause and spread."""
    return {
        name: nominal[name] * math.exp(spread * draw(cause, spread).item()) for name, (cause, spread) in moved.items()
    }


def sample_cell(cell: CellParams, samples: dict[str, Array], index: int) -> CellParams:
    """The complete parameters of one sample of `sample_devices` or `sample_cycles`."""
    return cell.replace(**{name: float(values[index]) for name, values in samples.items()})


# ---- the filament's counting spread


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
    scattered: Array = g * gammaincinv(steps, np.maximum(uniform, 1e-12)) / steps
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


# ---- how samples are made

_RATES = ("rate_int_set", "rate_int_reset", "rate_fil_set", "rate_fil_reset")


def _device_parameters(cell: Mapping[str, Any], spread: VariabilityParams, draw: _Deviates) -> dict[str, Array]:
    sample = _Sample(cell)
    sample.scale(("area",), spread.device_area * draw("area", spread.device_area))
    sample.scale(("thickness",), spread.device_thickness * draw("thickness", spread.device_thickness))
    quality = spread.device_nucleation * draw("nucleation", spread.device_nucleation)
    sample.raise_barrier("v_nuc_int", quality, ("rate_int_set", "rate_int_reset"))
    sample.raise_barrier("v_nuc_fil", quality, ("rate_fil_set", "rate_fil_reset"))
    mobility = spread.device_mobility * draw("mobility", spread.device_mobility)
    sample.scale(_RATES, mobility)
    sample.scale(("r_ion",), -mobility)
    asymmetry = spread.device_asymmetry * draw("asymmetry", spread.device_asymmetry)
    sample.scale(("rate_int_reset",), asymmetry / 2)
    sample.scale(("rate_int_set",), -asymmetry / 2)
    sample.scale(("g_int_min", "g_int_max"), spread.device_interface * draw("interface", spread.device_interface))
    sample.scale(("g_fil_min",), spread.device_gap * draw("gap", spread.device_gap))
    return sample.finished()


def _cycle_parameters(cell: Mapping[str, Any], spread: VariabilityParams, draw: _Deviates) -> dict[str, Array]:
    sample = _Sample(cell)
    sample.scale(_RATES, spread.cycle_mobility * draw("mobility", spread.cycle_mobility))
    filament = ("rate_fil_set", "rate_fil_reset")
    sample.scale(filament, spread.cycle_growth * draw("growth", spread.cycle_growth))
    sample.raise_barrier("v_nuc_fil", spread.cycle_site * draw("site", spread.cycle_site), filament)
    sample.scale(("g_fil_min",), spread.cycle_gap * draw("gap", spread.cycle_gap))
    return sample.finished()


class _Sample:
    """Parameters under construction: sums of logarithms, so that common causes add up.

    The nominal ones are numbers or arrays by name.
    """

    def __init__(self, cell: Mapping[str, Any]) -> None:
        self.cell = cell
        self.logs: dict[str, Array] = {}

    def scale(self, names: tuple[str, ...], log_factor: Array) -> None:
        for name in names:
            self.logs[name] = self.logs.get(name, np.zeros_like(log_factor)) + log_factor

    def raise_barrier(self, name: str, relative: Array, rates: tuple[str, ...]) -> None:
        """A nucleation voltage times 1 + `relative`; rates hold at v_ref, where exp(-v_nuc/v_ref) is part of them."""
        self.scale((name,), np.log1p(relative))
        self.scale(rates, -self.cell[name] * relative / self.cell["v_ref"])

    def finished(self) -> dict[str, Array]:
        declared = CellParams.quantities()
        values = {
            name: self.cell[name] * np.exp(log_factor) for name, log_factor in self.logs.items() if log_factor.any()
        }
        for name, array in values.items():
            declared[name].check(f"sampled {name}", array)
        return values


class _Deviates:
    """Standard normal deviates cut at CUT, one stream per cause (and per row of an array).

    Those drawn are kept in `drawn`, under the cause with the kind in front where it is a cycle's.
    """

    def __init__(self, seed: int, kind: str, shape: tuple[int, ...]) -> None:
        self.seed, self.kind, self.shape = seed, kind, shape
        self.drawn: dict[str, Array] = {}

    def __call__(self, cause: str, spread: float) -> Array:
        """Zeros where the spread is 0: nothing is drawn."""
        if spread == 0:
            whole(self.seed, 0, 2**64 - 1, name="seed")
            return np.zeros(self.shape)
        self.drawn[f"cycle_{cause}" if "cycle" in self.kind else cause] = deviates = self._draw(cause)
        return deviates

    def _draw(self, cause: str) -> Array:
        uniform = uniform_at_places(self.seed, f"{self.kind} {cause}", self.shape)
        low = ndtr(-CUT)
        deviates: Array = ndtri(low + (1 - 2 * low) * uniform)
        return deviates
