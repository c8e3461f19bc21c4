"""What the tests of bounds share."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyspice_models.study import bounds, program_size

STUDIES = Path(__file__).parents[2] / "scripts" / "studies"
GB = 1e9


@pytest.fixture
def sixteen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 16 GB of memory, all of it free, and 100 GB on its disks."""
    for module, name in ((program_size, "free_memory"), (program_size, "memory"), (bounds, "raw_limit")):
        monkeypatch.setattr(module, name, lambda: int(16 * GB))
    monkeypatch.setattr(bounds, "free_disk", lambda place: int(100 * GB))
