"""The benchmark: its rows are measured, its targets are judged, and what is missing is said."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyspice_models.accuracy import Accuracy
from pyspice_models.benchmark import SpeedFigure
from pyspice_models.benchmark.arrays import against_ngspice, with_many_pulses
from pyspice_models.benchmark.run import figures
from pyspice_models.benchmark.static import against_badcrossbar, many_inputs
from pyspice_models.benchmark.text import writers
from pyspice_models.benchmark.tiles import updates
from pyspice_models.benchmark.transient import apart, corner, deck_of, ngspice_and_nodal, plain, ran, study
from pyspice_models.cli.main import app


def test_targets_are_judged() -> None:
    row = SpeedFigure("a", "b", figure=3.0, target=2.0)
    assert row.ok is True
    assert replace(row, wanted="at most").ok is False
    assert replace(row, target=None).ok is None
    assert replace(row, figure=None).ok is None


def test_every_figure_has_a_small_instance() -> None:
    assert {name.rstrip("0123456789") for name in figures(True)} == {n.rstrip("0123456789") for n in figures(False)}


def test_both_static_solvers_find_the_same() -> None:
    row = against_badcrossbar(24, None)
    assert row.details["largest_difference_of_voltages"] < row.details["to"]
    assert row.ours > 0
    assert row.peer > 0


def test_the_peer_leaves_the_logs_of_a_process_alone() -> None:
    """It logs each step, and sends all that anybody logs to standard output when it is imported."""
    code = (
        "import logging; from pyspice_models.benchmark.static import against_badcrossbar\n"
        "logging.getLogger('mine').addHandler(logging.StreamHandler())\n"
        "against_badcrossbar(3, None)\n"
        "logging.getLogger('mine').error('heard'); print(logging.getLogger().handlers, logging.getLogger().level)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "heard\n"
    assert done.stdout == f"[] {logging.WARNING}\n"


def test_many_inputs_give_what_single_solutions_give() -> None:
    assert many_inputs(24, 30, None).details["largest_difference_of_currents"] < 1e-9


def test_the_plain_way_is_plain_and_right() -> None:
    """No KLU, no thread setting, no chosen step, no restarts; and it converges to the same energies."""
    asked = study(3, corner(3))
    deck = plain(asked, 20e-9)
    for ours in ("klu", ".control", "vrestart", "num_threads"):
        assert ours not in deck.text
        assert ours in deck_of(asked, form="subckt").text
    assert f".tran 2e-08 {deck.stop:.15g}\n" in deck.text
    reference = ran(asked, deck_of(asked, Accuracy().tighter()))
    assert apart(ran(asked, deck), reference) < 1e-2
    assert apart(ran(asked, deck_of(asked)), reference) < 5e-3


def test_both_engines_are_timed_on_the_same_run() -> None:
    spice, nodal = ngspice_and_nodal(6, None, None)
    assert nodal.details["largest_difference"] < 5e-3
    assert nodal.peer == spice.ours
    assert nodal.figure == pytest.approx(spice.ours / nodal.ours, rel=1e-12, abs=0)


def test_the_writers_rates_are_of_the_same_elements() -> None:
    row = writers(12, 4, None)
    assert row.details["elements_per_second"] > row.details["pyspice_elements_per_second"] > 0


def test_a_table_is_timed_on_the_update_of_the_transient() -> None:
    row = updates((12, 6), None)
    assert row.details["rms_error_of_change"] < 0.005
    assert row.details["error_of_energy"] < 0.02
    assert row.figure == row.ours > 0


def test_the_command_gives_json_and_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "bench"
    told = CliRunner().invoke(app, ["bench", "--quick", "--only", "static_worst", "--json", "--out", str(out)])
    assert told.exit_code == 0
    data = json.loads(told.stdout)
    (row,) = data["rows"]
    assert row["id"] == "static_worst"
    assert row["ours"] > 0
    assert data["machine"]["cores"] >= 1
    assert json.loads((out / "bench.json").read_text()) == data


def test_a_peer_that_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AG2S_PEERS", str(tmp_path))
    command = ["bench", "--quick", "--only", "static_badcrossbar", "--json", "--out", str(tmp_path / "bench")]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 1
    (row,) = json.loads(told.stdout)["rows"]
    assert "badcrossbar is not in" in row["failure"]
    assert f"no figure of static_badcrossbar: {row['failure']}" in told.stderr
    assert "scripts/setup" in row["failure"]


def test_an_unknown_figure_is_refused() -> None:
    told = CliRunner().invoke(app, ["bench", "--only", "speed"])
    assert told.exit_code == 2
    assert "--only = 'speed' is refused; allowed: one of deck_plain" in told.stderr


def test_many_pulses_come_to_the_same_in_both_engines() -> None:
    row = against_ngspice("many_pulses", with_many_pulses, 2, "32 pulses", None)
    assert row.details["largest_difference"] < 5e-3
    assert row.figure == pytest.approx(row.peer / row.ours, rel=1e-12, abs=0)
