"""Files of a fit, and its command."""

from __future__ import annotations

import json
import runpy
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import typer
from fit_cases import BASE, TRUTH, _train, known_to
from typer.testing import CliRunner

from pyspice_models.cells.presets import preset
from pyspice_models.cli.commands.lab.fit import fit_command
from pyspice_models.errors import RequestError
from pyspice_models.lab.fit import FitResult, PulseTrain, Setup, fit, read_data
from pyspice_models.lab.fit.model import predict
from pyspice_models.report.fit import fit_figure
from pyspice_models.study.tables.read import load_study

ROOT = Path(__file__).resolve().parents[2]


def _write_train(path: Path, train: PulseTrain) -> Path:
    rows = zip(train.pulse, train.voltage * 1e3, train.width * 1e6, train.conductance * 1e9, strict=True)
    lines = [f"{n:.0f},{v:.6g},{w:.6g},{g:.8g}" for n, v, w, g in rows]
    path.write_text(
        "# my cell\npulse number,Pulse Voltage (mV),width [us],conductance [nS]\n" + "\n".join(lines) + "\n"
    )
    return path


# ---- files


def test_units_signs_and_spellings(tmp_path: Path) -> None:
    train = _train(1)
    path = _write_train(tmp_path / "train.csv", train)
    read = read_data(path)
    assert isinstance(read, PulseTrain)
    np.testing.assert_allclose(read.conductance, train.conductance, rtol=1e-7)
    np.testing.assert_allclose(read.voltage, train.voltage)
    np.testing.assert_allclose(read.width, train.width)
    other = _write_train(tmp_path / "other.csv", replace(train, voltage=-train.voltage))
    np.testing.assert_allclose(read_data(other, flip=True).voltage, train.voltage)


def test_skipped_pulses_count() -> None:
    train = _train(1)
    every = slice(0, None, 5)
    sparse = PulseTrain(
        "sparse", train.pulse[every], train.voltage[every], train.width[every], train.conductance[every]
    )
    full = predict(train, TRUTH, {"w0": np.array([TRUTH.w0])}, Setup())[0]
    np.testing.assert_allclose(predict(sparse, TRUTH, {"w0": np.array([TRUTH.w0])}, Setup())[0], full[every], rtol=1e-5)


_WRITER = runpy.run_path(str(ROOT / "tests" / "golden" / "write_fit_data.py"), run_name="write_fit_data")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pulse_train", "iv_loop"])
def test_the_files_that_ship_are_those_that_their_script_writes(tmp_path: Path, name: str) -> None:
    """As numbers, which another version of SciPy may give with other last digits."""
    path = ROOT / "scripts" / "examples" / f"{name}.csv"
    (tmp_path / path.name).write_text(_WRITER[name]())
    written, shipped = read_data(tmp_path / path.name), read_data(path)
    for part in fields(shipped):
        wanted = getattr(written, part.name)
        if isinstance(wanted, np.ndarray):
            np.testing.assert_allclose(getattr(shipped, part.name), wanted, rtol=1e-3, atol=1e-13)
    assert path.read_text().startswith("# Synthetic, not measured")


@pytest.mark.parametrize(
    ("name", "truth", "more"),
    [
        ("pulse_train", "TRAIN", []),
        pytest.param(
            "iv_loop", "LOOP", ["--series", "1k", "--compliance", "100uA", "--parameters", "g_int_max,rate_fil_set"],
            marks=pytest.mark.slow,
        ),
    ],
)  # fmt: skip
def test_a_file_that_ships_gives_its_cell_back(tmp_path: Path, name: str, truth: str, more: list[str]) -> None:
    """Within three of the uncertainties that data with this noise give at best, and it says about these."""
    done = _run(str(ROOT / "scripts" / "examples" / f"{name}.csv"), *more, "--out", str(tmp_path / "fit"), "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["parameters"]
    assert set(found) == set(_WRITER[truth])
    data, cell = read_data(ROOT / "scripts" / "examples" / f"{name}.csv"), BASE.film.replace(**_WRITER[truth])
    setup, noise = Setup(), _WRITER["TRAIN_NOISE"] * np.ptp(data.measured)
    if name == "iv_loop":
        setup = Setup(series_resistance=1e3, i_limit=100e-6)
        noise = np.hypot(_WRITER["LOOP_NOISE"] * data.measured, _WRITER["FLOOR"])
    at_best = known_to(data, cell, list(found), setup, noise)
    # a standard deviation is known to 1/sqrt(2 n); the biweight costs 3 % of the uncertainty
    chance = 3 / np.sqrt(2 * (len(data.measured) - len(found)))
    for key, value in _WRITER[truth].items():
        assert abs(found[key]["value"] - value) < 3 * at_best[key], key
        assert abs(found[key]["sigma"] / at_best[key] / 1.03 - 1) < chance + 0.05, key


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
        (
            "\n".join([HEAD, *(f"{n},0.3,1,{0.3 - 0.01 * n}" for n in range(1, 13))]),
            "contradict each other: a positive",
        ),
        (
            "\n".join([HEAD, *(f"{n},0.3,1,{min(0.1 + 0.1 * n + 0.03 * (n % 3), 2)}" for n in range(1, 30))]),
            "saturated",
        ),
        (
            "\n".join([HEAD + ",time [s]", *(f"{row},{1e-9 * n}" for n, row in enumerate(ROWS))]),
            "width and time contradict",
        ),
        ("\n".join([HEAD + ",current [A]", *(f"{row},1" for row in ROWS)]), "conductance and current contradict"),
        (
            "\n".join([HEAD.replace("[uS]", "[S]"), *(f"{n},0.3,1,{1 + n}" for n in range(1, 13))]),
            "conductance = 13.0 S",
        ),
        (
            "\n".join([HEAD + ",device", *(f"{row},a" for row in ROWS[:4]), *(f"{row},b" for row in ROWS)]),
            "of device a = 4",
        ),
        (
            "\n".join([LOOP, *(f"{n},{0.1 * (n - 9)},{-1e-9 * (n - 9)}" for n in range(20))]),
            "opposite signs in 19 of 20",
        ),
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
    study = load_study(tmp_path / "out" / "study.toml")
    assert study.crossbar.cell == made.cell
    assert study.program[0].width == pytest.approx(1e-6, rel=1e-12, abs=0)
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
        ["--parameters", "alpha,v_nuc_int"],
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
