"""The phases of a program: its steps taken apart to pulses of one kind each, and checked against the array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.scheme import Bias, read_bias, vector_bias, write_bias
from pyspice_models.stimulus.steps import (
    ALL,
    Apply,
    RankOne,
    Read,
    ReadAll,
    Step,
    Vmm,
    Wait,
    Which,
    Write,
    WritePattern,
)


@dataclass(frozen=True)
class Phase:
    """Equal pulses one after another, and what they are for; or a rest.

    Attributes:
        kind: see `Window`.
        width: of one pulse at half height, or of the rest [s].
        bias: voltages of all lines during a pulse; None for a rest.
        rows, cols: the cells it is aimed at, where these rows cross these columns.
        voltage, scheme, pulses, gap, step: see `Window`.
    """

    kind: str
    width: float
    bias: Bias | None = None
    rows: Sequence[int] = ()
    cols: Sequence[int] = ()
    voltage: float = 0.0
    scheme: str = ""
    pulses: int = 1
    gap: float = 0.0
    step: int = 0


def phases_of(crossbar: Crossbar, program: Sequence[Step]) -> Iterator[Phase]:
    """The phases of a whole program in order, each made when it is asked for.

    Raises:
        RequestError: see `schedule`.
    """
    if not program:
        raise RequestError("the program has no steps; give at least one write or read")
    for number, step in enumerate(program):
        for phase in phases(crossbar, step, where=f"program[{number}]"):
            yield replace(phase, step=number)


def phases(crossbar: Crossbar, step: Step, where: str) -> Iterator[Phase]:
    """The phases of one step, called `where` in an error."""
    edge, shape = crossbar.driver.t_edge, crossbar.shape
    every_row, every_col = range(shape[0]), range(shape[1])
    if isinstance(step, Wait):
        yield Phase("wait", step.duration)
        return
    name = "width" if isinstance(step, (Write, WritePattern, RankOne, Apply)) else "duration"
    width = float(getattr(step, name))
    if width <= edge:
        raise RequestError.for_value(f"{where}.{name}", width, unit="s", allowed=f"> driver.t_edge, {edge:g}")
    if isinstance(step, Write):
        rows = _lines(step.row, shape[0], f"{where}.row")
        cols = _lines(step.col, shape[1], f"{where}.col")
        bias = write_bias(step.scheme, shape, rows, cols, step.voltage)
        _check_rest(shape, rows, cols, step.scheme, where)
        yield Phase("write", width, bias, rows, cols, step.voltage, step.scheme, step.pulses, step.gap)
    elif isinstance(step, WritePattern):
        target = np.array(step.target, dtype=int)
        if target.shape != shape:
            raise RequestError.for_value(f"{where}.target's shape", target.shape, allowed=f"{shape}, rows x columns")
        for value, volt in ((1, step.voltage), (0, -step.voltage)):
            for row in every_row:
                if len(cols := np.flatnonzero(target[row] == value).tolist()):
                    bias = write_bias(step.scheme, shape, [row], cols, volt)
                    yield Phase("write", width, bias, [row], cols, volt, step.scheme, step.pulses, step.gap)
    elif isinstance(step, RankOne):
        _check_size(f"{where}.word", step.word, shape[0])
        _check_size(f"{where}.bit", step.bit, shape[1])
        if not (any(step.word) and any(step.bit)):
            side = "bit" if any(step.word) else "word"
            raise RequestError.for_value(
                f"{where}.{side}", getattr(step, side), allowed="a 1 or -1 somewhere: without one no cell is updated"
            )
        yield from _rank_one(step)
    elif isinstance(step, Read):
        (row,) = _lines(step.row, shape[0], f"{where}.row")
        cols = list(every_col) if step.col is None else _lines(step.col, shape[1], f"{where}.col")
        bias = read_bias(step.scheme, shape, row, cols, step.voltage)
        if step.scheme == "float-bits":
            _check_rest(shape, [row], cols, step.scheme, where)
        yield Phase("read", width, bias, [row], cols, step.voltage, step.scheme)
    elif isinstance(step, ReadAll):
        if step.scheme == "float-bits":
            _check_rest(shape, [0], every_col, step.scheme, where)
        for row in every_row:
            bias = read_bias(step.scheme, shape, row, every_col, step.voltage)
            yield Phase("read", width, bias, [row], every_col, step.voltage, step.scheme)
    elif isinstance(step, Vmm):
        inputs = step.inputs or (1.0,) * shape[0]
        _check_size(f"{where}.inputs", inputs, shape[0])
        bias = vector_bias([step.voltage * value for value in inputs], [0.0] * shape[1])
        yield Phase("vmm", width, bias, every_row, every_col, step.voltage)
    else:
        _check_size(f"{where}.word", step.word, shape[0])
        _check_size(f"{where}.bit", step.bit, shape[1])
        float_words = _lines(step.float_words, shape[0], f"{where}.float_words")
        float_bits = _lines(step.float_bits, shape[1], f"{where}.float_bits")
        gates = _lines(step.gates, shape[1], f"{where}.gates")
        if step.gates != ALL and not isinstance(crossbar.selector, TransistorParams):
            raise RequestError(
                f"{where}.gates = {step.gates!r} needs transistors, and the array is {crossbar.kind}: add a "
                "[transistor] table, or leave gates out."
            )
        bias = vector_bias(step.word, step.bit, float_words=float_words, float_bits=float_bits, gates=gates)
        yield Phase("apply", width, bias, every_row, every_col, max(map(abs, (*step.word, *step.bit))), gap=step.gap)


def _rank_one(step: RankOne) -> Iterator[Phase]:
    word, bit = np.array(step.word), np.array(step.bit)
    for word_sign in (1, -1):
        for bit_sign in (1, -1):
            rows, cols = np.flatnonzero(word == word_sign).tolist(), np.flatnonzero(bit == bit_sign).tolist()
            if rows and cols:
                volt = word_sign * bit_sign * step.voltage
                words, bits = np.where(word == word_sign, volt / 2, 0.0), np.where(bit == bit_sign, -volt / 2, 0.0)
                bias = vector_bias(words.tolist(), bits.tolist(), gates=cols)
                yield Phase("write", step.width, bias, rows, cols, volt, "coincidence", gap=step.gap)


def _lines(which: Which, size: int, where: str) -> list[int]:
    if which == ALL:
        return list(range(size))
    lines = list(which) if isinstance(which, tuple) else [which]
    for line in lines:
        if not 0 <= line < size:  # type: ignore[operator]  # whole numbers by then
            raise RequestError.for_value(where, line, allowed=f"a whole number from 0 to {size - 1}")
    if len(set(lines)) < len(lines):
        raise RequestError.for_value(where, which, allowed="each line once")
    return sorted(int(line) for line in lines)


def _check_size(where: str, vector: Sequence[float], size: int) -> None:
    if len(vector) != size:
        raise RequestError.for_value(f"length of {where}", len(vector), allowed=f"{size}, one for each line")


def _check_rest(shape: tuple[int, int], rows: Sequence[int], cols: Sequence[int], scheme: str, where: str) -> None:
    """Refuse a scheme that floats unselected lines where several lines are selected and none is left over."""
    for side, chosen, size in (("word", rows, shape[0]), ("bit", cols, shape[1])):
        floats = scheme == "floating" or scheme.endswith(f"float-{side}s")
        if floats and len(chosen) == size > 1:
            raise RequestError(
                f"{where}.scheme = {scheme!r} leaves the unselected {side} lines floating, and all {size} are "
                "selected: choose fewer, or another scheme."
            )
