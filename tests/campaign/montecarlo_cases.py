"""What the tests of montecarlo share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from crews import here
from small_studies import CHECKERBOARD, array, many, write_then_read

from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.campaign.montecarlo import MonteCarlo, run_montecarlo
from pyspice_models.campaign.runs import Crew, local
from pyspice_models.study.tables.read import nominal_study
from pyspice_models.study.tables.variation import variation_from

AG2S = Path(sys.executable).with_name("ag2s")
TABLES: dict[str, Any] = {
    "array": {"rows": 2, "cols": 2, "initial": {"pattern": "checkerboard"}},
    "variability": {"seed": 7},
    "program": [{"do": "write", "row": 1, "col": 1}, {"do": "read", "row": 1, "col": 1}],
}
LIMITS = 'state_change = ">= 0.06"', 'energy_per_switch = "<= 1 pJ"'
STUDY = array(2, 2, CHECKERBOARD) + many(7, 6, *LIMITS) + write_then_read(1, 1)


# ---- many draws


def _asked(runs: int = 6, **changes: Any) -> MonteCarlo:
    tables = TABLES | changes
    nominal = nominal_study(tables)
    variation = variation_from(tables, nominal.crossbar)
    assert variation is not None
    return MonteCarlo(nominal, variation, runs)


def _run(asked: MonteCarlo, target: Path, *, crew: Crew = here, resume: bool = False) -> xr.Dataset:
    with journal_in(target, asked.key, asked.about, resume=resume) as journal:
        return run_montecarlo(asked, journal, crew)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return _run(_asked(), tmp_path_factory.mktemp("mc") / "m", crew=local(2))


# ---- the journal


def _lines(folder: Path) -> list[bytes]:
    return (folder / "runs.jsonl").read_bytes().splitlines(keepends=True)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "s.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path
