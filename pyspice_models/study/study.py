"""A study: what is simulated, what is done to it, with which tool. Checked before anything runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.array.aging.memory import check_aging
from pyspice_models.array.fluctuation import FluctuationParams
from pyspice_models.array.sensing import SensingParams
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.displayed import Displayed
from pyspice_models.engine import check, engine
from pyspice_models.errors import RequestError
from pyspice_models.netlist import dialect
from pyspice_models.netlist.dialects import NGSPICE
from pyspice_models.netlist.own_lines import elements_of, own_lines
from pyspice_models.simulation import check_title
from pyspice_models.stimulus import Schedule, Step, schedule
from pyspice_models.stimulus.outline import Outline, outline
from pyspice_models.stimulus.program import Progress
from pyspice_models.stimulus.steps import program_in_words
from pyspice_models.study.fluctuation import check_fluctuation
from pyspice_models.study.limits import Drawn, Limits
from pyspice_models.study.program_size import check_program

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
"""What a study may be called: files and folders bear its name."""


@dataclass(frozen=True, repr=False)
class Study(Displayed):
    """A complete, checked description. Two of the same content are equal, whether built or read.

    Attributes:
        name: of files and folders.
        crossbar, program: what is simulated, and the steps done to it.
        form: of the cell, "osdi" or "subckt".
        engine: name of the simulator.
        accuracy: numerical settings.
        limits: time limit and thresholds.
        sensing: noise, offset and converter of the sense circuits; they act on measures, not on waves.
        aging: how cells forget and wear; None where they do not.
        title: one line for deck and pictures.
        settings: the TOML tables it was made from, for the record; they do not count in a comparison.
        spice: lines of SPICE for elements of a user's own around the array: nodes and ends of lines by the names of
            `ag2s netlist`, or wl0_near, wl0_far, bl0_near, bl0_far.
        fluctuation: how pulses differ from each other, and read noise of the cells; within the run itself.
        amplitude: factor of all voltages of `program` over those that were written, where one was drawn.
    """

    name: str
    crossbar: Crossbar
    program: Sequence[Step]
    form: str = "osdi"
    engine: str = "ngspice"
    accuracy: Accuracy = field(default_factory=Accuracy)
    limits: Limits = field(default_factory=Limits)
    sensing: SensingParams = field(default_factory=SensingParams)
    title: str = "Ag2S crossbar"
    settings: Mapping[str, Any] = field(default_factory=dict, compare=False)
    amplitude: float = 1.0
    spice: tuple[str, ...] = ()
    aging: AgingParams | None = None
    fluctuation: FluctuationParams = field(default_factory=FluctuationParams)

    def __post_init__(self) -> None:
        """Refuse names that could leave their folder or smuggle a line into a deck, and steps that do not fit."""
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            raise RequestError.for_value("study.name", self.name, allowed="letters, digits, - _ . (up to 80)")
        for name in ("title", "form", "engine"):
            if not isinstance(getattr(self, name), str):
                raise RequestError.for_value(f"study.{name}", getattr(self, name), allowed="text")
        for name, kind, what in (
            ("crossbar", Crossbar, "a Crossbar"), ("program", (list, tuple), "a list of steps"),
            ("accuracy", Accuracy, "an Accuracy"), ("limits", Limits, "Limits"),
            ("sensing", SensingParams, "SensingParams"), ("aging", AgingParams | None, "AgingParams"),
            ("fluctuation", FluctuationParams, "FluctuationParams"),
        ):  # fmt: skip
            if not isinstance(getattr(self, name), kind):
                raise RequestError.for_value(f"study.{name}", getattr(self, name), allowed=what)
        for number, step in enumerate(self.program):
            if not isinstance(step, Step):
                raise RequestError.for_value(f"program[{number}]", step, allowed="a step, such as Write or Read")
        object.__setattr__(self, "program", tuple(self.program))
        object.__setattr__(self, "amplitude", Drawn(self.amplitude).amplitude)
        object.__setattr__(self, "spice", own_lines(self.spice))
        list(elements_of(self.spice, self.crossbar))
        check_title(self.title)
        for one in self.crossbar.populations:
            _check_common(one.cell)
        if self.spice and not engine(self.engine).dialect:
            raise RequestError(
                f"engine {self.engine} simulates crossbars alone and takes no lines of SPICE (study.spice). Use engine "
                "ngspice, pyspice or vacask."
            )
        dialect(engine(self.engine).dialect or NGSPICE.name).check_form(self.form)
        for one in self.crossbar.populations:
            one.model.check_form(self.form)
        check(self.engine, self.crossbar, self.outline, self.form)
        check_fluctuation(self.fluctuation, self.crossbar, self.engine, self.form)
        if self.ages:
            check_aging(self.crossbar)
            if self.fluctuation.acts:
                raise RequestError(
                    "[aging] and [fluctuation] are in one study, and no run has both: leave one of the tables out."
                )

    @property
    def ages(self) -> bool:
        """Whether cells forget or wear."""
        return self.aging is not None and self.aging.acts

    def __repr__(self) -> str:
        """One line for people."""
        rows, cols = self.crossbar.shape
        steps = program_in_words(self.program)
        return f"<Study {self.name!r}: {rows} x {cols}, {steps}; {self.form} in {self.engine}>"

    @cached_property
    def outline(self) -> Outline:
        """How large the program is."""
        return outline(self.crossbar, self.program)

    def schedule(self, progress: Progress | None = None) -> Schedule:
        """The program laid out in time; `progress` is told how many pulses are.

        Raises:
            RequestError: it does not fit into memory.
        """
        check_program(self.outline, self.limits)
        return schedule(self.crossbar, self.program, progress)


def _check_common(cell: ParameterSet) -> None:
    """Raise RequestError for a common parameter that is none: what differs from cell to cell stands in `per_cell`."""
    for name, value in cell.as_dict().items():
        if np.ndim(value):
            raise RequestError.for_value(
                f"crossbar.cell.{name}", value, allowed="a single number",
                advice=f"For one that differs from cell to cell give Crossbar(per_cell={{{name!r}: ...}}).",
            )  # fmt: skip
