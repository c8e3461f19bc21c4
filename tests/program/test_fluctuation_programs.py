"""Write-verify, training and inference of cells that fluctuate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pyspice_models.array import Crossbar
from pyspice_models.array.fluctuation import FluctuationParams, RunningNoise, fluctuation_of
from pyspice_models.array.levels import Scale
from pyspice_models.array.sensing import SensingParams
from pyspice_models.errors import RequestError
from pyspice_models.measure.noise import Sensing
from pyspice_models.program.inference.causes import NOISE, Condition
from pyspice_models.program.inference.cells import Answering
from pyspice_models.program.inference.mapping import mapped
from pyspice_models.program.inference.network import Reading
from pyspice_models.program.inference.request import InferenceParams
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.tile import Pulses
from pyspice_models.program.learning.tiles.fluctuating import Fluctuating, check_training, conductances_of
from pyspice_models.program.learning.tiles.grid import Grid
from pyspice_models.program.learning.tiles.table_tile import TableTile
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.write_verify import write_verify
from pyspice_models.stimulus import ReadAll
from pyspice_models.study import Study

NOISY = FluctuationParams(seed=2, flicker=0.02, telegraph=0.1, telegraph_up=20e-6, telegraph_down=20e-6)
VOLTS = 5e-3 * np.eye(4)


@pytest.fixture(scope="module")
def tile() -> TableTile:
    return TableTile(Crossbar(4, 4).at_level(0.4))


def test_each_round_of_write_verify_reads_other_noise(tmp_path: Path) -> None:
    study = Study("w", Crossbar(2, 2).at_level(0.3), [ReadAll()], fluctuation=replace(NOISY, pulse_mobility=0.3))
    asked = Programming(study, np.full((2, 2), 0.5), Budget(tolerance=0.02, rounds=2))
    found, _ = write_verify(asked, folder=tmp_path)
    again, _ = write_verify(asked)
    assert np.array_equal(found.read, again.read)
    first, later = (
        (tmp_path / f"round-00{n}" / "deck.cir").read_text(encoding="ascii").count("alter @n_0_0[rate_int_set]")
        for n in (0, 1)
    )
    assert (first, later) == (0, 0)  # of the first pulse already when the round begins
    assert "rate_int_set" in (tmp_path / "round-001" / "deck.cir").read_text(encoding="ascii")
    quiet, _ = write_verify(replace(asked, study=replace(study, fluctuation=FluctuationParams())))
    off = np.abs(found.read - found.held)
    assert off.max() > 0.005 > np.abs(quiet.read - quiet.held).max()


def test_products_of_training_have_the_noise_of_each_cell(tile: TableTile) -> None:
    quiet, noisy = tile.forward(VOLTS), Fluctuating(NOISY, "C", tile, 5e-3).forward(VOLTS)
    running = RunningNoise(NOISY, (4, 4), "C")
    drawn = np.array([running.after(quiet.time / 4)[row] for row in range(4)])
    assert noisy.currents / quiet.currents - 1 == pytest.approx(drawn, abs=1e-3)
    assert np.abs(drawn).max() > 0.03
    back = Fluctuating(NOISY, "C", tile, 5e-3).backward(VOLTS)
    assert back.currents != pytest.approx(tile.backward(VOLTS).currents, rel=1e-3, abs=0)


def test_pulses_of_training_differ_by_cell_and_pulse(tile: TableTile) -> None:
    one = Fluctuating(FluctuationParams(seed=1, pulse_mobility=0.2), "C", TableTile(Crossbar(32, 32)), 5e-3)
    ones = np.ones((32, 32), dtype=int)
    first, second = one.shares(ones, ones), one.shares(ones, 2 * ones)
    assert np.log1p(first).std() == pytest.approx(0.2, rel=0.06, abs=0)
    assert np.log1p(first).mean() == pytest.approx(0, abs=0.02)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.12
    assert one.shares(2 * ones, 2 * ones) == pytest.approx((first + second) / 2, abs=1e-12)
    some = np.zeros((32, 32), dtype=int)
    some[3, 5] = 1
    assert one.shares(some, ones)[0] == first[3 * 32 + 5]


def test_noise_of_training_goes_on_from_what_was_kept(tile: TableTile) -> None:
    one, other = (Fluctuating(NOISY, "C", tile, 5e-3) for _ in range(2))
    one.forward(VOLTS)
    one.passes(1e-5)
    other.restore({name: np.array(values) for name, values in one.arrays().items()})
    assert np.array_equal(one.forward(VOLTS).currents, other.forward(VOLTS).currents)


def test_a_layer_on_several_arrays_knows_its_conductances(tile: TableTile) -> None:
    grid = Grid((4, 4), (2, 4), lambda shape, _: TableTile(Crossbar(*shape).at_level(0.4)))
    assert conductances_of(grid, 5e-3) == pytest.approx(conductances_of(tile, 5e-3), rel=1e-6, abs=0)
    pulses = Pulses(np.ones((1, 4), bool), np.ones((1, 4), bool), np.ones(1, int))
    grid.update(pulses)
    assert (conductances_of(grid, 5e-3) > conductances_of(tile, 5e-3)).all()


def test_training_refuses_what_its_map_does_not_know() -> None:
    with pytest.raises(RequestError, match=r"fluctuation.pulse_growth = 0.1 is refused; allowed: 0 in training"):
        check_training(FluctuationParams(pulse_growth=0.1))
    check_training(FluctuationParams(pulse_mobility=0.1, flicker=0.01))


def test_inference_reads_noisy_cells_under_the_cause_noise() -> None:
    block = mapped("layer 0", np.full((2, 2), 0.1), InferenceParams(), (8, 8)).blocks[0]
    rows, cols = block.levels.shape
    array = Answering(np.full((cols, rows), 1e-7), np.full(cols, rows * 1e-7), 5e-3, {})
    silent = SensingParams(voltage_noise=0.0, offset=0.0, bandwidth=1e-9)  # amplifiers as good as without noise
    scale = Scale(2e-8, 2e-7)
    reading = Reading(scale, 5e-3, Sensing(silent, 1e12, 300.0, 1e-8), Converters(), 3, NOISY)
    vectors = np.ones((3, rows))
    on, off = (reading.product(vectors, block, array, Condition("c", frozenset(causes))) for causes in ({NOISE}, set()))
    running = RunningNoise(fluctuation_of(NOISY, "inference 3"), (rows, cols), block.name)
    more = np.stack([(1e-7 * 5e-3 * running.after(reading.interval)).sum(axis=0) for _ in range(3)])
    wanted = block.difference(more) / float(scale.difference(5e-3))
    assert on - off == pytest.approx(wanted, abs=1e-5)
    assert np.abs(wanted).max() > 1e-3
