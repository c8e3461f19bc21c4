"""From geometry to electrical values of one line segment (one pitch long), or these as they are stated."""

from __future__ import annotations

from pyspice_models.array.resistivity import grain_factor, surface_factor
from pyspice_models.array.wire import WireParams
from pyspice_models.declare.constants import epsilon_0

_FILM = 50e-9  # thickness of the films whose resistivity is given [m]
_T_NOM = 300.0  # temperature at which resistivities are given [K]


def word_segment_resistance(wire: WireParams, temperature: float = _T_NOM) -> float:
    """Resistance of a word-line segment [ohm] at `temperature` [K]; one that is stated is the same at all."""
    stated = wire.resistance("word")
    return _segment_resistance(wire, wire.resistivity_wl, wire.thickness_wl, temperature) if stated is None else stated


def bit_segment_resistance(wire: WireParams, temperature: float = _T_NOM) -> float:
    """Resistance of a bit-line segment [ohm] at `temperature` [K]; one that is stated is the same at all."""
    stated = wire.resistance("bit")
    return _segment_resistance(wire, wire.resistivity_bl, wire.thickness_bl, temperature) if stated is None else stated


def _segment_resistance(wire: WireParams, resistivity: float, thickness: float, temperature: float) -> float:
    squares = wire.pitch / wire.width
    return resistivity * size_effect(wire, thickness, temperature) / thickness * squares


def size_effect(wire: WireParams, thickness: float, temperature: float = _T_NOM) -> float:
    """Resistivity of a line of this thickness and width, as a multiple of that of a wide 50 nm film at 300 K.

    Fuchs-Sondheimer for both pairs of surfaces and Mayadas-Shatzkes for the grain boundaries, see `array.resistivity`.
    Grains are as large in the film as in the line. With the temperature the bulk's share grows by `wire.tcr`. The
    product of resistivity and mean free path is a property of the metal: the path shortens as the resistivity grows,
    and what surfaces and grains add stays about what it is.
    """
    hot = 1 + wire.tcr * (temperature - _T_NOM)
    if hot <= 0:  # no metal; whoever asks for it is told by name
        return hot
    film = _scattering(wire, wire.mean_free_path, _FILM)
    path = wire.mean_free_path / hot
    sides = surface_factor(wire.width, path, wire.specularity) - 1
    return hot * (_scattering(wire, path, thickness) + sides) / film


def _scattering(wire: WireParams, path: float, thickness: float) -> float:
    """Resistivity of a wide film over that of the bulk."""
    grains = grain_factor(wire.grain, path, wire.reflection) - 1
    return surface_factor(thickness, path, wire.specularity) + grains


def line_tcr(wire: WireParams, thickness: float, temperature: float = _T_NOM) -> float:
    """Temperature coefficient of the resistance of a line of this thickness at a temperature [1/K]."""
    low, high = (size_effect(wire, thickness, temperature + step) for step in (-1.0, 1.0))
    return (high - low) / (high + low)


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
    """Capacitance of a word-line segment to the substrate [F].

    Where a word line crosses a bit line, its plate faces that line and not the substrate: this share of it is the
    cell's own capacitance and `c_crossing`, and is not counted again. Its edges keep their fringe. One that is stated
    is taken as it is.
    """
    if (stated := wire.capacitance("word")) is not None:
        return stated
    plate, fringe = _per_length(wire, wire.thickness_wl)
    return plate * (wire.pitch - wire.width) + fringe * wire.pitch


def bit_segment_capacitance(wire: WireParams) -> float:
    """Capacitance of a bit-line segment to the substrate, which it faces all along, or as it is stated [F]."""
    if (stated := wire.capacitance("bit")) is not None:
        return stated
    plate, fringe = _per_length(wire, wire.thickness_bl)
    return (plate + fringe) * wire.pitch


def _per_length(wire: WireParams, thickness: float) -> tuple[float, float]:
    """Plate and fringe of a line over a ground plane [F/m].

    Source: Sakurai and Tamaru, IEEE Trans. Electron Devices 30 (1983) 183, eq. 1, within 6 % for
    0.3 < width/oxide < 30 and 0.3 < thickness/oxide < 30; our thin lines lie below the second range, where the
    fringe term is small beside the plate's.
    """
    height = wire.oxide_thickness
    permittivity = epsilon_0 * wire.oxide_eps_r
    return permittivity * 1.15 * (wire.width / height), permittivity * 2.80 * (thickness / height) ** 0.222
