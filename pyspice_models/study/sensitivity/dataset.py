"""Sensitivities as a labelled dataset, and as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import xarray as xr

from pyspice_models.engine.nodal.static.solution import StaticSolution
from pyspice_models.result.schema import Variable
from pyspice_models.study.sensitivity.elements import strongest
from pyspice_models.study.sensitivity.step import StepSensitivity

_PLACES, _MAPS = ("row", "col"), ("output", "row", "col")
_ROWS, _COLS = ("row",), ("col",)

VARIABLES: Mapping[str, Variable] = MappingProxyType({
    "i_word": Variable(_ROWS, "A", "current from the driver into the word line"),
    "i_sense": Variable(_COLS, "A", "sense current: from the bit line into its sense circuit"),
    "i_word_error": Variable(_ROWS, "A", "at most so far is it from the exact solution"),
    "i_sense_error": Variable(_COLS, "A", "at most so far is it from the exact solution"),
    "v_cell": Variable(_PLACES, "V", "voltage across the cell"),
    "i_cell": Variable(_PLACES, "A", "current through the cell"),
    "g_cell": Variable(_PLACES, "S", "the cell's current over its voltage"),
    "r_word_segment": Variable(_PLACES, "ohm", "resistance of the word line's segment before the crossing"),
    "r_bit_segment": Variable(_PLACES, "ohm", "resistance of the bit line's segment after the crossing"),
    "r_word_end": Variable(("end", "row"), "ohm", "driver and contact, or open switch; near end, then far end"),
    "r_bit_end": Variable(("end", "col"), "ohm", "sense circuit and contact, or open switch; near end, then far end"),
    "current": Variable(("output",), "A", "the output current"),
    "error": Variable(("output",), "A", "at most so far is it from the exact solution"),
    "corrected": Variable(("output",), "A", "the output current, corrected by the adjoint solution"),
    "corrected_error": Variable(("output",), "A", "at most so far is that from the exact solution"),
    "by_cell": Variable(_MAPS, "A/S", "derivative of the output current by the cell's conductance"),
    "by_word_segment": Variable(_MAPS, "A/ohm", "derivative by the resistance of the segment"),
    "by_bit_segment": Variable(_MAPS, "A/ohm", "derivative by the resistance of the segment"),
    "by_word_end": Variable(("output", "end", "row"), "A/ohm", "derivative by the resistance of the driver"),
    "by_bit_end": Variable(("output", "end", "col"), "A/ohm", "derivative by the resistance of the sense circuit"),
    "by_word_source": Variable(("output", "row"), "S", "derivative by the voltage of the source"),
    "by_bit_source": Variable(("output", "col"), "S", "derivative by the voltage of the source"),
})  # fmt: skip


def to_dataset(found: StepSensitivity) -> xr.Dataset:
    """All of it over row, col, output and end; lines without resistance have no segments there.

    Attributes: study, step, kind and scheme of the pulse, what is held, how it was solved, whether cells are resistors.
    """
    solution, maps, bar = found.solution, found.maps, found.study.crossbar
    network, ends = solution.network, 1 / solution.ends.conductance
    values: dict[str, object] = {
        "i_word": solution.word_ends, "i_sense": solution.sense,
        "i_word_error": solution.word_ends_error, "i_sense_error": solution.bit_ends_error,
        "v_cell": solution.word - solution.bit, "i_cell": solution.cells, "g_cell": found.conductances,
        "r_word_end": ends[:, : bar.rows], "r_bit_end": ends[:, bar.rows :],
        "current": [one.current for one in maps], "error": [one.error for one in maps],
        "by_cell": [one.cells for one in maps],
        "by_word_end": [one.word_ends for one in maps], "by_bit_end": [one.bit_ends for one in maps],
        "by_word_source": [one.word_sources for one in maps], "by_bit_source": [one.bit_sources for one in maps],
    }  # fmt: skip
    if bar.r_word > 0:
        values["r_word_segment"] = 1 / network.word_segments().conductance
        values["by_word_segment"] = [one.word_segments for one in maps]
    if bar.r_bit > 0:
        values["r_bit_segment"] = 1 / network.bit_segments().conductance
        values["by_bit_segment"] = [one.bit_segments for one in maps]
    if all(one.linear for one in maps):
        values["corrected"], values["corrected_error"] = zip(*(one.corrected or () for one in maps), strict=True)
    return xr.Dataset(
        {name: VARIABLES[name].entry(np.asarray(given)) for name, given in values.items()},
        coords={
            "row": np.arange(bar.rows), "col": np.arange(bar.cols), "output": [str(one.output) for one in maps],
            "end": ["near", "far"][: len(ends)],
        },
        attrs=_about(found),
    )  # fmt: skip


def as_data(found: StepSensitivity, most: int) -> dict[str, object]:
    """For JSON: all output currents with their bounds, and of each output the `most` elements that do most to it."""
    solution = found.solution
    return {
        **_about(found),
        "currents": {"word": _currents(solution, "word"), "bit": _currents(solution, "bit")},
        "outputs": [
            {
                "output": str(one.output), "current": one.current, "error": one.error,
                "corrected": one.corrected and {"current": one.corrected[0], "error": one.corrected[1]},
                "elements": [element.as_dict() for element in strongest(one, found.conductances, most)],
            }
            for one in found.maps
        ],
    }  # fmt: skip


def _about(found: StepSensitivity) -> dict[str, str | int]:
    return {
        "study": found.study.name, "step": found.phase.step, "kind": found.phase.kind, "scheme": found.phase.scheme,
        "pulses_before": found.before, "cells": "resistors" if found.ohmic else "operating point",
        "held": found.maps[0].held, "method": found.solution.method,
    }  # fmt: skip


def _currents(solution: StaticSolution, side: str) -> list[dict[str, float]]:
    values = solution.word_ends if side == "word" else solution.sense
    return [
        {"line": line, "current": float(current), "error": float(error)}
        for line, (current, error) in enumerate(zip(values, getattr(solution, f"{side}_ends_error"), strict=True))
    ]
