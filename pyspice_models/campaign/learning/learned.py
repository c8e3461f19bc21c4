"""What many networks came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import xarray as xr

from pyspice_models.campaign.learning.lessons import Lessons
from pyspice_models.displayed import Drawn
from pyspice_models.files import write_text
from pyspice_models.program.learning.learning_data import as_dataset, report_text
from pyspice_models.program.learning.tiles.audit import Audit
from pyspice_models.program.learning.trained import Trained
from pyspice_models.result import save


@dataclass(frozen=True, repr=False)
class Learned(Drawn):
    """What came of it.

    Attributes:
        lessons: that were given.
        networks: one for each training, in their order.
    """

    lessons: Lessons
    networks: Sequence[Trained]

    def __repr__(self) -> str:
        """One line for people."""
        methods = dict.fromkeys(one.method for one in self.networks)
        means = {name: sum(one.accuracy for one in self.of(name)) / len(self.of(name)) for name in methods}
        told = ", ".join(f"{name} {100 * mean:.4g} %" for name, mean in means.items())
        return f"<Learned, networks: {len(self.networks)}; test images known: {told}>"

    @cached_property
    def dataset(self) -> xr.Dataset:
        """See `as_dataset`."""
        given = self.lessons
        return as_dataset(self.networks, given.asked, given.images.train.form, given.response)

    @property
    def stopped(self) -> list[str]:
        """Why networks did not come to the end."""
        return [one.stopped for one in self.networks if one.stopped]

    @property
    def audits(self) -> list[tuple[str, Audit]]:
        """What was found where updates were repeated as transients, by method, seed and array."""
        return [
            (f"{one.method}, seed {one.seed}, {name}", audit)
            for one in self.networks
            for name, audit in one.audits.items()
        ]

    def of(self, method: str) -> list[Trained]:
        """The networks of one method."""
        return [one for one in self.networks if one.method == method]

    def text(self) -> str:
        """The report as JSON."""
        given = self.lessons
        return report_text(given.study.name, self.networks, given.asked, given.images)

    def save(self, folder: Path) -> None:
        """Write report and dataset.

        Raises:
            OSError: the disk is full.
        """
        write_text(folder / "report.json", self.text() + "\n")
        save(self.dataset, folder / "learning.nc")
