"""The device sheet, computed once for all tests of it."""

from __future__ import annotations

from typing import Any

import pytest
from characterize_cases import Called
from typer.testing import CliRunner

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cli.commands import characterize as command
from pyspice_models.cli.main import app
from pyspice_models.lab.characterize import Sheet, characterize


@pytest.fixture(scope="session")
def called(tmp_path_factory: pytest.TempPathFactory) -> Called:
    folder, sheets = tmp_path_factory.mktemp("called") / "sheet", list[Sheet]()

    def kept(*asked: Any, **rest: Any) -> Sheet:
        sheets.append(characterize(*asked, **rest))
        return sheets[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "characterize", kept)
        done = CliRunner().invoke(app, ["characterize", "--form", "twin", "--json", "--out", str(folder)])
    assert sheets, done.output
    return Called(done, folder, sheets[0])


@pytest.fixture(scope="session")
def twin(called: Called) -> Sheet:
    """The sheet of the twin."""
    return called.sheet


@pytest.fixture(scope="session")
def wrong_sheet(tmp_path_factory: pytest.TempPathFactory) -> Sheet:
    """Of a cell with twice the conductance, and a filament that does not grow."""
    cell = CellParams().replace(g_int_max=4e-7, rate_fil_set=1e-3)
    return characterize("twin", tmp_path_factory.mktemp("wrong"), cell=cell)
