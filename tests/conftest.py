"""What several tests share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def studies() -> Path:
    """Folder of the shipped studies."""
    return Path(__file__).parent.parent / "scripts" / "studies"
