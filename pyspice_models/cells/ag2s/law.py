"""The law of the Ag2S cell: what its currents, its powers and the rates of its states are made of.

It stands here once in Python. `Equations` calls these functions for numbers and arrays; the nodal engine compiles the
very same ones for one cell at a time. They use nothing but their arguments and each other, each one only those above
it. `k` holds the constants by name: one of the three tuples below, or a row of the nodal engine's table, which has all.
The derivation stands in verilog_a/README.md, the other two forms in verilog_a/ag2s.va and netlists/ag2s.lib.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Conduction(NamedTuple):
    """Constants of the two paths; each a number or an array over the cells.

    Attributes:
        low, high: conductance of the interface near 0 V at w = 0 and w = 1 [S].
        gap, gain: conductance of the filament path at x = 0 [S], and the logarithm of what x = 1 makes of it.
        v_int, v_bend, v_smooth: of the interface's bend [V].
        s_clip: width over which a state is clipped.
    """

    low: Any
    high: Any
    gap: Any
    gain: Any
    v_int: Any
    v_bend: Any
    v_smooth: Any
    s_clip: Any


class IonBranch(NamedTuple):
    """Constants of the ionic branch, beside both paths.

    Attributes:
        r_ion: its resistance [ohm].
        tau: time constant with its capacitance [s].
    """

    r_ion: Any
    tau: Any


class Kinetics(NamedTuple):
    """Constants of the rates of both states.

    Attributes:
        lever: what the thickness makes of a volt.
        v_linear, v_smooth: where the voltage levels off, and the least magnitude that is seen of it [V].
        steep: exponent of growth [1/V].
        limit, limit_steep: transport, as a multiple of the rates at v_ref, at 0 V; and its exponent [1/V].
        per_int, nuc_int: what makes the factor of the interface 1 at v_ref; its nucleation voltage [V].
        per_fil, nuc_fil: of the filament.
        int_set, int_reset, p_int: rates of w at v_ref [1/s], and the exponent of its soft bounds.
        fil_set, fil_reset, p_fil: of x.
        s_smooth: width over which a soft bound is smooth.
    """

    lever: Any
    v_linear: Any
    v_smooth: Any
    steep: Any
    limit: Any
    limit_steep: Any
    per_int: Any
    nuc_int: Any
    per_fil: Any
    nuc_fil: Any
    int_set: Any
    int_reset: Any
    p_int: Any
    fil_set: Any
    fil_reset: Any
    p_fil: Any
    s_smooth: Any


CONSTANTS = tuple(dict.fromkeys((*Conduction._fields, *IonBranch._fields, *Kinetics._fields)))
"""All names, in the order of a table's columns."""


# ---- smooth pieces


def bounded(v: Any, top: Any) -> Any:
    """`v` itself up to `top`; beyond, the excess levels off at a fifth of `top`, with two continuous derivatives."""
    inside = np.minimum(np.maximum(v, -top), top)
    excess = (v - inside) / (0.2 * top)
    return inside + 0.2 * top * excess / np.sqrt(1 + excess * excess)


def magnitude(u: Any, width: Any) -> Any:
    """A smooth |u|, `width` at 0."""
    return np.sqrt(u * u + width * width)


def clipped(state: Any, width: Any) -> Any:
    """The state inside [0, 1], smoothly."""
    return 0.5 * (1 + np.sqrt(state * state + width * width) - np.sqrt((state - 1) ** 2 + width * width))


def soft_bound(distance: Any, exponent: Any, width: Any) -> Any:
    """distance^exponent, odd and smooth at 0."""
    return distance * (distance * distance + width * width) ** (0.5 * (exponent - 1))


# ---- kinetics


def seen(v: Any, k: Any) -> Any:
    """What the kinetics see of a voltage: its smooth sign, and its magnitude [V]."""
    u = bounded(k.lever * v, k.v_linear)
    mag = magnitude(u, k.v_smooth)
    return u / mag, mag


def log_nucleation(v_nuc: Any, mag: Any) -> Any:
    """Logarithm of what the nucleation voltage leaves of a rate at a magnitude of the voltage."""
    return -v_nuc / mag


def reduction(scale: Any, mag: Any, v_nuc: Any, growth: Any) -> Any:
    """`scale` times nucleation times growth; `growth` is the argument of its sinh."""
    return scale * np.exp(log_nucleation(v_nuc, mag)) * np.sinh(growth)


def kinetic_factor(mag: Any, per_shape: Any, v_nuc: Any, steep: Any, limit: Any, limit_steep: Any) -> Any:
    """Nucleation times growth at the voltage's magnitude `mag`, in series with transport."""
    factor = reduction(per_shape, mag, v_nuc, steep * mag)
    return factor / (1 + factor / (limit * np.exp(limit_steep * mag)))


def interface_factor(mag: Any, k: Any) -> Any:
    """Rates of w at a magnitude of the voltage, as multiples of those at v_ref and t_nom."""
    return kinetic_factor(mag, k.per_int, k.nuc_int, k.steep, k.limit, k.limit_steep)


def filament_factor(mag: Any, k: Any) -> Any:
    """Rates of x, likewise."""
    return kinetic_factor(mag, k.per_fil, k.nuc_fil, k.steep, k.limit, k.limit_steep)


def interface_motion(k: Any) -> Any:
    """What `rate` needs of w after its factor, direction and state."""
    return k.int_set, k.int_reset, k.p_int, k.s_smooth


def filament_motion(k: Any) -> Any:
    """What `rate` needs of x."""
    return k.fil_set, k.fil_reset, k.p_fil, k.s_smooth


def rate(factor: Any, direction: Any, state: Any, setting: Any, resetting: Any, exponent: Any, width: Any) -> Any:
    """Time derivative of a state [1/s]: towards 1 for the direction +1, towards 0 for -1."""
    return (factor / 2) * (
        setting * (1 + direction) * soft_bound(1 - state, exponent, width)
        - resetting * (1 - direction) * soft_bound(state, exponent, width)
    )


# ---- conduction, and what is burnt


def interface(w: Any, k: Any) -> Any:
    """Conductance of the interface near 0 V [S]."""
    return k.low + (k.high - k.low) * clipped(w, k.s_clip)


def filament(x: Any, k: Any) -> Any:
    """Conductance of the filament path [S]."""
    return k.gap * np.exp(k.gain * clipped(x, k.s_clip))


def bend(v: Any, k: Any) -> Any:
    """What a voltage makes of the interface's conductance: sinh(z)/z, z = |v|/v_int."""
    z = magnitude(bounded(v, k.v_bend), k.v_smooth) / k.v_int
    return np.sinh(z) / z


def both_paths(bent: Any, g_int: Any, g_fil: Any) -> Any:
    """I/V of both paths, from their conductances near 0 V and what `bend` says of the voltage [S]."""
    return g_int * bent + g_fil


def conductance(v: Any, g_int: Any, g_fil: Any, k: Any) -> Any:
    """I/V of both paths, from their conductances near 0 V [S]."""
    return both_paths(bend(v, k), g_int, g_fil)


def ionic(v: Any, v_ion: Any, k: Any) -> Any:
    """Current into the ionic capacitance, which is charged to `v_ion` [A]."""
    return (v - v_ion) / k.r_ion


def dissipated(v: Any, v_ion: Any, through: Any, charging: Any) -> Any:
    """Power [W] of the current through both paths and of that into the ionic capacitance."""
    return v * through + (v - v_ion) * charging
