"""What came of rare failures, as an object, as plain data and as the files of a folder."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import scipy  # loads scipy.special where it is first used

from pyspice_models.array.variability.deviates import deviate_of
from pyspice_models.campaign.intervals import CONFIDENCE, Interval
from pyspice_models.campaign.rare.faulty import Faulty, together
from pyspice_models.campaign.rare.odds import Odds, runs_for
from pyspice_models.campaign.rare.request import RareRequest
from pyspice_models.files import write_text
from pyspice_models.study.draws.places import Stated
from pyspice_models.study.draws.space import Space
from pyspice_models.study.study import Study
from pyspice_models.study.tables.objects import tables_of
from pyspice_models.study.tables.write import write_tables
from pyspice_models.study.variation import vary

FAILURE = "failure"
"""The folder of the most probable failure, beside the report."""
WITH_FAULT = "failure-with-fault"
"""That of a failing array with a fault."""


@dataclass(frozen=True)
class RareResult:
    """Odds of a rare failure of a study.

    Attributes:
        request: what was asked.
        odds: see there.
        space: coordinates of the arrays.
        failed: runs that gave no measures; they count as failures.
        engine: name and version.
        faulty: arrays with a fault at least; None where nothing breaks. `odds` are those of arrays without.
    """

    request: RareRequest
    odds: Odds
    space: Space
    failed: int
    engine: str
    faulty: Faulty | None = None

    @property
    def value(self) -> float:
        """Odds of a failure, of arrays with faults and without."""
        return self.odds.odds if self.faulty is None else together(self.odds.odds, self.odds.interval, self.faulty)[0]

    @property
    def interval(self) -> Interval:
        """Of `value`, with CONFIDENCE."""
        ends = self.odds.interval
        return ends if self.faulty is None else together(self.odds.odds, ends, self.faulty)[1]

    @property
    def runs(self) -> int:
        """Of everything."""
        return self.odds.runs + (self.faulty.runs if self.faulty is not None else 0)

    @property
    def brute_force(self) -> float:
        """So many independent arrays would give an interval as narrow."""
        return runs_for(self.value, self.interval)

    @property
    def study(self) -> Study | None:
        """The array of the most probable failure, as a study; None if none was found."""
        if self.odds.likeliest is None:
            return None
        asked = self.request.asked
        drawn = vary(asked.nominal, replace(asked.variation, place=Stated(self.odds.likeliest)))[0]
        return replace(drawn, title=f"{drawn.title}, its most probable failure")

    def write_failure(self, folder: Path) -> None:
        """Write that study, with what is done with it, into a folder that there is.

        Raises:
            RequestError, StorageError: see `write_tables`.
        """
        if (study := self.study) is not None:
            write_tables(tables_of(study) | self.request.asked.subject.tables(), folder)

    def causes(self) -> list[tuple[str, float, float]]:
        """What lies how far from the median in the most probable failure, what weighs most first.

        Returns:
            Name of a part of the space, share of the square of the distance, and the mean deviate of its cells in
            standard deviations.
        """
        if self.odds.likeliest is None:
            return []
        place = self.odds.likeliest
        total = float(place @ place)
        deviates = deviate_of(scipy.special.ndtr(place))
        found = [
            (name, float(place[where] @ place[where]) / total, float(deviates[where].mean()))
            for name, where in self.space.slices.items()
        ]
        return sorted(found, key=lambda one: -one[1])


def save_rare(found: RareResult, folder: Path) -> None:
    """Write the report, and the most probable failure as a study.

    Raises:
        OSError: the disk is full.
        RequestError: see `write_tables`.
    """
    write_text(folder / "rare.json", json.dumps(as_data(found), indent=2) + "\n")
    if found.odds.likeliest is not None:
        (folder / FAILURE).mkdir(exist_ok=True)
        found.write_failure(folder / FAILURE)
    if found.faulty is not None and found.faulty.example is not None:
        (folder / WITH_FAULT).mkdir(exist_ok=True)
        write_tables(tables_of(found.faulty.example) | found.request.asked.subject.tables(), folder / WITH_FAULT)


def as_data(found: RareResult) -> dict[str, Any]:
    """The report as JSON holds it."""
    odds, asked = found.odds, found.request.asked
    weighted: Mapping[str, Any] | None = None
    if odds.weighted is not None:
        one = odds.weighted
        weighted = {
            "odds": one.odds, "interval": list(one.interval), "runs": one.runs, "failing": one.failing,
            "carried_by": one.carried,
        }  # fmt: skip
    return {
        "study": found.request.name, "engine": found.engine, "form": asked.nominal.form,
        "seed": asked.variation.seed, "limits": [f"{one.measure} {one.sign} {one.text}" for one in asked.limits],
        "confidence": CONFIDENCE, "odds": found.value, "interval": list(found.interval), "by": odds.how,
        "runs": found.runs, "failed": found.failed,
        "brute_force_runs": found.brute_force if math.isfinite(found.brute_force) else None,
        "without_faults": {"odds": odds.odds, "interval": list(odds.interval)},
        "with_faults": None if found.faulty is None else {
            "odds_of_any": found.faulty.odds, "failing": found.faulty.share, "interval": list(found.faulty.interval),
            "runs": found.faulty.runs,
        },
        "subset_simulation": {
            "odds": odds.subset.odds, "interval": list(odds.subset.interval), "runs": odds.subset.runs,
            "levels": odds.subset.levels, "repeats": odds.subset.each.tolist(),
        },
        "importance_sampling": weighted,
        "agree": odds.agree if weighted is not None else None,
        "directions": len(odds.centres),
        "most_probable_failure": None if odds.likeliest is None else {
            "distance": odds.distance,
            "study": f"{FAILURE}/study.toml",
            "causes": [
                {"cause": name, "share": share, "mean_deviate": mean} for name, share, mean in found.causes()
            ],
        },
    }  # fmt: skip
