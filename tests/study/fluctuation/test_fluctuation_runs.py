"""Studies whose pulses differ and whose cells are noisy: in the nodal engine, in ngspice, and refused elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pyspice_models import foreign_cell, load_study, write_study
from pyspice_models.array import Crossbar
from pyspice_models.array.fluctuation import FluctuationParams, ReadNoise
from pyspice_models.array.kinds import Kind
from pyspice_models.array.variability import VariabilityParams
from pyspice_models.cells.vteam.model import VTEAM
from pyspice_models.cells.vteam.params import VteamParams
from pyspice_models.errors import RequestError
from pyspice_models.export.study.contents import StudyBundle
from pyspice_models.measure import sense_current
from pyspice_models.netlist import deck_of
from pyspice_models.program.lone_cells import lone_pulses, lone_reads
from pyspice_models.result import windows
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Read, ReadAll, Write
from pyspice_models.study import Study
from pyspice_models.study.fluctuation import Past, changed
from pyspice_models.study.run import run_study
from pyspice_models.study.variation import Variation, vary

ROOT = Path(__file__).resolve().parents[3]
BOTH = FluctuationParams(seed=1, pulse_mobility=0.3, pulse_site=0.05, flicker=0.02, telegraph=0.1)
PROGRAM = [Write(0, 0, pulses=3, gap=1e-6), Read(0), Read(0), Read(2)]


class Bare(VteamParams):
    """Of a cell of which neither a spread nor what scales its conductance is known."""

    cell_model = replace(VTEAM, name="bare", spread=None, conduction={})


def asked(engine: str = "nodal", fluctuation: FluctuationParams = BOTH, size: int = 3) -> Study:
    bar = Crossbar(size, size).at_level(0.3)
    return Study("noisy", bar, PROGRAM, engine=engine, fluctuation=fluctuation)


def currents(dataset: xr.Dataset) -> np.ndarray:
    return np.array([sense_current(dataset, one).values for one in windows(dataset, "read")])


@pytest.fixture(scope="module")
def solved() -> xr.Dataset:
    return run_study(asked()).dataset


@pytest.fixture(scope="module")
def steady() -> xr.Dataset:
    return run_study(asked(fluctuation=FluctuationParams())).dataset


def test_reads_show_the_noise_of_their_moment(solved: xr.Dataset, steady: xr.Dataset) -> None:
    noise = ReadNoise(BOTH)
    for n, one in enumerate(windows(solved, "read")):
        drawn = noise.shares(one.settled, one.rows[0], np.arange(3))
        untouched = slice(1, None) if one.rows[0] == 0 else slice(None)  # the written cell holds another level
        found = currents(solved)[n] / currents(steady)[n] - 1
        assert found[untouched] == pytest.approx(drawn[untouched], abs=2e-4)
        assert np.abs(drawn).max() > 0.01


def test_pulses_move_a_cell_as_those_of_the_lone_cell(solved: xr.Dataset, steady: xr.Dataset) -> None:
    bar = asked().crossbar
    alone = lone_pulses(bar, BOTH, [0.3] * 3, 1e-6)["w"][:, 0, 0]
    assert solved["w"].values[-1, 0, 0] - 0.3 == pytest.approx(alone[-1] - 0.3, rel=0.01, abs=0)
    assert abs(solved["w"].values[-1, 0, 0] - steady["w"].values[-1, 0, 0]) > 0.01
    steps = np.diff(alone) / np.diff(lone_pulses(bar, FluctuationParams(), [0.3] * 3, 1e-6)["w"][:, 0, 0])
    assert np.ptp(steps) > 0.1  # each pulse has a draw of its own


def test_ngspice_gives_the_same(solved: xr.Dataset) -> None:
    found = run_study(asked("ngspice"))
    assert currents(found.dataset) == pytest.approx(currents(solved), rel=2e-4, abs=0)
    assert found.dataset["w"].values[-1] == pytest.approx(solved["w"].values[-1], abs=1e-4)
    assert abs(found.measures["energy_imbalance"].value) < 1e-4


def test_a_cell_has_the_same_draws_in_a_larger_array_and_after_other_pulses() -> None:
    few = asked(size=3)
    more = replace(few, crossbar=Crossbar(4, 5).at_level(0.3), program=[Write(3, 4), *PROGRAM])
    drawn = []
    for one in (few, more):
        begun, changes = changed(BOTH, one.crossbar, one.schedule())
        every = [bar.values("rate_int_set")[0, 0] for bar in (begun, *(change.crossbar for change in changes))]
        drawn.append([value for value in dict.fromkeys(every) if value != one.crossbar.cell.rate_int_set])
    assert len(drawn[0]) == 3
    assert drawn[0] == drawn[1]


def test_a_run_goes_on_from_what_was_before() -> None:
    one = asked()
    plan, past = one.schedule(), Past(0.25, np.full((3, 3), 2))
    begun, _ = changed(BOTH, one.crossbar, plan, past)
    whole = changed(BOTH, one.crossbar, plan)
    third = whole[1][1].crossbar.values("rate_int_set")[0, 0]  # of the pulse number 2
    assert begun.values("rate_int_set")[0, 0] == third
    read = windows_of(plan)[0]
    _, later = changed(BOTH, one.crossbar, plan, past)
    shares = (
        next(c for c in later if c.time == read.start).crossbar.values("g_int_max")[0] / one.crossbar.cell.g_int_max
    )
    assert shares - 1 == pytest.approx(ReadNoise(BOTH).shares(0.25 + read.settled, 0, np.arange(3)), abs=1e-12)


def windows_of(plan: object) -> list:
    return [one for one in plan.windows if one.kind == "read"]  # type: ignore[attr-defined]


def test_nothing_changes_by_default() -> None:
    one = asked(fluctuation=FluctuationParams(seed=7))
    assert changed(one.fluctuation, one.crossbar, one.schedule()) == (one.crossbar, ())
    quiet = Study("noisy", one.crossbar, PROGRAM)
    plain, with_table = (deck_of(Simulation(s.crossbar, s.schedule())).text for s in (quiet, one))
    assert plain == with_table
    assert "alter" not in plain


def test_arrays_of_a_monte_carlo_study_fluctuate_each_for_itself() -> None:
    none = VariabilityParams(**dict.fromkeys(VariabilityParams.quantities(), 0.0))
    drawn = [vary(asked(), Variation(none, seed))[0].fluctuation.seed for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_study_with_fluctuations_is_read_back_equal(tmp_path: Path) -> None:
    assert load_study(write_study(asked(), tmp_path)) == asked()
    assert load_study(write_study(asked(), tmp_path), ["fluctuation.flicker=1 %"]).fluctuation.flicker == 0.01


def test_lone_reads_have_the_noise_of_their_moments() -> None:
    bar, moments = Crossbar(2, 2).at_level(0.5), np.array([0.0, 1e-3])
    ratio = lone_reads(bar, BOTH, moments) / lone_reads(bar, FluctuationParams(), moments)
    assert ratio[1, 1, 0] - 1 == pytest.approx(float(ReadNoise(BOTH).shares(1e-3, 1, 0)), abs=1e-12)


def test_an_engine_without_changes_is_refused_by_name() -> None:
    for engine in ("vacask", "pyspice"):
        with pytest.raises(RequestError, match=rf"\[fluctuation\].*engine {engine}.*Use engine ngspice or nodal"):
            asked(engine)
    with pytest.raises(RequestError, match=r"engine ngspice fixes those of form 'subckt'"):
        replace(asked("ngspice"), form="subckt")


def test_netlists_of_other_tools_are_refused_by_name() -> None:
    one = asked()
    begun, changes = changed(BOTH, one.crossbar, one.schedule())
    whole = Simulation(begun, one.schedule(), form="veriloga", changes=changes)
    with pytest.raises(RequestError, match=r"spectre cannot express \[fluctuation\]"):
        deck_of(whole, dialect_name="spectre")
    with pytest.raises(RequestError, match=r"a bundle for other tools cannot express \[fluctuation\]"):
        StudyBundle(one)


def test_cells_that_lack_what_it_takes_are_refused_by_name() -> None:
    bar = Crossbar(2, 2, cell=Bare())
    with pytest.raises(RequestError, match=r"fluctuation.pulse_own draws the kinetics .* states no spread"):
        Study("s", bar, [Read(0)], fluctuation=FluctuationParams(pulse_own=1.0))
    with pytest.raises(RequestError, match=r"scales a cell's conductance.*conducts = 1"):
        Study("s", bar, [Read(0)], fluctuation=FluctuationParams(flicker=0.01))
    with pytest.raises(RequestError, match=r"fluctuation.pulse_growth = 0.1 is refused.*cell 'vteam'"):
        Study("s", Crossbar(2, 2, cell=VteamParams()), [Read(0)], fluctuation=FluctuationParams(pulse_growth=0.1))
    mixed = Crossbar(2, 2, kinds={"other": Kind(VteamParams(), cols=[1])})
    with pytest.raises(RequestError, match=r"\[fluctuation\] knows arrays of one kind"):
        Study("s", mixed, [Read(0)], fluctuation=BOTH)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("fluctuation.flicker=20 %", r"fluctuation.flicker = 0.2 is refused; allowed: >= 0 and <= 0.1"),
        ("fluctuation.telegraph_up=1 V", r"fluctuation.telegraph_up"),
        ("fluctuation.fliker=1 %", r"unknown key 'fliker' in .fluctuation.; did you mean 'flicker'"),
        ("fluctuation=3", r"fluctuation must be a table"),
    ],
)
def test_a_wrong_table_is_refused(change: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        load_study(ROOT / "scripts/studies/write_read.toml", [change])


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["ngspice", "nodal"])
def test_cells_of_ones_own_fluctuate_in_both_engines(engine: str) -> None:
    parameters = {"r_on": {"conducts": -1}, "speed": {"cycle_spread": 0.2}}
    cell = foreign_cell(ROOT / "scripts/studies/models/gap_cell.va", parameters=parameters)
    noisy = FluctuationParams(seed=3, pulse_own=1.0, flicker=0.02)
    bar = Crossbar(2, 2, cell=cell).at_level(0.3)
    program = [Write(0, 0, voltage=0.5, pulses=2), ReadAll()]
    runs = [run_study(Study("own", bar, program, engine=engine, fluctuation=f)) for f in (FluctuationParams(), noisy)]
    reads = list(windows(runs[1].dataset, "read"))
    ratio = currents(runs[1].dataset) / currents(runs[0].dataset) - 1
    drawn = [float(ReadNoise(noisy).shares(reads[n].settled, n, n)) for n in range(2)]
    assert ratio[1, 1] == pytest.approx(drawn[1], abs=1e-3)  # of a cell that shares no line with the written one
    assert abs(ratio[0, 0] - drawn[0]) > 2e-3  # its pulses did something else
    assert abs(runs[1].measures["energy_imbalance"].value) < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("selector", ["transistor", "selector"])
def test_cells_behind_selectors_fluctuate(selector: str) -> None:
    from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams

    kind = TransistorParams() if selector == "transistor" else ThresholdParams()
    bar = Crossbar(2, 2, selector=kind).at_level(0.3)
    volts = 0.3 if selector == "transistor" else 0.8
    read = Read(0) if selector == "transistor" else Read(0, voltage=0.25)
    noisy = FluctuationParams(pulse_mobility=0.3, flicker=0.02)
    found = [
        run_study(Study("s", bar, [Write(0, 0, pulses=2, voltage=volts), read], engine=engine, fluctuation=noisy))
        for engine in ("nodal", "ngspice")
    ]
    assert currents(found[0].dataset) == pytest.approx(currents(found[1].dataset), rel=5e-3, abs=0)
    assert found[0].dataset["w"].values[-1] == pytest.approx(found[1].dataset["w"].values[-1], abs=2e-3)
