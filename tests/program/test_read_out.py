"""What amplifiers and converters make of a read: noise by its formula, offsets that stay, steps and their ends."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.constants import k as BOLTZMANN

from pyspice_models.array import Crossbar
from pyspice_models.array.sensing import SensingParams
from pyspice_models.array.variability import sample_crossbar
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.errors import RequestError
from pyspice_models.measure import sense_current
from pyspice_models.measure.noise import Sensing
from pyspice_models.program import rounds as module
from pyspice_models.program.correction import Responses, nominal_bounds
from pyspice_models.program.file import load_write_verify
from pyspice_models.program.read_out import ReadOut
from pyspice_models.program.write_verify import write_verify
from pyspice_models.result import load, windows
from pyspice_models.study import Study
from pyspice_models.units import show

pytestmark = pytest.mark.usefixtures("no_pictures")

AG2S = Path(sys.executable).with_name("ag2s")


def _read_out(params: SensingParams, r_feedback: float = 10e6, full_scale: float = 1e-6, seed: int = 0) -> ReadOut:
    return ReadOut(Sensing(params, r_feedback, 300.0, full_scale), seed)


def test_the_scatter_is_that_of_the_closed_form() -> None:
    """1e5 reads of one current, in a closed form written out here, within 3 standard errors of a standard deviation."""
    params = SensingParams(offset=0, bits=24, cell_noise=0.01)
    read, current, g = _read_out(params, seed=4), 5e-10, 0.8e-6
    white = 4 * BOLTZMANN * 300 * (g + 1 / 10e6) * 100e3
    amplifier = (10e-9) ** 2 * ((g + 1 / 10e6) ** 2 * 1e5 + (2 * math.pi * 1e-12) ** 2 * 1e5**3 / 3)
    found = math.sqrt(white + amplifier + (0.01 * current) ** 2)
    seen = read.seen(np.full((100, 1000), current), np.full(1000, g), 0) - current
    # the lowest code ends the range at no current, 16 standard deviations away
    assert seen.std() == pytest.approx(found, rel=3 / math.sqrt(2e5), abs=0)
    assert abs(seen.mean()) < 3 * found / math.sqrt(1e5) + read.sense.step
    assert float(read.spread(np.array(current), np.array(g))) == pytest.approx(found, rel=1e-3, abs=0)


def test_noise_is_new_in_each_read_and_offsets_stay() -> None:
    flat, g = np.full((3, 4), 5e-10), np.full(4, 1e-7)
    still = _read_out(SensingParams(voltage_noise=0, offset=1e-4, bits=24, bandwidth=1e-9), 1e7)
    quiet = [still.seen(flat, g, n) for n in range(2)]
    assert quiet[0] == pytest.approx(quiet[1], rel=0, abs=2 * still.sense.step)
    assert np.ptp(quiet[0], axis=0).max() <= 2 * still.sense.step, "one offset for a bit line"
    assert np.ptp(quiet[0], axis=1).min() > 1e-12
    loud = _read_out(SensingParams(bits=24), 1e7)
    first, again, second = (loud.seen(flat, g, n) for n in (0, 0, 1))
    assert (first == again).all()
    assert (first != second).all()
    assert (first != _read_out(SensingParams(bits=24), 1e7, seed=2).seen(flat, g, 0)).all()
    wide = np.full((1, 100_000), 5e-10)
    offsets = still.seen(wide, np.full(100_000, 1e-7), 0) - wide
    assert offsets.std() == pytest.approx(1e-4 * (1e-7 + 1e-7), rel=0.01, abs=0)


def test_the_converter_has_steps_and_ends() -> None:
    """3 bits of 8 nA: middles of 8 steps of 1 nA; what lies outside takes the outermost."""
    params = SensingParams(voltage_noise=0, offset=0, bits=3, bandwidth=1e-9)
    read = _read_out(params, full_scale=8e-9)
    current = np.array([[-1e-9, 0.2e-9, 0.999e-9, 1.001e-9, 7.5e-9, 20e-9]])
    seen = read.seen(current, np.zeros(6), 0)
    assert seen == pytest.approx(np.array([[0.5, 0.5, 0.5, 1.5, 7.5, 7.5]]) * 1e-9, rel=1e-9, abs=0)
    many = np.random.default_rng(0).uniform(0, 8e-9, (1, 100_000))
    error = read.seen(many, np.zeros(100_000), 0) - many
    assert error.std() == pytest.approx(1e-9 / math.sqrt(12), rel=0.01, abs=0)


FILE = """
[array]
rows = 2
cols = 3
[array.initial]
pattern = "uniform"
low = 0.3
[write_verify]
pattern = "random"
levels = 16
rounds = 3
"""


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('[sensing]\nbandwidth = "10 kHz"', r"sensing\.bandwidth = 10000\.0 Hz .*allowed: >= 3\.333e\+04 Hz\. "),
        ("[sensing]\nbits = 7.5", r"sensing\.bits = 7\.5 .*whole number"),
        ("[sensing]\nbits = 25", r"sensing\.bits"),
        ("read_seed = -1\n[sensing]", r"write_verify\.read_seed"),
        ("read_seed = 1", "without a .sensing. table"),
        ("[[sensing]]", "sensing must be a table"),
        ("[sensing]\nbits = 4", r"sensing\.bits = 4 is refused; allowed: a whole number from 6 to 24\. Steps of"),
        ('[sensing]\nfull_scale = "0.8 nA"', r"sensing\.full_scale = 8e-10 A is refused; allowed: >= 8\.554e-10 A\. "),
        ('[sensing]\nfull_scale = "840 pA"', r"sensing\.full_scale = 8\.4e-10 A .* >= 8\.554e-10 A\. "),
        ('[sensing]\nfull_scale = "1 mA"', r"sensing\.full_scale = 0\.001 A .* <= 0\.0005017 A\. Steps"),
        ("[sensing]\nnoise = 1", "unknown key 'noise' in .sensing."),
        ('[sensing]\noffset = "1 mA"', r"sensing\.offset"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, table: str, message: str) -> None:
    (tmp_path / "s.toml").write_text(FILE + table)
    with pytest.raises(RequestError, match=message):
        load_write_verify(tmp_path / "s.toml")


def test_the_full_scale_follows_the_read_voltage(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(FILE + "[sensing]")
    for volts in (5e-3, 50e-3):
        asked = load_write_verify(tmp_path / "s.toml", [f"write_verify.read_voltage={volts}"])
        assert asked.read_out is not None
        assert asked.read_out.sense.full_scale == pytest.approx(2 * asked.scale.high * volts, rel=1e-9, abs=0)
    given = load_write_verify(tmp_path / "s.toml", ["sensing.full_scale=3 nA", "driver.r_feedback=1 Mohm"]).read_out
    assert given is not None
    assert (given.sense.full_scale, given.sense.r_feedback) == (3e-9, 1e6)


def test_the_loop_reads_through_the_converter_and_the_report_tells_what_is_held(tmp_path: Path) -> None:
    """Everything that is read is a step of the converter, and what is held is told by the states alone."""
    (tmp_path / "s.toml").write_text(FILE + "read_seed = 3\n[sensing]\nbits = 6\n[driver]\nr_feedback = '10 Mohm'")
    done = subprocess.run(
        [AG2S, "write-verify", "s.toml", "--json", "--out", "o"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    answer = json.loads(done.stdout)
    asked = load_write_verify(tmp_path / "s.toml")
    assert asked.read_out is not None
    scatter = show(float(asked.scale.difference(asked.noise)), "S", 3)
    assert f"reads scatter by up to {scatter}, the tolerance is 2.99 nS: " in done.stderr, "said before the work"
    cells = load(tmp_path / "o" / "cells.nc")
    read, held, target = (cells[name].values for name in ("read", "held", "target"))
    steps = read * 5e-3 / asked.read_out.sense.step - 0.5
    assert steps == pytest.approx(np.round(steps), rel=0, abs=1e-6)
    array = asked.study.crossbar
    true = array.equations.conductance(5e-3, cells["w"].values, cells["x"].values)
    assert held == pytest.approx(true, rel=1e-9, abs=0)
    levels = asked.scale.conductances(asked.levels)
    wrong = np.abs(true[..., None] - levels).argmin(-1) != np.abs(target[..., None] - levels).argmin(-1)
    assert answer["measures"]["wrong_levels"]["value"] == wrong.sum()
    for name in ("error", "overshoot", "disturb", "pulses", "noise"):
        assert np.array(answer["cells"][name]["values"]) == pytest.approx(cells[name].values, rel=1e-12, abs=0)
        assert cells[name].attrs["units"] == (answer["cells"][name]["unit"] or "1")
    noise = asked.read_out.spread(held * 5e-3, held.sum(axis=0)) / 5e-3
    assert cells["noise"].values == pytest.approx(noise, rel=1e-9, abs=0)
    # each round reads both rows for 15 us; from the second on there are pulses and a wait before
    rounds, spent = answer["rounds"], answer["measures"]
    assert spent["time"]["value"] >= (2 * 15e-6) * (rounds + 1) + 15e-6 * rounds + spent["pulse_time"]["value"]
    assert answer["sensing"]["bits"]["value"] == 6


def test_noise_alone_does_not_call_a_cell_disturbed_or_dead() -> None:
    """One cell of two gets a pulse; the other's read moves by two standard deviations."""
    bounds, target = nominal_bounds(Crossbar(1, 2), 0.15), np.array([[0.5, 0.5]])
    width, none = np.array([[1e-4, 0.0]]), np.zeros((2, 1, 2))
    before, after = np.array([[0.2, 0.5]]), np.array([[0.5, 0.54]])
    quiet = Responses.none((1, 2)).after(bounds, width, none, before, after, target, 0.04)
    noisy = Responses.none((1, 2)).after(bounds, width, none, before, after, target, 0.16, 0.02)
    assert quiet.disturbed.tolist() == [[False, True]]
    assert noisy.disturbed.tolist() == [[False, False]]


def test_the_same_seed_gives_the_same_result_and_another_another(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(FILE.replace("rounds = 3", "rounds = 1") + "[sensing]")
    one, same, other = (
        write_verify(load_write_verify(tmp_path / "s.toml", [f"write_verify.read_seed={n}"]))[0].read for n in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


TRUTH = """
[array]
rows = 8
cols = 8
[array.initial]
pattern = "uniform"
low = 0.3
[variability]
seed = 3
[write_verify]
pattern = "random"
levels = 16
rounds = 3
read_voltage = "20 mV"
[sensing]
[driver]
r_feedback = "1 Mohm"
"""


def test_wrong_levels_of_a_spread_array_read_with_noise_are_those_of_its_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8 x 8, 16 levels, default spreads, a stated amplifier: all counted again, cell by cell, from drawn parameters."""
    (tmp_path / "s.toml").write_text(TRUTH)
    asked, real, sensed = load_write_verify(tmp_path / "s.toml"), module.simulate_study, []

    def kept(study: Study, folder: Path | None) -> xr.Dataset:
        waves = real(study, folder)
        sensed.append(np.array([sense_current(waves, one).values for one in windows(waves, "read")]))
        return waves

    monkeypatch.setattr(module, "simulate_study", kept)
    found, _ = write_verify(asked)
    bar, variation = asked.study.crossbar, asked.variation
    assert variation is not None
    assert asked.read_out is not None
    drawn = sample_crossbar(
        bar.cell, {}, bar.shape, bar.wire, bar.driver, variation.seed, variation.spread, cycle=found.rounds
    ).cells
    low, high = (float(Equations(bar.cell).conductance(0.02, w, 0.0)) for w in (0.0, 1.0))
    levels = low + np.linspace(0.1, 0.9, 16) * (high - low)
    wrong, true = set(), np.empty(bar.shape)
    for place in np.ndindex(8, 8):
        cell = bar.cell.replace(**{name: float(values[place]) for name, values in drawn.items()})
        true[place] = Equations(cell).conductance(0.02, found.states["w"][place], found.states["x"][place])
        asked_for = low + found.target[place] * (high - low)
        if np.abs(levels - true[place]).argmin() != np.abs(levels - asked_for).argmin():
            wrong.add(place)
    assert set(found.wrong) == wrong
    assert 3 < len(wrong) < 40, "noise makes some cells pass that hold another level, and most hold theirs"
    assert sum(one.wrong for one in found.by_level()) == len(wrong)
    assert found.scale.conductances(found.held) == pytest.approx(true, rel=1e-9, abs=0)
    assert not found.done
    # what the amplifiers add to the last read, of which the data sheet says how much: 64 samples, four standard errors
    noise = found.scale.conductances(found.read) - sensed[-1] / 0.02
    said = asked.scale.difference(asked.noise)
    assert noise.std() < said * (1 + 4 / math.sqrt(128))
    assert np.square(noise).mean() > 0.5 * said**2
    assert len(sensed) == found.rounds + 1
