"""What can be played with: sliders over numbers of a small study, and words to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pyspice_models.array import Faults
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.declare.quantity import Plausible
from pyspice_models.errors import RequestError
from pyspice_models.netlist.limiter import limiter_module
from pyspice_models.report.page.blocks import shown
from pyspice_models.report.playground.template import Slid
from pyspice_models.stimulus import Read, Step, Write
from pyspice_models.study import Study

MOST_LINES = 4
MOST_PULSES = 64
"""In all steps together: what runs at once while a slider moves."""

SCHEMES = ("V/2", "V/3", "grounded")
"""Of writes; every line is driven in them."""

WIDTHS = (0.1e-6, 0.2e-6, 0.5e-6, 1e-6, 2e-6, 5e-6)
"""Of writes [s], beside the study's own."""


TEMPERATURES = (250.0, 275.0, 300.0, 325.0, 350.0, 375.0, 400.0)
"""Of the array [K], beside the study's own."""


@dataclass(frozen=True)
class Slider:
    """A number that moves.

    Attributes:
        key: unique on the page.
        label, unit, about: what it is; `about` says where its range comes from.
        group: of the page: "program", "array" or "cell".
        value, low, high: SI.
        log: whether equal ways are equal factors.
        steps: the only values that it takes, in order; empty for one that takes all.
        put: gives the study with another value.
    """

    key: str
    label: str
    unit: str
    about: str
    group: str
    value: float
    low: float
    high: float
    put: Callable[[Study, float], Study] = field(repr=False)
    log: bool = False
    steps: tuple[float, ...] = ()

    @property
    def slid(self) -> Slid:
        """For the deck: two more values, not at the ends."""
        if self.steps:
            return Slid(self.key, self.value, self.steps, steps=True)
        near, far = (self.low + share * (self.high - self.low) for share in (0.4142, 0.8284))
        return Slid(self.key, self.value, (float(f"{near:.4g}"), float(f"{far:.4g}")))


@dataclass(frozen=True)
class Choice:
    """A word, or one of a few numbers.

    Attributes:
        key, label: as of a slider.
        options: what is shown of each.
        chosen: place of the study's own.
        put: gives the study with an option, by its place.
    """

    key: str
    label: str
    options: tuple[str, ...]
    chosen: int
    put: Callable[[Study, int], Study] = field(repr=False)


def check_playable(study: Study) -> None:
    """Raise RequestError for a study that the page's twin cannot follow."""
    crossbar = study.crossbar
    schedule = study.schedule()
    driven = all(wave.is_constant and wave.rest == 1 for wave in (*schedule.word_gate, *schedule.bit_gate))
    pulses = sum(window.pulses for window in schedule.windows)
    for fault, why in (
        (max(crossbar.shape) > MOST_LINES, f"an array of at most {MOST_LINES} x {MOST_LINES}"),
        (not isinstance(crossbar.cell, CellParams) or bool(crossbar.kinds), "Ag2S cells alone"),
        (crossbar.selector is not None, "cells without a selector"),
        (crossbar.faults != Faults(), "an array without faults"),
        (not driven or bool(schedule.rails), "lines that are all driven: V/2, V/3 or grounded, none that floats"),
        (crossbar.driver.sense == "tia" or bool(limiter_module(crossbar)), "plain drivers and sense resistors"),
        (study.ages, "no cells that forget or wear"),
        (not 1 <= pulses <= MOST_PULSES, f"from 1 to {MOST_PULSES} pulses and reads"),
    ):
        if fault:
            raise RequestError(
                f"study {study.name} is no playground: its twin in the page knows {why}. Take a smaller study, or "
                "simulate this one: ag2s simulate."
            )


def sliders_of(study: Study) -> list[Slider]:
    """Everything that moves in a study."""
    return [*_voltages(study), *_array(study), *_cell(study)]


def choices_of(study: Study) -> list[Choice]:
    """What may be chosen of its writes."""
    writes = [step for step in study.program if isinstance(step, Write)]
    if not writes:
        return []
    first = writes[0]
    widths = sorted({*WIDTHS, first.width})

    def of_writes(change: Callable[[Write], Write]) -> Callable[[Study], Study]:
        return lambda asked: replace(
            asked, program=[change(step) if isinstance(step, Write) else step for step in asked.program]
        )

    found = [
        Choice(
            "width", "pulse width of writes", tuple(shown(width, "s") for width in widths), widths.index(first.width),
            lambda asked, n: of_writes(lambda step: replace(step, width=widths[n]))(asked),
        )
    ]  # fmt: skip
    if max(study.crossbar.shape) > 1:
        schemes = SCHEMES if first.scheme in SCHEMES else (first.scheme, *SCHEMES)
        found.append(
            Choice(
                "scheme", "unselected lines in writes", schemes, schemes.index(first.scheme),
                lambda asked, n: of_writes(lambda step: replace(step, scheme=schemes[n]))(asked),
            )
        )  # fmt: skip
    return found


def _voltages(study: Study) -> Iterator[Slider]:
    """One for all steps of a kind that have the same voltage."""
    groups: dict[tuple[str, float], list[int]] = {}
    for number, step in enumerate(study.program):
        if isinstance(step, (Write, Read)):
            groups.setdefault((step.kind, step.voltage), []).append(number)
    for (kind, volts), places in groups.items():
        several = sum(key[0] == kind for key in groups) > 1
        label = f"{kind} voltage" + (f", step {', '.join(map(str, places))}" if several else "")
        # writes set and reset; a read is of one sign
        most = max(0.6 if kind == "write" else 0.1, abs(volts))

        def put(asked: Study, value: float, places: Sequence[int] = places) -> Study:
            program: list[Step] = list(asked.program)
            for place in places:
                step = program[place]
                assert isinstance(step, (Write, Read))
                program[place] = replace(step, voltage=value)
            return replace(asked, program=program)

        least = -most if kind == "write" else 1e-3
        ends = (least, most) if volts > 0 or kind == "write" else (-most, -least)
        about = "word line less bit line; negative resets" if kind == "write" else "on the word line; bit lines at 0 V"
        yield Slider(f"{kind}{places[0]}", label, "V", about, "program", volts, *ends, put)


def _array(study: Study) -> Iterator[Slider]:
    def warm(asked: Study, value: float) -> Study:
        return replace(asked, crossbar=asked.crossbar.replace(temperature=value))

    kelvin = study.crossbar.temperature
    # the resistance of lines follows it along no straight line
    steps = tuple(sorted({*TEMPERATURES, kelvin}))
    yield Slider(
        "temperature", "temperature", "K", "of the whole array", "array", kelvin, steps[0], steps[-1], warm, steps=steps
    )
    own = study.crossbar.per_cell.get("w0")
    levels = [] if own is None else sorted({float(value) for value in np.ravel(np.asarray(own))})
    if 1 <= len(levels) <= 2:
        for which, level in zip(("lower", "higher") if len(levels) == 2 else ("all",), levels, strict=True):
            where = np.asarray(own) == level

            def set_level(asked: Study, value: float, where: np.ndarray = where) -> Study:
                before = np.asarray(asked.crossbar.per_cell["w0"])
                per_cell = {**asked.crossbar.per_cell, "w0": np.where(where, value, before)}
                return replace(asked, crossbar=asked.crossbar.replace(per_cell=per_cell))

            about = "the study's to choose: 0 is the bottom of the analog window, 1 its top"
            yield Slider(
                f"w_{which}", f"state w at the start, {which} cells", "", about, "array", level, 0.0, 1.0, set_level
            )


def _cell(study: Study) -> Iterator[Slider]:
    """Every parameter of the cell that has a plausible range in its declaration, over that range."""
    cell = study.crossbar.cell
    for name, declared in CellParams.quantities().items():
        if name in study.crossbar.per_cell or not isinstance(declared.plausible, Plausible):
            continue
        value, (low, high) = getattr(cell, name), (declared.plausible.low, declared.plausible.high)

        def put(asked: Study, value: float, name: str = name) -> Study:
            return replace(asked, crossbar=asked.crossbar.replace(cell=replace(asked.crossbar.cell, **{name: value})))

        about = f"{declared.about}. Declared: {declared.tag}; plausible {declared.plausible.shown(declared.unit)}"
        yield Slider(
            name, name, declared.unit, about, "cell", value, min(low, value), max(high, value), put,
            log=low > 0 and high / low > _DECADE,
        )  # fmt: skip


_DECADE = 5
