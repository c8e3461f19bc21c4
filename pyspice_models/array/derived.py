"""What follows from a crossbar's parameters: checked in one place, before a netlist or a solver is given any of it."""

from __future__ import annotations

from functools import partial
from operator import truediv

import numpy as np

from pyspice_models.array import geometry
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.faults import Faults
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.derived import check_magnitude
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.kinds import Selector
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.errors import RequestError


def check_lines(wire: WireParams, temperature: float) -> None:
    """Raise RequestError if a segment of a line comes out as no usable number."""
    # a positive resistivity must not come out as the 0 of an ideal line
    for side, end, stated, resistivity, resistance in (
        ("word", "wl", wire.resistance("word"), wire.resistivity_wl, geometry.word_segment_resistance),
        ("bit", "bl", wire.resistance("bit"), wire.resistivity_bl, geometry.bit_segment_resistance),
    ):
        check_magnitude(
            f"wire: the resistance of a {side}-line segment", "ohm", partial(resistance, wire, temperature),
            zero=(resistivity if stated is None else stated) == 0,
            of=f"wire.resistivity_{end}, thickness_{end}, width, pitch, mean_free_path, specularity, grain, "
            "reflection, tcr and the temperature" if stated is None else "what is stated of the segment",
        )  # fmt: skip
    for name, capacitance, zero in (
        ("capacitance of a word-line segment", lambda: geometry.word_segment_capacitance(wire), False),
        ("capacitance of a bit-line segment", lambda: geometry.bit_segment_capacitance(wire), False),
        ("coupling of neighbouring word lines", lambda: geometry.word_coupling(wire), not wire.coupling),
        ("coupling of neighbouring bit lines", lambda: geometry.bit_coupling(wire), not wire.coupling),
    ):
        check_magnitude(
            f"wire: the {name}", "F", capacitance, zero=zero,
            of="wire.width, pitch, oxide_thickness, oxide_eps_r and the thickness of the line",
        )  # fmt: skip


def check_ends(driver: DriverParams, faults: Faults) -> None:
    """Raise RequestError if an end of a line or a fault comes out as no usable number."""
    for name in ("r_driver", "r_sense", "r_off", "r_feedback"):
        ohms = getattr(driver, name)
        check_magnitude(f"the conductance of driver.{name}", "S", partial(truediv, 1, ohms), of=f"driver.{name}")
    check_magnitude(
        "the pole of the sense amplifier", "s", lambda: driver.gain / (2 * np.pi * driver.gbw), of="driver.gain, gbw"
    )
    check_magnitude("the steepness of an edge", "1/s", lambda: 1 / driver.t_edge, of="driver.t_edge")
    check_magnitude("the resistance of an open contact", "ohm", lambda: 1 / faults.g_open, of="faults.g_open")
    check_magnitude("the conductance of a short", "S", lambda: 1 / faults.r_short, of="faults.r_short")


def check_selector(part: Selector | None, wire: WireParams, cell: CellModel) -> None:
    """Raise RequestError if a selector comes out as no usable number, or does not fit between the lines."""
    if isinstance(part, ForeignTransistor | ForeignSelector):
        key = "transistor.model" if isinstance(part, ForeignTransistor) else "selector.module"
        for name, where in sorted(part.defines.items()):
            if name in cell.defines or name in (cell.master, cell.card):
                other = cell.defines.get(name, f"the cell {cell.name!r}")
                raise RequestError(
                    f"{key}: {where} defines {name!r}, and so does {other}: a deck holds one of that name. Rename one."
                )
    if isinstance(part, ForeignTransistor):
        part.check_fit(wire.pitch)
    elif isinstance(part, TransistorParams):
        check_magnitude(
            "the transistor's gain factor", "A/V^2", lambda: part.kp * part.width / part.length, of="kp, width, length"
        )
        check_magnitude(
            "the transistor's leakage", "ohm", lambda: 1 / part.g_off if part.g_off else 0.0, of="g_off", zero=True
        )
    elif isinstance(part, ThresholdParams):
        check_magnitude("the selector's range", "", lambda: part.g_on / part.g_off, of="g_on, g_off")
        check_magnitude("the selector's slope", "1/V", lambda: 1 / part.v_slope, of="v_slope")
