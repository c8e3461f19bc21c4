"""The cell as a device of a toolkit that trains: by its documented equations, and in it where it is installed."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import subprocess
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from pyspice_models import TrainingDevice, preset, write_training_device
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cli.main import app
from pyspice_models.export.aihwkit.curve import symmetric_points
from pyspice_models.export.aihwkit.device import KINDS, piecewise_step, power_step

runner = CliRunner()

FROM_THE_DOCUMENTATION = {
    "PulsedDevice": {
        "construction_seed", "corrupt_devices_prob", "corrupt_devices_range", "diffusion", "diffusion_dtod", "drift",
        "dw_min", "dw_min_dtod", "dw_min_dtod_log_normal", "dw_min_std", "enforce_consistency", "lifetime",
        "lifetime_dtod", "perfect_bias", "reset", "reset_dtod", "reset_std", "up_down", "up_down_dtod", "w_max",
        "w_max_dtod", "w_min", "w_min_dtod", "count_pulses",
    },
    "PiecewiseStepDevice": {"piecewise_up", "piecewise_down", "write_noise_std", "apply_write_noise_on_set"},
    "PowStepDevice": {
        "pow_gamma", "pow_gamma_dtod", "pow_up_down", "pow_up_down_dtod", "write_noise_std", "apply_write_noise_on_set",
    },
}  # fmt: skip
"""Parameters of the toolkit's classes, version 1.1.0."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("training") / "device"
    done = runner.invoke(app, ["export", "--dialect", "aihwkit", "--to", str(place)])
    assert done.exit_code == 0, done.stderr
    assert "piecewise_step: 0.0015 of the window from the cell" in done.stderr
    return place


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "device.json").read_text())


def _check(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the README says, by a bare Python: nothing of this package is at hand."""
    assert "\npython3 device.py\n" in (folder / "README.md").read_text()
    return subprocess.run(
        [sys.executable, "-E", "-s", "device.py"], cwd=folder, capture_output=True, text=True, check=False
    )


# ---- how far it is from the cell


def test_the_device_is_the_cell_within_the_figures(found: dict[str, Any]) -> None:
    """Against one run of the whole train by the twin, which the export does not use."""
    top, width, edge, gap = 0.3, 1e-6, 10e-9, 1e-7
    run, zero = found["train"], found["weight"]["zero"]
    assert run["signs"] == [1] * 30 + [-1] * 30
    times, volts, ends = [0.0], [0.0], []
    for sign in run["signs"]:
        begin = times[-1] + gap
        times += [begin, begin + edge, begin + width, begin + width + edge]
        volts += [0.0, sign * top, sign * top, 0.0]
        ends.append(times[-1])
    twin = simulate(replace(preset("200nm-160C").cell, w0=0.0, x0=0.0), [*times, times[-1] + gap], [*volts, 0.0])
    cell = np.interp(ends, twin.time, twin.w)
    assert np.array(run["cell"]) + zero == pytest.approx(cell, abs=2e-4)

    def away(kind: str) -> float:
        step, of, w, worst = STEPS[kind], found["devices"][kind]["parameters"], run["start"], 0.0
        for sign, level in zip(run["signs"], cell, strict=True):
            w = step(w, sign > 0, of)
            worst = max(worst, abs(w + zero - level))
        return worst

    assert away("piecewise_step") < 0.003
    assert away("piecewise_step") == pytest.approx(found["devices"]["piecewise_step"]["distance"]["train"], abs=2e-4)
    assert away("power_step") < 0.003
    assert away("power_step") == pytest.approx(found["devices"]["power_step"]["distance"]["train"], abs=2e-4)


STEPS = {"piecewise_step": piecewise_step, "power_step": power_step}


@pytest.mark.parametrize("kind", KINDS)
def test_the_symmetric_point_is_that_of_the_cell(found: dict[str, Any], kind: str) -> None:
    """A thousand pairs of pulses, from both ends of the window."""
    device, zero = found["devices"][kind], found["weight"]["zero"]
    of = device["parameters"]
    for w in (of["w_min"], of["w_max"]):
        for _ in range(1000):
            above = STEPS[kind](w, True, of)
            w = STEPS[kind](above, False, of)
        assert (w + above) / 2 + zero == pytest.approx(found["symmetric_points"]["alternating"], abs=0.003)
        assert (w + above) / 2 + zero == pytest.approx(device["symmetric_points"]["alternating"], abs=1e-6)
    level = device["symmetric_points"]["equal"]
    assert level == pytest.approx(found["symmetric_points"]["equal"], abs=0.003)
    up, down = (STEPS[kind](level - zero, sign, of) - (level - zero) for sign in (True, False))
    assert up == pytest.approx(-down, abs=1e-9)
    assert found["symmetric_points"]["alternating"] == pytest.approx(0.270, abs=5e-4)
    assert found["symmetric_points"]["equal"] == pytest.approx(0.283, abs=5e-4)


def test_zero_is_where_pulses_lead(found: dict[str, Any]) -> None:
    of = found["devices"]["piecewise_step"]["parameters"]
    assert symmetric_points(lambda w, up: piecewise_step(w, up, of), of["w_min"], of["w_max"]).alternating == (
        pytest.approx(0.0, abs=1e-4)
    )
    assert of["w_max"] - of["w_min"] == pytest.approx(1.0, abs=1e-9)
    assert len(of["piecewise_up"]) == len(of["piecewise_down"]) == 41
    at_zero = [abs(piecewise_step(0.0, up, {**of, "dw_min": 1e-3})) / 1e-3 for up in (True, False)]
    assert np.mean(at_zero) == pytest.approx(1.0, abs=0.01)  # the toolkit takes dw_min for the step


# ---- the equations


def test_the_piecewise_step_by_hand() -> None:
    of = {"w_min": -1.0, "w_max": 1.0, "dw_min": 0.1, "piecewise_up": [3, 1, 0], "piecewise_down": [1, 1, 2]}
    assert piecewise_step(-0.5, True, of) == pytest.approx(-0.5 + 0.2, abs=1e-12)
    assert piecewise_step(0.5, False, of) == pytest.approx(0.5 - 0.15, abs=1e-12)
    assert piecewise_step(0.5, False, of, (1.0, 2.0)) == pytest.approx(0.5 - 0.3, abs=1e-12)
    assert piecewise_step(1.0, True, of) == 1.0
    assert piecewise_step(-0.95, False, of) == -1.0


@pytest.mark.parametrize(("bias", "sizes"), [(-0.5, (0.05, 0.1)), (0.5, (0.1, 0.05)), (0.0, (0.1, 0.1))])
def test_the_power_step_by_hand_with_a_bias_as_the_program_has_it(bias: float, sizes: tuple[float, float]) -> None:
    of = {"w_min": -1.0, "w_max": 3.0, "dw_min": 0.1, "up_down": bias, "pow_gamma": 2.0, "pow_up_down": 0.0}
    assert power_step(0.0, True, of) == pytest.approx(sizes[0] * 0.75**2, abs=1e-12)
    assert power_step(0.0, False, of) == pytest.approx(-sizes[1] * 0.25**2, abs=1e-12)
    bent = {**of, "up_down": 0.0, "pow_up_down": bias}
    exponents = [2 * size / 0.1 for size in sizes]
    assert power_step(0.0, True, bent) == pytest.approx(0.1 * 0.75 ** exponents[0], abs=1e-12)
    assert power_step(0.0, False, bent) == pytest.approx(-0.1 * 0.25 ** exponents[1], abs=1e-12)


# ---- the folder


def test_a_bare_python_repeats_the_train(folder: Path) -> None:
    done = _check(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    ways = 2 if importlib.util.find_spec("aihwkit") else 1
    assert len(re.findall(r"^ok ", done.stdout, re.MULTILINE)) == 2 * ways, done.stdout
    assert ("aihwkit is not installed" in done.stdout) == (ways == 1)


def test_a_device_that_is_not_the_cell_is_noticed(folder: Path, tmp_path: Path, found: dict[str, Any]) -> None:
    wrong = json.loads(json.dumps(found))
    wrong["devices"]["power_step"]["parameters"]["pow_gamma"] *= 1.05
    for name in ("device.py", "README.md", "SHA256SUMS"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "device.json").write_text(json.dumps(wrong))
    done = _check(tmp_path)
    assert done.returncode == 1
    assert re.search(r"^FAILED power_step by these equations: off by 0\.\d+", done.stdout, re.MULTILINE)
    assert re.search(r"^ok piecewise_step", done.stdout, re.MULTILINE)


def test_the_checksums_hold_and_the_readme_says_the_figures(folder: Path, found: dict[str, Any]) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "README.md", "SHA256SUMS", "device.json", "device.py", ".ag2s",
    }  # fmt: skip
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    readme = (folder / "README.md").read_text()
    rows = list(csv.reader(re.findall(r"^\| `.*$", readme, re.MULTILINE), delimiter="|"))
    assert [row[1].strip(" `") for row in rows] == list(KINDS)
    for row, device in zip(rows, found["devices"].values(), strict=True):
        stated = [float(cell) for cell in row[3:6]]
        assert stated == pytest.approx(list(device["distance"].values()), abs=6e-5)


def test_the_same_request_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_training_device(TrainingDevice(), tmp_path)
    for name in ("device.py", "device.json", "README.md", "SHA256SUMS"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_every_number_of_the_cell_has_its_source(found: dict[str, Any]) -> None:
    for number in [*found["cell"].values(), *found["pulses"].values()]:
        assert number["tag"] in {"measured", "derived", "assumed"}
        assert number["source"]
    assert found["spread"]["tag"] == "assumed"
    assert found["left_out"]["x"]["after_sets"] == pytest.approx(0.0232, abs=5e-4)


# ---- the toolkit


@pytest.fixture
def beside_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """device.py of the folder, with classes in the toolkit's place that take its documented parameters and no other."""

    def stand_in(name: str) -> type:
        known = FROM_THE_DOCUMENTATION["PulsedDevice"] | FROM_THE_DOCUMENTATION[name]

        def take(self: Any, **given: Any) -> None:
            assert set(given) <= known, set(given) - known
            self.given = given

        return type(name, (), {"__init__": take})

    devices = types.ModuleType("aihwkit.simulator.configs.devices")
    for name in KINDS.values():
        setattr(devices, name, stand_in(name))
    configs = types.ModuleType("aihwkit.simulator.configs")
    configs.devices = devices  # type: ignore[attr-defined]
    for module in ("aihwkit", "aihwkit.simulator"):
        monkeypatch.setitem(sys.modules, module, types.ModuleType(module))
    monkeypatch.setitem(sys.modules, configs.__name__, configs)
    monkeypatch.setitem(sys.modules, devices.__name__, devices)
    spec = importlib.util.spec_from_file_location("exported_device", folder / "device.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", KINDS)
def test_the_toolkits_classes_take_every_parameter(
    beside_it: types.ModuleType, found: dict[str, Any], kind: str
) -> None:
    device = beside_it.device(kind)
    assert type(device).__name__ == KINDS[kind]
    assert device.given == found["devices"][kind]["parameters"]
    spreads = {name for name in device.given if name.endswith(("_dtod", "_std"))}
    # those that the toolkit does not draw as zero by default have to be said
    assert {"dw_min_dtod", "dw_min_std", "up_down_dtod", "w_max_dtod", "w_min_dtod", "reset_std"} <= spreads
    alike = beside_it.device(kind, spread=False, construction_seed=7)
    assert alike.given == {**device.given, **dict.fromkeys(spreads, 0.0), "construction_seed": 7}
    assert ("pow_gamma_dtod" in spreads) == (kind == "power_step")


def test_the_toolkit_gets_one_whole_pulse_for_each_sign(
    beside_it: types.ModuleType, found: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for its tile, which descends: a weight goes down where input and gradient have the same sign."""

    class Config:
        def __init__(self, device: Any) -> None:
            self.device, self.update = device, types.SimpleNamespace()

    class Tile:
        def __init__(self, out_size: int, in_size: int, config: Config) -> None:
            assert (out_size, in_size) == (1, 1)
            assert vars(config.update) == {
                "desired_bl": 1, "update_management": False, "update_bl_management": False,
            }  # fmt: skip
            self.of = config.device.given

        def set_learning_rate(self, rate: float) -> None:
            assert rate >= self.of["dw_min"]  # or a pulse would be left to chance

        def set_weights(self, weights: Any) -> None:
            self.w = float(weights[0][0])

        def update(self, x: Any, d: Any) -> None:
            assert abs(x[0][0]) == abs(d[0][0]) == 1
            self.w = piecewise_step(self.w, x[0][0] * d[0][0] < 0, self.of)

        def get_weights(self) -> tuple[Any, None]:
            return np.array([[self.w]]), None

    torch = types.ModuleType("torch")
    torch.ones, torch.full = (lambda *shape: np.ones(shape)), np.full  # type: ignore[attr-defined]
    tiles = types.ModuleType("aihwkit.simulator.tiles")
    tiles.AnalogTile = Tile  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, tiles.__name__, tiles)
    monkeypatch.setattr(sys.modules["aihwkit.simulator.configs"], "SingleRPUConfig", Config, raising=False)
    run = found["train"]
    weights = beside_it.toolkit_train("piecewise_step", run["start"], run["signs"])
    assert weights == pytest.approx(run["cell"], abs=0.003)
