"""Programs laid out in time: from steps to the waveforms of all lines, and the windows that measures look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.bench.scheme import Bias, read_bias, vector_bias, write_bias
from pyspice_models.bench.steps import ALL, Apply, RankOne, Read, ReadAll, Step, Vmm, Wait, Which, Write, WritePattern
from pyspice_models.bench.timeline import Pulse, Stretch, Timeline
from pyspice_models.bench.waveform import Waveform
from pyspice_models.errors import RequestError
from pyspice_models.params import TransistorParams

_RESTARTS = (0.05, 0.15, 0.4)  # as shares of a read


@dataclass(frozen=True)
class Window:
    """The time that one step, or one phase of it, takes.

    Attributes:
        kind: "write", "read", "vmm", "apply" or "wait".
        start, stop: [s]; windows follow each other without gaps.
        settled: a moment late on the last pulse's plateau, where currents are measured [s].
        pulse_end: moment at which the last pulse has fallen to half [s].
        rows, cols: the cells it is aimed at, where these rows cross these columns.
        voltage: of the pulses [V].
        scheme: bias scheme, "" for none.
        pulses: how many.
        width: of one pulse at half height [s].
        gap: rest after each pulse [s].
    """

    kind: str
    start: float
    stop: float
    settled: float
    pulse_end: float
    rows: tuple[int, ...] = ()
    cols: tuple[int, ...] = ()
    voltage: float = 0.0
    scheme: str = ""
    pulses: int = 0
    width: float = 0.0
    gap: float = 0.0

    def __post_init__(self) -> None:
        """Lists, as JSON gives them, become tuples."""
        object.__setattr__(self, "rows", tuple(int(row) for row in self.rows))
        object.__setattr__(self, "cols", tuple(int(col) for col in self.cols))

    @property
    def aim(self) -> str:
        """The cells as text, `"(3, 4)"` or `"(3, 8 columns)"`."""
        return f"({_named(self.rows, 'rows')}, {_named(self.cols, 'columns')})"


def _named(lines: tuple[int, ...], what: str) -> str:
    return str(lines[0]) if len(lines) == 1 else f"{len(lines)} {what}"


@dataclass(frozen=True)
class Schedule:
    """A program laid out in time, for one size of array.

    Attributes:
        word, bit: source voltage of every line.
        word_gate, bit_gate: 1 while the line is driven, 0 while it floats.
        gate: voltage of the gate line beside every bit line; empty without transistors.
        windows: one for each step, or for each row or phase of it.
        stretches: the same time, from each moment at which a source may bend to the next.
        restarts: moments inside the plateaus of the reads at which a simulator should restart its integration [s].
            Trapezoidal integration never damps what the edge left on the line capacitances: the current alternates
            about its true value from step to step. The step after a restart is backward Euler, which ends that; two
            or three are enough. Nothing else happens at these moments.
    """

    word: list[Waveform]
    bit: list[Waveform]
    word_gate: list[Waveform]
    bit_gate: list[Waveform]
    gate: list[Waveform]
    windows: list[Window] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)

    @property
    def stop(self) -> float:
        """End of the last window [s]."""
        return self.windows[-1].stop

    @property
    def corners(self) -> list[float]:
        """All moments at which some source has a corner, in order [s]."""
        waves = [*self.word, *self.bit, *self.word_gate, *self.bit_gate, *self.gate]
        return sorted({time for wave in waves for time in wave.times})

    @property
    def finest(self) -> float:
        """The shortest way from one bend to the next [s]: of an edge, as a rule."""
        return min(stretch.length for stretch in self.stretches if stretch.bends)

    @property
    def shortest_pulse(self) -> float:
        """Width of the shortest pulse or read [s]; the whole time if there is none."""
        return min((w.width for w in self.windows if w.pulses), default=self.stop)


def schedule(crossbar: Crossbar, program: Sequence[Step]) -> Schedule:
    """Lay `program` out in time.

    Raises:
        RequestError: an empty program, a line outside the array, a vector or pattern of the wrong size, an unknown
            scheme or one that array or step contradict, an update of no cell, a pulse not longer than its edge.
    """
    if not program:
        raise RequestError("the program has no steps; give at least one write or read")
    transistors = isinstance(crossbar.selector, TransistorParams)
    timeline = Timeline()
    plan = Schedule(
        word=[Waveform() for _ in range(crossbar.rows)],
        bit=[Waveform() for _ in range(crossbar.cols)],
        word_gate=[Waveform(rest=1.0) for _ in range(crossbar.rows)],
        bit_gate=[Waveform(rest=1.0) for _ in range(crossbar.cols)],
        gate=[Waveform() for _ in range(crossbar.cols)] if transistors else [],
        stretches=timeline.stretches,
    )
    for number, step in enumerate(program):
        for phase in _phases(crossbar, step, where=f"program[{number}]"):
            _lay(plan, phase, crossbar, timeline)
    return plan


@dataclass(frozen=True)
class _Phase:
    """One kind of pulse, and what it is for."""

    kind: str
    width: float
    bias: Bias | None = None
    rows: Sequence[int] = ()
    cols: Sequence[int] = ()
    voltage: float = 0.0
    scheme: str = ""
    pulses: int = 1
    gap: float = 0.0


def _phases(crossbar: Crossbar, step: Step, where: str) -> Iterator[_Phase]:
    edge, shape = crossbar.driver.t_edge, crossbar.shape
    every_row, every_col = range(shape[0]), range(shape[1])
    if isinstance(step, Wait):
        yield _Phase("wait", step.duration)
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
        yield _Phase("write", width, bias, rows, cols, step.voltage, step.scheme, step.pulses, step.gap)
    elif isinstance(step, WritePattern):
        target = np.array(step.target, dtype=int)
        if target.shape != shape:
            raise RequestError.for_value(f"{where}.target's shape", target.shape, allowed=f"{shape}, rows x columns")
        for value, volt in ((1, step.voltage), (0, -step.voltage)):
            for row in every_row:
                if len(cols := np.flatnonzero(target[row] == value).tolist()):
                    bias = write_bias(step.scheme, shape, [row], cols, volt)
                    yield _Phase("write", width, bias, [row], cols, volt, step.scheme, step.pulses, step.gap)
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
        yield _Phase("read", width, bias, [row], cols, step.voltage, step.scheme)
    elif isinstance(step, ReadAll):
        if step.scheme == "float-bits":
            _check_rest(shape, [0], every_col, step.scheme, where)
        for row in every_row:
            bias = read_bias(step.scheme, shape, row, every_col, step.voltage)
            yield _Phase("read", width, bias, [row], every_col, step.voltage, step.scheme)
    elif isinstance(step, Vmm):
        inputs = step.inputs or (1.0,) * shape[0]
        _check_size(f"{where}.inputs", inputs, shape[0])
        bias = vector_bias([step.voltage * value for value in inputs], [0.0] * shape[1])
        yield _Phase("vmm", width, bias, every_row, every_col, step.voltage)
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
        yield _Phase("apply", width, bias, every_row, every_col, max(map(abs, (*step.word, *step.bit))), gap=step.gap)


def _rank_one(step: RankOne) -> Iterator[_Phase]:
    word, bit = np.array(step.word), np.array(step.bit)
    for word_sign in (1, -1):
        for bit_sign in (1, -1):
            rows, cols = np.flatnonzero(word == word_sign).tolist(), np.flatnonzero(bit == bit_sign).tolist()
            if rows and cols:
                volt = word_sign * bit_sign * step.voltage
                words, bits = np.where(word == word_sign, volt / 2, 0.0), np.where(bit == bit_sign, -volt / 2, 0.0)
                bias = vector_bias(words.tolist(), bits.tolist(), gates=cols)
                yield _Phase("write", step.width, bias, rows, cols, volt, "coincidence", gap=step.gap)


def _lines(which: Which, size: int, where: str) -> list[int]:
    if which == ALL:
        return list(range(size))
    lines = list(which) if isinstance(which, tuple) else [which]
    for line in lines:
        if not 0 <= line < size:  # type: ignore[operator]  # whole numbers by then
            raise RequestError.for_value(where, line, allowed=f"a whole number from 0 to {size - 1}")
    if len(set(lines)) < len(lines):
        raise RequestError.for_value(where, which, allowed="each line once")
    return lines  # type: ignore[return-value]


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


def _lay(plan: Schedule, phase: _Phase, crossbar: Crossbar, timeline: Timeline) -> None:
    """Append one phase to the waveforms and its window to the windows."""
    start, edge = timeline.now, crossbar.driver.t_edge
    if phase.bias is None:
        stop = timeline.rest(phase.width)
        plan.windows.append(Window("wait", start, stop, stop, stop))
        return
    for _ in range(phase.pulses):
        restarts = [timeline.ahead(share, phase.width) for share in _RESTARTS if phase.kind in {"read", "vmm"}]
        pulse = timeline.pulse(phase.width, edge)
        # two of them a rounding apart are more than a simulator can part
        plan.restarts.extend(r for r in restarts if min(abs(r - moment) for moment in pulse) > 0.1 * edge)
        _pulse(plan, phase.bias, pulse, crossbar)
        timeline.rest(phase.gap)
    plan.windows.append(
        Window(
            phase.kind, start, timeline.now, pulse.settled, pulse.end + (pulse.fallen - pulse.end) / 2,
            tuple(phase.rows), tuple(phase.cols), phase.voltage, phase.scheme, phase.pulses, phase.width, phase.gap,
        )
    )  # fmt: skip


def _pulse(plan: Schedule, bias: Bias, pulse: Pulse, crossbar: Crossbar) -> None:
    v_gate = crossbar.selector.v_gate if isinstance(crossbar.selector, TransistorParams) else 0.0
    for waves, levels in (
        (plan.word, bias.word),
        (plan.bit, bias.bit),
        (plan.word_gate, bias.word_driven),
        (plan.bit_gate, bias.bit_driven),
        (plan.gate, v_gate * bias.gates[: len(plan.gate)]),
    ):
        for wave, level in zip(waves, levels, strict=True):
            wave.pulse(pulse, float(level))
