"""What is done with an array in one run of a campaign, and which measures that gives.

Everything else of a campaign is the same whatever is done: which arrays are drawn, the journal, the workers, what many
runs come to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pyspice_models.measure import Measure
from pyspice_models.study.measures.every import study_measures
from pyspice_models.study.run import with_energies
from pyspice_models.study.study import Study
from pyspice_models.study.variation import Variation, vary


@dataclass(frozen=True)
class Subject:
    """The study's own program, as a transient; the others are classes of it. It goes to a worker with every run.

    Attributes:
        word: what study files and options call it.
        command: of `ag2s`, that does the same with one array.
        usual: measures that pictures show where no limit names any.
        draws_on: whether a run draws more than its array at the start, so that a draw may leave its range within it.
    """

    word: ClassVar[str] = "transient"
    command: ClassVar[str] = "simulate"
    usual: ClassVar[tuple[str, ...]] = ()
    draws_on: ClassVar[bool] = False

    @property
    def key(self) -> Mapping[str, Any]:
        """All that decides the measures beside study and array."""
        return {}

    @property
    def point(self) -> Mapping[str, Any]:
        """The same, and which array it is where the subject knows that."""
        return self.key

    @property
    def cycles(self) -> int:
        """How many cycles of an array a run takes."""
        return 1

    def tables(self) -> dict[str, Any]:
        """The tables of a study file that ask for it."""
        return {}

    def alone(self, variation: Variation) -> list[str]:
        """What `--set` has to say, beside `variability.seed`, for its command to do the run of this array again."""
        return []

    def check_cycles(self) -> None:
        """Raise RequestError if it makes no sense for one array in many cycles."""

    def check_places(self, asked: str) -> None:
        """Raise RequestError if its arrays have no coordinates, or these do not decide its measures.

        Args:
            asked: what needs them, for the error.
        """

    def drawn(self, study: Study, variation: Variation) -> tuple[Study, dict[str, float]]:
        """The study with the array of a run, and what was drawn for it as few numbers; see `vary`."""
        return vary(study, variation)

    def measured(
        self, study: Study, variation: Variation | None, folder: Path, only: Sequence[str] = ()
    ) -> tuple[Mapping[str, Measure], str]:
        """Do it once.

        Args:
            study: what `drawn` gave.
            variation: which array that is; None for the one that the study says.
            folder: a new one; decks and logs of a run that fails are looked for in it.
            only: names of measures that are wanted, if others may be left out.

        Returns:
            Measures by name, and the engine with its version.

        Raises:
            RequestError: it cannot be done with this study.
            SimulationError, ToolError: see `Engine.run`.
        """
        dataset, energies = with_energies(study, folder)
        return study_measures(study, dataset, energies=energies, only=only), str(dataset.attrs["engine"])


TRANSIENT = Subject()
