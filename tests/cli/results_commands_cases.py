"""What the tests of results commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from small_studies import CHECKERBOARD, IDENTITY, UNIFORM, array, many, write_then_read
from typer.testing import CliRunner

from pyspice_models.cli.main import app

AG2S = Path(sys.executable).with_name("ag2s")
STUDY = array(2, 2, CHECKERBOARD) + many(7, 3, 'state_change = ">= 0.06"') + write_then_read(1, 1)
VERIFY = array(2, 2, UNIFORM) + IDENTITY
TRAIN = "pulse,voltage [V],width [us],conductance [uS]\n" + "".join(
    f"{n},0.3,1,{0.02 + 0.18 * (1 - 0.93**n):.6f}\n" for n in range(1, 25)
)
WRITING = {
    "simulate": ["simulate", "s.toml", "--out", "r"],
    "sweep": ["sweep", "s.toml", "--over", "program.0.voltage=0.2,0.3", "--workers", "1", "--out", "r"],
    "montecarlo": ["montecarlo", "s.toml", "--workers", "1", "--out", "r"],
    "write-verify": ["write-verify", "w.toml", "--out", "r"],
    "fit": ["fit", "d.csv", "--parameters", "g_int_max", "--out", "r"],
}
"""Commands that write a folder with data and pictures, and do not take a minute."""

Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """In this process."""
    (tmp_path / "s.toml").write_text(STUDY)
    (tmp_path / "w.toml").write_text(VERIFY)
    (tmp_path / "d.csv").write_text(TRAIN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, words)
