"""One step of a program at rest: its lines at the voltages of its pulse, its cells at the states they begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.static.output import Output
from pyspice_models.engine.nodal.static.sensitivity import Sensitivity, sensitivities
from pyspice_models.engine.nodal.static.solution import StaticSolution
from pyspice_models.engine.nodal.static.structured import why_not_structured
from pyspice_models.errors import RequestError, quoted
from pyspice_models.numeric import whole
from pyspice_models.stimulus.phase import SENSING, TRANSPOSED, Phase
from pyspice_models.stimulus.phases import phases_of
from pyspice_models.study.program_size import memory_allowed
from pyspice_models.study.study import Study
from pyspice_models.units import show

Array = NDArray[np.float64]

MOST_OUTPUTS = 64
_PER_CELL, _DIRECT, _PER_MAP = 600.0, 6000.0, 120.0
"""Bytes for each cell: of the solution by structure, of all nodes factored, of each output; 430 to 770 were measured at
1024 and 512 with one output, 4,200 at 200 with an open line."""


@dataclass(frozen=True, eq=False)
class StepSensitivity:
    """What the currents of one step answer to.

    Attributes:
        study: what was asked about.
        phase: the pulse that was taken; its `step` is the number in the program.
        maps: one for each output.
        ohmic: whether cells were taken as resistors, of their conductance at 0 V.
    """

    study: Study
    phase: Phase
    maps: tuple[Sensitivity, ...]
    ohmic: bool

    @property
    def solution(self) -> StaticSolution:
        """Of the network; all outputs share it."""
        return self.maps[0].solution

    @property
    def before(self) -> int:
        """How many pulses of the program come before the one that was taken: what they change is not in the states."""
        earlier = 0
        for phase in phases_of(self.study.crossbar, self.study.program):
            if phase.step == self.phase.step:
                break
            earlier += phase.pulses if phase.bias is not None else 0
        return earlier

    @cached_property
    def conductances(self) -> Array:
        """Of each cell, its current over its voltage, shape (rows, cols) [S]."""
        if self.solution.conductances is not None:
            return self.solution.conductances
        bar = self.study.crossbar
        return bar.conductance(self.solution.word - self.solution.bit, *bar.initial_states)


def step_sensitivity(
    study: Study, outputs: Sequence[Output | str] = (), step: int | None = None, *, ohmic: bool = False
) -> StepSensitivity:
    """What output currents answer to in one step of a study.

    Args:
        study: cells at their initial states, faults, lines, ends; and the program.
        outputs: currents, see `Output`; by default that of the first line that the step senses.
        step: number of the step; by default the first that senses, or else the first with a pulse.
        ohmic: take cells as resistors, of their conductance at 0 V.

    Raises:
        RequestError: a step without a pulse, more than 64 outputs, a line that is not there, selectors, current
            limiters, rails, a cell without equations in Python, more memory than there is, or a cell whose current
            falls with its voltage.
        SimulationError: no convergence.
    """
    _check_array(study)
    phase = _phase(study, step)
    bar = study.crossbar
    assert phase.bias is not None
    wanted = [Output.parse(output, "--output") for output in outputs] or [_first(phase)]
    if len(wanted) > MOST_OUTPUTS:
        raise RequestError.for_value("number of outputs", len(wanted), allowed=f"1 to {MOST_OUTPUTS}")
    _check_memory(study, len(wanted))
    conductances = bar.conductance(0.0, *bar.initial_states) if ohmic else None
    maps = sensitivities(bar, phase.bias, list(dict.fromkeys(wanted)), conductances)
    return StepSensitivity(study, phase, tuple(maps), ohmic)


def _check_array(study: Study) -> None:
    bar = study.crossbar
    if study.spice:
        raise RequestError(
            f"study.spice = {quoted(study.spice)}: the static solution knows the crossbar alone. Leave it out."
        )
    if bar.selector is not None:
        raise RequestError.for_value(
            "the crossbar's kind", bar.kind, allowed="1R: the static solution knows cells without a selector",
            advice="Leave [selector] out of the study, or vary the parameters by `ag2s assumptions`.",
        )  # fmt: skip
    for name, value, usual, why in (
        ("compliance", bar.driver.compliance, "none", "a current limiter is no resistor"),
        ("kind", bar.driver.kind, "source", "open switches to the other rails are not in the static network"),
    ):
        if value != usual:
            raise RequestError.for_value(f"driver.{name}", value, allowed=f"{usual!r}: {why}")


def _phase(study: Study, step: int | None) -> Phase:
    if step is not None:
        whole(step, 0, len(study.program) - 1, name="step")
    first = None
    for phase in phases_of(study.crossbar, study.program):
        if phase.bias is None or step not in (None, phase.step):
            continue
        if step is not None or phase.kind in SENSING:
            return phase
        first = first or phase
    if first is None:
        where = "the program" if step is None else f"step {step} of the program"
        raise RequestError(f"{where} has no pulse: give the number of a read, a product or a write")
    return first


def _first(phase: Phase) -> Output:
    """The first line that is sensed."""
    return Output("word", phase.rows[0]) if phase.scheme == TRANSPOSED else Output("bit", phase.cols[0])


def _check_memory(study: Study, outputs: int) -> None:
    bar = study.crossbar
    direct = why_not_structured(bar, bar.conductance(0.0, *bar.initial_states), "auto")
    needed = bar.rows * bar.cols * ((_DIRECT if direct else _PER_CELL) + outputs * _PER_MAP)
    allowed, reason = memory_allowed(study.limits)
    if needed > allowed:
        raise RequestError(
            f"{outputs} maps of {bar.rows} x {bar.cols} cells take about {show(needed, 'B', 3)} of memory, and "
            f"{show(allowed, 'B', 3)} {reason}. Take fewer outputs or a smaller array"
            + (f", or one that is not solved directly ({direct})." if direct else ".")
        )
