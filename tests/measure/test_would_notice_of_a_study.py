"""Measures of a study: every term is seen by some test."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import xarray as xr
from would_notice_measures_cases import SHAPE, _dataset, _study

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.measure import (
    cell_current,
    current_margin,
    disturb,
    disturb_by_selection,
    measure_read,
    recovery_time,
    sense_current,
)
from pyspice_models.result import windows
from pyspice_models.result.program import window_variables
from pyspice_models.result.quadrature import trapezoids
from pyspice_models.stimulus import Read, Vmm, Window, Write
from pyspice_models.study import Study
from pyspice_models.study.measures.every import study_measures


def _outcome(study: Study, seed: int = 2, **attrs: object) -> xr.Dataset:
    """A run at random, of the study's windows, with energies that the engine has summed."""
    plan = study.schedule()
    dataset = _dataset(seed, **attrs)
    stop = plan.windows[-1].stop
    times = np.unique(np.concatenate([np.linspace(0, stop, 15), *([w.start, w.stop, w.settled] for w in plan.windows)]))
    random = np.random.default_rng(seed)

    def stretched(values: xr.DataArray) -> tuple[tuple[str, ...], np.ndarray]:
        return tuple(map(str, values.dims)), random.uniform(0.05, 0.95, (len(times), *values.shape[1:]))

    data = {
        str(name): stretched(values) if "time" in values.dims else values for name, values in dataset.data_vars.items()
    }
    grown = {
        name: (dims, np.cumsum(random.random((len(times), *shape)), axis=0) * 1e-15)
        for name, dims, shape in (
            ("spent_cells", ("time", "row", "col"), SHAPE), ("spent_lines", ("time",), ()),
            ("spent_ends", ("time",), ()), ("delivered", ("time",), ()), ("moved", ("time",), ()),
        )
    }  # fmt: skip
    told = window_variables(plan.windows, SHAPE)
    left, right = trapezoids(times, [])
    weights = {"weight_left": ("time", left), "weight_right": ("time", right)}
    return xr.Dataset(
        data | grown | weights | told,
        {"time": times, "row": range(2), "col": range(3)},
        dataset.attrs,
    )


def _moment(dataset: xr.Dataset, name: str, moment: float) -> np.ndarray:
    values = dataset[name].values.reshape(len(dataset.time), -1)
    columns = [np.interp(moment, dataset.time.values, column) for column in values.T]
    return np.array(columns).reshape(dataset[name].shape[1:])


def test_a_studys_energies_are_per_pulse_and_written_cell() -> None:
    """Two pulses, two cells: a quarter of what the window took, selected, half-selected and unselected by itself."""
    study = _study()
    dataset = _outcome(study)
    (write,) = windows(dataset, "write")
    assert (write.pulses, write.rows, write.cols) == (2, (1,), (0, 2))
    found = {name: measure.value for name, measure in study_measures(study, dataset).items()}
    cells, lines, ends = (
        (_moment(dataset, name, write.stop) - _moment(dataset, name, write.start)) / 4
        for name in ("spent_cells", "spent_lines", "spent_ends")
    )
    expected = {
        "energy_selected_cell": cells[1, 0] + cells[1, 2],
        "energy_half_selected": cells[1, 1] + cells[0, 0] + cells[0, 2],
        "energy_unselected": cells[0, 1], "energy_lines": lines, "energy_drivers": ends,
        "energy_per_switch": cells.sum() + lines + ends,
    }  # fmt: skip
    for name, value in expected.items():
        assert found[name] == pytest.approx(float(value), rel=1e-9, abs=0), name
    first, last = dataset.isel(time=0), dataset.isel(time=-1)
    whole = {name: float((last[name] - first[name]).sum()) for name in ("spent_cells", "spent_lines", "spent_ends")}
    assert found["energy_dissipated"] == pytest.approx(sum(whole.values()), rel=1e-9, abs=0)
    delivered = float(last["delivered"] - first["delivered"])
    assert found["energy_source"] == pytest.approx(delivered, rel=1e-9, abs=0)
    missing = delivered - sum(whole.values()) - found["energy_stored"]
    moved = float(last["moved"] - first["moved"])
    assert found["energy_imbalance"] == pytest.approx(missing / moved, rel=1e-9, abs=0)
    assert found["energy_stored"] != 0


def test_energies_of_several_writes_are_weighted_by_pulses_and_cells() -> None:
    """All that was spent over all pulses at all cells, not a mean of means."""
    study = replace(_study(), program=[Write(0, 0, pulses=3), Write((0, 1), (1, 2))])
    dataset = _outcome(study)
    found = study_measures(study, dataset)
    lines = [
        float(_moment(dataset, "spent_lines", w.stop) - _moment(dataset, "spent_lines", w.start))
        for w in windows(dataset, "write")
    ]
    assert found["energy_lines"].value == pytest.approx(sum(lines) / (3 + 4), rel=1e-9, abs=0)
    moved = [
        ((_moment(dataset, "w", w.stop) - _moment(dataset, "w", w.start))[np.ix_(w.rows, w.cols)]).ravel()
        for w in windows(dataset, "write")
    ]
    assert found["state_change"].value == pytest.approx(np.concatenate(moved).mean(), rel=1e-9, abs=0)
    largest = [disturb_by_selection(disturb(dataset, w), w) for w in windows(dataset, "write")]
    assert found["disturb_half_selected"].value == max(half for half, _ in largest)
    assert found["disturb_unselected"].value == largest[0][1], "every cell outside the second write shares its lines"


def test_a_write_without_unselected_cells_has_no_such_measure() -> None:
    study = replace(_study(), program=[Write("all", (0, 1))])
    found = study_measures(study, _outcome(study))
    assert "disturb_unselected" not in found
    assert "disturb_half_selected" in found
    assert not {"recovery_time", "read_current", "read_margin", "vmm_error"} & set(found)


def test_a_studys_reads_are_its_worst_and_mean() -> None:
    study = _study()
    dataset = _outcome(study)
    found = {name: measure.value for name, measure in study_measures(study, dataset).items()}
    reads = windows(dataset, "read")
    currents = np.concatenate([sense_current(dataset, read).values for read in reads])
    own = np.concatenate([cell_current(dataset, read).values for read in reads])
    assert len(currents) == 3 + 1
    assert found["read_current"] == pytest.approx(np.abs(currents).mean(), rel=1e-9, abs=0)
    assert found["sneak_current"] == pytest.approx(np.abs(currents - own).max(), rel=1e-9, abs=0)
    assert found["sneak_share"] == pytest.approx(np.abs((currents - own) / currents).max(), rel=1e-9, abs=0)
    g = np.concatenate([measure_read(study.crossbar, dataset, read).conductance for read in reads])
    low, high = (float(Equations(study.crossbar.cell, 320.0).conductance(5e-3, w, 0.0)) for w in (0.0, 1.0))

    def margin(above: float) -> float:
        return current_margin(np.abs(currents[g >= above]), np.abs(currents[g < above]))

    assert g.min() > 1e-7  # by their filaments, most of all
    above = float(np.sort(g)[-1])
    other = replace(study, limits=replace(study.limits, g_threshold=above))
    assert study_measures(other, dataset)["read_margin"].value == pytest.approx(margin(above), rel=1e-9, abs=0)
    dataset["x"].values[:] = 0.0
    dataset["w"].values[:] = np.array([[0.1, 0.2, 0.3], [0.8, 0.45, 0.9]])
    g = np.concatenate([measure_read(study.crossbar, dataset, read).conductance for read in reads])
    middle = (low + high) / 2
    # areas differ: a state of 0.9 is a zero of the smallest cell
    assert (g >= middle).tolist() == [True, False, False, False]
    assert study_measures(study, dataset)["read_margin"].value == pytest.approx(margin(middle), rel=1e-9, abs=0)


def test_recovery_is_of_the_read_that_follows_on_the_same_row() -> None:
    """The slowest of the bit lines that both have; a read of another row tells nothing about it."""
    study = _study()
    dataset = _outcome(study)
    write, read, other, _ = windows(dataset)
    expected = max(recovery_time(dataset, write, read, col) for col in (0, 2))
    assert study_measures(study, dataset)["recovery_time"].value == expected
    assert recovery_time(dataset, write, read, 1) not in (expected, recovery_time(dataset, write, other, 1))
    for program in (
        [Write(1, 0), Read(0, 0)], [Write(1, 0), Read(1, 1)], [Read(1, 0), Write(1, 0)],
        [Write(1, 0), Read(0, 0), Read(1, 0)],
    ):  # fmt: skip
        apart = replace(study, program=program)
        assert "recovery_time" not in study_measures(apart, _outcome(apart))


def test_products_are_held_against_the_cells_conductances() -> None:
    study = _study()
    dataset = _outcome(study)
    (product,) = windows(dataset, "vmm")
    w, x, volts = (_moment(dataset, name, product.settled) for name in ("w", "x", "v_word_source"))
    ideal = np.zeros(3)
    for row in range(2):
        for col in range(3):
            eq = Equations(study.crossbar.cell_at(row, col), 320.0)
            ideal[col] += float(eq.current(volts[row], w[row, col], x[row, col]))
    off = np.abs(_moment(dataset, "i_sense", product.settled) - ideal) / np.abs(ideal).max()
    found = study_measures(study, dataset)
    assert found["vmm_error"].value == pytest.approx(np.sqrt(np.mean(off**2)), rel=1e-9, abs=0)
    assert found["vmm_error_worst"].value == pytest.approx(off.max(), rel=1e-9, abs=0)
    twice = replace(study, program=[Vmm((0.5, -1.0)), Vmm((0.2, 0.1))])
    both = _outcome(twice)
    errors = []
    for window in windows(both, "vmm"):
        alone = both.assign_attrs(windows=json.dumps([asdict(window)]))
        measured = study_measures(twice, alone)
        errors.append((measured["vmm_error"].value, measured["vmm_error_worst"].value))
    found = study_measures(twice, both)
    assert found["vmm_error"].value == pytest.approx(np.sqrt(np.mean([e[0] ** 2 for e in errors])), rel=1e-9, abs=0)
    assert found["vmm_error_worst"].value == max(e[1] for e in errors)
    both["v_word_source"].values[:] = 0.0
    assert "vmm_error" not in study_measures(twice, both)


def _alone(study: Study, write: Window, row: int, col: int, w: float, x: float) -> np.ndarray:
    """Change of w and x of one cell on an ideal source, by the twin."""
    edge, period = study.crossbar.driver.t_edge, (write.stop - write.start) / write.pulses
    times, volts = [0.0], [0.0]
    for pulse in range(write.pulses):
        begin = pulse * period
        corners = [begin + edge, begin + write.width, begin + write.width + edge, begin + period]
        times, volts = times + corners, [*volts, write.voltage, write.voltage, 0.0, 0.0]
    cell = study.crossbar.cell_at(row, col).replace(w0=w, x0=x)
    run = simulate(cell, times, volts, temperature=320.0, tolerance=1e-7)
    return np.array([run.w[-1] - run.w[0], run.x[-1] - run.x[0]])


@pytest.mark.parametrize(
    ("off", "share"), [((0.05, 0.05), 1.0), ((0.05, 0.2), 0.5), ((-0.2, -0.2), 0.0), ((0.0, -0.09), 1.0)]
)
def test_a_write_succeeds_where_a_cell_does_what_it_does_alone(off: tuple[float, float], share: float) -> None:
    """Within a tenth of the change of both states; pulses with gaps, cells of their own areas, at 320 K."""
    own = {"rate_int_set": [[7e4, 5e4, 9e4], [6e4, 4e4, 8e4]], "v_nuc_fil": [[0.3, 0.4, 0.5], [0.1, 0.4, 0.2]]}
    study = _study()
    study = replace(study, crossbar=study.crossbar.replace(per_cell={**study.crossbar.per_cell, **own}))
    dataset = _outcome(study)
    (write,) = windows(dataset, "write")
    for col, error in zip((0, 2), off, strict=True):
        before = [float(_moment(dataset, name, write.start)[1, col]) for name in ("w", "x")]
        change = _alone(study, write, 1, col, *before)
        assert np.linalg.norm(change) > 1e-3
        last = int(np.flatnonzero(dataset.time.values == write.stop)[0])
        for name, start, step in zip(("w", "x"), before, change, strict=True):
            dataset[name].values[last, 1, col] = start + step * (1 + error)
    assert study_measures(study, dataset)["writes_as_lone_cell"].value == share
    wider = replace(study, limits=replace(study.limits, success_within=0.3))
    assert study_measures(wider, dataset)["writes_as_lone_cell"].value == 1.0


def test_a_threshold_selectors_writes_are_not_held_against_a_lone_cells() -> None:
    """It keeps a part of the voltage by design; its energy has a measure of its own."""
    study = _study(selector=ThresholdParams())
    found = study_measures(study, _outcome(study))
    assert "writes_as_lone_cell" not in found
    assert "energy_selectors" not in found, "only where the run tells their power"
    assert "state_change" in found


def test_a_program_that_only_waits_has_no_imbalance() -> None:
    study = _study()
    dataset = _outcome(study)
    dataset["delivered"].values[:] = 0.0
    dataset["moved"].values[:] = 0.0
    for side in ("word", "bit"):
        dataset[f"v_{side}_source"].values[:] = 0.0
    found = study_measures(study, dataset)
    assert "energy_imbalance" not in found
    assert found["energy_source"].value == 0.0
