"""From geometry to electrical values of one line segment (one pitch long)."""

from __future__ import annotations

from scipy.constants import epsilon_0

from pyspice_models.params import WireParams

_T_NOM = 300.0  # temperature at which resistivities are given [K]


def word_segment_resistance(wire: WireParams, temperature: float = _T_NOM) -> float:
    """Resistance of a word-line segment [ohm] at `temperature` [K]."""
    return _segment_resistance(wire, wire.resistivity_wl, wire.thickness_wl, temperature)


def bit_segment_resistance(wire: WireParams, temperature: float = _T_NOM) -> float:
    """Resistance of a bit-line segment [ohm] at `temperature` [K]."""
    return _segment_resistance(wire, wire.resistivity_bl, wire.thickness_bl, temperature)


def _segment_resistance(wire: WireParams, resistivity: float, thickness: float, temperature: float) -> float:
    squares = wire.pitch / wire.width
    return resistivity / thickness * squares * (1 + wire.tcr * (temperature - _T_NOM))


def word_segment_capacitance(wire: WireParams) -> float:
    """Capacitance of a word-line segment to the substrate [F]."""
    return _segment_capacitance(wire, wire.thickness_wl)


def bit_segment_capacitance(wire: WireParams) -> float:
    """Capacitance of a bit-line segment to the substrate [F]."""
    return _segment_capacitance(wire, wire.thickness_bl)


def _segment_capacitance(wire: WireParams, thickness: float) -> float:
    """Plate plus fringe of a line over a ground plane.

    Source: Sakurai and Tamaru, IEEE Trans. Electron Devices 30 (1983) 183, eq. 1, within 6 % for
    0.3 < width/oxide < 30 and 0.3 < thickness/oxide < 30; our thin lines lie below the second range, where the
    fringe term is small beside the plate's.
    """
    height = wire.oxide_thickness
    per_length = 1.15 * (wire.width / height) + 2.80 * (thickness / height) ** 0.222
    return epsilon_0 * wire.oxide_eps_r * per_length * wire.pitch
