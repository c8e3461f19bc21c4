"""Waveforms of a user's own on any lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.kinds import Transistor
from pyspice_models.declare.quantity import quantity
from pyspice_models.errors import RequestError
from pyspice_models.inputs.waves import wave_columns
from pyspice_models.numeric import real_array
from pyspice_models.stimulus.drive.names import line_name, line_named, lines_named
from pyspice_models.stimulus.drive.tables import wave_from
from pyspice_models.stimulus.drive.traces import traces_of
from pyspice_models.stimulus.drive.waves import LONGEST, TOP, Pwl, Wave, rounded
from pyspice_models.stimulus.phase import DRIVE, Phase
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.steps.fields import ALL, Which, take, which
from pyspice_models.stimulus.steps.fits import lines_of

MOST_SAMPLES = 100_000
"""Of one step."""

_MARGIN = 1e-9  # by which a share of the step may be beyond its end, as sums of decimals are


@dataclass(frozen=True)
class Drive(Step):
    """Waves of one's own on word and bit lines; a line without a wave stands at 0 V.

    Attributes:
        waves: for each line by its name, `wl0` or `bl3`, or `wl*` and `bl*` for all of a side, a wave of
            `stimulus/drive/waves.py` or a table of one, such as {"wave": "sine", "amplitude": "0.1 V"}. Where several
            name a line, one that names it alone counts.
        sample: moments at which results are wanted, from the step's start [s].
        gates: bit lines whose transistors conduct: a line, several, or "all"; only for 1T1R.
    """

    kind: ClassVar[str] = DRIVE
    traces: ClassVar[str] = "waves"

    waves: tuple[tuple[str, Wave], ...] = ()
    duration: float = quantity(
        0.0, "s", low=0, high=LONGEST, tag="assumed", source="choice of the user",
        about="of the waves; the step takes driver.t_edge more, in which all lines go back to 0 V; 0: until the last "
        "corner of any wave",
    )  # fmt: skip
    sample: tuple[float, ...] = ()
    every: float = quantity(
        0.0, "s", low=0, high=LONGEST, tag="assumed", source="choice of the user",
        about="results are wanted at all multiples of it, from the step's start to the end of the waves; 0: at none",
    )  # fmt: skip
    gates: Which = ALL

    def __post_init__(self) -> None:
        """Check the plain fields too."""
        super().__post_init__()
        given = self.waves.items() if isinstance(self.waves, Mapping) else self.waves
        if not given:
            raise RequestError('waves = {} is refused; allowed: a wave for a line or more, such as {"wl0": ...}.')
        waves = {str(name): wave_from(wave, f"waves.{name}") for name, wave in given}
        taken: dict[tuple[str, int | None], str] = {}
        for name in waves:
            line = line_named(name, "waves")
            if line in taken:
                raise RequestError(f"waves: {taken[line]!r} and {name!r} are the same line. Give one of them.")
            taken[line] = name
        named = [(line_name(side, n) if n is not None else f"{line_name(side, 0)[:-1]}*", name) for (side, n), name in
                 taken.items()]  # fmt: skip
        take(self, waves=tuple((plain, waves[name]) for plain, name in named), gates=which("gates", self.gates))
        moments = real_array(self.sample, "s", name="sample")
        if moments.ndim != 1 or not ((moments >= 0) & (moments <= LONGEST)).all():
            raise RequestError.for_value(
                "sample", self.sample, unit="s", allowed=f"a list of times from 0 to {LONGEST:g}"
            )
        take(self, sample=tuple(np.unique(rounded(moments, 15)).tolist()))
        self._check_duration()

    def _check_duration(self) -> None:
        last, name = max((wave.ends, name) for name, wave in self.waves)
        if not self.duration and not last:
            raise RequestError(
                "duration = 0 s is refused; allowed: > 0 s, as none of the waves ends by itself. Say how long they "
                "last."
            )
        if self.duration and last > self.duration * (1 + _MARGIN):
            raise RequestError(
                f"duration = {self.duration:g} s is refused; allowed: from {last:.12g} s on, where waves.{name} has "
                "its last corner. Make it longer, or cut the wave."
            )
        if self.sample and self.sample[-1] > self.lasts * (1 + _MARGIN):
            raise RequestError.for_value(
                "sample", self.sample[-1], unit="s", allowed=f"0 to {self.lasts:g}",
                advice="The waves end there: sample before, or give a longer duration.",
            )  # fmt: skip
        if self.every and self.lasts / self.every + len(self.sample) > MOST_SAMPLES:
            raise RequestError.for_value(
                "every", self.every, unit="s", allowed=f">= {self.lasts / MOST_SAMPLES:.3g}",
                advice=f"A step has {MOST_SAMPLES} samples at most.",
            )  # fmt: skip

    @classmethod
    def from_csv(cls, path: Path | str, **others: object) -> Self:
        """The waves of a CSV file, see `csv_waves`; `others` are the other fields.

        Raises:
            RequestError: see `csv_waves` and the class.
        """
        return cls(csv_waves(Path(path)), **others)  # type: ignore[arg-type]  # a mapping becomes what it has to

    @property
    def lasts(self) -> float:
        """How long its waves last [s]."""
        return self.duration or max(wave.ends for _, wave in self.waves)

    @property
    def moments(self) -> NDArray[np.float64]:
        """At which results are wanted, from the step's start on [s]."""
        if not self.every:
            return np.array(self.sample)
        count = int(self.lasts / self.every * (1 + _MARGIN))
        regular = rounded(np.arange(count + 1) * self.every).tolist()
        return np.unique([*self.sample, *regular]).clip(0.0, self.lasts)

    def scaled(self, factor: float) -> Self:
        """See `Step.scaled`."""
        return replace(self, waves=tuple((name, wave.scaled(factor)) for name, wave in self.waves))

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """One."""
        shape, edge = crossbar.shape, crossbar.driver.t_edge
        if crossbar.driver.kind == "rail":
            raise RequestError(
                f"{where} drives lines with waves of its own, and driver.kind = 'rail' has switches to rails alone: "
                "take driver.kind = 'source'."
            )
        if not self.lasts > 2 * edge:
            raise RequestError.for_value(
                f"{where}.duration", self.lasts, unit="s", allowed=f"> 2 driver.t_edge, {2 * edge:g}"
            )
        transistors = isinstance(crossbar.selector, Transistor)
        gates = lines_of(self.gates, shape[1], f"{where}.gates")
        if self.gates != ALL and not transistors:
            raise RequestError(
                f"{where}.gates = {self.gates!r} needs transistors, and the array is {crossbar.kind}: add a "
                "[transistor] table, or leave gates out."
            )
        waves: dict[tuple[str, int], tuple[Wave, str]] = {}
        for several in (True, False):  # a line's own wave last: it counts
            for name, wave in self.waves:
                if name.endswith("*") == several:
                    waves |= dict.fromkeys(lines_named(name, shape, f"{where}.waves"), (wave, f"{where}.waves.{name}"))
        v_gate = crossbar.selector.v_gate if isinstance(crossbar.selector, Transistor) else 0.0
        laid = traces_of(waves, self.lasts, edge, self.moments, gates if transistors else (), v_gate)
        yield Phase(self.kind, float(laid.moments[-1]), voltage=laid.top, traces=laid)


def csv_waves(path: Path) -> dict[str, Pwl]:
    """Waves of lines from a CSV file: a column of times, and one of voltages for each line that is driven.

    The header names each column and its unit: `time [us], wl0 [V], bl3 [mV]`. Times need not be even; a time that
    stands twice is a jump.

    Raises:
        RequestError: a file that cannot be read, a column that names no line or has no unit, fields that are no finite
            numbers, times that fall or stand thrice; the message names file, line and column.
    """
    columns = wave_columns(path, "waves of lines", unit_of=lambda name, own: "V")
    found: dict[str, Pwl] = {}
    for name, volts in columns.values.items():
        with columns.errors():
            side, line = line_named(name, "header")
            plain = f"{line_name(side, 0)[:-1]}*" if line is None else line_name(side, line)
            if plain in found:
                raise RequestError(f"{name!r} stands twice in the header")
            columns.check(name, volts, np.abs(volts) <= TOP, f"{-TOP:g} to {TOP:g} V")
            found[plain] = Pwl(columns.time, volts)  # type: ignore[arg-type]  # arrays become tuples
    return found
