"""What was recovered, as text, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pyspice_models.lab.deembed.deembed import AT_MOST, NO, YES, Deembedded
from pyspice_models.units import show

_MOST = 1000  # cells that are listed by name


def noise_in_words(found: Deembedded) -> str:
    """The noise of a reading, and who says so."""
    whose = "stated" if found.noise.stated else "what the readings scatter by" if found.noise_from_data else "assumed"
    return f"{100 * found.noise.relative:.3g} % and {show(found.noise.floor, 'A', 3)}, {whose}"


def numbers(found: Deembedded) -> Iterator[tuple[str, str]]:
    """Name and value of what a reader wants to know first."""
    yield "determined", f"{found.count(YES)} of {found.conductances.size} cells"
    if bounded := found.count(AT_MOST):
        yield "at most", f"{bounded} cell{'s' * (bounded > 1)}, less than noise shows"
    if missing := found.count(NO):
        yield "not determined", f"{missing} cell{'s' * (missing > 1)}"
    sure = found.determined == YES
    if sure.any():
        g = found.conductances[sure]
        yield "conductances", f"{show(float(g.min()), 'S')} to {show(float(g.max()), 'S')}"
        relative = found.relative
        row, col = (int(n) for n in np.unravel_index(np.nanargmax(relative), relative.shape))
        yield (
            "68 % intervals",
            f"± {100 * np.sqrt(np.nanmean(np.square(relative))):.3g} % r.m.s. over the determined cells",
        )
        yield "the widest", f"± {100 * relative[row, col]:.3g} %, word {row}, bit {col}"
    for segment in found.segments:
        sigma = "given" if segment.sigma is None else f"± {show(segment.sigma, 'ohm', 3)}, recovered"
        yield segment.name.replace("_", " "), f"{show(segment.value, 'ohm', 5)} ({sigma})"
    yield "noise of a reading", noise_in_words(found)
    if found.freedom > 0:
        left = np.sqrt(found.chi_square / found.freedom)
        yield "residuals", f"{left:.3g} x the noise as stated or assumed; {found.freedom} readings more than needed"


def undecided(found: Deembedded) -> list[dict[str, Any]]:
    """Cells that are not determined, and those of which there is an upper bound alone, a thousand at most."""
    places = np.argwhere(found.determined != YES)[:_MOST]
    return [
        {
            "row": int(row),
            "col": int(col),
            "determined": str(found.determined[row, col]),
            "at_most": None if found.determined[row, col] == NO else float(found.high[row, col]),
        }
        for row, col in places
    ]


def as_data(found: Deembedded, *, file: str) -> dict[str, Any]:
    """For JSON; SI units."""
    relative = np.square(found.relative[found.determined == YES])
    return {
        "file": file,
        "shape": list(found.readings.shape),
        "undriven": "floating" if found.readings.floating else "held",
        "readings": len(found.readings.current),
        "ignored": found.readings.ignored,
        "ends": {"word": found.lines.word_end, "bit": found.lines.bit_end},
        "segments": {one.name: {"value": one.value, "sigma": one.sigma} for one in found.segments},
        "noise": {
            "relative": found.noise.relative,
            "floor": found.noise.floor,
            "from": "stated" if found.noise.stated else "data" if found.noise_from_data else "assumed",
        },
        "cells": {"determined": found.count(YES), "at_most": found.count(AT_MOST), "not_determined": found.count(NO)},
        "rms_relative_sigma": float(np.sqrt(relative.mean())) if relative.size else None,
        "chi_square": found.chi_square,
        "freedom": found.freedom,
        "expected": found.expected,
        "undecided": undecided(found),
        "turns": found.turns,
        "warnings": list(found.warnings),
    }


def cells_text(found: Deembedded) -> Iterator[str]:
    """Lines of a CSV with a row for each cell."""
    yield "row,col,conductance [S],sigma [S],low [S],high [S],determined,from undetermined"
    low, high = found.low, found.high
    for row, col in np.ndindex(found.conductances.shape):
        values = [found.conductances[row, col], found.sigma[row, col], low[row, col], high[row, col]]
        shown = ",".join(f"{value:.10g}" for value in values)
        yield f"{row},{col},{shown},{found.determined[row, col]},{found.from_unread[row, col]:.3g}"


def matrix_text(found: Deembedded) -> Iterator[str]:
    """Lines of a CSV of conductances alone [S], rows x columns, as `array.initial.conductance` and netlists take it.

    Where a cell is not determined, it is what is expected of one.
    """
    for line in found.conductances:
        yield ",".join(f"{value:.10g}" for value in line)
