"""What amplifiers and converters make of a read: noise by its formula, offsets that stay, steps and their ends."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.constants import k as BOLTZMANN

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.params import SensingParams
from pyspice_models.result import load
from pyspice_models.study.correction import Kinetics, Knowledge
from pyspice_models.study.sensing import Sensing, sensing_from
from pyspice_models.study.write_verify import write_verify
from pyspice_models.study.write_verify_file import load_write_verify

AG2S = Path(sys.executable).with_name("ag2s")
FINE = SensingParams(adc_bits=24, full_scale=1e-6, offset=0)


def test_the_noise_is_that_of_the_amplifier_and_of_all_cells_of_the_bit_line() -> None:
    """1e5 reads against sqrt((i^2 + 4 k T G) B), within 3 standard errors of a standard deviation."""
    sensing = Sensing(FINE, 4)
    found = float(sensing.noise(np.array(0.8e-6), 300.0))
    assert found == pytest.approx(math.sqrt(((41e-15) ** 2 + 4 * BOLTZMANN * 300 * 0.8e-6) * 35e3), rel=1e-12, abs=0)
    seen = sensing.seen(np.full((100, 1000), 5e-10), np.array(found), 0) - 5e-10
    assert seen.std() == pytest.approx(found, rel=3 / math.sqrt(2e5), abs=0)
    assert abs(seen.mean()) < 3 * found / math.sqrt(1e5) + sensing.step


def test_the_default_is_the_thermal_noise_of_its_feedback() -> None:
    assert SensingParams().noise_density == pytest.approx(math.sqrt(4 * BOLTZMANN * 300 / 10e6), rel=0.01, abs=0)


def test_noise_is_new_in_each_read_and_offsets_stay() -> None:
    sensing = Sensing(SensingParams(adc_bits=24, full_scale=1e-6, offset=1e-10, noise_density=0), 1)
    flat = np.full((3, 4), 5e-10)
    quiet = [sensing.seen(flat, np.zeros(4), n) for n in range(2)]
    assert (quiet[0] == quiet[1]).all()
    assert (np.ptp(quiet[0], axis=0) == 0).all(), "one offset for a bit line"
    assert np.ptp(quiet[0], axis=1).min() > 1e-11
    loud = [sensing.seen(flat, np.full(4, 1e-11), n) for n in (0, 0, 1)]
    assert (loud[0] == loud[1]).all()
    assert (loud[0] != loud[2]).all()
    other = Sensing(sensing.params, 2).seen(flat, np.zeros(4), 0)
    assert (other != quiet[0]).all()
    offsets = Sensing(SensingParams(offset=5e-12), 0).offsets(100_000)
    assert offsets.std() == pytest.approx(5e-12, rel=3 / math.sqrt(2e5), abs=0)


def test_the_converter_has_steps_and_ends() -> None:
    """3 bits of 8 nA: middles of 8 steps of 1 nA; what lies outside takes the outermost."""
    sensing = Sensing(SensingParams(adc_bits=3, full_scale=8e-9, offset=0))
    current = np.array([[-1e-9, 0.2e-9, 0.999e-9, 1.001e-9, 7.5e-9, 20e-9]])
    seen = sensing.seen(current, np.zeros(6), 0)
    assert seen == pytest.approx(np.array([[0.5, 0.5, 0.5, 1.5, 7.5, 7.5]]) * 1e-9, rel=1e-9, abs=0)
    many = np.random.default_rng(0).uniform(0, 8e-9, (1, 100_000))
    error = sensing.seen(many, np.zeros(1), 0) - many
    assert error.std() == pytest.approx(1e-9 / math.sqrt(12), rel=0.01, abs=0)
    assert float(sensing.spread(np.array(0.0), 300.0)) == pytest.approx(
        math.hypot(1e-9 / math.sqrt(12), 41e-15 * math.sqrt(35e3)), rel=1e-9, abs=0
    )


FILE = """
[array]
rows = 2
cols = 3
[array.initial]
pattern = "uniform"
low = 0.3
[study]
engine = "nodal"
[write_verify]
pattern = "random"
levels = 16
rounds = 3
"""


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('[sensing]\nbandwidth = "10 kHz"', r"sensing\.bandwidth = 1e\+04 Hz .*allowed: >= 3\.333e\+04 Hz"),
        ("[sensing]\nadc_bits = 7.5", r"sensing\.adc_bits = 7\.5 .*whole number"),
        ("[sensing]\nadc_bits = 25", r"sensing\.adc_bits"),
        ("[sensing]\nseed = -1", r"sensing\.seed"),
        ("[sensing]\nnoise = 1", "unknown key 'noise' in .sensing."),
        ('[sensing]\noffset = "1 mV"', r"sensing\.offset"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, table: str, message: str) -> None:
    (tmp_path / "s.toml").write_text(FILE + table)
    with pytest.raises(RequestError, match=message):
        load_write_verify(tmp_path / "s.toml")


def test_no_table_is_refused() -> None:
    with pytest.raises(RequestError, match="sensing must be a table"):
        sensing_from(3, full_scale=1e-9)


def test_the_full_scale_follows_the_read_voltage(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(FILE + "[sensing]")
    one, ten = (load_write_verify(tmp_path / "s.toml", [f"write_verify.read_voltage={v} mV"]) for v in (5, 50))
    assert one.sensing is not None
    assert ten.sensing is not None
    assert ten.sensing.params.full_scale > 9 * one.sensing.params.full_scale
    assert one.sensing.params.full_scale == pytest.approx(SensingParams().full_scale, rel=0.02, abs=0)


def test_the_loop_reads_through_the_converter_and_the_report_tells_what_is_held(tmp_path: Path) -> None:
    """Everything that is read is a step of the converter, and what is held is told by the states alone."""
    (tmp_path / "s.toml").write_text(FILE + "[sensing]\nadc_bits = 6\nseed = 3")
    done = subprocess.run(
        [AG2S, "write-verify", "s.toml", "--json", "--out", "o"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    answer = json.loads(done.stdout)
    asked = load_write_verify(tmp_path / "s.toml")
    assert asked.sensing is not None
    cells = load(tmp_path / "o" / "cells.nc")
    read, held, target = (cells[name].values for name in ("read", "held", "target"))
    steps = read * 5e-3 / asked.sensing.step - 0.5
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
    noise = [float(asked.sensing.spread(column, 300.0)) / 5e-3 for column in held.sum(axis=0)]
    assert cells["noise"].values[0] == pytest.approx(noise, rel=1e-9, abs=0)
    # each round reads both rows for 15 us; from the second on there are pulses and a wait before
    rounds, spent = answer["rounds"], answer["measures"]
    assert spent["time"]["value"] >= (2 * 15e-6) * (rounds + 1) + 15e-6 * rounds + spent["pulse_time"]["value"]
    assert answer["sensing"]["adc_bits"]["value"] == 6


def test_noise_alone_does_not_call_a_cell_disturbed_or_dead() -> None:
    """One cell of two gets a pulse; the other's read moves by two standard deviations."""
    kinetics, target = Kinetics.of(Crossbar(1, 2), 0.15), np.array([[0.5, 0.5]])
    width, none = np.array([[1e-4, 0.0]]), np.zeros((2, 1, 2))
    before, after = np.array([[0.2, 0.5]]), np.array([[0.5, 0.54]])
    quiet = Knowledge.none((1, 2)).after(kinetics, width, none, before, after, target, 0.04)
    noisy = Knowledge.none((1, 2)).after(kinetics, width, none, before, after, target, 0.16, 0.02)
    assert quiet.disturbed.tolist() == [[False, True]]
    assert noisy.disturbed.tolist() == [[False, False]]


def test_the_same_seed_gives_the_same_result_and_another_another(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(FILE.replace("rounds = 3", "rounds = 1") + "[sensing]")
    one, same, other = (
        write_verify(load_write_verify(tmp_path / "s.toml", [f"sensing.seed={n}"]))[0].read for n in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()
