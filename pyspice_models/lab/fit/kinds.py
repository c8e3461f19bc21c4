"""Which parameters are fitted where nobody names them, and what must not act unseen while they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.lab.fit.measured.train import Data, IvLoop, PulseTrain, without_outliers
from pyspice_models.lab.fit.model import Setup
from pyspice_models.lab.fit.roles import Conditions, chosen_by_role
from pyspice_models.units import show

FITTABLE = (
    "w0", "x0", "g_int_min", "g_int_max", "v_int", "rate_int_set", "rate_int_reset", "p_int", "v_nuc_int",
    "g_fil_min", "g_fil_max", "rate_fil_set", "rate_fil_reset", "p_fil", "v_nuc_fil", "alpha", "e_int", "e_act",
)  # fmt: skip
"""Of the Ag2S cell."""

STILL = 1e-15
"""Rates of a path that is held still [1/s]: at its most extreme voltage it does not move in a study's lifetime."""

_FILAMENT = frozenset({"x0", "g_fil_min", "g_fil_max", "rate_fil_set", "rate_fil_reset", "p_fil", "v_nuc_fil"})
_HELD = ("rate_fil_set", "rate_fil_reset")
_APART = 0.05  # of the largest amplitude, from which on amplitudes differ
_WARMER = 5.0  # kelvin from which on temperatures do
_MOVED = 0.01
_MOST_OF_READING = 0.5


def fittable(cell: ParameterSet) -> tuple[str, ...]:
    """Names that may be fitted."""
    if isinstance(cell, CellParams):
        return FITTABLE
    return tuple(
        name
        for name, q in cell.quantities().items()
        if not q.whole and isinstance(getattr(cell, name), float) and not q.source.startswith("numerical")
    )


def default_parameters(
    data: Data | Sequence[Data], cell: ParameterSet | None = None, setups: Sequence[Setup] = ()
) -> tuple[str, ...]:
    """What such data can tell: kinetics in the directions and at the voltages that occur, and the window.

    Args:
        data: one or several sets.
        cell: of which kind; None: Ag2S.
        setups: how they were taken.
    """
    several = [data] if isinstance(data, PulseTrain | IvLoop) else list(data)
    setups = list(setups) or [Setup()] * len(several)
    if cell is not None and not isinstance(cell, CellParams):
        return chosen_by_role(cell, Conditions.of(several, setups))
    trains = [one for one in several if isinstance(one, PulseTrain)]
    loops = [one for one in several if isinstance(one, IvLoop)]
    names: dict[str, bool] = {}
    if trains:
        volts = np.concatenate([one.voltage[one.stress > 0] for one in trains])
        active = np.abs(volts[volts != 0])
        names |= {
            "w0": True, "g_int_min": True, "g_int_max": True, "rate_int_set": bool((volts > 0).any()),
            "rate_int_reset": bool((volts < 0).any()), "p_int": True,
            "v_nuc_int": bool(np.ptp(active) > _APART * active.max()),
        }  # fmt: skip
    if loops:
        volts = np.concatenate([one.voltage for one in loops])
        names |= {
            "g_int_max": True, "rate_fil_set": bool((volts > 0).any()), "rate_fil_reset": bool((volts < 0).any()),
            "v_nuc_fil": True,
        }  # fmt: skip
    if trains and np.ptp(np.concatenate(temperatures(trains, setups))) > _WARMER:
        names |= {"e_int": True, "e_act": True}
    return tuple(name for name, wanted in names.items() if wanted)


def temperatures(data: Sequence[Data], setups: Sequence[Setup]) -> list[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Of each set of data [K]."""
    return [
        np.array([setup.temperature])
        if isinstance(one, IvLoop) or one.temperature is None
        else np.asarray(one.temperature)
        for one, setup in zip(data, setups, strict=False)
    ]


def check_names(names: Sequence[str], cell: ParameterSet, points: int) -> None:
    """Raise RequestError for names that cannot be fitted, or too many of them."""
    allowed = fittable(cell)
    for name in names:
        if name not in allowed:
            raise RequestError.for_value("parameters", name, allowed=f"some of {', '.join(allowed)}")
        if list(names).count(name) > 1:
            raise RequestError(f"parameter {name} is named twice")
    if not names:
        raise RequestError("no parameter to fit; name at least one")
    needed = 2 * len(names)
    if points < needed:
        raise RequestError.for_value(
            "number of points", points, allowed=f">= {needed}, twice the {len(names)} parameters",
            advice="Measure more points, or fit fewer parameters.",
        )  # fmt: skip


def held_still(
    cell: ParameterSet, names: Sequence[str], data: Sequence[Data]
) -> tuple[ParameterSet, tuple[str, ...], tuple[str, ...]]:  # fmt: skip
    """The cell in which nothing moves that the data cannot speak of; what was changed in it, and that in words.

    Pulse trains say nothing of a filament that is not fitted: under longer or more pulses than the preset was made for
    it would grow, and the window would be fitted to that.
    """
    trains = [one for one in data if isinstance(one, PulseTrain)]
    if not isinstance(cell, CellParams) or not trains:
        return cell, (), ()
    notes: list[str] = []
    changed: dict[str, float] = {}
    if len(trains) == len(data) and not _FILAMENT & set(names):
        changed |= dict.fromkeys(_HELD, STILL)
        notes.append(
            "the filament is held still, in the preset too: pulses alone say nothing of it. Fit an I-V loop with them, "
            "or name its parameters (rate_fil_set, ...), to have it move"
        )
    least = min(float(without_outliers(one.conductance).min()) for one in trains)
    if "g_fil_min" not in names and cell.g_fil_min > _MOST_OF_READING * least:
        changed["g_fil_min"] = 0.01 * least
        notes.append(
            f"g_fil_min of the base, {show(cell.g_fil_min, 'S')}, is above what was read: a hundredth of the smallest "
            "reading stands in its place"
        )
    return cell.replace(**changed), tuple(changed), tuple(notes)


def said(cell: ParameterSet, names: Sequence[str], data: Sequence[Data], setups: Sequence[Setup]) -> tuple[str, ...]:
    """What acts in the fit and was not fitted, in words.

    Args:
        cell: fitted.
        names: of what was fitted.
        data, setups: to what.
    """
    if not isinstance(cell, CellParams):
        return ()
    notes = []
    kinetics = {"rate_int_set", "rate_int_reset"}
    loops = [(one, setup) for one, setup in zip(data, setups, strict=True) if isinstance(one, IvLoop)]
    if loops and not kinetics & set(names):
        from pyspice_models.cells.ag2s.twin import simulate

        loop, setup = loops[0]
        run = simulate(
            cell, loop.time - loop.time[0], loop.voltage, series_resistance=setup.series_resistance,
            i_limit=setup.i_limit, temperature=setup.temperature,
        )  # fmt: skip
        if np.ptp(run.w) > _MOVED:
            notes.append(
                f"the interface moves from {run.w.min():.2g} to {run.w.max():.2g} in the loop as the base's "
                "rate_int_set and rate_int_reset say, which are not fitted"
            )
    trains = [one for one in data if isinstance(one, PulseTrain)]
    if trains and "v_nuc_int" not in names:
        volts = np.concatenate([np.abs(one.voltage[(one.stress > 0) & (one.voltage != 0)]) for one in trains])
        if np.abs(volts / cell.v_ref - 1).max() > 0.01:
            notes.append(
                f"rates are stated at v_ref = {show(cell.v_ref, 'V')}, and the pulses were of "
                f"{show(float(volts.min()), 'V')} to {show(float(volts.max()), 'V')}: what lies between is the base's "
                "v_nuc_int and alpha, which are not fitted"
            )
    return tuple(notes)


def level_parameter(cell: ParameterSet) -> str:
    """The parameter of the state that levels set: each train has its own."""
    return model_of(cell).level_parameter
