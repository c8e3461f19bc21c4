"""Maps of the cell: against plain integration of the declared equations, in three forms, and what they do not hide."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.image import imread
from scipy.constants import Boltzmann, elementary_charge
from scipy.integrate import solve_ivp
from typer.testing import CliRunner

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cli import device_maps as command
from pyspice_models.cli.main import app
from pyspice_models.lab.characterize.maps import DeviceMap, Grid, device_maps, maps_as_dict, write_maps
from pyspice_models.lab.characterize.maps.change import QUANTUM, SWITCHES, Change
from pyspice_models.lab.characterize.maps.disturb import BEYOND, LOSSES, READ_TIME
from pyspice_models.lab.characterize.maps.pulse import FLOOR, REST, START
from pyspice_models.report.device.maps import FIGURES
from pyspice_models.result.store import load

SMALL = Grid(every=4)
Maps = dict[str, DeviceMap]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Maps:
    return device_maps("twin", tmp_path_factory.mktemp("twin"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Maps:
    return device_maps("twin", tmp_path_factory.mktemp("small"), grid=SMALL)


def integrated_time(change: Change, voltage: float, longest: float, temperature: float = 300.0) -> float:
    """The change at a constant voltage, by an integrator and an event that know nothing of the package's own."""
    eq = Equations(CellParams(), temperature)
    v, level = change.sign * voltage, change.level(CellParams(), temperature)

    def rates(_: float, y: np.ndarray) -> list[float]:
        return [float(rate) for rate in eq.rates(v, y[0], y[1])]

    def arrived(_: float, y: np.ndarray) -> float:
        return float(y[0] - level if change.wave == "w" else np.log(eq.conductance(v, y[0], y[1]) / level))

    arrived.terminal = True  # type: ignore[attr-defined]
    run = solve_ivp(
        rates, (0, longest), [change.w0, change.x0], method="LSODA", events=arrived, rtol=1e-9, atol=1e-12
    )  # fmt: skip
    return float(run.t_events[0][0])


# ---- against plain integration


@pytest.mark.parametrize("change", SWITCHES, ids=lambda change: change.name)
@pytest.mark.parametrize("voltage", [0.05, 0.3, 1.0])
def test_the_twins_switching_time_is_that_of_the_declared_equations(twin: Maps, change: Change, voltage: float) -> None:
    here = twin["switching_time"].dataset.sel(change=change.name, voltage=voltage)
    expected = integrated_time(change, voltage, float(here["searched"]))
    # the source takes a thousandth of the time to rise
    assert float(here["switching_time"]) == pytest.approx(expected, rel=2e-3, abs=0)
    assert str(here["status"].values) == "switched"


@pytest.mark.parametrize("kelvin", [260.0, 430.0])
def test_the_same_holds_at_other_temperatures(twin: Maps, kelvin: float) -> None:
    for change in SWITCHES:
        here = twin["temperature"].dataset.sel(change=change.name, voltage=0.3, temperature=kelvin)
        expected = integrated_time(change, 0.3, float(here["searched"]), kelvin)
        assert float(here["switching_time"]) == pytest.approx(expected, rel=2e-3, abs=0)


def test_the_activation_energy_is_that_of_the_declared_rates(twin: Maps) -> None:
    """The interface's time is 1/rate times a number without temperature."""

    def log_rate(voltage: float, kelvin: float) -> float:
        return float(np.log(Equations(CellParams(), kelvin).kinetic_factors(voltage)[0]))

    for voltage in (0.1, 0.3):
        per_energy = [elementary_charge / (Boltzmann * kelvin) for kelvin in (299.0, 301.0)]
        expected = -(log_rate(voltage, 301.0) - log_rate(voltage, 299.0)) / (per_energy[1] - per_energy[0])
        found = twin["temperature"].dataset["activation_energy"]
        here = float(found.sel(change="interface set", voltage=voltage, temperature=300.0))
        # differences over 20 K either way
        assert here == pytest.approx(expected, rel=0.01, abs=0)


def integrated_pulse(voltage: float, width: float) -> tuple[float, float]:
    """Change of w and dissipated energy of one pulse with a rest behind it, ionic branch included [1], [J]."""
    eq = Equations(CellParams())
    edge = 0.01 * width
    corners = np.array([0.0, edge, width, width + edge, width + edge + REST])
    volts = np.array([0.0, voltage, voltage, 0.0, 0.0])

    def rates(t: float, y: np.ndarray) -> list[float]:
        v = float(np.interp(t, corners, volts))
        w, x, v_ion, _ = y
        dw, dx = eq.rates(v, w, x)
        return [float(dw), float(dx), (v - v_ion) / (eq.r_ion * eq.c_ion), float(eq.power(v, v_ion, w, x))]

    y = np.array([START, 0.0, 0.0, 0.0])
    scale = np.array([1e-10, 1e-10, 1e-10, 1e-24])
    for begin, end in itertools.pairwise(corners):
        y = solve_ivp(rates, (begin, end), y, method="LSODA", rtol=1e-8, atol=scale).y[:, -1]
    return float(y[0] - START), float(y[3])


@pytest.mark.parametrize(("polarity", "sign"), [("set", 1), ("reset", -1)])
@pytest.mark.parametrize(("amplitude", "width"), [(0.3, 1e-6), (1.0, 1e-8), (0.15, 1e-4)])
def test_change_and_energy_of_a_pulse(twin: Maps, polarity: str, sign: int, amplitude: float, width: float) -> None:
    here = twin["pulse"].dataset.sel(polarity=polarity, amplitude=amplitude, width=width)
    change, energy = integrated_pulse(sign * amplitude, width)
    assert float(here["state_change"]) == pytest.approx(change, rel=1e-3, abs=0)
    assert float(here["energy"]) == pytest.approx(energy, rel=1e-3, abs=0)


# ---- read disturb


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_where_the_loss_is_seen_and_where_it_is_derived_the_law_is_the_same(twin: Maps, loss: Change) -> None:
    here = twin["read_disturb"].dataset.sel(loss=loss.name)
    seen = here["status"] == "simulated"
    assert int(seen.sum()) >= 5
    ratio = (here["reads"] / here["derived_reads"]).where(seen, drop=True)
    # at 30 mV a tenth of an ohm before half a millisiemens is seen
    np.testing.assert_allclose(ratio, 1.0, rtol=2e-3)
    # the extrapolation, by an integrator of its own over days. The quadrature sees the interface as it was at first:
    # the 0.17 uS by which it grows until a filament is there are 2.2e-3 of a quantum, and 2.3e-4 of the time
    derived = here.where(here["status"] == "derived", drop=True)
    voltage = float(derived["voltage"][-1])
    expected = integrated_time(loss, voltage, 1e10)
    assert float(derived["reads"].sel(voltage=voltage)) * READ_TIME == pytest.approx(expected, rel=5e-4, abs=0)
    assert float(here["searched"].sel(voltage=voltage)) == 1e4


def test_what_no_simulation_could_see_is_no_number(twin: Maps) -> None:
    here = twin["read_disturb"].dataset.sel(voltage=5e-3)
    assert set(here["status"].values) == {BEYOND}
    assert np.isnan(here["reads"]).all()
    assert np.isnan(here["derived_reads"]).all()


def test_half_selected_cells_carry_their_range(twin: Maps) -> None:
    """Within what is published half-selected resets of 1 us undo a tenth of the window after 4 or after 1e5 of them."""
    here = twin["read_disturb"].dataset.sel(loss="high state falls")
    resets = here[["fewest_reads", "reads", "most_reads"]].sel(voltage=0.15) * READ_TIME / 1e-6
    assert 3 < float(resets["fewest_reads"]) < 5
    assert float(resets["most_reads"]) > 1e5
    assert float(resets["fewest_reads"]) < float(resets["reads"]) < float(resets["most_reads"])
    unknown = twin["read_disturb"].dataset.sel(loss="filament fades")
    assert np.isnan(unknown["most_reads"]).all()


def test_many_reads_disturb_as_one_long_read_does(twin: Maps) -> None:
    """Reads with pauses, edges of a hundredth: what is counted is the time at the voltage."""
    needed = float(twin["read_disturb"].dataset["reads"].sel(loss="low state rises", voltage=0.1))
    count = round(needed)
    times, volts = [0.0], [0.0]
    for k in range(count):
        start = 1e-6 + 2 * READ_TIME * k
        times += [start, start + 1e-7, start + READ_TIME, start + READ_TIME + 1e-7]
        volts += [0.0, 0.1, 0.1, 0.0]
    run = simulate(CellParams(w0=0.0), times, volts)
    assert run.w[-1] == pytest.approx(0.1 * count / needed, rel=0.01, abs=0)


# ---- three forms


def agree(one: xr.Dataset, other: xr.Dataset) -> None:
    """Every number within 1 %, every status the same."""
    for name, values in one.data_vars.items():
        if values.dtype.kind == "f":
            np.testing.assert_allclose(values, other[name], rtol=0.01, err_msg=str(name))
        else:
            assert (values == other[name]).all(), name


@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_the_forms_agree_on_a_small_grid(small: Maps, tmp_path: Path, form: str) -> None:
    reports: list[float] = []
    for name, one in device_maps(form, tmp_path, grid=SMALL, progress=reports.append).items():
        assert one.dataset.attrs["form"] == form
        agree(one.dataset, small[name].dataset)
    assert reports == sorted(reports)
    assert reports[-1] == pytest.approx(1.0, rel=1e-12, abs=0)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_the_forms_agree_on_all_of_it(twin: Maps, tmp_path: Path, form: str) -> None:
    for name, one in device_maps(form, tmp_path).items():
        agree(one.dataset, twin[name].dataset)


# ---- what is not hidden


def test_a_cell_that_does_not_switch_is_told_with_the_range(tmp_path: Path) -> None:
    cell = CellParams().replace(v_nuc_int=8.0)
    maps = device_maps("twin", tmp_path, cell=cell, grid=SMALL)
    here = maps["switching_time"].dataset.sel(change="interface set", voltage=0.1)
    assert np.isnan(here["switching_time"])
    assert str(here["status"].values) == "not within 1e+04 s"
    assert float(here["searched"]) == 1e4
    told = maps_as_dict("twin", maps)["maps"]["switching_time"]
    times = told["variables"]["switching_time"]["values"]
    assert times[0][told["coordinates"]["voltage"]["values"].index(0.1)] is None
    # neighbours of what is not there have no slope either
    assert np.isnan(here["slope"])


def test_a_change_below_the_floor_is_no_number(twin: Maps) -> None:
    pulse = twin["pulse"].dataset
    small = pulse["status"] == f"below {FLOOR:g}"
    assert small.any()
    assert np.isnan(pulse["state_change"].where(small, 0.0)).sum() == small.sum()
    assert not np.isnan(pulse["state_change"].where(~small, 0.0)).any()
    bridged = pulse["status"] == "filament"
    assert (pulse["conductance"].where(bridged, QUANTUM) >= QUANTUM).all()
    assert (pulse["conductance"].where(~bridged, 0.0) < QUANTUM).all()


# ---- files


def test_every_file_holds_the_same_numbers(twin: Maps, tmp_path: Path) -> None:
    write_maps(twin, tmp_path)
    told = json.loads(json.dumps(maps_as_dict("twin", twin), allow_nan=False))["maps"]
    assert {path.name for path in tmp_path.iterdir()} == {
        *(f"{name}.{ending}" for name in twin for ending in ("nc", "csv")), "temperature_read_conductance.csv",
    }  # fmt: skip
    same: Callable[[np.ndarray, np.ndarray], None] = np.testing.assert_array_equal
    for name, one in twin.items():
        again = load(tmp_path / f"{name}.nc")
        xr.testing.assert_identical(again, one.dataset)
        table = pd.read_csv(tmp_path / f"{name}.csv")
        for variable, values in one.dataset.data_vars.items():
            unit = values.attrs.get("units")
            column = f"{variable} [{unit}]" if unit else str(variable)
            if column in table:
                same(table[column].to_numpy(), values.values.ravel())
            plain = told[name]["variables"][variable]["values"]
            if values.dtype.kind == "f":
                same(np.array(plain, dtype=float), values.values)
                assert unit
            else:
                same(np.array(plain), values.values)


# ---- command line


def test_json_alone_on_standard_output_and_data_and_pictures_in_the_folder(
    small: Maps, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "device_maps", lambda form, folder, progress: small)
    out = tmp_path / "maps"
    done = CliRunner().invoke(app, ["characterize", "--maps", "--form", "twin", "--json", "--out", str(out)])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told == json.loads((out / "maps.json").read_text())
    assert set(told["maps"]) == set(FIGURES)
    assert "4 maps" in done.stderr
    for name in FIGURES:
        picture = imread(out / f"{name}.png")
        assert picture[..., :3].std() > 0.02, f"{name} is blank"
    printed = CliRunner(env={"COLUMNS": "160"}).invoke(app, ["characterize", "--maps", "--form", "twin"])
    assert printed.exit_code == 0
    assert "not within 1e+04 s" in printed.stdout
    assert "more than 100 years" in printed.stdout
    assert "below 0.001" in printed.stdout


def test_a_seed_without_samples_is_refused() -> None:
    done = CliRunner().invoke(app, ["characterize", "--maps", "--seed", "7"])
    assert done.exit_code == 2
    assert "--seed" in done.stderr
