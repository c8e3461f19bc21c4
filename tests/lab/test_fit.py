"""`ag2s fit`: known parameters come back from noisy data; what the data do not tell is refused."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.presets import preset
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cli.commands.fit import fit_command
from pyspice_models.engine import Waves, engine
from pyspice_models.errors import RequestError
from pyspice_models.lab.fit import FitResult, IvLoop, PulseTrain, Setup, fit, read_data
from pyspice_models.lab.fit.model import predict
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.report.fit import fit_figure
from pyspice_models.stimulus.cell_bench import CellBench, Drive

BASE = preset("200nm-160C")
TRUTH = BASE.cell.replace(
    g_int_min=35e-9, g_int_max=310e-9, rate_int_set=45e3, rate_int_reset=130e3, p_int=0.8, w0=0.12
)
PULSES = 120


@cache
def _conductances(cell: CellParams, amplitudes: tuple[float, ...]) -> tuple[float, ...]:
    """Conductance before the first and after each 1 us pulse: a run of the twin, edges and all."""
    edge, time, volt = 1e-9, [0.0], [0.0]
    for level in amplitudes:
        time += [time[-1] + edge, time[-1] + 1e-6, time[-1] + 1e-6 + edge]
        volt += [level, level, 0.0]
    run = simulate(cell, time, volt, tolerance=1e-6)
    ends = np.searchsorted(run.time, np.array(time)[::3])
    return tuple(Equations(cell).conductance(5e-3, run.w[ends], run.x[ends]))


def _train(seed: int, noise: float = 0.01, amplitudes: tuple[float, ...] | None = None) -> PulseTrain:
    """Potentiation and depression, 30 pulses each, twice; noise as a share of the window."""
    levels = amplitudes or tuple(0.3 if k // 30 % 2 == 0 else -0.3 for k in range(PULSES))
    g = np.array(_conductances(TRUTH, levels))
    g = g + np.random.default_rng(seed).normal(0, noise * np.ptp(g), len(g))
    return PulseTrain("train.csv", np.arange(len(g)) * 1.0, np.array([0.0, *levels]), np.full(len(g), 1e-6), g)


def _loop(seed: int, truth: CellParams, setup: Setup, noise: float = 0.005) -> IvLoop:
    time = np.linspace(0, 12, 121)
    volt = np.interp(time, [0, 3, 9, 12], [0, 0.3, -0.3, 0])
    run = simulate(
        truth, [0, 3, 9, 12], [0, 0.3, -0.3, 0], series_resistance=setup.series_resistance, i_limit=setup.i_limit,
        max_step=2e-3,
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    current = np.interp(time, run.time, run.i) * (1 + rng.normal(0, noise, len(time)))
    return IvLoop("loop.csv", time, volt, current + rng.normal(0, 1e-10, len(time)))


def _write_train(path: Path, train: PulseTrain) -> Path:
    rows = zip(train.pulse, train.voltage * 1e3, train.width * 1e6, train.conductance * 1e9, strict=True)
    lines = [f"{n:.0f},{v:.6g},{w:.6g},{g:.8g}" for n, v, w, g in rows]
    path.write_text(
        "# my cell\npulse number,Pulse Voltage (mV),width [us],conductance [nS]\n" + "\n".join(lines) + "\n"
    )
    return path


# ---- recovery


def test_model_of_pulses_is_the_twin() -> None:
    train = _train(0, noise=0.0)
    error = predict(train, TRUTH, {"w0": np.array([TRUTH.w0])}, Setup())[0] - train.conductance
    assert np.abs(error).max() < 5e-4 * np.ptp(train.conductance)


@pytest.mark.parametrize("seed", range(5))
def test_pulse_train_gives_its_parameters_back(seed: int) -> None:
    result = fit(_train(seed), BASE)
    assert {p.name for p in result.parameters} == {
        "w0", "g_int_min", "g_int_max", "rate_int_set", "rate_int_reset", "p_int",
    }  # fmt: skip
    for p in result.parameters:
        truth = getattr(TRUTH, p.name)
        assert abs(p.value - truth) < 3 * p.sigma, p
        assert abs(p.value / truth - 1) < 0.06, p
    assert result.rms == pytest.approx(0.01 * np.ptp(_train(0, 0.0).conductance), rel=0.25, abs=0)
    assert result.warnings == ()


def test_uncertainties_are_honest() -> None:
    """Over 30 noise draws the estimates scatter as much as their uncertainties say."""
    pulls = []
    for seed in range(30):
        result = fit(_train(100 + seed), BASE)
        pulls.append([(p.value - getattr(TRUTH, p.name)) / p.sigma for p in result.parameters])
    spread = np.std(pulls, axis=0)
    # the standard deviation of 30 normal numbers is known to 13 %: 3 sigma either way
    assert (spread > 0.6).all()
    assert (spread < 1.4).all()
    assert (np.abs(np.mean(pulls, axis=0)) < 3 / np.sqrt(30) + 0.1).all()


def test_several_amplitudes_give_the_nucleation_voltage() -> None:
    levels = tuple((0.3 if k // 20 % 4 < 2 else 0.25) * (1 if k // 20 % 2 == 0 else -1) for k in range(160))
    result = fit(_train(3, 0.005, levels), BASE)
    (barrier,) = [p for p in result.parameters if p.name == "v_nuc_int"]
    assert abs(barrier.value - TRUTH.v_nuc_int) < 3 * barrier.sigma
    assert barrier.value == pytest.approx(TRUTH.v_nuc_int, rel=0.05, abs=0)


def test_iv_loop_gives_its_parameters_back() -> None:
    truth = BASE.cell.replace(g_int_max=310e-9, rate_fil_set=2400.0, rate_fil_reset=5000.0, v_nuc_fil=0.6)
    setup = Setup(series_resistance=1e3, i_limit=1e-4)
    loop = _loop(1, truth, setup)
    # it sets, and resets again: the last sample before the end of the reset half is back below the interface path
    assert np.abs(loop.current).max() > 5e-5
    assert abs(loop.current[90]) < 1e-8
    result = fit(loop, BASE, setup=setup)
    assert {p.name for p in result.parameters} == {"g_int_max", "rate_fil_set", "rate_fil_reset", "v_nuc_fil"}
    for p in result.parameters:
        assert abs(p.value - getattr(truth, p.name)) < 3 * p.sigma, p
        assert abs(p.value / getattr(truth, p.name) - 1) < 0.06, p
    assert result.warnings == ()


# ---- the same from the Verilog-A cell in ngspice: data that the fit's own model did not make


def _in_ngspice(folder: Path, bench: CellBench, step: float) -> Waves:
    return engine("ngspice").run_deck(cell_deck([bench], form="osdi", longest_step=step), folder, time_limit=120)


def test_pulses_of_the_verilog_a_cell(tmp_path: Path) -> None:
    levels = [0.3 if k // 30 % 2 == 0 else -0.3 for k in range(90)]
    drive, read_at = Drive().hold(1e-6), [0.5e-6]
    for level in levels:
        drive = drive.pulse(level, 1e-6, 10e-9).hold(1e-6)
        read_at.append(drive.times[-1] - 0.5e-6)
    waves = _in_ngspice(tmp_path, CellBench(TRUTH, drive.times, drive.volts), 0.1e-6)
    w, x = (np.interp(read_at, waves.time, waves.values[state][:, 0]) for state in ("w", "x"))
    g = Equations(TRUTH).conductance(5e-3, w, x)
    g = g + np.random.default_rng(5).normal(0, 0.01 * np.ptp(g), len(g))
    result = fit(PulseTrain("va", np.arange(91.0), np.array([0.0, *levels]), np.full(91, 1e-6), g), BASE)
    for p in result.parameters:
        assert abs(p.value - getattr(TRUTH, p.name)) < 3 * p.sigma, p
        assert abs(p.value / getattr(TRUTH, p.name) - 1) < 0.08, p


def test_loop_of_the_verilog_a_cell(tmp_path: Path) -> None:
    truth = BASE.cell.replace(g_int_max=310e-9, rate_fil_set=2400.0, rate_fil_reset=5000.0, v_nuc_fil=0.6)
    drive = Drive().ramp([0.3, -0.3, 0.0], 0.1)
    waves = _in_ngspice(tmp_path, CellBench(truth, drive.times, drive.volts, r_series=5e3), 2e-3)
    time = np.linspace(0, 12, 121)
    current = np.interp(time, waves.time, waves.values["i"][:, 0])
    rng = np.random.default_rng(6)
    current = current * (1 + rng.normal(0, 0.01, len(time))) + rng.normal(0, 1e-10, len(time))
    volt = np.interp(time, drive.times, drive.volts)
    result = fit(IvLoop("va", time, volt, current), BASE, setup=Setup(series_resistance=5e3))
    for p in result.parameters:
        assert abs(p.value - getattr(truth, p.name)) < 3 * p.sigma, p
        assert abs(p.value / getattr(truth, p.name) - 1) < 0.1, p


# ---- honesty


def test_what_the_data_do_not_tell_is_refused() -> None:
    # rates hold at v_ref = 0.3 V: pulses of 0.3 V say nothing of how the rates go on from there
    with pytest.raises(RequestError, match=r"do not determine v_nuc_int\. Leave it"):
        fit(_train(1), BASE, parameters=["g_int_max", "w0", "v_nuc_int", "rate_int_set"])
    # one other voltage tells the rate there: a product of the two
    with pytest.raises(RequestError, match=r"rate_int_set and v_nuc_int separately\. Leave one|v_nuc_int and rate_"):
        fit(_train(1, amplitudes=(0.25,) * 60), BASE, parameters=["g_int_max", "w0", "rate_int_set", "v_nuc_int"])
    # a read at 5 mV says nothing of the curvature at 0.3 V
    with pytest.raises(RequestError, match="do not determine v_int"):
        fit(_train(1), BASE, parameters=["g_int_max", "v_int"])


def test_a_wide_uncertainty_is_warned_of() -> None:
    few = _train(1, noise=0.08)
    part = PulseTrain(few.name, few.pulse[:14], few.voltage[:14], few.width[:14], few.conductance[:14])
    result = fit(part, BASE, parameters=["w0", "g_int_max", "rate_int_set"])
    wide = [p.name for p in result.parameters if p.name != "w0" and p.sigma > 0.3 * p.value]
    assert wide
    assert all(any(name in warning for warning in result.warnings) for name in wide)


def test_a_model_that_misses_something_is_warned_of() -> None:
    train = _train(1, noise=0.002)
    drift = train.conductance * (1 + 0.3 * np.sin(np.arange(len(train.pulse)) / 9))
    result = fit(PulseTrain("drift", train.pulse, train.voltage, train.width, drift), BASE)
    assert any("neighbouring residuals" in warning for warning in result.warnings)


def test_names_are_checked() -> None:
    for names, message in (
        (["rate"], "parameters = 'rate' is refused; allowed: some of w0, x0"), (["w0", "w0"], "w0 is named twice"),
        ([], "no parameter to fit"), (["area"], "parameters = 'area' is refused"),
    ):  # fmt: skip
        with pytest.raises(RequestError, match=message):
            fit(_train(1), BASE, parameters=names)


# ---- files


def test_units_signs_and_spellings(tmp_path: Path) -> None:
    train = _train(1)
    path = _write_train(tmp_path / "train.csv", train)
    read = read_data(path)
    assert isinstance(read, PulseTrain)
    np.testing.assert_allclose(read.conductance, train.conductance, rtol=1e-7)
    np.testing.assert_allclose(read.voltage, train.voltage)
    np.testing.assert_allclose(read.width, train.width)
    np.testing.assert_allclose(read_data(path, flip=True).voltage, -train.voltage)


def test_skipped_pulses_count() -> None:
    train = _train(1)
    every = slice(0, None, 5)
    sparse = PulseTrain(
        "sparse", train.pulse[every], train.voltage[every], train.width[every], train.conductance[every]
    )
    full = predict(train, TRUTH, {"w0": np.array([TRUTH.w0])}, Setup())[0]
    np.testing.assert_allclose(predict(sparse, TRUTH, {"w0": np.array([TRUTH.w0])}, Setup())[0], full[every], rtol=1e-5)


HEAD = "pulse,voltage [V],width [us],conductance [uS]"
ROWS = [f"{n},0.3,1,{0.05 + 0.01 * n}" for n in range(1, 13)]
LOOP = "time [s],voltage [V],current [A]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("# only a comment\n", "empty"),
        ("\n".join([HEAD.replace(",width [us]", ""), *ROWS]), "missing column width"),
        ("\n".join([HEAD.replace("[uS]", ""), *ROWS]), "unit of column conductance"),
        ("\n".join([HEAD.replace("[uS]", "[u]"), *ROWS]), "unit of column conductance"),
        ("\n".join([HEAD.replace("[uS]", "[uA]"), *ROWS]), "unit of column conductance"),
        ("\n".join([HEAD.replace("[us]", "[us^2]"), *ROWS]), "unit of column width"),
        ("\n".join([HEAD.replace("pulse", "pulse [V]"), *ROWS]), "unit of column pulse"),
        ("\n".join([HEAD + ",g [S]", *(row + ",1" for row in ROWS)]), "two columns conductance"),
        ("\n".join([HEAD, *ROWS]).replace(",", ";"), "commas"),
        ("\n".join([HEAD, *ROWS[:7]]), "number of points = 7"),
        ("\n".join([HEAD, *ROWS[:5], "6,0.3,1,nan", *ROWS[6:]]), "line 7, column conductance"),
        ("\n".join([HEAD, *ROWS[:5], "6,0.3,1,inf", *ROWS[6:]]), "line 7, column conductance"),
        ("\n".join([HEAD, *ROWS[:5], "6,0.3,1,", *ROWS[6:]]), "line 7, column conductance"),
        ("\n".join([HEAD, *ROWS[:5], "6,0.3,1", *ROWS[6:]]), "line 7 has 3 fields"),
        ("\n".join([HEAD, *ROWS[:5], "6,0.3,1,-0.1", *ROWS[6:]]), "conductance = -1e-07 S"),
        ("\n".join([HEAD, *ROWS[:5], "6,0.3,-1,0.1", *ROWS[6:]]), "width"),
        ("\n".join([HEAD, *ROWS[:5], "6,300,1,0.1", *ROWS[6:]]), "voltage"),
        ("\n".join([HEAD, *ROWS[::-1]]), "column pulse"),
        ("\n".join([HEAD, *(row.replace("0.3", "0") for row in ROWS)]), "no row has a pulse"),
        ("\n".join([LOOP, *(f"{n},0.1,1e-9" for n in range(19))]), "number of points = 19"),
        ("\n".join([LOOP, *(f"{-n},0.1,1e-9" for n in range(20))]), "column time"),
        ("\n".join([LOOP, *(f"{n},0,1e-9" for n in range(20))]), "0 throughout"),
        ("\n".join([LOOP.replace("[A]", "[M]"), *(f"{n},0.1,1" for n in range(20))]), "unit of column current"),
    ],
)
def test_bad_data_are_refused_by_file_line_and_column(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(RequestError) as caught:
        read_data(path)
    assert "bad.csv" in str(caught.value)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path, tmp_path / "none.csv", tmp_path / "binary.csv"):
        with pytest.raises(RequestError, match="cannot be read"):
            read_data(path)


# ---- the command


def _run(*arguments: object):
    app = typer.Typer()
    app.command()(fit_command)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_command_writes_json_preset_and_picture(tmp_path: Path) -> None:
    data = _write_train(tmp_path / "train.csv", _train(2))
    done = _run(data, "--json", "--out", tmp_path / "out", "--name", "my film")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report == json.loads((tmp_path / "out" / "fit.json").read_text())
    made = preset(report["preset"])
    assert made.name == "my film"
    for name, entry in report["parameters"].items():
        assert getattr(made.cell, name) == entry["value"]
        assert made.origin(name).source == "fitted to train.csv"
        assert made.origin(name).tag == "derived"
        assert abs(entry["value"] - getattr(TRUTH, name)) < 3 * entry["sigma"]
    assert made.origin("thickness") == BASE.origin("thickness")
    assert Path(report["figure"]).read_bytes().startswith(b"\x89PNG")
    # the fitted preset is a base for the next fit
    again = _run(data, "--json", "--base", report["preset"], "-o", tmp_path / "again.toml")
    assert json.loads(again.stdout)["parameters"]["p_int"]["value"] == pytest.approx(made.cell.p_int, rel=1e-3, abs=0)


def test_command_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _write_train(tmp_path / "train.csv", _train(2))
    done = _run("train.csv")
    assert done.exit_code == 0, done.output
    assert "rate_int_reset" in done.stdout
    assert "±" in done.stdout
    assert preset("train.preset.toml").name == "train fit"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["train.csv", "train.preset.toml"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--base", "400nm"],
        ["--parameters", "area"],
        ["--read-voltage", "5 mA"],
        ["--read-voltage", "0 V"],
        ["--temperature", "0 K"],
        ["--compliance", "1 mA"],
        ["--series", "-1 ohm"],
        ["-o", "train.csv"],
        ["-o", "missing/x.toml"],
        ["--out", "train.csv"],
        ["--name", "a\nb"],
        ["--parameters", "alpha,v_nuc_int,w0"],
    ],
)
def test_bad_requests_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    data = _write_train(tmp_path / "train.csv", _train(2))
    before = data.read_bytes()
    done = _run("train.csv", *arguments)
    assert isinstance(done.exception, RequestError)
    assert done.stdout == ""
    assert [p.name for p in tmp_path.iterdir()] == ["train.csv"]
    assert data.read_bytes() == before


def test_picture_shows_data_and_fit() -> None:
    result: FitResult = fit(_train(2), BASE)
    above, below = fit_figure(result).axes
    measured, fitted = above.lines
    np.testing.assert_allclose(measured.get_ydata(), result.data.conductance * 1e6)
    np.testing.assert_allclose(fitted.get_ydata(), result.prediction * 1e6)
    np.testing.assert_allclose(
        below.lines[0].get_ydata(), (result.data.conductance - result.prediction) * 1e9, atol=1e-9
    )
