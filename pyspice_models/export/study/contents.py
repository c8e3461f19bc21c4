"""What the bundle of a study holds: which dialects can express it, in which form of its cell, and which cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyspice_models.errors import RequestError
from pyspice_models.netlist import Deck, crossbar_deck, dialect, dialect_names
from pyspice_models.stimulus import Schedule
from pyspice_models.study.aging.unknown import refuse_aging
from pyspice_models.study.fluctuation import refuse_fluctuation
from pyspice_models.study.study import Study

_MAX_CELLS = 4096


@dataclass(frozen=True)
class StudyBundle:
    """A study, for tools that read netlists.

    Attributes:
        study: what is asked.
        dialects: whose netlists; by default all that can express it.

    Raises:
        RequestError: a dialect that is unknown or cannot express the study, none that can, or more than 4096 cells.
    """

    study: Study
    dialects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be written."""
        self.study.crossbar.check_one_kind("a bundle of a study")
        refuse_aging(self.study, "a bundle of a study")
        refuse_fluctuation(self.study.fluctuation, "a bundle for other tools")
        if self.study.spice:
            raise RequestError(
                "a bundle of a study has no elements of a user's own: leave study.spice out, or take `ag2s netlist`."
            )
        rows, cols = self.study.crossbar.shape
        if rows * cols > _MAX_CELLS:
            raise RequestError.for_value(
                "rows x cols", rows * cols, allowed=f"at most {_MAX_CELLS} cells in a bundle; ag2s netlist writes "
                "larger crossbars",
            )  # fmt: skip
        for name in self.dialects:
            self._try(name)
        if not self.forms:
            reasons = " ".join(self.left_out.values())
            raise RequestError(f"no dialect can express this study. {reasons}")

    @cached_property
    def plan(self) -> Schedule:
        """What is done, laid out."""
        return self.study.schedule()

    @cached_property
    def forms(self) -> Mapping[str, str]:
        """The form of the cell by dialect."""
        return {name: form for name, form, _ in self._tried if form}

    @cached_property
    def left_out(self) -> Mapping[str, str]:
        """Why a dialect is left out, by name; those that were not asked for are not named."""
        return {name: reason for name, form, reason in self._tried if not form}

    @cached_property
    def _tried(self) -> tuple[tuple[str, str, str], ...]:
        return tuple(self._results(self.dialects or tuple(dialect_names())))

    def _results(self, names: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
        for name in names:
            try:
                yield name, self._try(name), ""
            except RequestError as error:
                yield name, "", str(error)

    def _try(self, name: str) -> str:
        """The form of the cell in a dialect that can express all of the study."""
        form = self._form(name)
        for _ in self.deck(name, form).pieces():  # some refuse while they write
            pass
        return form

    def _form(self, name: str) -> str:
        taken, own = dialect(name).forms, self.study.crossbar.model.forms
        common = [form for form in taken if form in own]
        if not common:
            raise RequestError(
                f"a netlist for {name} takes a cell as {', '.join(taken)}, and the cell "
                f"{self.study.crossbar.model.name!r} exists as {', '.join(own)} alone."
            )
        return self.study.form if self.study.form in common else common[0]

    def deck(self, name: str, form: str, tighter: float = 1.0) -> Deck:
        """The netlist in a dialect, with tolerances that are tighter by a factor."""
        accuracy = self.study.accuracy if tighter == 1.0 else self.study.accuracy.tighter(tighter)
        return crossbar_deck(
            self.study.crossbar, self.plan, form=form, accuracy=accuracy, title=self.study.title, dialect_name=name
        )  # fmt: skip
