"""What several tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# a busy machine is no fault of what is tested
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def studies() -> Path:
    """Folder of the shipped studies."""
    return Path(__file__).parents[1] / "scripts" / "studies"
