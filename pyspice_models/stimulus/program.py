"""Programs laid out in time: from steps to the waveforms of all lines, and the windows that measures look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.kinds import Transistor
from pyspice_models.stimulus.drive.traces import Traces
from pyspice_models.stimulus.lines import Lines
from pyspice_models.stimulus.phase import SENSING, TRANSPOSED, Phase
from pyspice_models.stimulus.phases import phases_of
from pyspice_models.stimulus.rails import Rail, Rails
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.timeline import Pulse, Stretch, Timeline
from pyspice_models.stimulus.waveform import Waveform

_RESTARTS = (0.05, 0.15, 0.4)  # as shares of a read
_TOGETHER = 1000  # pulses that are laid out between two words about progress

Progress = Callable[[int], None]
"""Is told how many pulses are laid out so far."""


@dataclass(frozen=True)
class Window:
    """The time that one step, or one phase of it, takes.

    Attributes:
        kind: "write", "half_select" (pulses on one side alone), "read", "vmm", "apply", "drive", "wait", or what a step
            of one's own calls its phases.
        start, stop: [s]; windows follow each other without gaps.
        settled: a moment late on the last pulse's plateau, where currents are measured [s].
        pulse_end: moment at which the last pulse has fallen to half [s].
        rows, cols: the cells it is aimed at, where these rows cross these columns.
        voltage: of the pulses [V].
        scheme: bias scheme, "" for none; "transposed" for a product whose inputs are bit lines.
        pulses: how many.
        width: of one pulse at half height, or of the waves of a drive, which count as one pulse [s].
        gap: rest after each pulse [s].
        step: number of the step of the program that it belongs to.
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
    step: int = 0

    def __post_init__(self) -> None:
        """Lists, as JSON gives them, become tuples."""
        object.__setattr__(self, "rows", tuple(int(row) for row in self.rows))
        object.__setattr__(self, "cols", tuple(int(col) for col in self.cols))

    @property
    def sensed(self) -> tuple[str, tuple[int, ...]]:
        """The side whose currents are sensed, "word" or "bit", and its lines that are."""
        return ("word", self.rows) if self.scheme == TRANSPOSED else ("bit", self.cols)

    @property
    def aim(self) -> str:
        """The cells as text, `"(3, 4)"` or `"(3, 8 columns)"`; "" where it is aimed at none."""
        if not self.rows and not self.cols:
            return ""
        return f"({_named(self.rows, 'rows')}, {_named(self.cols, 'columns')})"


def _named(lines: tuple[int, ...], what: str) -> str:
    return str(lines[0]) if len(lines) == 1 else f"{len(lines)} {what}"


@dataclass(frozen=True)
class Schedule:
    """A program laid out in time, for one size of array.

    Lines that are driven alike share one waveform.

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
        samples: moments at which a program wants results; simulators restart there too [s].
        rails: with drivers of kind `rail` what switches the lines, ground first; else none. `word`, `bit` and `gate`
            are then what is wanted of the lines.
    """

    word: list[Waveform]
    bit: list[Waveform]
    word_gate: list[Waveform]
    bit_gate: list[Waveform]
    gate: list[Waveform]
    windows: list[Window] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)
    rails: list[Rail] = field(default_factory=list)
    samples: list[float] = field(default_factory=list)

    @property
    def stop(self) -> float:
        """End of the last window [s]."""
        return self.windows[-1].stop

    @property
    def corners(self) -> list[float]:
        """All moments at which some source has a corner, in order [s]."""
        switches = [wave for rail in self.rails for wave in (*rail.word, *rail.bit, *rail.gate)]
        every = switches or (*self.word, *self.bit, *self.word_gate, *self.bit_gate, *self.gate)
        waves = {id(w): w for w in every}
        return sorted({time for wave in waves.values() for time in wave.times})

    @property
    def finest(self) -> float:
        """The shortest way from one bend to the next [s]: of an edge, as a rule."""
        return min(stretch.length for stretch in self.stretches if stretch.bends)

    @property
    def shortest_pulse(self) -> float:
        """Width of the shortest pulse or read [s]; the whole time if there is none."""
        return min(self.stop, min(stretch.width for stretch in self.stretches))


def schedule(crossbar: Crossbar, program: Sequence[Step], progress: Progress | None = None) -> Schedule:
    """Lay `program` out in time.

    Args:
        crossbar: that it is done to.
        program: the steps.
        progress: is told about progress.

    Raises:
        RequestError: an empty program, a line outside the array, a vector or pattern of the wrong size, an unknown
            scheme or one that array or step contradict, an update of no cell, a pulse not longer than its edge.
    """
    return laid_out(crossbar, phases_of(crossbar, program), progress)


def laid_out(crossbar: Crossbar, phases: Iterable[Phase], progress: Progress | None = None) -> Schedule:
    """The same from phases."""
    layout = _Layout(crossbar, progress)
    for phase in phases:
        layout.append(phase)
    return layout.schedule()


def _on_rails(crossbar: Crossbar) -> bool:
    return crossbar.driver.kind == "rail"


class _Layout:
    """A schedule in the making."""

    def __init__(self, crossbar: Crossbar, progress: Progress | None) -> None:
        selector = crossbar.selector
        self._edge, self._progress, self._pulses = crossbar.driver.t_edge, progress, 0
        self._timeline = Timeline()
        self._word, self._bit = Lines(crossbar.rows), Lines(crossbar.cols)
        self._word_gate, self._bit_gate = Lines(crossbar.rows, rest=1.0), Lines(crossbar.cols, rest=1.0)
        self._v_gate = selector.v_gate if isinstance(selector, Transistor) else 0.0
        self._gate = Lines(crossbar.cols if isinstance(selector, Transistor) else 0)
        self._rails = Rails(crossbar.rows, crossbar.cols, len(self._gate.waves)) if _on_rails(crossbar) else None
        self._windows: list[Window] = []
        self._restarts: list[float] = []
        self._samples: list[float] = []

    def append(self, phase: Phase) -> None:
        """Append one phase to the waveforms and its window to the windows."""
        timeline, start = self._timeline, self._timeline.now
        if phase.traces is not None:
            self._follow(phase, phase.traces)
            return
        if phase.bias is None:
            stop = timeline.rest(phase.width)
            self._windows.append(Window(phase.kind, start, stop, stop, stop, step=phase.step))
            return
        for first in range(0, phase.pulses, _TOGETHER):
            pulses = [self._pulse(phase) for _ in range(min(_TOGETHER, phase.pulses - first))]
            for lines, levels in (
                (self._word, phase.bias.word),
                (self._bit, phase.bias.bit),
                (self._word_gate, phase.bias.word_driven),
                (self._bit_gate, phase.bias.bit_driven),
                (self._gate, self._v_gate * phase.bias.gates[: len(self._gate.waves)]),
            ):
                lines.pulse(pulses, levels)
            if self._rails is not None:
                self._rails.pulse(pulses, phase.bias, self._v_gate * phase.bias.gates[: len(self._gate.waves)])
            self._pulses += len(pulses)
            if self._progress is not None:
                self._progress(self._pulses)
        pulse = pulses[-1]
        self._windows.append(
            Window(
                phase.kind, start, timeline.now, pulse.settled, pulse.end + (pulse.fallen - pulse.end) / 2,
                tuple(phase.rows), tuple(phase.cols), phase.voltage, phase.scheme, phase.pulses, phase.width,
                phase.gap, phase.step,
            )
        )  # fmt: skip

    def _follow(self, phase: Phase, traces: Traces) -> None:
        """Waves of a user's own."""
        times = self._timeline.trace(traces.moments, traces.widths)
        for lines, laid in zip((self._word, self._bit, self._gate), traces.sides, strict=True):
            lines.trace(times, laid)
        samples = times[traces.samples].tolist()
        self._samples += samples
        self._restarts += [time for time in samples if time > 0]
        self._pulses += 1
        settled = float(times[traces.settled])
        self._windows.append(
            Window(
                phase.kind, float(times[0]), float(times[-1]), settled, settled, tuple(phase.rows), tuple(phase.cols),
                phase.voltage, phase.scheme, 1, phase.width, step=phase.step,
            )
        )  # fmt: skip

    def _pulse(self, phase: Phase) -> Pulse:
        """The moments of one pulse; the timeline goes on to the end of the gap behind it."""
        timeline = self._timeline
        restarts = [timeline.ahead(share, phase.width) for share in _RESTARTS if phase.kind in SENSING]
        pulse = timeline.pulse(phase.width, self._edge, halves=self._rails is not None)
        # two of them a rounding apart are more than a simulator can part
        self._restarts.extend(r for r in restarts if min(abs(r - moment) for moment in pulse[:5]) > 0.1 * self._edge)
        timeline.rest(phase.gap)
        return pulse

    def schedule(self) -> Schedule:
        """All of it."""
        return Schedule(
            self._word.waves, self._bit.waves, self._word_gate.waves, self._bit_gate.waves, self._gate.waves,
            self._windows, self._timeline.stretches, self._restarts, self._rails.done() if self._rails else [],
            self._samples,
        )  # fmt: skip
