"""Write-verify where writes disturb, and its report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from closed_loop_cases import NONE, VOLT, _asked, _crossbar, _file
from typer.testing import CliRunner

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.cli.main import app
from pyspice_models.program.correction import SILENT_AFTER, Responses, nominal_bounds
from pyspice_models.program.disturb import doses
from pyspice_models.program.file import load_write_verify
from pyspice_models.program.programmed_data import as_data
from pyspice_models.program.programming import Budget
from pyspice_models.program.read_out import ReadOut
from pyspice_models.program.write_verify import write_verify
from pyspice_models.stimulus.scheme import WRITE_SCHEMES, write_bias

pytestmark = pytest.mark.usefixtures("no_pictures")

Call = Callable[..., Result]


# ---- a disturbed cell is not a dead one


@pytest.mark.parametrize("selector", [None, TransistorParams()], ids=["1R", "1T1R"])
@pytest.mark.parametrize("scheme", [s for s in WRITE_SCHEMES if "float" not in s])
def test_doses_are_the_sum_over_all_other_pulses(scheme: str, selector: TransistorParams | None) -> None:
    bar = _crossbar(3, 4, selector=selector)
    rng = np.random.default_rng(0)
    width = np.where(rng.random((3, 4)) < 0.7, rng.uniform(1e-6, 1e-4, (3, 4)), 0.0)
    up = rng.random((3, 4)) < 0.5
    full, expected = nominal_bounds(bar, 0.3).rates, np.zeros((2, 3, 4))
    for row, col in np.argwhere(width > 0).tolist():
        bias = write_bias(scheme, (3, 4), [row], [col], 0.3 if up[row, col] else -0.3)
        volts = bias.word[:, None] - bias.bit
        if selector is not None:
            volts = volts * bias.gates
        for place in np.ndindex(3, 4):
            if place != (row, col) and volts[place]:
                way = 0 if volts[place] > 0 else 1
                rate = nominal_bounds(bar, abs(volts[place])).rates[way]
                expected[(way, *place)] += width[row, col] * rate / full[way]
    assert doses(bar, scheme, 0.3, width, up) == pytest.approx(expected, rel=1e-9, abs=1e-18)  # s


@pytest.mark.parametrize("scheme", [s for s in WRITE_SCHEMES if "float" in s])
def test_lines_that_float_disturb_at_most_as_much_as_the_full_voltage(scheme: str) -> None:
    width = np.array([[1e-5, 0.0], [0.0, 0.0]])
    found = doses(_crossbar(2, 2), scheme, 0.3, width, np.ones((2, 2), dtype=bool))
    assert found[:, 0, 0].tolist() == [0, 0]
    assert 0 < found.max() <= 1e-5


def _taught(others: float, moved: float, rounds: int) -> Responses:
    """What rounds of pulses teach of one cell that moves by `moved` each time, with so much of resets by others [s]."""
    bounds, known = nominal_bounds(Crossbar(1, 1), 0.15), Responses.none((1, 1))
    before, target = np.full((1, 1), 0.2), np.full((1, 1), 0.6)
    for _ in range(rounds):
        width = bounds.time(before, target, target > before)
        dose = np.array([0.0, others]).reshape(2, 1, 1)
        known = known.after(bounds, width, dose, before, before + moved, target, 0.04)
    return known


def test_a_cell_is_silent_only_if_nothing_else_explains_that_it_stands_still() -> None:
    up = np.ones((1, 1), dtype=bool)
    width = float(nominal_bounds(Crossbar(1, 1), 0.15).time(np.full((1, 1), 0.2), np.full((1, 1), 0.6), up).item())
    dead = _taught(0.0, 0.0, SILENT_AFTER)
    assert dead.silent(up).all()
    assert not dead.disturbed.any()
    assert not _taught(0.0, 0.0, SILENT_AFTER - 1).silent(up).any()
    hidden = _taught(2 * width, 0.0, 10)
    assert not hidden.silent(up).any(), "the others may have undone its pulses"
    assert hidden.disturbed.all()
    assert np.isnan(hidden.speed).all(), "and nothing was learned of how fast it is"
    pushed = _taught(0.0, -0.1, 10)
    assert not pushed.silent(up).any()
    assert pushed.disturbed.all()
    weak = _taught(width / 100, 0.0, SILENT_AFTER)
    assert weak.silent(up).all(), "a disturb that is too small to hide an answer is no excuse"
    dragged = _taught(width / 20, 0.01, SILENT_AFTER)
    assert dragged.silent(up).all(), "and a move that the others may have done is no answer"
    assert not _taught(width / 100, 0.02, SILENT_AFTER).silent(up).any(), "which a twentieth of its pulse's is else"
    assert not _taught(width / 20, 0.1, SILENT_AFTER).silent(up).any()


def test_who_gets_no_pulse_and_goes_astray_was_moved_by_the_others() -> None:
    bounds, target = nominal_bounds(Crossbar(1, 2), 0.15), np.array([[0.5, 0.5]])
    before, after = np.array([[0.2, 0.5]]), np.array([[0.5, 0.53]])
    for width, disturbed in ((np.array([[1e-4, 0.0]]), [False, True]), (np.zeros((1, 2)), [False, False])):
        known = Responses.none((1, 2)).after(bounds, width, np.zeros((2, 1, 2)), before, after, target, 0.04)
        assert known.disturbed.tolist() == [disturbed]
    nearer = Responses.none((1, 2)).after(
        bounds, np.array([[1e-4, 0.0]]), np.zeros((2, 1, 2)), np.array([[0.2, 0.53]]), target, target, 0.04
    )
    assert nearer.disturbed.tolist() == [[False, False]]


@pytest.mark.parametrize(
    "size", [pytest.param(6, id="6 x 6 at 0.6 V"), pytest.param(16, marks=pytest.mark.slow, id="16 x 16 at 0.3 V")]
)
def test_no_healthy_cell_is_called_dead_where_disturb_is_too_large(tmp_path: Path, size: int) -> None:
    volts = "0.3 V" if size == 16 else "0.6 V"
    report, _ = write_verify(load_write_verify(_file(tmp_path, f'voltage = "{volts}"', rows=size, cols=size)))
    assert report.missed
    assert report.silent == []
    reasons = {report.why(place) for place in report.missed}
    assert reasons <= {"disturbed by the pulses of others", "rounds used up"}
    assert report.disturbed


# ---- the report


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """In this process."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["write-verify", "s.toml", *words])


def test_the_command_does_not_say_that_a_wrong_level_is_right(tmp_path: Path, call: Call) -> None:
    """Every read is right by what the loop knows, and the reference of all voltages is off."""
    off = "\n".join(f"{key} = 0" for key in NONE if key != "array_amplitude")
    _file(tmp_path, "levels = 16", "[variability]", "seed = 3", off, "array_amplitude = 0.1")
    done = call("--json")
    assert done.exit_code == 1, done.output
    answer = json.loads(done.stdout)
    assert answer["converged"]
    assert answer["missed"] == []
    wrong = answer["wrong_levels"]
    assert answer["measures"]["wrong_levels"]["value"] == len(wrong) > 0
    assert {cell["why"] for cell in wrong} == {"reads its level, holds another"}
    assert all(cell["held_level"] != cell["level"] for cell in wrong)
    assert sum(level["wrong"] for level in answer["levels"]) == len(wrong)
    assert all(level["largest_error"]["unit"] == "S" for level in answer["levels"])
    assert answer["rounds"] == len(answer["errors"]) - 1 > 0
    assert np.shape(answer["pulses"]) == (2, 3)
    assert sum(map(sum, answer["pulses"])) == answer["measures"]["pulses"]["value"]
    held = answer["measures"]["largest_held_error_conductance"]
    assert held["unit"] == "S"
    assert held["value"] > answer["measures"]["tolerance_conductance"]["value"]
    kept = np.load(tmp_path / "out" / "s" / "states.npz")
    assert kept["held"].shape == (2, 3)
    line = done.stderr.splitlines()[-1]
    assert re.search(r"should be .* nS, reads .* nS, holds .* nS, \d+ pulses: reads its level, holds another", line)


def test_the_print_has_the_siemens_of_each_level(tmp_path: Path, call: Call) -> None:
    asked = load_write_verify(_file(tmp_path, "levels = 4"))
    done = call()
    usual = asked.noise_with(ReadOut.of(asked.study, VOLT)) * (asked.scale.high - asked.scale.low)
    assert (
        "ideal reads, without noise, offset or steps: with a [sensing] table, an empty one too, they would scatter by "
        f"{1e9 * usual:.3g} nS" in done.stdout
    )
    assert done.exit_code == 0, done.stderr
    first, *table = done.stdout.splitlines()
    words = r"converged after \d+ rounds: 6 of 6 cells read their level within 0\.02 of the window, 3\.36 nS"
    assert re.match(words, first)
    assert "none hold another level" in first
    head = next(line for line in table if "largest error" in line)
    assert all(word in head for word in ("level", "conductance", "held", "mean error", "wrong", "pulses"))
    answer = json.loads((tmp_path / "out" / "s" / "report.json").read_text())
    assert sum(len(re.findall(r"│", line)) > 0 for line in table) == len(answer["levels"])


def test_a_report_of_faulty_cells_alone_has_no_number_that_is_none() -> None:
    """NaN is no JSON: what is not there is null."""
    asked = _asked([[0.2, 0.5]], levels=np.array([0.2, 0.5]), budget=Budget(rounds=1))
    report, _ = write_verify(asked)
    found = as_data("wv", "ngspice", replace(report, faulty=np.ones((1, 2), dtype=bool)))
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text)["levels"][0]["mean_error"] == {"value": None, "unit": "S"}
    assert json.loads(text)["measures"]["typical_held_error_conductance"]["value"] is None
