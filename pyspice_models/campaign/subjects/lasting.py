"""Very many reads, or a long rest, of the array of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pyspice_models.campaign.lasting.begun import check_solvable
from pyspice_models.campaign.lasting.disturb import DisturbParams, disturb, split_program
from pyspice_models.campaign.lasting.retain import RetainParams, retain
from pyspice_models.campaign.subjects.subject import Subject
from pyspice_models.measure import Measure
from pyspice_models.study.fluctuation import refuse_fluctuation
from pyspice_models.study.study import Study
from pyspice_models.study.tables.objects import values_of
from pyspice_models.study.variation import Variation

Found = tuple[Mapping[str, Measure], str]


@dataclass(frozen=True)
class ManyReads(Subject):
    """See `disturb`.

    Attributes:
        asked: how often, and what counts as lost.
    """

    word: ClassVar[str] = "disturb"
    command: ClassVar[str] = "disturb"
    usual: ClassVar[tuple[str, ...]] = ("reads_to_loss", "change_largest", "change_median", "energy_per_round")

    asked: DisturbParams = field(default_factory=DisturbParams)

    @classmethod
    def of(cls, study: Study, asked: DisturbParams) -> ManyReads:
        """Of a study that can do it; raises RequestError as `disturb`."""
        split_program(study)
        check_solvable(study.crossbar, "ag2s disturb")
        refuse_fluctuation(study.fluctuation, "ag2s disturb")
        return cls(asked)

    @property
    def key(self) -> Mapping[str, Any]:
        return {"disturb": self.asked}

    def tables(self) -> dict[str, Any]:
        return {"disturb": values_of(self.asked)}

    def measured(self, study: Study, variation: Variation | None, folder: Path, only: Sequence[str] = ()) -> Found:
        return disturb(study, self.asked).measures, study.engine


@dataclass(frozen=True)
class LongRest(Subject):
    """See `retain`.

    Attributes:
        asked: how long, and what counts as lost.
        temperatures: of the rest [K]; none for the study's.
    """

    word: ClassVar[str] = "retain"
    command: ClassVar[str] = "retain"
    usual: ClassVar[tuple[str, ...]] = ("retention_time", "first_loss_time", "kept_median", "margin_after")

    asked: RetainParams = field(default_factory=RetainParams)
    temperatures: Sequence[float] = ()

    @classmethod
    def of(cls, study: Study, asked: RetainParams, temperatures: Sequence[float]) -> LongRest:
        """Of a study that can do it; raises RequestError as `retain`."""
        check_solvable(study.crossbar, "ag2s retain")
        return cls(asked, tuple(temperatures))

    @property
    def key(self) -> Mapping[str, Any]:
        return {"retain": self.asked, "temperatures": self.temperatures}

    def tables(self) -> dict[str, Any]:
        own = values_of(self.asked)
        return {"retain": own | ({"temperatures": list(self.temperatures)} if self.temperatures else {})}

    def measured(self, study: Study, variation: Variation | None, folder: Path, only: Sequence[str] = ()) -> Found:
        return retain(study, self.asked, self.temperatures).measures, study.engine
