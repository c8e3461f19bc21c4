"""Samples of whole arrays: cells, lines and drivers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.driver import DriverParams
from pyspice_models.array.variability.deviates import Deviates
from pyspice_models.array.variability.params import MAX_SAMPLES, VariabilityParams
from pyspice_models.array.variability.shared import SharedDeviates
from pyspice_models.array.variability.within import Parts, area_factors, draws_within, sample_instances
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.numeric import real_array, whole

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ArraySample:
    """One array out of many, in one of its cycles.

    Attributes:
        cells: parameters of the cells, arrays of shape (rows, cols) by name, SI units.
        wire, driver: its lines and drivers.
        amplitude: factor of all voltages of a program.
        deviates: by cause, in standard deviations: shape (rows, cols) for causes in cells, (rows, 1) and (1, cols) for
            those of word and bit lines, () for those of the whole array. Causes whose spread is 0 are left out.
        instances: what lines, their ends and selectors have each for itself, as `Crossbar.instances`.
    """

    cells: dict[str, Array]
    wire: WireParams
    driver: DriverParams
    amplitude: float
    deviates: dict[str, Array]
    instances: dict[str, Array] = field(default_factory=dict)


def sample_crossbar(
    cell: ParameterSet,
    per_cell: Mapping[str, ArrayLike],
    shape: tuple[int, int],
    wire: WireParams,
    driver: DriverParams,
    seed: int,
    variability: VariabilityParams | None = None,
    *,
    cycle: int = 0,
    stated: Mapping[str, Array] | None = None,
    selector: ParameterSet | None = None,
    instances: Mapping[str, ArrayLike] | None = None,
) -> ArraySample:
    """Cells, lines and drivers of the array number `seed` in its cycle number `cycle`.

    Args:
        cell, per_cell: nominal parameters, those that differ by design as numbers or arrays of shape (rows, cols).
        shape: (rows, cols).
        wire, driver: nominal.
        cycle: >= 0. Another cycle moves what spreads from cycle to cycle; devices, lines and drivers stay.
        selector, instances: of the nominal array, see `Crossbar`.
        stated: deviates that are not drawn but these, by cause and in shape as `ArraySample.deviates` has them.

    Raises:
        RequestError: a size, `seed` or `cycle` is not a whole number in range, a sample leaves a parameter's range, or
            the cell states no spread.
    """
    for name, size in zip(("rows", "cols"), shape, strict=True):
        whole(size, 1, MAX_SAMPLES, name=name)
    cycle = whole(cycle, 0, MAX_SAMPLES, name="cycle")
    spread = variability or VariabilityParams()
    of_device = Deviates(seed, "array", tuple(shape), stated)
    of_cycle = Deviates(seed, f"array cycle {cycle}", tuple(shape), stated)
    of_array = Deviates(seed, "whole array", (1,), stated)
    design = {
        **cell.as_dict(),
        **{name: real_array(values, name=f"per_cell.{name}") for name, values in per_cell.items()},
    }
    differ = model_of(cell).spreads()
    shared = SharedDeviates(spread, of_device, of_array, wire.pitch)
    cells = differ.device(design, shared.spread, shared)
    cells |= differ.cycle(design | cells, spread, of_cycle)
    lines = {
        "resistivity_wl": ("word_film", spread.array_film),
        "resistivity_bl": ("bit_film", spread.array_film),
        "thickness_wl": ("word_thickness", spread.array_thickness),
        "thickness_bl": ("bit_thickness", spread.array_thickness),
        "width": ("line_width", spread.array_width),
    }
    drawn = _lognormal(wire.as_dict(), lines, of_array)
    ends = {"r_driver": ("driver", spread.array_driver), "r_sense": ("sense", spread.array_sense)}
    drawn_wire = _sampled_lines(wire, drawn)
    circuits = driver.replace(**_lognormal(driver.as_dict(), ends, of_array))
    ratios = {name: getattr(circuits, name) / getattr(driver, name) for name in ends}
    parts = Parts(drawn_wire, circuits, selector, instances or {}, ratios | {"width": drawn["width"] / wire.width})
    within = draws_within(lambda kind, size: Deviates(seed, kind, size, stated), (shape[0], shape[1]))
    own = sample_instances(spread, parts, within)
    if spread.area_follows_width and "area" in design:
        area = np.broadcast_to(np.asarray((design | cells)["area"]) * area_factors(parts, wire.width, own), shape)
        cells["area"] = cell.quantities()["area"].check("sampled area", area)
    amplitude = 1 + spread.array_amplitude * of_array("amplitude", spread.array_amplitude).item()
    return ArraySample(
        cells,
        drawn_wire,
        circuits,
        amplitude,
        of_device.drawn
        | shared.fields
        | of_cycle.drawn
        | {cause: z for one in within.values() for cause, z in one.drawn.items()}
        | {cause: z.reshape(()) for cause, z in of_array.drawn.items()},
        own,
    )


def _sampled_lines(wire: WireParams, drawn: Mapping[str, float]) -> WireParams:
    """Lines with what was drawn of their geometry; a resistance that is stated changes as that of a film would."""
    replaced = wire.replaced
    factor = {name: value / getattr(wire, name) if getattr(wire, name) else 1.0 for name, value in drawn.items()}
    word, bit = (
        1.0 if stated is None else factor[f"resistivity_{end}"] / (factor[f"thickness_{end}"] * factor["width"])
        for end, stated in (("wl", wire.resistance("word")), ("bl", wire.resistance("bit")))
    )  # fmt: skip
    geometry = wire.replace(**{name: value for name, value in drawn.items() if name not in replaced})
    return geometry if (word, bit) == (1.0, 1.0) else geometry.scaled(word, bit)


def _lognormal(
    nominal: Mapping[str, float], moved: Mapping[str, tuple[str, float]], draw: Deviates
) -> dict[str, float]:
    """The parameters in `moved`, each by its cause and spread."""
    return {
        name: nominal[name] * math.exp(spread * draw(cause, spread).item()) for name, (cause, spread) in moved.items()
    }
