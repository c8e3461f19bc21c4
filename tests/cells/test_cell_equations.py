"""What the cell must obey whatever its parameters: power, bounds, energy balance, Arrhenius, frozen states."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.constants import elementary_charge
from scipy.constants import k as boltzmann

from pyspice_models.accuracy import Accuracy
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate, simulate_chain, simulate_many
from pyspice_models.cells.sources import verilog_a_source
from pyspice_models.engine.toolchain.tools import find_ngspice, require
from pyspice_models.engine.toolchain.verilog_a import compiled
from pyspice_models.errors import RequestError
from pyspice_models.netlist.dialects import NGSPICE as write

ROOT = Path(__file__).resolve().parents[2]
CELL = CellParams()

volts = st.floats(-3, 3)
wild_volts = st.floats(-1e6, 1e6)
states = st.floats(0, 1)
kelvin = st.floats(200, 500)


@given(v=wild_volts, v_ion=wild_volts, w=st.floats(-10, 10), x=st.floats(-10, 10), temperature=kelvin)
def test_power_is_never_negative_and_all_is_finite(
    v: float, v_ion: float, w: float, x: float, temperature: float
) -> None:
    eq = Equations(CELL, temperature)
    assert eq.power(v, v_ion, w, x) >= 0
    assert np.isfinite([eq.power(v, v_ion, w, x), eq.current(v, w, x), *eq.rates(v, w, x)]).all()


@given(v=st.floats(0.05, 3), w=states, x=states)
def test_positive_voltage_sets_and_negative_resets(v: float, w: float, x: float) -> None:
    eq = Equations(CELL)
    smooth = 1e-3  # of the rate at the other end, which the smooth sign lets through
    assert min(eq.rates(v, w, x)) >= -smooth * abs(min(eq.rates(-v, 1.0, 1.0)))
    assert max(eq.rates(-v, w, x)) <= smooth * max(eq.rates(v, 0.0, 0.0))


@given(w=st.floats(0.01, 0.99), x=st.floats(0.01, 0.99), v=volts)
def test_conductance_rises_with_both_states(w: float, x: float, v: float) -> None:
    eq = Equations(CELL)
    assert eq.conductance(v, w + 0.01, x) > eq.conductance(v, w, x)
    assert eq.conductance(v, w, x + 0.01) > eq.conductance(v, w, x)


PULSES = given(
    levels=st.lists(st.floats(-1, 1), min_size=1, max_size=5), w=states, x=states, r=st.sampled_from([0.0, 1e3, 1e5])
)


@settings(max_examples=5)
@PULSES
def test_states_stay_inside_and_energy_balances(levels: list[float], w: float, x: float, r: float) -> None:
    _check_balance(levels, w, x, r)


@pytest.mark.slow
@settings(max_examples=50)
@PULSES
def test_states_stay_inside_and_energy_balances_in_fifty_cases(
    levels: list[float], w: float, x: float, r: float
) -> None:
    _check_balance(levels, w, x, r)


def _check_balance(levels: list[float], w: float, x: float, r: float) -> None:
    """Work at the electrodes = dissipated + stored, within 0.1 %; the work is summed here, the loss by the twin."""
    corners = [0.0]
    for level in levels:
        corners += [level, level]
    times = np.concatenate([[0.0], np.cumsum(np.tile([1e-7, 1e-6], len(levels)))])
    run = simulate(CELL.replace(w0=w, x0=x), times, corners, series_resistance=r, max_step=5e-9)
    assert min(run.w.min(), run.x.min()) >= 0
    assert max(run.w.max(), run.x.max()) <= 1
    assert (run.p >= 0).all()
    eq = Equations(CELL)
    conducted = run.v * (eq.current(run.v, run.w, run.x) + (run.v - run.v_ion) / eq.r_ion)
    stored = 0.5 * eq.c_ion * (run.v_ion[-1] ** 2 - run.v_ion[0] ** 2)  # c_geo gives back what it takes
    work = float(np.trapezoid(conducted, run.time))
    assert run.loss[-1] == pytest.approx(work - stored, rel=1e-3, abs=1e-21)
    assert (np.diff(run.loss) >= -1e-24).all()


def test_a_tenth_of_the_tolerance_gives_the_same_energy() -> None:
    times, voltages = [0.0, 1e-6, 1.01e-6, 2e-6, 2.01e-6, 5e-6], [0.0, 0.0, 0.3, 0.3, 0.0, 0.0]
    coarse, fine = (simulate(CELL, times, voltages, tolerance=tol).loss[-1] for tol in (1e-5, 1e-6))
    assert coarse == pytest.approx(fine, rel=1e-3, abs=0)


@pytest.mark.parametrize("e_act", [0.2, 0.3, 0.6])
def test_rates_follow_arrhenius(e_act: float) -> None:
    """Slope of ln(rate) against q/kT: without a nucleation barrier only the sinh depends on temperature, too."""
    cell = CELL.replace(e_act=e_act, v_nuc_int=0.0, v_nuc_fil=0.0)
    inverse, log_rate = [], []
    for temperature in (290.0, 300.0, 310.0):
        vt = boltzmann * temperature / elementary_charge
        rate = Equations(cell, temperature).rates(0.1, 0.5, 0.5)[0]
        growth = np.sinh(cell.alpha * 0.1 / vt)
        inverse.append(1 / vt)
        log_rate.append(np.log(rate / growth))
    assert -np.polyfit(inverse, log_rate, 1)[0] == pytest.approx(e_act, rel=0.01, abs=0)


@given(v=st.floats(0.05, 0.5))
def test_heat_makes_both_states_faster(v: float) -> None:
    cold, hot = Equations(CELL, 300.0).rates(v, 0.5, 0.5), Equations(CELL, 320.0).rates(v, 0.5, 0.5)
    assert (np.array(hot) > np.array(cold)).all()


def test_many_cells_are_what_each_is_alone() -> None:
    times, voltages = [0.0, 5.0, 15.0, 20.0], [0.0, 0.5, -0.5, 0.0]
    rates = [300.0, 780.2, 2000.0]
    together = simulate_many(CELL, {"rate_fil_set": rates}, times, voltages, series_resistance=1e3)
    for rate, run in zip(rates, together, strict=True):
        alone = simulate(CELL.replace(rate_fil_set=rate), times, voltages, series_resistance=1e3)
        assert run.x.max() == pytest.approx(alone.x.max(), abs=1e-9)
        assert run.loss[-1] == pytest.approx(alone.loss[-1], rel=1e-9, abs=0)


def test_a_chain_is_one_long_run() -> None:
    """Pulses that remember everything: the hardest case for cycles that run side by side."""
    times, voltages = np.array([0.0, 1e-8, 1e-6, 1.01e-6, 2e-6]), np.array([0.0, 0.3, 0.3, 0.0, 0.0])
    count = 6
    chain = simulate_chain(CELL, {"rate_int_set": np.full(count, CELL.rate_int_set)}, times, voltages)
    long_times = np.concatenate([[0.0], *(k * times[-1] + times[1:] for k in range(count))])
    long = simulate(CELL, long_times, np.concatenate([[0.0], *[voltages[1:]] * count]))
    assert chain[-1].w[-1] == pytest.approx(long.w[-1], abs=1e-4)
    assert sum(run.loss[-1] for run in chain) == pytest.approx(long.loss[-1], rel=1e-3, abs=0)


def test_a_current_limit_limits() -> None:
    run = simulate(CELL, [0.0, 5.0, 10.0], [0.0, 0.5, 0.0], series_resistance=1e3, i_limit=1e-5)
    free = simulate(CELL, [0.0, 5.0, 10.0], [0.0, 0.5, 0.0], series_resistance=1e3)
    assert free.i.max() > 1e-4
    assert 0.9e-5 < run.i.max() <= 1e-5


@pytest.mark.parametrize(
    ("times", "voltages", "options", "message"),
    [
        ([0.0], [0.0], {}, "at least two corners"),
        ([0.0, 1.0], [0.0, 1.0, 2.0], {}, "as many times"),
        ([0.0, 0.0], [0.0, 1.0], {}, "with increasing times"),
        ([0.0, 1.0], [0.0, float("nan")], {}, "must be finite"),
        ([0.0, 1.0], [0.0, 1.0], {"series_resistance": -1.0}, "series_resistance = -1.0 ohm is refused"),
        ([0.0, 1.0], [0.0, 1.0], {"series_resistance": float("nan")}, "series_resistance = nan ohm is refused"),
        ([0.0, 1.0], [0.0, 1.0], {"i_limit": 1e-5}, "i_limit = 1e-05 A is refused"),
    ],
)
def test_the_twin_refuses_what_is_no_bench(
    times: list[float], voltages: list[float], options: dict[str, float], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        simulate(CELL, times, voltages, **options)


def test_the_twin_refuses_unknown_and_impossible_parameters() -> None:
    with pytest.raises(RequestError, match="rate_fil_set"):
        simulate_many(CELL, {"rate_fil_sett": [1.0]}, [0.0, 1.0], [0.0, 0.1])
    with pytest.raises(RequestError, match="w0"):
        simulate_many(CELL, {"w0": [0.5, 1.5]}, [0.0, 1.0], [0.0, 0.1])
    with pytest.raises(RequestError, match="length"):
        simulate_many(CELL, {"w0": [0.5, 0.6], "x0": [0.0, 0.1, 0.2]}, [0.0, 1.0], [0.0, 0.1])
    with pytest.raises(RequestError, match="w0"):
        simulate_chain(CELL, {"w0": [0.5, 0.6]}, [0.0, 1.0], [0.0, 0.0])


@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_state_is_frozen_at_the_operating_point_and_in_a_dc_sweep(form: str, tmp_path: Path) -> None:
    if form == "osdi":
        shutil.copyfile(compiled(verilog_a_source()), tmp_path / write.module_file("ag2s"))
    state, g = (write.cell_vector(form, "_0", q) for q in ("w", "g"))
    load = [f"pre_osdi {write.module_file('ag2s')}"] if form == "osdi" else []
    deck = [
        "* frozen state", write.cell_definition(form, AG2S, CELL), "vb te 0 1",
        write.cell(form, AG2S, "_0", ("te", "0"), {"w0": 0.3, "x0": 0.2}), write.options(Accuracy(), 300.0),
        f".save {state} {g} i(vb)", ".control", *load, "op", f"print {state}", "dc vb -1 1 0.5", f"print {state} i(vb)",
        "quit", ".endc", ".end", "",
    ]  # fmt: skip
    (tmp_path / "frozen.cir").write_text("\n".join(deck), encoding="ascii")
    command = [require(find_ngspice()), "-n", "-b", "frozen.cir"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    at_rest = re.search(re.escape(state) + r" = (\S+)", done.stdout)
    rows = re.findall(r"^\d+\s+(\S+)\s+(\S+)\s+(\S+)\s*$", done.stdout, re.MULTILINE)
    assert len(rows) == 5, done.stdout + done.stderr
    assert at_rest is not None, done.stdout + done.stderr
    assert float(at_rest[1]) == pytest.approx(0.3, abs=1e-4)
    eq = Equations(CELL)
    for v, w, i in np.array(rows, dtype=float):
        assert w == pytest.approx(0.3, abs=1e-4)
        assert -i == pytest.approx(eq.current(v, 0.3, 0.2), rel=1e-3, abs=1e-15)


def test_committed_model_files_are_what_generate_writes() -> None:
    generated = runpy.run_path(str(ROOT / "scripts" / "generate"), run_name="generate")["generated"]()
    assert len(generated) >= 3
    for path, text in generated.items():
        assert path.read_text() == text, f"{path} is out of date: run scripts/generate"
