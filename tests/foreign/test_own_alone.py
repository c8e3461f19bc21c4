"""A cell of one's own by itself: what programming learns of it, and what `ag2s characterize --study` shows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from own_cases import AG2S_AS_FOREIGN, GAP_CELL, STUDIES, THRESHOLD_CELL, tables
from typer.testing import CliRunner

from pyspice_models import Crossbar, load, load_write_verify, study_from, write_verify
from pyspice_models.cli import own_cell
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError
from pyspice_models.foreign.alone.sheet import cell_sheet
from pyspice_models.foreign.read import foreign_in
from pyspice_models.program.correction import nominal_bounds


def test_write_verify_learns_from_a_lone_cell() -> None:
    bar = study_from(tables(AG2S_AS_FOREIGN)).crossbar
    learnt, stated = (one.model.soft_bounds(one.cell, 300.0, 0.3) for one in (bar, Crossbar(1, 1)))
    assert learnt.rates == pytest.approx(stated.rates, rel=0.02, abs=0)
    assert learnt.exponent == pytest.approx(stated.exponent, abs=0.03)
    asked = {
        "array": {"rows": 2, "cols": 2, "initial": {"pattern": "uniform", "low": 0.3}},
        "cell": {**GAP_CELL, "r_on": 1e7},
        "write_verify": {"target": [[0.2, 0.5], [0.7, 0.4]], "tolerance": 0.05, "voltage": 0.4},
    }  # fmt: skip
    programmed, _ = write_verify(load_write_verify(asked))
    assert programmed.converged
    gap = study_from(tables(GAP_CELL)).crossbar
    with pytest.raises(RequestError, match=r"the conductance of the cell 'gap_cell' hardly moves under 1 nV"):
        gap.model.soft_bounds(gap.cell, 300.0, 1e-9)
    with pytest.raises(RequestError, match=r"the cell 'threshold_cell' states none"):
        nominal_bounds(study_from(tables(THRESHOLD_CELL)).crossbar, 0.3)


def test_characterize_says_what_it_does_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [
        "characterize",
        "--study",
        str(STUDIES / "own_cell.toml"),
        "--voltage",
        "0.5V",
        "--out",
        str(tmp_path / "c"),
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    sheet = load(tmp_path / "c" / "cell.nc")
    assert (tmp_path / "c" / "cell.png").stat().st_size > 10_000
    held = json.loads((tmp_path / "c" / "cell.json").read_text())
    assert held["switching_time"]["unit"] == "s"
    times = sheet["switching_time"].sel(polarity="set").values
    # speed ~ sinh(v / 0.05 V): e for each 0.05 V
    assert times[0] / times[-1] == pytest.approx(np.sinh(10) / np.sinh(5), rel=0.01, abs=0)
    current, volts = sheet["loop_current"].values, sheet["loop_voltage"].values
    rising, top = int(np.argmax(volts > 0.2)), int(np.argmax(volts))
    falling = top + int(np.argmax(volts[top:] < 0.2))
    assert abs(current[falling]) > 10 * abs(current[rising]), "it remembers"
    conductance = sheet["pulse_conductance"].values
    assert conductance[20] == pytest.approx(5e-5, rel=0.02, abs=0)
    assert (np.diff(conductance[:21]) > 0).all()
    stateless = GAP_CELL | {"states": {}}
    for cell, reason in (
        (stateless, "declares no state that could switch"),
        (THRESHOLD_CELL, "no Verilog-A of a user"),
    ):
        with pytest.raises(RequestError, match=reason):
            cell_sheet(foreign_in(cell, Path()), 0.5)
    for more, reason in ((["--seed", "3"], "--study has no --form"), (["--voltage", ""], "--study needs --voltage")):
        done = CliRunner().invoke(app, words + more)
        assert (done.exit_code, reason in done.output) == (2, True)
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("mine")
    monkeypatch.setattr(
        own_cell, "cell_sheet", lambda *_, **__: pytest.fail("simulated before the folder was looked at")
    )
    done = CliRunner().invoke(app, [*words[:-1], str(full)])
    assert (done.exit_code, (full / "thesis.txt").read_text()) == (2, "mine"), done.output
