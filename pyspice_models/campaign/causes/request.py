"""What is asked of causes: which parts of what spreads, and which runs tell them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyspice_models.campaign.montecarlo_request import MonteCarlo, array_seed, load_montecarlo
from pyspice_models.campaign.runs import Task
from pyspice_models.displayed import Displayed
from pyspice_models.errors import RequestError, did_you_mean, quoted
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.numeric import whole
from pyspice_models.study.draws.places import FAULTS, Mixed, Moved
from pyspice_models.study.tables.source import Given
from pyspice_models.study.variation import space_of
from pyspice_models.units import parse

MOST_SAMPLES = 100_000
FEWEST_SAMPLES = 8
_MOST_AWAY = 4.0


@dataclass(frozen=True, repr=False)
class CausesRequest(Displayed):
    """A study whose causes are told apart.

    Attributes:
        nominal, variation: of the study, see `MonteCarlo`.
        parts: names of what is moved by itself.
        samples: pairs of arrays, each of which is mixed part by part; 0 for one cause at a time.
        away: how far a cause is moved then [standard deviations].
    """

    asked: MonteCarlo
    parts: tuple[str, ...]
    samples: int
    away: float

    def __repr__(self) -> str:
        """One line for people."""
        how = f"{self.samples} pairs of arrays" if self.samples else f"one at a time by {self.away:g} deviations"
        return f"<CausesRequest {self.name!r}: {len(self.parts)} causes, {how}, {len(self.tasks)} runs>"

    @property
    def name(self) -> str:
        """Of the study."""
        return self.asked.nominal.name

    @property
    def tasks(self) -> dict[int, Task]:
        """The runs, by number: of pair n, the first array, the first with each part of the second, the second."""
        nominal, variation, subject = self.asked.nominal, self.asked.variation, self.asked.subject
        if not self.samples:
            places = [Moved(), *(Moved(part, by) for part in self.parts for by in (-self.away, self.away))]
            return {
                number: Task(place.told, nominal, replace(variation, place=place), subject)
                for number, place in enumerate(places)
            }
        found: dict[int, Task] = {}
        for pair in range(self.samples):
            first, second = (replace(variation, seed=array_seed(variation.seed, 2 * pair + n)) for n in (0, 1))
            mixed = (replace(first, place=Mixed(second.seed, part)) for part in self.parts)
            for one in (first, *mixed, second):
                found[len(found)] = Task(f"run {len(found)}", nominal, one, subject)
        return found

    @property
    def key(self) -> str:
        """Of all that decides the results of the runs by their numbers."""
        how = {"parts": self.parts, "away": None if self.samples else self.away}
        return content_key({"montecarlo": self.asked.key, **how})

    @property
    def question(self) -> str:
        """A digest of all that decides the answer as a whole."""
        asked = replace(self.asked, runs=1, limits=()).question
        return content_key({"montecarlo": asked, "parts": self.parts, "samples": self.samples, "away": self.away})

    @property
    def about(self) -> dict[str, object]:
        """For people who look into the journal."""
        return {"causes": self.name, "seed": self.asked.variation.seed, "parts": len(self.parts)}


def load_causes(
    study: Given,
    changes: Sequence[str] = (),
    *,
    samples: int = 0,
    away: float | str = 2.0,
    only: Sequence[str] = (),
    seed: int | None = None,
    engine: str = "",
    form: str = "",
) -> CausesRequest:
    """What is asked of a study, a study file or the tables of one, that has a `[variability]` table.

    Args:
        study, changes, seed, engine, form: see `load_montecarlo`.
        samples: pairs of arrays for Sobol indices; 0 to move one cause at a time.
        away: by how many standard deviations then.
        only: causes, with the group of cells or for all groups; by default all.

    Raises:
        RequestError: as `load_montecarlo`; a number out of range, or a cause that the study does not have.
    """
    if samples:
        whole(samples, FEWEST_SAMPLES, MOST_SAMPLES, name="samples")
    away = parse(away, "", name="away")
    if not 0 < away <= _MOST_AWAY:
        raise RequestError.for_value("away", away, allowed=f"> 0 and <= {_MOST_AWAY:g} standard deviations")
    asked = load_montecarlo(study, changes, runs=1, seed=seed, engine=engine, form=form)
    asked.subject.check_places("ag2s causes")
    if asked.vary != "arrays":
        raise RequestError.for_value(
            "montecarlo.vary", asked.vary, allowed="arrays", advice="Cycles of one array have no causes of their own."
        )
    names = space_of(asked.nominal, asked.variation).names
    if samples and asked.variation.faults:
        names.append(FAULTS)
    return CausesRequest(asked, _chosen(names, only), samples, away)


def _chosen(names: Sequence[str], only: Sequence[str]) -> tuple[str, ...]:
    if not names:
        raise RequestError("nothing in this study spreads: every spread of [variability] is 0.")
    for word in only:
        if not _of(word, names):
            raise RequestError(
                f"--only {quoted(word)}: the study has no such cause{did_you_mean(word, _words(names), 0.5)} "
                f"It has: {', '.join(_words(names))}."
            )
    chosen = [name for word in only for name in _of(word, names)] if only else names
    return tuple(dict.fromkeys(chosen))


def _of(word: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if word in (name, name.partition(",")[0])]


def _words(names: Sequence[str]) -> Mapping[str, None]:
    return dict.fromkeys(name.partition(",")[0] for name in names)
