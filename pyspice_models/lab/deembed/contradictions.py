"""Readings that contradict each other, their signs or their units, or that an instrument cut off: refused by name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.lab.deembed.readings import BIT, OWN, SIDES, WORD, Lines, Noise, Readings
from pyspice_models.units import show

Array = NDArray[np.float64]

_SURE = 6.0  # standard deviations
_SLACK = 0.02  # share by which resistances that a user knows may be off
_ALIKE = 3  # readings that are equal to the last digit, and the largest: no accident


def check_readings(readings: Readings, lines: Lines, noise: Noise, limit: float | None = None) -> None:
    """Refuse what no array of passive cells gives.

    Args:
        readings: as they were taken.
        lines: what stands at their ends.
        noise: of the readings.
        limit: of the instrument's range [A]; None: told by several largest readings that are equal.

    Raises:
        RequestError: saturated readings; a current against its voltage; currents that the ends do not let through, or
            that do not add up; both directions apart.
    """
    _check_saturation(readings, limit)
    _check_signs(readings, noise)
    _check_sizes(readings, lines, noise)
    _check_sums(readings, noise)
    _check_directions(readings)


def _check_saturation(readings: Readings, limit: float | None) -> None:
    size = np.abs(readings.current)
    if limit is not None:
        cut = np.flatnonzero(size >= 0.999 * limit)
        why = f"at {show(limit, 'A')}, the limit of its range"
    else:
        cut = np.flatnonzero(size == size.max(initial=0.0))
        # an array of equal cells on lines without resistance gives equal currents throughout
        if len(cut) < _ALIKE or 2 * len(cut) >= len(size) or not size.any():
            return
        why = f"equal to the largest, {show(float(size.max()), 'A', 6)}"
    if len(cut):
        raise RequestError(
            f"{len(cut)} reading{'s are' if len(cut) > 1 else ' is'} saturated, {why}; the first: "
            f"{readings.place(int(cut[0]))}. Leave those fields empty, as not measured, or measure in a larger range"
            + ("." if limit is not None else "; if they are sound, say the range with --range.")
        )


def _check_signs(readings: Readings, noise: Noise) -> None:
    value = readings.current * np.sign(readings.voltage)
    bad = np.flatnonzero(value < -_SURE * noise.floor)
    if not len(bad):
        return
    first = int(bad[0])
    whole = " All have it: turn the voltages' or the currents' sign." if len(bad) == len(value) else ""
    raise RequestError(
        f"{len(bad)} of {len(value)} currents have the sign that their voltage contradicts; the first: "
        f"{readings.place(first)}, {show(float(readings.current[first]), 'A')} at "
        f"{show(float(readings.voltage[first]), 'V')}. A current counts as positive out of a sensed line and into the "
        f"driven one.{whole} Where it is the noise of a small current, say its size with --floor."
    )


def _check_sizes(readings: Readings, lines: Lines, noise: Noise) -> None:
    """More than the ends let through with all cells shorted."""
    own = readings.sensed == OWN
    ends = np.where(readings.side == WORD, lines.word_end, lines.bit_end)
    least = np.where(own, ends, lines.word_end + lines.bit_end)
    most = np.abs(readings.voltage) / least
    over = np.abs(readings.current) - (1 + _SLACK + _SURE * noise.relative) * most - _SURE * noise.floor
    bad = np.flatnonzero(over > 0)
    if len(bad):
        worst = int(bad[np.argmax((np.abs(readings.current) / most)[bad])])
        raise RequestError(
            f"{len(bad)} currents are larger than the lines' ends let through; the worst: {readings.place(worst)}, "
            f"{show(float(readings.current[worst]), 'A')} at {show(float(readings.voltage[worst]), 'V')}, where "
            f"{show(float(least[worst]), 'ohm')} allow {show(float(most[worst]), 'A')}. Look at the units in the "
            "header, of currents and voltage, and at the resistance of the ends (--end)."
        )


def _check_sums(readings: Readings, noise: Noise) -> None:
    """What a driven line takes is what the sensed ones give, and more where undriven lines are held."""
    for side, count, others in ((WORD, readings.rows, readings.cols), (BIT, readings.cols, readings.rows)):
        mine = readings.side == side
        for line in range(count):
            here = np.flatnonzero(mine & (readings.driven == line))
            own, out = here[readings.sensed[here] == OWN], here[readings.sensed[here] != OWN]
            if len(own) != 1 or len(np.unique(readings.sensed[out])) != others or len(out) != others:
                continue  # not all that it takes, or taken more than once, at other voltages perhaps
            value = readings.current * np.sign(readings.voltage)
            taken, given = float(value[own[0]]), float(value[out].sum())
            sigma = float(np.hypot(noise.sigma(value[own]), np.linalg.norm(noise.sigma(value[out])))[0])
            if given - taken > _SURE * sigma or (readings.floating and taken - given > _SURE * sigma):
                where = "no other line is held" if readings.floating else "no more than it takes can come out"
                raise RequestError(
                    f"{SIDES[side]} {line} driven takes {show(taken, 'A', 6)}, and the sensed lines together give "
                    f"{show(given, 'A', 6)}: {where}. Look at the units of these columns, and at the noise (--noise)."
                )


def _check_directions(readings: Readings) -> None:
    """Resistors are reciprocal: both directions give the same currents per volt."""
    value, through = readings.current / readings.voltage, readings.sensed != OWN
    by_word, by_bit = (through & (readings.side == side) for side in (WORD, BIT))
    forth = {
        (int(r), int(c)): v
        for r, c, v in zip(readings.driven[by_word], readings.sensed[by_word], value[by_word], strict=True)
    }
    ratios = [
        v / other
        for r, c, v in zip(readings.sensed[by_bit], readings.driven[by_bit], value[by_bit], strict=True)
        if (other := forth.get((int(r), int(c)), 0.0)) > 0
    ]
    if ratios and not 1 / _FACTOR < (middle := float(np.median(ratios))) < _FACTOR:
        raise RequestError(
            f"currents with bit lines driven are {middle:.3g} times those with word lines driven, volt for volt, and "
            "resistors give the same in both directions. Look at the units of these columns."
        )


_FACTOR = 1.5
