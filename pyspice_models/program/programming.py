"""What closed-loop programming is asked to do: an array, a level for every cell, and how to go about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.levels import Scale, checked_levels
from pyspice_models.declare.quantity import ParameterSet, choice, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array
from pyspice_models.program.algorithms.table import Way
from pyspice_models.program.programmed import places
from pyspice_models.program.read_out import ReadOut
from pyspice_models.stimulus import Step
from pyspice_models.stimulus.scheme import WRITE_SCHEMES
from pyspice_models.study.aging.unknown import refuse_aging
from pyspice_models.study.identity import question
from pyspice_models.study.study import Study
from pyspice_models.study.variation import MAX_CYCLE, Variation, designed, drawn_fluctuation, vary

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Budget(ParameterSet):
    """How programming goes about it."""

    tolerance: float = quantity(
        0.02, "", above=0, high=0.5, tag="assumed",
        source="choice of the user; a study file takes a third of the step between its levels, if that is less",
        about="largest read error of a cell, as a share of the nominal window",
    )  # fmt: skip
    rounds: int = whole_quantity(10, low=1, high=1000, about="most rounds of writing, and so most pulses of a cell")
    voltage: float = quantity(
        0.15, "V", above=0, high=5, tag="assumed",
        source="a third of it moves the other cells 3000 times less; a third of 0.3 V only 160 times less",
        about="of the pulses, both signs",
    )  # fmt: skip
    longest: float = quantity(
        200e-6, "s", above=0, high=1, tag="assumed", source="about half of the window at 0.15 V",
        about="longest pulse",
    )  # fmt: skip
    read_voltage: float = quantity(
        5e-3, "V", above=0, high=1, tag="measured", source="S14a", about="of the verifying read",
    )  # fmt: skip
    read_duration: float = quantity(
        15e-6, "s", above=0, high=1, tag="assumed", source="three times the recovery (Note S1)",
        about="of the read of each row, and of the wait before the first",
    )  # fmt: skip
    scheme: str = choice(
        "auto", "auto", *WRITE_SCHEMES, about="of the pulses; auto: grounded where transistors select, else V/3"
    )


@dataclass(frozen=True)
class Programming:
    """What is to be programmed into which array, and how.

    Attributes:
        study: crossbar as designed, engine, accuracy, limits; its program is not used.
        target: levels wanted, shares of the nominal cell's window, shape (rows, cols).
        budget: tolerance, rounds, pulses.
        levels: those that a cell may be asked to hold, in rising order; empty if any may, and then none is wrong.
        variation: which array out of many is programmed, beginning with which cycle: each round is a cycle of its own.
            None for the designed one.
        read_out: amplifiers and converters that the loop reads with. None for ones without noise, offset and steps.
        way: the algorithm, with its options.

    Raises:
        RequestError: an array that cannot be verified; an algorithm that needs what the cell does not state, or limits
            of it that contradict each other; a target of the wrong shape, outside [0, 1] or not among the
            levels; a read that is too short for the bandwidth of its amplifiers; steps of a converter that miss a
            level; a tolerance above half of the step between levels, by which a cell could pass that holds another.
    """

    study: Study
    target: Array
    budget: Budget = field(default_factory=Budget)
    levels: Array = field(default_factory=lambda: np.zeros(0))
    variation: Variation | None = None
    read_out: ReadOut | None = None
    way: Way = field(default_factory=Way)

    def __post_init__(self) -> None:
        """Check that it can be done, and that its end would mean what it says."""
        if self.variation is not None:
            object.__setattr__(self, "study", designed(self.study, self.variation))
        self.study.crossbar.check_one_kind("write-verify")
        if self.study.engine != "nodal":
            refuse_aging(self.study, f"closed-loop programming by engine {self.study.engine}, unlike nodal,")
        if self.study.crossbar.kind == "1S1R":
            raise RequestError(
                "write-verify cannot read cells behind threshold selectors: what a read sees is the selector, not the "
                "cell. Leave out the [selector] table, or use a [transistor]."
            )
        self._check_way()
        object.__setattr__(self, "target", checked_levels(self.study.crossbar, self.target))
        levels = real_array(self.levels, name="levels")
        object.__setattr__(self, "levels", levels)
        if levels.ndim != 1 or len(levels) == 1 or not (np.isfinite(levels).all() and (np.diff(levels) > 0).all()):
            raise RequestError.for_value("levels", self.levels, allowed="two or more in rising order, or none")
        if len(levels):
            if not np.isin(self.target, levels).all():
                row, col = places(~np.isin(self.target, levels))[0]
                raise RequestError.for_value(
                    f"target[{row}, {col}]", self.target[row, col], allowed="one of the levels"
                )
            half = float(np.diff(levels).min()) / 2
            if self.budget.tolerance > half * (1 + 1e-9):
                raise RequestError.for_value(
                    "write_verify.tolerance", self.budget.tolerance,
                    allowed=f"> 0 and <= {half:.4g}, half of the step between {len(levels)} levels",
                    advice="A cell that is further off is nearer to another level. Without tolerance, a study file "
                    "takes what suits the step.",
                )  # fmt: skip
        if self.read_out is not None:
            volts, asked = self.budget.read_voltage, levels if len(levels) else np.unique(self.target)
            within = float(self.scale.difference(self.budget.tolerance)) * volts
            self.read_out.check(self.budget.read_duration, self.scale.conductances(asked) * volts, within)
        if self.variation is not None and self.variation.cycle + self.rounds > MAX_CYCLE:
            raise RequestError.for_value(
                "variability.cycle + rounds", self.variation.cycle + self.rounds, allowed=f"<= {MAX_CYCLE}"
            )

    def _check_way(self) -> None:
        model, algorithm, how = self.study.crossbar.model, self.way.algorithm, self.way.how
        if algorithm.kinetics and model.soft_bounds is None:
            raise RequestError(
                f"the algorithm {self.way.name!r} of closed-loop programming reckons with the kinetics of a level, and "
                f"the cell {model.name!r} states none. Use a cell that does, such as 'ag2s', an algorithm that needs "
                "none (ispp, row, pi), or a program of writes and reads."
            )
        how.check(self.rounds)
        if how.correct == "lines" and self.study.crossbar.driver.compliance != "none":
            raise RequestError.for_value(
                "programming.correct", how.correct, allowed='"none" with drivers that limit their current',
                advice="What lines take of a read is reckoned back with resistors, and a limiter is none. Leave out "
                "driver.compliance, or the correction.",
            )  # fmt: skip
        if how.reads > 1 and self.read_out is None and not self.study.fluctuation.noise:
            raise RequestError.for_value(
                "programming.reads", how.reads, allowed="1",
                advice="More are there to average the noise of reads, and these are ideal: add a [sensing] table, or "
                "read noise in [fluctuation].",
            )  # fmt: skip

    @property
    def rounds(self) -> int:
        """Most rounds of writing."""
        return self.way.how.most_rounds(self.way.algorithm, self.budget.rounds)

    @property
    def scale(self) -> Scale:
        """What the levels are as conductances."""
        return Scale.nominal(self.study.crossbar, self.budget.read_voltage)

    @property
    def about(self) -> dict[str, Any]:
        """What decides the result beside the study."""
        return {name: getattr(self, name) for name in ("target", "budget", "levels", "variation", "read_out", "way")}

    @property
    def question(self) -> dict[str, Any]:
        """All that decides the answer; the study's program does not."""
        return question(self.study) | {"program": None} | self.about

    @property
    def noise(self) -> float:
        """What hardware knows of the noise of its reads, as a share of the window: see `noise_with`; 0 if ideal."""
        return 0.0 if self.read_out is None else self.noise_with(self.read_out)

    def noise_with(self, read_out: ReadOut) -> float:
        """Standard deviation of reads by the data sheet of these amplifiers, as a share of the window.

        All cells of a bit line are taken for as conductive as the nominal one can be.
        """
        scale, volts = self.scale, self.budget.read_voltage
        amperes = read_out.spread(np.array(scale.high * volts), np.array(self.study.crossbar.rows * scale.high))
        return float(amperes) / volts / (scale.high - scale.low)

    def round(self, number: int, states: Array, program: Sequence[Step]) -> Study:
        """The study of one round, as it is simulated: the array with these states, in the cycle of the round.

        Raises:
            RequestError: a draw leaves a parameter's range.
        """
        title = f"{self.study.title}, round {number}"
        crossbar = self.study.crossbar
        names = (state.name for state in crossbar.model.states)
        crossbar = crossbar.with_states(**dict(zip(names, states, strict=True)))
        nominal = replace(self.study, crossbar=crossbar, program=list(program), title=title)
        if self.variation is None:
            return nominal
        varied = vary(nominal, replace(self.variation, cycle=self.variation.cycle + number))[0]
        # fluctuations are those of one array that lives on from round to round
        return replace(varied, fluctuation=drawn_fluctuation(nominal, self.variation))
