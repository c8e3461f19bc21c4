"""Which parameters cannot act in a study, so that no run is spent on them; a test holds each reason against runs."""

from __future__ import annotations

import math

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.units import show

_LINES_AT = 300.0  # [K] the temperature at which the resistivity of lines is given
_OF_AMPLIFIERS = tuple(f"driver.{name}" for name in ("r_feedback", "c_feedback", "gain", "gbw", "v_amplifier"))


def idle(crossbar: Crossbar, key: str) -> str:
    """Why the parameter cannot move any measure of this crossbar as designed, or "".

    Args:
        crossbar: as designed.
        key: such as `cell.e_act`.
    """
    return _idle_cell(crossbar, key) or _idle_array(crossbar, key)


def _idle_cell(crossbar: Crossbar, key: str) -> str:
    cell = crossbar.cell
    if not isinstance(cell, CellParams):
        return ""
    if key in ("cell.e_int", "cell.e_act", "cell.e_limit", "cell.tcr_fil") and crossbar.temperature == cell.t_nom:
        return f"acts away from cell.t_nom, {cell.t_nom:g} K, alone"
    if key == "cell.thickness_exponent" and (crossbar.values("thickness") == cell.thickness_ref).all():
        return f"acts in films of another thickness than cell.thickness_ref, {cell.thickness_ref:g} m, alone"
    if key == "cell.r_ion_exponent" and (crossbar.values("area") == cell.area_ref).all():
        return f"acts in cells of another area than cell.area_ref, {show(cell.area_ref, 'm^2')}, alone"
    return ""


def _idle_array(crossbar: Crossbar, key: str) -> str:
    driver, table, name = crossbar.driver, *key.split(".", 1)
    if table == "wire" and name in crossbar.wire.replaced:
        return f"cannot stand beside {crossbar.wire.replaced[name]}"
    if key == "wire.tcr" and crossbar.temperature == _LINES_AT:
        return f"acts away from {_LINES_AT:g} K alone"
    if key in ("wire.specularity", "wire.grain", "wire.reflection") and crossbar.wire.mean_free_path == 0:
        return "acts with a mean free path alone"
    if key in _OF_AMPLIFIERS and driver.sense != "tia":
        return 'acts with driver.sense = "tia" alone'
    if key == "driver.i_limit" and driver.compliance == "none":
        return "acts with a driver.compliance alone"
    if key == "driver.limit_capacitance" and driver.compliance == "none":
        return "is refused without a driver.compliance"
    if key == "driver.limit_bandwidth" and driver.compliance != "smooth":
        return 'is refused without driver.compliance = "smooth"'
    return ""


def per_cell(crossbar: Crossbar, key: str) -> str:
    """Why the common value of a parameter is not the one that acts, or ""."""
    table, _, name = key.partition(".")
    if table == "cell" and name in crossbar.per_cell:
        values = np.asarray(crossbar.per_cell[name])
        if not math.isclose(values.min(), values.max()) or values.min() != getattr(crossbar.cell, name):
            return "differs from cell to cell by the study's design"
    return ""
