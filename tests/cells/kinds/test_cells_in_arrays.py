"""Arrays of the cells beside Ag2S: the books of their energy, engines side by side, what draws and refuses them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.variability import VariabilityParams, sample_array, sample_cycles
from pyspice_models.cells.registry import model_named
from pyspice_models.netlist import crossbar_deck, dialect_names
from pyspice_models.netlist.dialects import dialect
from pyspice_models.stimulus import Read, ReadAll, Write, schedule
from pyspice_models.study import Outcome, Study, run_study
from pyspice_models.study.tables.read import study_from

PULSES = {"vteam": (0.8, 50e-9), "gap": (2.5, 10e-9), "threshold": (0.5, 1e-6)}


def _bar(name: str, size: int) -> Crossbar:
    levels = pattern("random", (size, size), seed=3, low=0.05, high=0.95)
    bar = Crossbar(size, size, cell=model_named(name).parameters()).at_level(levels)
    return bar.replace(driver=bar.driver.replace(t_edge=1e-9, r_driver=200.0))


@cache
def _run(name: str, size: int, tool: str = "ngspice") -> Outcome:
    volts, width = PULSES[name]
    program = [
        Write(1, 1, voltage=volts, width=width), Read(1, 1, voltage=0.05, duration=10 * width),
        Write(2, 1, voltage=-volts, width=width), ReadAll(voltage=0.05, duration=10 * width),
    ]  # fmt: skip
    return run_study(Study(f"{name}-{size}", _bar(name, size), program, engine=tool))


@pytest.mark.parametrize("size", [4, pytest.param(8, marks=pytest.mark.slow), pytest.param(32, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", PULSES)
def test_the_books_close(name: str, size: int) -> None:
    run = _run(name, size)
    assert abs(run.measures["energy_imbalance"].value) < 1e-3
    assert run.measures["energy_dissipated"].value > 1e-15


@pytest.mark.parametrize("name", PULSES)
def test_vacask_gives_the_same_energies_and_states(name: str) -> None:
    first, second = _run(name, 4), _run(name, 4, "vacask")
    for measure in ("energy_dissipated", "energy_supply", "energy_selected_cell"):
        assert second.measures[measure].value == pytest.approx(first.measures[measure].value, rel=5e-3, abs=0), measure
    (state,) = model_named(name).states
    ends = [run.dataset[state.name].isel(time=-1).values for run in (first, second)]
    assert np.abs(ends[0] - ends[1]).max() < 5e-3
    assert first.dataset.attrs["states"] == first.dataset.attrs["level"] == state.name


@pytest.mark.parametrize("name", PULSES)
def test_every_dialect_writes_it_and_the_nodal_engine_refuses_it(name: str) -> None:
    bar = _bar(name, 2)
    plan = schedule(bar, [Write(0, 0)])
    for one in dialect_names():
        for form in dialect(one).forms:
            text = crossbar_deck(bar, plan, form=form, dialect_name=one).text
            assert f"{name}_cell" in text
            assert f"{bar.model.level_parameter}=" in text


@pytest.mark.parametrize("name", PULSES)
def test_devices_and_cycles_differ_by_the_shared_causes(name: str) -> None:
    cell = model_named(name).parameters()
    none = VariabilityParams().replace(
        **{key: 0.0 for key in VariabilityParams.quantities() if key.startswith(("device_", "cycle_"))}
    )
    assert sample_array(cell, (3, 3), 1, none) == {}
    devices, cycles = sample_array(cell, (40, 40), 1), sample_cycles(cell, 400, 1)
    moved = {"vteam": "k_on", "gap": "vel0", "threshold": "t_delay"}[name]
    assert np.std(np.log(devices[moved])) == pytest.approx(np.hypot(0.10, 0.025 * (name == "vteam")), rel=0.1, abs=0)
    assert np.median(devices[moved]) == pytest.approx(getattr(cell, moved), rel=0.02, abs=0)
    assert set(cycles) <= {key for key, q in cell.quantities().items() if q.per_cell}


def test_a_study_file_draws_an_array_of_them() -> None:
    tables = {
        "array": {"rows": 2, "cols": 3}, "cell": {"model": "threshold"}, "variability": {"seed": 4},
        "program": [{"do": "read"}],
    }  # fmt: skip
    study = study_from(tables)
    assert np.ptp(study.crossbar.values("v_th")) > 0
