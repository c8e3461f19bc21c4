"""What several tests share, and which variants of a test are slow."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# a busy machine is no fault of what is tested
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

SLOW = Path(__file__).parent / "slow.txt"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark as slow what stands in slow.txt; in a file that was collected whole, each of its lines has to be a test."""
    listed = {line for line in SLOW.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")}
    found = {item.nodeid: item for item in items}
    for name in listed & found.keys():
        found[name].add_marker(pytest.mark.slow)
    if any("::" in str(given) for given in config.args):
        return
    files = {name.partition("::")[0] for name in found}
    if lost := sorted(name for name in listed - found.keys() if name.partition("::")[0] in files):
        raise pytest.UsageError(f"{SLOW} names tests that are not there:\n" + "\n".join(lost))


@pytest.fixture(scope="session")
def studies() -> Path:
    """Folder of the shipped studies."""
    return Path(__file__).parents[1] / "scripts" / "studies"


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands draw nothing: it is half of the work of many, and their own tests look at pictures."""
    monkeypatch.setenv("AG2S_PICTURES", "none")


@pytest.fixture
def pictures(no_pictures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands draw, in a test of a file whose others do not."""
    monkeypatch.delenv("AG2S_PICTURES")
