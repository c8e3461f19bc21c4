"""What the tests of characterize share."""

from __future__ import annotations

import pytest

from pyspice_models.lab.characterize import Sheet, characterize


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Sheet:
    return characterize("twin", tmp_path_factory.mktemp("twin"))
