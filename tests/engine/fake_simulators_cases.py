"""What the tests of fake simulators share."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import Fake, Good

from pyspice_models.array import Crossbar
from pyspice_models.engine import engine
from pyspice_models.engine.rawfile import read_header
from pyspice_models.netlist import crossbar_deck
from pyspice_models.stimulus import Read, schedule


@pytest.fixture(scope="module", params=["ngspice", "vacask"])
def good(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Good:
    name, folder = request.param, tmp_path_factory.mktemp("good")
    crossbar = Crossbar(1, 1)
    deck = crossbar_deck(crossbar, schedule(crossbar, [Read(0, 0)]), dialect_name=name)
    waves = engine(name).run_deck(deck, folder, time_limit=120)
    header = read_header(folder / "waves.raw")
    assert header is not None
    return Good(name, deck, waves, (folder / "waves.raw").read_bytes(), header.offset, len(header.names))


@pytest.fixture
def fake(good: Good, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    monkeypatch.setenv(f"AG2S_{good.name.upper()}", "")  # put back afterwards
    made = Fake(good, tmp_path)
    made.does(f"cat {made.leaves} > waves.raw")
    return made
