"""Closed-loop programming of the array of each run: rounds, time, energy, and the cells that are not at their level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pyspice_models.campaign.subjects.subject import Subject
from pyspice_models.errors import RequestError
from pyspice_models.measure import Measure
from pyspice_models.numeric import MAX_SEED
from pyspice_models.program.file import programming_tables
from pyspice_models.program.programmed import Programmed
from pyspice_models.program.programming import Programming
from pyspice_models.program.write_verify import write_verify
from pyspice_models.study.study import Study
from pyspice_models.study.variation import Variation, vary

_OF_READS = "of the nominal window"


@dataclass(frozen=True)
class WriteVerify(Subject):
    """See `write_verify`. Every run has reads with noise and offsets of their own.

    Attributes:
        asked: what is programmed into the array as designed.
    """

    word: ClassVar[str] = "write-verify"
    command: ClassVar[str] = "write-verify"
    usual: ClassVar[tuple[str, ...]] = ("rounds", "pulses", "energy_supply", "cells_wrong", "held_error_rms")
    draws_on: ClassVar[bool] = True

    asked: Programming

    @property
    def key(self) -> Mapping[str, Any]:
        return {"write-verify": {k: v for k, v in self.asked.about.items() if k != "variation"}}

    @property
    def point(self) -> Mapping[str, Any]:
        return {"write-verify": self.asked.about}

    @property
    def cycles(self) -> int:
        return self.asked.budget.rounds + 1

    def tables(self) -> dict[str, Any]:
        return {"write_verify": programming_tables(self.asked)["write_verify"]}

    def alone(self, variation: Variation) -> list[str]:
        return [] if self.asked.read_out is None else [f"write_verify.read_seed={self._read_seed(variation)}"]

    def check_cycles(self) -> None:
        if self.asked.read_out is not None:
            raise self._refused("montecarlo.vary = cycles", "one array keeps its amplifiers")

    def check_places(self, asked: str) -> None:
        if self.asked.read_out is not None:
            raise self._refused(asked, "noise and offsets of reads have no place among the draws of an array")

    def drawn(self, study: Study, variation: Variation) -> tuple[Study, dict[str, float]]:
        """The study as designed, since every round draws a cycle of its own; and the numbers of the first."""
        return study, vary(study, variation)[1]

    def measured(
        self, study: Study, variation: Variation | None, folder: Path, only: Sequence[str] = ()
    ) -> tuple[Mapping[str, Measure], str]:
        asked = self.asked
        if variation is not None:
            read = asked.read_out
            read = replace(read, seed=self._read_seed(variation)) if read is not None else None
            asked = replace(asked, study=study, variation=variation, read_out=read)
        return measures_of(write_verify(asked)[0]), study.engine

    def _read_seed(self, variation: Variation) -> int:
        own = self.asked.read_out
        return (variation.seed + (own.seed if own is not None else 0)) % (MAX_SEED + 1)

    @staticmethod
    def _refused(asked: str, why: str) -> RequestError:
        return RequestError(
            f"{asked} does not go with reads that have noise: {why}. Set write_verify.ideal_reads = true."
        )


def measures_of(done: Programmed) -> dict[str, Measure]:
    """Numbers of one programming; cells are counted, errors are shares of the nominal window."""
    sound = ~done.faulty
    error = np.abs(done.held_error)[sound]
    found = {
        "rounds": Measure(float(done.rounds), "", "rounds of writing"),
        "pulses": Measure(float(done.pulses.sum()), "", "pulses of all cells together"),
        "cells_missed": Measure(float(len(done.missed)), "", "cells that read off their level at the end"),
        "cells_wrong": Measure(float(len(done.wrong)), "", "cells that hold a conductance nearer to another level"),
        "cells_given_up": Measure(float(len(done.silent)), "", "cells off their level that no longer answered"),
        "cells_disturbed": Measure(
            float(len(done.disturbed)), "", "cells off their level that pulses for others moved back, or may have"
        ),
        "programming_time": Measure(done.time, "s", "of the whole programming on the array, waits and reads included"),
        "pulse_time": Measure(done.pulse_time, "s", "of the tops of all pulses together"),
        "energy_supply": Measure(done.energy_supply, "J", "drawn from all rails, nothing taken back, reads included"),
        "energy_source": Measure(done.energy_source, "J", "delivered by ideal sources, which take line charge back"),
        "read_error_largest": Measure(done.errors[-1], "", f"largest error that the last read shows, {_OF_READS}"),
        "overshoot_largest": Measure(float(done.overshoot.max()), "", f"largest overshoot of a pulse, {_OF_READS}"),
        "disturb_largest": Measure(
            float(done.disturb.max()), "", f"largest change of a cell in a round without pulses of its own, {_OF_READS}"
        ),
    }  # fmt: skip
    if error.size:
        found["held_error_largest"] = Measure(float(error.max()), "", f"of what sound cells hold, {_OF_READS}")
        about = f"root mean square of what sound cells hold less their level, {_OF_READS}"
        found["held_error_rms"] = Measure(float(np.sqrt((error**2).mean())), "", about)
    if gaps := done.gaps():
        about = "narrowest gap between what the cells of two neighbouring levels hold; negative where they overlap"
        found["gap_smallest"] = Measure(min(gap for *_, gap in gaps), "S", about)
    return found
