"""What follows from a cell's parameters is checked as they are: each may be in range, and their product still infinite.

A simulator would be given `inf`, a rate of 0/0 or a negative conductance, and give back an error of its own at best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import RequestError

_USABLE = {"ohm": (1e-12, 1e21), "S": (1e-21, 1e12), "F": (1e-30, 1.0), "1/s": (1e-21, 1e21)}
"""By unit: far beyond what can be made, and near enough to each other for one circuit's equations."""

_NUMBERS = (1e-100, 1e100)
"""Of other units: products and ratios of two such magnitudes are still numbers."""

_MANY = 1000  # cells; of more only those are looked at that are extreme in some parameter


def check_magnitude(name: str, unit: str, value: Callable[[], Any], *, of: str, zero: bool = False) -> None:
    """Raise RequestError unless a derived quantity is positive and of a magnitude that can be calculated with.

    Args:
        name, unit: of the quantity.
        value: gives it, a number or an array.
        of: the parameters that it follows from.
        zero: it may be 0 as well.
    """
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(value(), dtype=float)
    except (OverflowError, ZeroDivisionError):  # of Python's own floats; NumPy's are inf by themselves
        found = np.array(np.inf)
    low, high = _USABLE.get(unit, _NUMBERS)
    good = (found >= low) & (found <= high) | (zero & (found == 0))
    if not good.all():
        raise RequestError.for_value(
            name, float(found[~good].flat[0]), unit=unit, advice=f"It follows from {of}: change one of them.",
            allowed=f"{'0, or ' * zero}{low:g} to {high:g}",
        )  # fmt: skip


def check_cell(cell: CellParams, temperature: float) -> None:
    """Raise RequestError if something that follows from these parameters, numbers or arrays, is no usable number."""
    eq = Equations(_extreme(cell), temperature)
    for name, unit, value, of in (
        ("the ratio area/area_ref", "", lambda: eq.area_ratio, "area, area_ref"),
        ("the kinetics' share of the voltage", "", lambda: eq.lever, "thickness, its reference and exponent"),
        ("the interface conductance at w = 0", "S", lambda: eq.interface_window[0], "g_int_min, the areas, e_int"),
        ("the interface conductance at w = 1", "S", lambda: eq.interface_window[1], "g_int_max, the areas, e_int"),
        ("the filament path's conductance", "S", lambda: eq.filament_window[0], "g_fil_min"),
        ("the bridged filament's conductance", "S", lambda: _bridged(eq), "g_fil_max, tcr_fil, t_nom"),
        ("the cell's geometric capacitance", "F", lambda: eq.c_geo, "eps_r, area, thickness"),
        ("the ionic branch's capacitance", "F", lambda: eq.c_ion, "c_ion and the areas"),
        ("the ionic branch's resistance", "ohm", lambda: eq.r_ion, "r_ion, r_ion_exponent and the areas"),
        ("the steepness of the kinetics", "1/V", lambda: eq.steepness, "alpha and the temperature"),
        ("the transport limit", "", lambda: eq.transport_limit, "rate_limit, e_limit, alpha_limit, v_ref"),
        ("the interface's kinetic constant", "", lambda: eq.per_shape[0], "v_nuc_int, v_ref, alpha, e_act"),
        ("the filament's kinetic constant", "", lambda: eq.per_shape[1], "v_nuc_fil, v_ref, alpha, e_act"),
    ):  # fmt: skip
        check_magnitude(f"cell: {name}", unit, value, of=f"the cell's {of}")
    _check_laws(eq)


def _bridged(equations: Equations) -> Any:
    cell = equations.cell
    return cell.g_fil_max / (1 + cell.tcr_fil * (equations.temperature - cell.t_nom))


def _check_laws(equations: Equations) -> None:
    """Currents and rates where they are most extreme: without a voltage and far beyond any, in empty and full cells."""
    cell = equations.cell
    # all at once, in front of the axes of the cells
    points = [(volt, state) for volt in (0.0, 5.0, -5.0, 1e3, -1e3) for state in (0.0, 1.0)]
    axes = max(np.ndim(value) for value in cell.as_dict().values())
    volts, states = (np.reshape(values, (-1,) + (1,) * axes) for values in zip(*points, strict=True))
    with np.errstate(all="ignore"):
        found = (equations.conductance(volts, states, states), *equations.rates(volts, states, states))
    sound = [np.isfinite(values).reshape(len(points), -1).all(axis=1) for values in found]
    for volt, state in (points[n] for n in np.flatnonzero(~np.all(sound, axis=0))[:1]):
        raise RequestError(
            f"the cell's equations give no number at {volt:g} V in the state {state:g}: one of v_smooth "
            f"({np.min(cell.v_smooth):g} V), s_smooth ({np.min(cell.s_smooth):g}), v_int "
            f"({np.min(cell.v_int):g} V), v_bend ({np.max(cell.v_bend):g} V), "
            f"v_linear ({np.max(cell.v_linear):g} V) or an exponent is too "
            "extreme. Change it and run again."
        )


def _extreme(cell: CellParams) -> CellParams:
    """Those of many cells in which some parameter is smallest or largest."""
    differing = {name: value for name, value in cell.as_dict().items() if np.ndim(value)}
    arrays = dict(zip(differing, np.broadcast_arrays(*differing.values()), strict=True))
    if not arrays or next(iter(arrays.values())).size <= _MANY:
        return cell
    chosen = sorted({int(end(values)) for values in arrays.values() for end in (np.argmin, np.argmax)})
    own: dict[str, Any] = {name: values.ravel()[chosen] for name, values in arrays.items()}
    return replace(cell, **own)
