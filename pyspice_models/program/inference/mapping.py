"""Weights as levels of cells: which cell of which array stands for which weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.program.inference.request import InferenceParams

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Block:
    """The part of a layer that stands on one array.

    Attributes:
        name: of the array, such as "layer 0, from (0, 0)".
        rows, outputs: which inputs and outputs of the layer.
        levels: of the cells, shares of the nominal window, shape (rows, cols).
        paired: whether columns 2 k and 2 k + 1 are one output, or the last column is the reference of all others.
    """

    name: str
    rows: slice
    outputs: slice
    levels: Array
    paired: bool

    def difference(self, currents: Array) -> Array:
        """What is subtracted before anything is converted, from (vectors, cols) to (vectors, outputs)."""
        if self.paired:
            return np.asarray(currents[:, 0::2] - currents[:, 1::2])
        return np.asarray(currents[:, :-1] - currents[:, -1:])


@dataclass(frozen=True, eq=False)
class Mapped:
    """A layer on its arrays.

    Attributes:
        shape: (inputs, outputs), the bias among the inputs.
        scale: the weight of one cell, that at level 1 less that at level 0.
        blocks: see `Block`.
    """

    shape: tuple[int, int]
    scale: float
    blocks: list[Block]


def mapped(name: str, weights: Array, params: InferenceParams, largest: tuple[int, int]) -> Mapped:
    """Place a layer.

    The largest weight takes the whole range between the lowest and the highest level. In pairs w > 0 raises the first
    cell and w < 0 the second above the lowest level; with a reference, a bit line of cells at the middle level, w
    moves a cell up or down from there.

    Args:
        name: of the layer.
        weights: shape (inputs, outputs).
        params: see `InferenceParams`.
        largest: rows and columns of an array.

    Raises:
        RequestError: it does not fit the array, and may not be split.
    """
    inputs, outputs = weights.shape
    paired = params.mapping == "pairs"
    room = largest[1] // 2 if paired else largest[1] - 1
    cols = 2 * outputs if paired else outputs + 1
    if room < 1 or (not params.split and (inputs > largest[0] or outputs > room)):
        raise RequestError.for_value(
            f"size of {name}", f"{inputs} x {cols}", allowed=f"<= {largest[0]} x {largest[1]}",
            advice="That is the study's array. A bias takes a word line, a weight two bit lines in pairs, and a "
            "reference one bit line. Enlarge array.rows and array.cols, or set inference.split = true for several "
            "arrays, each of two bit lines or more.",
        )  # fmt: skip
    top, span = float(np.abs(weights).max()) or 1.0, params.high - params.low
    shares = weights / top
    if paired:
        both = np.stack([np.maximum(shares, 0), np.maximum(-shares, 0)], axis=2)
        levels, scale = params.low + span * both, top / span
    else:
        levels, scale = params.low + span * (1 + shares[:, :, None]) / 2, 2 * top / span
    blocks = []
    for row in range(0, inputs, largest[0]):
        for out in range(0, outputs, room):
            rows, outs = slice(row, min(row + largest[0], inputs)), slice(out, min(out + room, outputs))
            part = levels[rows, outs].reshape(rows.stop - row, -1)
            if not paired:
                part = np.hstack([part, np.full((len(part), 1), (params.low + params.high) / 2)])
            blocks.append(Block(f"{name}, from ({row}, {out})", rows, outs, part, paired))
    return Mapped((inputs, outputs), scale, blocks)
