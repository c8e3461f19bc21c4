"""What a study that lasts came to, and how it is kept."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from pyspice_models.files import write_text
from pyspice_models.measure import Measure
from pyspice_models.result import save
from pyspice_models.study.study import Study


@dataclass(frozen=True, repr=False)
class Lasted:
    """What came of it.

    Attributes:
        study: what was asked.
        kind: "disturb" or "retain".
        dataset: states and conductances of all cells, over rounds, or over temperature and time.
        measures: numbers by name.
        told: what was asked beside the study, in SI units.
        warning: why the numbers mean less than they seem to, or "".
    """

    study: Study
    kind: str
    dataset: xr.Dataset
    measures: Mapping[str, Measure]
    told: Mapping[str, Any]
    warning: str = ""

    def __repr__(self) -> str:
        """One line for people."""
        rows, cols = self.study.crossbar.shape
        return f"<Lasted: {self.kind} of {self.study.name!r}, {rows} x {cols}: {len(self.measures)} measures>"

    def as_data(self) -> dict[str, Any]:
        """As plain data for JSON; what is not finite becomes null."""
        found: dict[str, Any] = {
            "study": self.study.name, "engine": self.study.engine, "form": self.study.form, "asked": dict(self.told),
            "measures": {
                name: {"value": one.value if math.isfinite(one.value) else None, "unit": one.unit, "about": one.about}
                for name, one in self.measures.items()
            },
        }  # fmt: skip
        return found | ({"warning": self.warning} if self.warning else {})

    def save(self, folder: Path) -> None:
        """Write dataset and measures.

        Raises:
            OSError: the disk is full.
        """
        save(self.dataset, folder / f"{self.kind}.nc")
        write_text(folder / f"{self.kind}.json", json.dumps(self.as_data(), indent=1) + "\n")
