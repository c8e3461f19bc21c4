"""From geometry to electrical values of one line segment (one pitch long)."""

from __future__ import annotations

from scipy.constants import epsilon_0

from pyspice_models.params import WireParams

_FILM = 50e-9  # thickness of the films whose resistivity is given [m]
_T_NOM = 300.0  # temperature at which resistivities are given [K]


def word_segment_resistance(wire: WireParams, temperature: float = _T_NOM) -> float:
    """Resistance of a word-line segment [ohm] at `temperature` [K]."""
    return _segment_resistance(wire, wire.resistivity_wl, wire.thickness_wl, temperature)


def bit_segment_resistance(wire: WireParams, temperature: float = _T_NOM) -> float:
    """Resistance of a bit-line segment [ohm] at `temperature` [K]."""
    return _segment_resistance(wire, wire.resistivity_bl, wire.thickness_bl, temperature)


def _segment_resistance(wire: WireParams, resistivity: float, thickness: float, temperature: float) -> float:
    squares = wire.pitch / wire.width
    hot = 1 + wire.tcr * (temperature - _T_NOM)
    return resistivity * size_effect(wire, thickness) / thickness * squares * hot


def size_effect(wire: WireParams, thickness: float) -> float:
    """Resistivity of a line of this thickness and width, as a multiple of that of a wide 50 nm film.

    Surface scattering in the limit of thick films, for both pairs of surfaces: 1 + 3/8 (1 - p) (l/t + l/w).
    Source: Sondheimer, Adv. Phys. 1 (1952) 1, eq. 13; grain boundaries are left in the film's resistivity.
    """
    scattering = 0.375 * (1 - wire.specularity) * wire.mean_free_path
    film = 1 + scattering / _FILM
    return (1 + scattering * (1 / thickness + 1 / wire.width)) / film


def word_coupling(wire: WireParams) -> float:
    """Capacitance between segments of neighbouring word lines [F]."""
    return _coupling(wire, wire.thickness_wl)


def bit_coupling(wire: WireParams) -> float:
    """Capacitance between segments of neighbouring bit lines [F]."""
    return _coupling(wire, wire.thickness_bl)


def _coupling(wire: WireParams, thickness: float) -> float:
    """Coupling of two parallel lines over a ground plane, 0 if `wire.coupling` is off.

    Source: Sakurai and Tamaru, IEEE Trans. Electron Devices 30 (1983) 183, eq. 6.
    """
    height, space = wire.oxide_thickness, wire.pitch - wire.width
    if not wire.coupling:
        return 0.0
    shape = 0.03 * (wire.width / height) + 0.83 * (thickness / height) - 0.07 * (thickness / height) ** 0.222
    return epsilon_0 * wire.oxide_eps_r * shape * (space / height) ** -1.34 * wire.pitch


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
