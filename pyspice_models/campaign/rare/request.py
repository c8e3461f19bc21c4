"""What is asked of rare failures: a study with limits, and how much work is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyspice_models.campaign.montecarlo_request import MonteCarlo, load_montecarlo
from pyspice_models.campaign.rare.subset import FEWEST, MOST
from pyspice_models.displayed import Displayed
from pyspice_models.errors import RequestError
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.numeric import whole
from pyspice_models.study.tables.source import Given
from pyspice_models.units import parse

_LOWEST, _HIGHEST = 1e-15, 1e-2


@dataclass(frozen=True, repr=False)
class RareRequest(Displayed):
    """A study whose failures are rare.

    Attributes:
        asked: study, how arrays differ, and limits: an array that misses one of them fails.
        per_level: runs of a level of subset simulation.
        weighted: runs of importance sampling, 0 for none.
        floor: odds below which a failure is not sought any more.
        faulty: runs of arrays that have faults, where there are odds of any.
    """

    asked: MonteCarlo
    per_level: int
    weighted: int
    floor: float
    faulty: int = 400

    def __repr__(self) -> str:
        """One line for people."""
        return f"<RareRequest {self.name!r}: {len(self.asked.limits)} limits, {self.per_level} runs a level>"

    @property
    def name(self) -> str:
        """Of the study."""
        return self.asked.nominal.name

    @property
    def key(self) -> str:
        """Of all that decides which arrays are run, and in which order."""
        about = {"limits": tuple(self.asked.limits), "per_level": self.per_level, "weighted": self.weighted}
        about |= {"faulty": self.faulty} if self.asked.variation.faults else {}
        return content_key({"montecarlo": self.asked.key, "floor": self.floor} | about)

    @property
    def question(self) -> str:
        """The same without tools and models."""
        about = {"per_level": self.per_level, "weighted": self.weighted, "floor": self.floor, "faulty": self.faulty}
        return content_key({"montecarlo": replace(self.asked, runs=1).question} | about)

    @property
    def about(self) -> dict[str, object]:
        """For people who look into the journal."""
        return {"rare": self.name, "seed": self.asked.variation.seed, "per_level": self.per_level}


def load_rare(
    study: Given,
    changes: Sequence[str] = (),
    *,
    per_level: int = 2000,
    weighted: int = 4000,
    faulty: int = 400,
    floor: float | str = 1e-9,
    seed: int | None = None,
    limits: Mapping[str, str | Sequence[str]] | None = None,
    engine: str = "",
    form: str = "",
) -> RareRequest:
    """What is asked of a study, a study file or the tables of one, that has `[variability]` and `[montecarlo.limits]`.

    Args:
        study, changes, seed, limits, engine, form: see `load_montecarlo`.
        per_level, weighted, faulty, floor: see `RareRequest`.

    Raises:
        RequestError: as `load_montecarlo`; no limits, cycles, a number out of range.
    """
    per_level = whole(per_level, FEWEST, MOST, name="per_level")
    weighted = whole(weighted, 0, 10 * MOST, name="weighted")
    faulty = whole(faulty, 1, MOST, name="faulty")
    floor = parse(floor, "", name="floor")
    if not _LOWEST <= floor <= _HIGHEST:
        raise RequestError.for_value("floor", floor, allowed=f"{_LOWEST:g} to {_HIGHEST:g}")
    asked = load_montecarlo(study, changes, runs=1, seed=seed, limits=limits, engine=engine, form=form)
    if not asked.limits:
        raise RequestError(
            "which arrays fail? Give limits, in the study as [montecarlo.limits] with lines such as "
            "state_change = \">= 0.05\", or as --set 'montecarlo.limits.state_change=>= 0.05'."
        )
    asked.subject.check_places("ag2s rare")
    if asked.vary != "arrays":
        raise RequestError.for_value("montecarlo.vary", asked.vary, allowed="arrays")
    return RareRequest(asked, per_level, weighted, floor, faulty)
