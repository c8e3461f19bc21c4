"""Inference: without any cause the array is the network in numbers, and every cause does what it should."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inference_cases import network, tables

from pyspice_models import Crossbar, Inferred, infer
from pyspice_models.array.levels import Scale
from pyspice_models.program.inference.causes import ALL, Condition
from pyspice_models.program.inference.cells import Maker, waited
from pyspice_models.program.inference.infer import task_of
from pyspice_models.program.inference.mapping import mapped
from pyspice_models.program.inference.network import OnArrays, Reading, scores_of
from pyspice_models.program.inference.request import InferenceParams
from pyspice_models.program.inference.run import Task
from pyspice_models.program.learning.network import ACTIVATIONS
from pyspice_models.study.measures.sensing import sensing_of

NOTHING = Condition("none", frozenset())


def _task(folder: Path, more: dict[str, Any] | None = None, **own: Any) -> Task:
    return task_of({**tables(folder, **own), **(more or {})}, weights=network())


def _scores(task: Task, on: frozenset[str] = frozenset(), seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores on the array and in numbers."""
    condition, params = Condition("these", on), task.asked.params
    maker = Maker(task.study, task.variation, task.asked, seed)
    arrays = [[maker.answering(block, condition) for block in layer.blocks] for layer in task.layers]
    sense = sensing_of(task.study, params.read_voltage)
    reading = Reading(maker.scale, params.read_voltage, sense, task.asked.converters, seed)
    pixels, activation = task.test.pixels, ACTIVATIONS[params.activation]
    on_arrays = OnArrays(task.layers, arrays, activation, reading, condition).scores(pixels)
    return on_arrays, scores_of(task.floats, activation, pixels)


@pytest.mark.parametrize("mapping", ["pairs", "reference"])
@pytest.mark.parametrize("rows", [10, 4])
def test_without_any_cause_the_array_is_the_network(tmp_path: Path, mapping: str, rows: int) -> None:
    """But for the smooth ends of the cell's window, which levels from 0.1 to 0.9 stay clear of; in tiles as well."""
    array = {"array": {"rows": rows, "cols": 8}}
    found, numbers = _scores(_task(tmp_path, array, mapping=mapping, split=rows < 10))
    assert found == pytest.approx(numbers, abs=1e-3 * np.abs(numbers).max())


def test_pairs_and_reference_hold_the_weights(tmp_path: Path) -> None:
    weights = np.array([[1.0, -0.5], [0.0, 0.25]])
    pairs = mapped("layer 0", weights, InferenceParams(low=0.2, high=0.8), (2, 4))
    assert pairs.blocks[0].levels == pytest.approx(np.array([[0.8, 0.2, 0.2, 0.5], [0.2, 0.2, 0.35, 0.2]]), abs=1e-12)
    one = mapped("layer 0", weights, InferenceParams(low=0.2, high=0.8, mapping="reference"), (2, 4))
    assert one.blocks[0].levels == pytest.approx(np.array([[0.8, 0.35, 0.5], [0.5, 0.575, 0.5]]), abs=1e-12)
    for layer in (pairs, one):
        assert layer.scale * layer.blocks[0].difference(layer.blocks[0].levels) == pytest.approx(weights, abs=1e-12)


def test_a_split_layer_is_put_together_again() -> None:
    weights = np.random.default_rng(0).normal(size=(7, 5))
    layer = mapped("layer 0", weights, InferenceParams(split=True), (3, 4))
    found = np.zeros_like(weights)
    for block in layer.blocks:
        assert block.levels.shape[0] <= 3
        assert block.levels.shape[1] <= 4
        found[block.rows, block.outputs] = layer.scale * block.difference(block.levels)
    assert found == pytest.approx(weights, abs=1e-12)


def test_ir_drop_takes_the_more_the_more_lines_resist(tmp_path: Path) -> None:
    errors = []
    for resistance in ("1 ohm", "10 kohm", "100 kohm"):
        found, numbers = _scores(_task(tmp_path, {"driver": {"r_driver": resistance}}), frozenset({"IR drop"}))
        errors.append(np.abs(found - numbers).max())
    assert errors[0] < 0.01 < errors[1] < errors[2]


def test_noise_is_of_the_seed(tmp_path: Path) -> None:
    task, noise = _task(tmp_path), frozenset({"noise"})
    assert np.array_equal(_scores(task, noise, 1)[0], _scores(task, noise, 1)[0])
    assert not np.array_equal(_scores(task, noise, 1)[0], _scores(task, noise, 2)[0])


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Inferred:
    more = {"variability": {"device_interface": 0.3}, "faults": {"stuck_off": 0.3}}
    given = {**tables(tmp_path_factory.mktemp("broken"), arrays=3, converters={"adc_bits": 3}), **more}
    return infer(given, weights=network())


def test_causes_are_switched_off_one_by_one(broken: Inferred) -> None:
    causes = ["IR drop", "faults", "spread", "noise", "converters"]
    assert broken.task.causes == causes
    names = [one.name for one in broken.conditions]
    alone = [f"{cause} alone" for cause in causes]
    assert names == [ALL, *(f"without {cause}" for cause in causes), *alone, "none"]
    assert broken.accuracy.shape == (12, 3)
    assert broken.mean("none") == broken.float_accuracy == 1.0
    assert broken.mean(ALL) < 0.9
    gained, lost = broken.costs()["faults"]
    assert gained == broken.mean("without faults") - broken.mean(ALL)
    assert lost == 1.0 - broken.mean("faults alone")
    assert lost > 0


def test_the_same_study_gives_the_same_bits(tmp_path: Path, broken: Inferred) -> None:
    more = {"variability": {"device_interface": 0.3}, "faults": {"stuck_off": 0.3}}
    given = {**tables(tmp_path, arrays=3, converters={"adc_bits": 3}), **more}
    again = infer(given, weights=network())
    assert np.array_equal(again.confusion, broken.confusion)


def test_open_lines_are_faults_without_ir_drop_too(tmp_path: Path) -> None:
    """An open word line takes its input away; lines with next to no resistance stand for ideal ones."""
    task = _task(tmp_path, {"variability": {}, "faults": {"open_words": 1.0}, "study": {"engine": "ngspice"}})
    found, numbers = _scores(task, frozenset({"faults"}))
    assert np.ptp(found, axis=0) == pytest.approx(0, abs=1e-3)
    assert np.ptp(numbers, axis=0).max() > 1


def test_cells_drift_by_their_own_equations() -> None:
    bar = Crossbar(2, 2).at_level(np.array([[0.1, 0.3], [0.5, 0.7]]))
    before, after = bar.values("w0"), waited(bar, 1e4, 0.02).values("w0")
    assert (after > before).all()
    assert (after - before < 0.01).all()
    assert (waited(bar, 1e4, -0.02).values("w0") < before).all()
    # at 0 V this cell holds its state for ever
    assert np.array_equal(waited(bar, 1e8, 0.0).values("w0"), before)


def test_drift_is_a_cause_where_cells_wait(tmp_path: Path) -> None:
    task = _task(tmp_path, wait="1 s", wait_voltage="60 mV")
    assert "drift" in task.causes
    found, numbers = _scores(task, frozenset({"drift"}))
    assert np.abs(found - numbers).max() > 0.5  # set all the way up, cells of a pair are alike


def test_written_cells_hold_their_levels_within_the_tolerance(tmp_path: Path) -> None:
    images = np.random.default_rng(0).random((40, 2))
    np.savez(tmp_path / "two.npz", images=images, labels=(images[:, 0] < images[:, 1]).astype(int))
    given = {
        "study": {"engine": "nodal"}, "array": {"rows": 2, "cols": 4}, "variability": {"device_interface": 0.03},
        "inference": {"images": str(tmp_path / "two.npz"), "writing": "write-verify", "test": 0.5,
                      "write_verify": {"tolerance": 0.03, "rounds": 8}},
    }  # fmt: skip
    task = task_of(given, weights={"w0": np.array([[1.0, -0.4], [-1.0, 0.7]])})
    assert task.causes == ["IR drop", "spread", "noise", "writing"]
    (block,) = task.layers[0].blocks
    maker = Maker(task.study, task.variation, task.asked, 0)
    scale, held, states = Scale.nominal(task.study.crossbar, 5e-3), {}, {}
    for name, on in (("written", {"spread", "writing"}), ("perfect", {"spread"})):
        array = maker.answering(block, Condition(name, frozenset(on)))
        held[name], states[name] = scale.levels(array.through.T), array.states["w"]  # through ideal lines
    within = (states["perfect"] > 0) & (states["perfect"] < 1)  # of their own windows, which differ
    assert within.sum() >= 6
    assert held["perfect"][within] == pytest.approx(block.levels[within], abs=1e-3)
    assert (np.abs(held["perfect"] - block.levels)[~within] > 1e-3).all()
    assert 1e-4 < np.abs(held["written"] - held["perfect"]).max() < 0.05
