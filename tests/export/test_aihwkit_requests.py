"""Spreads of exported devices from causes that are known, other pulses and cells, and requests that are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pyspice_models import RequestError, TrainingDevice, TrainingPulses, VariabilityParams, write_training_device
from pyspice_models.cli.main import app

runner = CliRunner()


# ---- spreads


def _fitted(tmp_path: Path, **spreads: float) -> Any:
    nothing = {name: 0.0 for name in VariabilityParams.quantities() if name != "g_step"}
    asked = TrainingDevice(variability=VariabilityParams(**{**nothing, **spreads}))
    return write_training_device(asked, tmp_path)


def test_devices_that_are_all_alike_have_no_spread(tmp_path: Path) -> None:
    fitted = _fitted(tmp_path)
    spread = fitted.spread
    for value in (spread.gain, spread.asymmetry, spread.low, spread.high, spread.points, spread.cycles):
        assert value == pytest.approx(0.0, abs=1e-6)
    assert fitted.devices["piecewise_step"].scatter == pytest.approx(0.0, abs=1e-6)


def test_a_wider_window_is_a_wider_window_and_larger_steps(tmp_path: Path) -> None:
    spread = _fitted(tmp_path, device_interface=0.1).spread
    for value in (spread.gain, spread.low, spread.high):
        assert value == pytest.approx(0.1, abs=0.01)
    assert spread.together == pytest.approx(1.0, abs=0.01)
    assert spread.points == pytest.approx(0.0, abs=1e-6)


def test_faster_ions_make_larger_steps_alone(tmp_path: Path) -> None:
    spread = _fitted(tmp_path, device_mobility=0.1).spread
    assert 0.08 < spread.gain < 0.1  # a step ends nearer to the bound, and so is a little less than proportional
    assert spread.low < 0.02
    assert spread.asymmetry < 0.1 * spread.gain


def test_slower_resets_move_the_symmetric_point_as_the_toolkit_draws_it(tmp_path: Path) -> None:
    fitted = _fitted(tmp_path, device_asymmetry=0.05)
    spread = fitted.spread
    assert spread.asymmetry == pytest.approx(0.025, abs=0.003)  # half of the ratio for each direction
    assert fitted.devices["piecewise_step"].scatter_with_one_window == pytest.approx(spread.points, rel=0.15, abs=0)


# ---- requests


def test_other_pulses_of_another_cell(tmp_path: Path) -> None:
    place = tmp_path / "slow"
    done = runner.invoke(
        app, ["export", "--dialect", "aihwkit", "--to", str(place), "--preset", "250nm-160C",
              "--pulse-voltage", "150m", "--pulse-width", "5 us"],
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    found = json.loads((place / "device.json").read_text())
    assert found["pulses"]["voltage"]["value"] == 0.15
    assert found["pulses"]["width"]["value"] == 5e-6
    assert found["devices"]["piecewise_step"]["distance"]["train"] < 0.003
    assert found["devices"]["piecewise_step"]["distance"]["symmetric_point"] < 0.003
    assert "Cell: preset `250nm-160C`" in (place / "README.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dialect", "aihwkit", "--dialect", "ngspice"], "dialect 'aihwkit' is no netlist"),
        (["--dialect", "aihwkit", "--rows", "4"], "--rows 4 is refused: aihwkit has no crossbar"),
        (["--dialect", "ngspice", "--pulse-width", "1u"], "--pulse-width 1u is refused: they belong to --dialect"),
        (["--dialect", "aihwkit", "--pulse-width", "-1u"], "width = -1e-06 s is refused"),
        (["--dialect", "aihwkit", "--pulse-voltage", "1 A"], "--pulse-voltage"),
        (["--dialect", "aihwkit", "--pulse-voltage", "20m"], "move the cell by less than 0.0001 of its window"),
        (["--dialect", "aihwkit", "--pulse-width", "5n"], "> driver.t_edge"),
    ],
)
def test_a_wrong_request_is_refused_and_leaves_nothing(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = runner.invoke(app, ["export", "--to", str(tmp_path / "b"), *arguments])
    assert done.exit_code == 2, done.stderr
    assert words in done.stderr.replace("\n", " ")
    assert not list(tmp_path.iterdir())


def test_a_temperature_out_of_range_is_refused() -> None:
    with pytest.raises(RequestError, match=r"temperature = 900\.0 K is refused"):
        TrainingPulses(temperature=900.0)
