"""Programs: steps such as "write this cell, read that row", and the line waveforms they become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pyspice_models.array import Crossbar
from pyspice_models.bench.scheme import Bias, read_bias, write_bias
from pyspice_models.bench.waveform import Waveform
from pyspice_models.errors import RequestError
from pyspice_models.params import ParameterSet, quantity

MAX_PULSES = 100_000


@dataclass(frozen=True)
class Write(ParameterSet):
    """Pulses across one cell; a positive voltage sets it, a negative one resets it.

    Attributes:
        row, col: the cell.
        pulses: how many.
        scheme: "V/2" or "V/3".
    """

    row: int = 0
    col: int = 0
    pulses: int = 1
    scheme: str = "V/2"
    voltage: float = quantity(
        0.3,
        "V",
        low=-5,
        high=5,
        tag="measured",
        source="Table S1",
        about="word line to bit line during the pulse",
    )
    width: float = quantity(
        1e-6,
        "s",
        above=0,
        high=10,
        tag="measured",
        source="Table S1",
        about="pulse width at half height",
    )
    gap: float = quantity(
        0.0,
        "s",
        low=0,
        high=1e6,
        tag="assumed",
        source="none: the read that follows shows the recovery",
        about="rest at 0 V after each pulse",
    )


@dataclass(frozen=True)
class Read(ParameterSet):
    """Read one cell, or with `col` None a whole row at once.

    Attributes:
        row, col: what to read.
        scheme: "grounded" or "floating".
    """

    row: int = 0
    col: int | None = None
    scheme: str = "grounded"
    voltage: float = quantity(
        5e-3,
        "V",
        low=-1,
        high=1,
        tag="measured",
        source="S14a",
        about="read voltage on the word line",
    )
    duration: float = quantity(
        10e-6,
        "s",
        above=0,
        high=1e5,
        tag="assumed",
        source="twice the 5 us of the recovery (Note S1)",
        about="length of the read at half height",
    )


@dataclass(frozen=True)
class ReadAll(ParameterSet):
    """Read every row, one after the other.

    Attributes:
        scheme: "grounded" or "floating".
    """

    scheme: str = "grounded"
    voltage: float = quantity(5e-3, "V", low=-1, high=1, tag="measured", source="S14a", about="read voltage")
    duration: float = quantity(
        10e-6,
        "s",
        above=0,
        high=1e5,
        tag="assumed",
        source="as Read",
        about="length of the read of one row",
    )


@dataclass(frozen=True)
class Wait(ParameterSet):
    """All lines at 0 V."""

    duration: float = quantity(
        1e-6,
        "s",
        above=0,
        high=1e6,
        tag="assumed",
        source="choice of the user",
        about="how long",
    )


Step = Write | Read | ReadAll | Wait


@dataclass(frozen=True)
class Window:
    """The time that one step takes.

    Attributes:
        kind: "write", "read" or "wait".
        start, stop: [s]; windows follow each other without gaps.
        settled: last moment of the last pulse's plateau [s].
        pulse_end: moment at which the last pulse has fallen to half [s].
        row, col: cell or row concerned; -1 where there is none (a wait) or all (every column of a row).
        voltage: of the pulses [V].
        scheme: bias scheme, "" for a wait.
        pulses: how many.
        width: of one pulse at half height [s].
    """

    kind: str
    start: float
    stop: float
    settled: float
    pulse_end: float
    row: int = -1
    col: int = -1
    voltage: float = 0.0
    scheme: str = ""
    pulses: int = 0
    width: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """A program laid out in time, for one size of array.

    Attributes:
        word, bit: source voltage of every line.
        word_gate, bit_gate: 1 while the line is driven, 0 while it floats.
        windows: one per step (one per row for a ReadAll).
    """

    word: list[Waveform]
    bit: list[Waveform]
    word_gate: list[Waveform]
    bit_gate: list[Waveform]
    windows: list[Window] = field(default_factory=list)

    @property
    def restarts(self) -> list[float]:
        """Moments inside the plateaus of the reads at which a simulator should restart its integration [s].

        Trapezoidal integration never damps what the edge left on the line capacitances: the current alternates about
        its true value from step to step. The step after a restart is backward Euler, which ends that; two or three
        are enough. Nothing else happens at these moments.
        """
        return [
            window.start + share * window.width
            for window in self.windows
            if window.kind == "read"
            for share in (0.05, 0.15, 0.4)
        ]

    @property
    def stop(self) -> float:
        """End of the last window [s]."""
        return self.windows[-1].stop

    @property
    def corners(self) -> list[float]:
        """All moments at which some source has a corner or the integration restarts, in order [s]."""
        waves = [*self.word, *self.bit, *self.word_gate, *self.bit_gate]
        return sorted({time for wave in waves for time in wave.times} | set(self.restarts))

    @property
    def shortest_pulse(self) -> float:
        """Width of the shortest pulse or read [s]; the whole time if there is none."""
        return min((w.width for w in self.windows if w.pulses), default=self.stop)


def schedule(crossbar: Crossbar, program: Sequence[Step]) -> Schedule:
    """Lay `program` out in time.

    Raises:
        RequestError: an empty program, a cell outside the array, an unknown scheme, a pulse not longer than its edge.
    """
    if not program:
        raise RequestError("the program has no steps; give at least one write or read")
    plan = Schedule(
        word=[Waveform() for _ in range(crossbar.rows)],
        bit=[Waveform() for _ in range(crossbar.cols)],
        word_gate=[Waveform(rest=1.0) for _ in range(crossbar.rows)],
        bit_gate=[Waveform(rest=1.0) for _ in range(crossbar.cols)],
    )
    now = 0.0
    for number, step in enumerate(program):
        for window, bias in _windows(crossbar, step, now, where=f"program[{number}]"):
            if bias is not None:
                _lay(plan, bias, window, crossbar.driver.t_edge)
            plan.windows.append(window)
            now = window.stop
    return plan


def _windows(crossbar: Crossbar, step: Step, start: float, where: str) -> list[tuple[Window, Bias | None]]:
    edge = crossbar.driver.t_edge
    if isinstance(step, Wait):
        stop = start + step.duration
        return [(Window("wait", start, stop, stop, stop), None)]
    width = step.width if isinstance(step, Write) else step.duration
    if width <= edge:
        raise RequestError.for_value(
            f"{where}.{'width' if isinstance(step, Write) else 'duration'}", width, unit="s",
            allowed=f"> driver.t_edge, {edge:g}",
        )  # fmt: skip
    if isinstance(step, Write):
        _check_cell(crossbar, step.row, step.col, where)
        if isinstance(step.pulses, bool) or not isinstance(step.pulses, int) or not 1 <= step.pulses <= MAX_PULSES:
            raise RequestError.for_value(f"{where}.pulses", step.pulses, allowed=f"a whole number, 1 to {MAX_PULSES}")
        period = width + edge + step.gap
        last = start + (step.pulses - 1) * period
        window = Window(
            "write", start, start + step.pulses * period, last + width, last + width + edge / 2, step.row, step.col,
            step.voltage, step.scheme, step.pulses, width,
        )  # fmt: skip
        return [(window, write_bias(step.scheme, crossbar.shape, step.row, step.col, step.voltage))]
    if isinstance(step, Read):
        _check_cell(crossbar, step.row, 0 if step.col is None else step.col, where)
    rows = range(crossbar.rows) if isinstance(step, ReadAll) else [step.row]
    col = None if isinstance(step, ReadAll) else step.col
    windows: list[tuple[Window, Bias | None]] = []
    for row in rows:
        window = Window(
            "read", start, start + width + edge, start + width, start + width + edge / 2, row,
            -1 if col is None else col, step.voltage, step.scheme, 1, width,
        )  # fmt: skip
        windows.append((window, read_bias(step.scheme, crossbar.shape, row, col, step.voltage)))
        start = window.stop
    return windows


def _check_cell(crossbar: Crossbar, row: int, col: int, where: str) -> None:
    try:
        crossbar.check_index(row, col)
    except RequestError as error:
        raise RequestError(f"{where}.{error}") from None


def _lay(plan: Schedule, bias: Bias, window: Window, edge: float) -> None:
    period = (window.stop - window.start) / window.pulses
    for pulse in range(window.pulses):
        start = window.start + pulse * period
        for waves, levels in ((plan.word, bias.word), (plan.bit, bias.bit)):
            for wave, level in zip(waves, levels, strict=True):
                wave.pulse(start, window.width, edge, float(level))
        for gates, driven in ((plan.word_gate, bias.word_driven), (plan.bit_gate, bias.bit_driven)):
            for gate, on in zip(gates, driven, strict=True):
                gate.pulse(start, window.width, edge, float(on))
