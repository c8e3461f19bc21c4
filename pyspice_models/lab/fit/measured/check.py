"""What no measurement can be: columns that contradict each other, and readings at the end of an instrument's range."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.lab.fit.measured.train import Array, IvLoop, PulseTrain, scatter
from pyspice_models.units import show

Lines = NDArray[np.int_]

_ALIKE = 5  # readings in a row that no noise makes alike
_CLEAR = 5.0  # standard deviations from which on a change has a sign
_MOST = 1.0  # siemens, amperes: more is another unit
_READS = (1e-5, 5.0)  # volts that a reading is taken at


def check_train(
    train: PulseTrain, lines: Lines, *, time: Array | None = None, current: Array | None = None, flipped: bool = False
) -> PulseTrain:
    """The train, if it can be one; what stands in columns beside it is held against it.

    Args:
        train: as read.
        lines: of the file, shape (row,).
        time, current: of the readings, where the file has them [s], [A].
        flipped: the voltages' signs were changed already.

    Raises:
        RequestError: it cannot; the message says which column, where, and what to do.
    """
    if (train.pulse != np.round(train.pulse)).any() or train.pulse[0] < 0 or (np.diff(train.pulse) <= 0).any():
        raise RequestError("column pulse must hold whole numbers that grow from row to row, from 0 or 1")
    if (train.width < 0).any():
        raise RequestError.for_value("width", float(train.width.min()), unit="s", allowed=">= 0")
    if (train.conductance <= 0).any():
        raise RequestError.for_value("conductance", float(train.conductance.min()), unit="S", allowed="> 0")
    if (train.conductance > _MOST).any():
        raise RequestError.for_value(
            "conductance", float(train.conductance.max()), unit="S", allowed=f"<= {_MOST:g}",
            advice="Check the unit in the header.",
        )  # fmt: skip
    if train.temperature is not None and not ((train.temperature >= 200) & (train.temperature <= 500)).all():
        bad = train.temperature[(train.temperature < 200) | (train.temperature > 500)][0]
        raise RequestError.for_value("temperature", float(bad), unit="K", allowed="200 to 500")
    if not (train.stress * np.abs(train.voltage)).any():
        raise RequestError("no row has a pulse: every voltage or width is 0")
    if time is not None:
        _check_time(train, time, lines)
    if current is not None:
        _check_current(train, current)
    _check_saturation("conductance", train.conductance, lines, "S")
    _check_sign(train, flipped)
    return train


def check_loop(loop: IvLoop, lines: Lines) -> IvLoop:
    """The loop, if it can be one; arguments and errors as of `check_train`."""
    if (back := np.diff(loop.time) <= 0).any():
        raise RequestError(f"column time must grow from row to row; line {lines[int(np.argmax(back)) + 1]} does not")
    if not loop.voltage.any() or not loop.current.any():
        raise RequestError("voltage or current is 0 throughout: there is nothing to fit")
    if (peak := float(np.abs(loop.current).max())) > _MOST:
        raise RequestError.for_value(
            "current", peak, unit="A", allowed=f"-{_MOST:g} to {_MOST:g}", advice="Check the unit in the header."
        )
    if float(np.sum(loop.voltage * loop.current)) < 0:
        against = int(np.sum(loop.voltage * loop.current < 0))
        raise RequestError(
            f"columns voltage and current contradict each other: they have opposite signs in {against} of "
            f"{len(loop.time)} rows, and no cell delivers energy. Change the sign of one of them."
        )
    return loop


def _check_time(train: PulseTrain, time: Array, lines: Lines) -> None:
    """The pulses since the row before took no longer than the time since then."""
    passed = np.diff(time)
    if (passed <= 0).any():
        raise RequestError(f"column time must grow from row to row; line {lines[int(np.argmax(passed <= 0)) + 1]}")
    longer = train.stress[1:] > 1.01 * passed
    if longer.any():
        n = int(np.argmax(longer))
        raise RequestError(
            f"columns width and time contradict each other: the pulses of line {lines[n + 1]} take "
            f"{show(float(train.stress[n + 1]), 's')}, and {show(float(passed[n]), 's')} passed. Check their units."
        )


def _check_current(train: PulseTrain, current: Array) -> None:
    """A current over a conductance is the voltage of the reading."""
    volts = float(np.median(np.abs(current) / train.conductance))
    if not _READS[0] <= volts <= _READS[1]:
        raise RequestError(
            f"columns conductance and current contradict each other: read at {show(volts, 'V')}, which is not "
            f"between {_READS[0]:g} and {_READS[1]:g} V. Check their units, or leave the current out."
        )


def _check_saturation(column: str, values: Array, lines: Lines, unit: str) -> None:
    """Raise RequestError where noisy readings stand still at their largest or smallest value."""
    for end in (float(values.max()), float(values.min())):
        others = values[values != end]
        # without noise a plateau is one
        if not scatter(others) > 1e-4 * float(np.ptp(values)):
            continue
        start = 0
        for same, group in groupby(values == end):
            count = len(list(group))
            if same and count >= _ALIKE:
                raise RequestError(
                    f"column {column} is saturated: {count} readings in a row, from line {lines[start]} on, are "
                    f"{show(end, unit)}, and the others scatter. Delete rows at the end of the instrument's range "
                    "(pulses between rows still count), or measure them in a wider range."
                )
            start += count


def _check_sign(train: PulseTrain, flipped: bool) -> None:
    """Raise RequestError where the conductance clearly falls under positive pulses and rises under negative ones."""
    noise, g = scatter(train.conductance), train.conductance
    changes: dict[bool, list[float]] = {True: [], False: []}
    active = np.flatnonzero((train.stress > 0) & (train.voltage != 0))
    for up, group in groupby(active.tolist(), key=lambda row: bool(train.voltage[row] > 0)):
        rows = list(group)
        # the median of three where there are as many: one reading may be an outlier
        few, first = (3 if len(rows) >= 6 else 1), max(rows[0] - 1, 0)
        changes[up].append(float(np.median(g[rows[-few:]]) - np.median(g[first : first + few])))
    told = [
        sign * sum(changes[up]) / max(noise * np.sqrt(2 * len(changes[up])), 1e-9 * float(g.max()))
        for up, sign in ((True, 1.0), (False, -1.0))
        if changes[up]
    ]
    if all(share < -_CLEAR for share in told):
        raise RequestError(
            "columns voltage and conductance contradict each other: a positive voltage sets, and here the conductance "
            f"{'falls' if changes[True] else 'rises'} under {'positive' if changes[True] else 'negative'} pulses. "
            + (
                "Leave out --flip (in Python flip=True)."
                if flipped
                else "Give --flip (in Python flip=True) if the bias was on the bottom electrode."
            )
        )
