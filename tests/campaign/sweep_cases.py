"""What the tests of sweep share."""

from __future__ import annotations

from pathlib import Path

import xarray as xr
from crews import here

from pyspice_models.campaign.journal import journal_in
from pyspice_models.campaign.runs import Crew
from pyspice_models.campaign.sweep import Sweep, points_of, run_sweep

TABLES = {
    "array": {"rows": 2, "cols": 2, "initial": {"pattern": "checkerboard"}},
    "program": [{"do": "write", "row": "last", "col": "last"}],
}


def _run(asked: Sweep, target: Path, *, crew: Crew = here, resume: bool = False) -> xr.Dataset:
    points = points_of(asked)
    with journal_in(target, points.key, points.about, resume=resume) as journal:
        return run_sweep(points, journal, crew)
