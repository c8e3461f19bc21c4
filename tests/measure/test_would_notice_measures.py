"""Every measure on a dataset made by hand: 2 x 3, all lines and cells different, at voltages that are not zero."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.measure import (
    by_selection,
    cell_current,
    current_margin,
    current_paths,
    disturb,
    disturb_by_selection,
    effective_voltage,
    ir_drop,
    measure_read,
    product_error,
    recovery_time,
    sense_current,
    sneak_share,
    state_change,
    voltage_margin,
)
from pyspice_models.measure.integral import Span, at, wave
from pyspice_models.result import windows
from pyspice_models.result.program import window_variables
from pyspice_models.result.quadrature import trapezoids
from pyspice_models.stimulus import Read, Vmm, Window, Write
from pyspice_models.study import Study
from pyspice_models.study.measures.every import study_measures

SHAPE = (2, 3)
TIME = np.array([0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 8.0, 10.0]) * 1e-6
WRITE = Window("write", 0.0, 2e-6, 1.8e-6, 1.9e-6, (1,), (0, 2), 0.3, "V/2", 2, 0.9e-6)
READ = Window("read", 2e-6, 6e-6, 5.5e-6, 5.6e-6, (1,), (0, 2), 5e-3, "grounded", 1, 3e-6)
ELSEWHERE = Window("read", 6e-6, 10e-6, 9e-6, 9.1e-6, (0,), (0, 1, 2), 5e-3, "grounded", 1, 3e-6)


def _dataset(seed: int = 1, *, mid: bool = False, **attrs: object) -> xr.Dataset:
    """All variables at random, those of cells positive where they are energies or states."""
    random = np.random.default_rng(seed)
    over = {"row": SHAPE[0], "col": SHAPE[1]}

    def some(*dims: str, low: float = -1.0, high: float = 1.0) -> tuple[tuple[str, ...], np.ndarray]:
        shape = (len(TIME), *(over[dim] for dim in dims))
        return ("time", *dims), random.uniform(low, high, shape)

    cells = ("row", "col")
    data = {
        "v_word": some(*cells), "v_bit": some(*cells), "p": some(*cells, low=0.1), "es": some(*cells, low=0),
        "w": some(*cells, low=0), "x": some(*cells, low=0), "i_sense": some("col"),
        "v_word_source": some("row"), "v_bit_source": some("col"), "i_word_source": some("row"),
        "i_bit_source": some("col"), "v_word_terminal": some("row"), "v_bit_terminal": some("col"),
    }  # fmt: skip
    data["c_plates"] = cells, random.uniform(1e-15, 2e-15, SHAPE)
    if mid:
        data["v_mid"] = some(*cells)
    names = (
        "c_word",
        "c_bit",
        "c_crossing",
        "c_word_coupling",
        "c_bit_coupling",
        "c_gate",
        "c_gate_line",
        "c_feedback",
        "v_amplifier",
        "p_amplifier",
    )
    coords = {"time": TIME, "row": range(SHAPE[0]), "col": range(SHAPE[1])}
    plain = {"sense": "resistor", "both_ends": 0, "compliance": "none", "kind": "1R"} | dict.fromkeys(names, 1e-15)
    return xr.Dataset(data, coords, plain | attrs)


def _then(dataset: xr.Dataset, name: str, moment: float) -> np.ndarray:
    """On a straight line between two samples, worked out for every column by itself."""
    values = dataset[name].values.reshape(len(TIME), -1)
    columns = [np.interp(moment, TIME, column) for column in values.T]
    return np.array(columns).reshape(dataset[name].shape[1:])


# ---- integrals and moments


@pytest.mark.parametrize("moment", [0.0, 0.2e-6, 1e-6, 3.7e-6, 9.99e-6, 10e-6])
def test_a_value_at_a_moment_is_on_the_line_between_two_samples(moment: float) -> None:
    dataset = _dataset()
    assert at(dataset, "w", moment) == pytest.approx(_then(dataset, "w", moment), rel=1e-12, abs=0)
    assert at(dataset, wave(dataset, "p")[:, 1, 2], moment) == pytest.approx(
        _then(dataset, "p", moment)[1, 2], rel=1e-12, abs=0
    )


def test_before_and_after_the_run_a_value_is_that_of_its_ends() -> None:
    dataset = _dataset()
    assert at(dataset, "w", -1e-6) == pytest.approx(dataset["w"].values[0], rel=1e-12, abs=0)
    assert at(dataset, "w", 1.0) == pytest.approx(dataset["w"].values[-1], rel=1e-9, abs=0)


def test_work_and_integral_are_the_sums_of_their_steps() -> None:
    """Weights that differ on both sides, a span in the middle, branches of two dimensions."""
    random = np.random.default_rng(4)
    left, right = random.random(len(TIME)), random.random(len(TIME))
    dataset = _dataset().assign(weight_left=("time", left), weight_right=("time", right))
    span = Span.of(dataset, 1e-6, 4.5e-6)
    places = [2, 3, 4, 5]
    assert (span["w"] == dataset["w"].values[places]).all()
    assert "w" in span
    assert "v_gate" not in span
    values = dataset["p"].values
    integral = sum(left[k] * values[k] + right[k] * values[k + 1] for k in places[:-1])
    assert span.integral(span["p"]) == pytest.approx(integral, rel=1e-12, abs=0)
    v, i = dataset["v_word"].values, dataset["v_bit"].values
    work = 0.0
    for k in places[:-1]:
        for r in range(2):
            for c in range(3):
                mean = (v[k, r, c] + v[k + 1, r, c]) / 2
                work += mean * (left[k] * i[k, r, c] + right[k] * i[k + 1, r, c])
                # while sources ramp: of straight lines
                work += left[k] / 6 * (v[k + 1, r, c] - v[k, r, c]) * (i[k + 1, r, c] - i[k, r, c])
    assert span.work(span["v_word"], span["v_bit"]) == pytest.approx(work, rel=1e-12, abs=0)


def test_any_end_of_a_line_that_changes_makes_a_ramp() -> None:
    names = {"v_word_source": "row", "v_bit_source": "col", "g_word_driver": "row", "g_bit_driver": "col"}
    weights = {f"weight_{end}": ("time", np.ones(len(TIME))) for end in ("left", "right")}
    still = _dataset().assign(weights)
    still = still.assign({name: (("time", dim), np.ones((len(TIME), len(still[dim])))) for name, dim in names.items()})
    span = Span.of(still, float(TIME[0]), float(TIME[-1]))
    assert not span.ramps.any()
    for name in names:
        moving = still.copy(deep=True)
        moving[name][3:, -1] = 2.0
        span = Span.of(moving, float(TIME[0]), float(TIME[-1]))
        assert np.flatnonzero(span.ramps).tolist() == [2], name


def test_the_square_of_a_straight_line_is_integrated_where_a_step_has_a_left_weight() -> None:
    """A step of first order, all its weight at the right, is one that the simulator took as a rectangle."""
    left, right = np.full(len(TIME), 0.5), np.full(len(TIME), 0.5)
    left[2], right[2] = 0.0, 1.0
    dataset = _dataset().assign(weight_left=("time", left), weight_right=("time", right))
    span = Span.of(dataset, float(TIME[0]), float(TIME[-1]))
    root = np.arange(len(TIME), dtype=float)
    expected = sum(k * k + k + 1 / 3 if k != 2 else (k + 1) ** 2 for k in range(len(TIME) - 1))
    # between k and k + 1 the square has the mean k^2 + k + 1/3; trapezoids and a sixth of the step's square
    assert float(span.ohmic(root**2, root)) == pytest.approx(expected, rel=1e-12, abs=0)


# ---- reads


def test_a_read_is_looked_at_where_it_has_settled() -> None:
    dataset = _dataset()
    sensed = _then(dataset, "i_sense", 5.5e-6)[[0, 2]]
    power, word, bit = (_then(dataset, name, 5.5e-6)[1, [0, 2]] for name in ("p", "v_word", "v_bit"))
    found = sense_current(dataset, READ)
    assert found.values == pytest.approx(sensed, rel=1e-12, abs=0)
    assert found["col"].values.tolist() == [0, 2]
    own = power / (word - bit)
    assert cell_current(dataset, READ).values == pytest.approx(own, rel=1e-12, abs=0)
    assert sneak_share(dataset, READ).values == pytest.approx((sensed - own) / sensed, rel=1e-12, abs=0)
    selected = _dataset(mid=True)
    power, word, mid = (_then(selected, name, 5.5e-6)[1, [0, 2]] for name in ("p", "v_word", "v_mid"))
    assert cell_current(selected, READ).values == pytest.approx(power / (word - mid), rel=1e-12, abs=0)


def _readable(currents: list[list[float]], states: list[list[float]]) -> xr.Dataset:
    """Two reads, of row 0 and of row 1, whose settled currents and states are the given ones."""
    dataset = _dataset()
    dataset["i_sense"].values[5:7], dataset["i_sense"].values[7:] = currents[1], currents[0]
    dataset["w"].values[:] = np.array(states)[None]
    return dataset


def test_the_margin_is_of_the_smallest_one_and_the_largest_zero() -> None:
    """Over all reads, by the magnitude of the currents."""
    assert current_margin([5.0, 4.0, 3.5, 7.0], [2.0, 1.0]) == pytest.approx((3.5 - 2.0) / 3.5, rel=1e-12, abs=0)
    assert current_margin([2.0], [3.0, 0.0]) == -0.5
    assert math.isnan(current_margin([], [1.0]))
    assert math.isnan(current_margin([1.0], []))
    assert math.isnan(current_margin([0.0], [0.0]))
    assert voltage_margin([0.4, 0.3], [0.1, 0.2], -0.5) == pytest.approx(0.2, rel=1e-12, abs=0)


def test_figures_of_a_read_are_of_its_cells_where_it_has_settled() -> None:
    dataset, bar = _dataset(), _study().crossbar
    found = measure_read(bar, dataset, READ)
    states = [(_then(dataset, "w", 5.5e-6)[1, col], _then(dataset, "x", 5.5e-6)[1, col]) for col in (0, 2)]
    g = [
        float(Equations(bar.cell_at(1, col), 320.0).conductance(5e-3, *state))
        for col, state in zip((0, 2), states, strict=True)
    ]
    assert found.cols == (0, 2)
    assert found.conductance == pytest.approx(g, rel=1e-12, abs=0)
    assert found.nominal == pytest.approx([5e-3 * siemens for siemens in g], rel=1e-12, abs=0)
    assert found.sensed == pytest.approx(sense_current(dataset, READ).values, rel=1e-12, abs=0)
    assert found.own == pytest.approx(cell_current(dataset, READ).values, rel=1e-12, abs=0)
    assert found.sneak == pytest.approx(found.sensed - found.own, rel=1e-12, abs=0)
    assert found.droop == pytest.approx(1 - found.own / found.nominal, rel=1e-12, abs=0)
    start = READ.start + bar.driver.t_edge / 2
    late = [max(recovery_time(dataset, WRITE, READ, col) + WRITE.pulse_end - start, 0) for col in (0, 2)]
    assert found.latency == pytest.approx(late, rel=1e-9, abs=0)


def test_recovery_ends_where_the_current_stays_within_the_band() -> None:
    """From the pulse's end at half height; the crossing of the band lies between two samples."""
    dataset = _dataset()
    column = dataset["i_sense"].values[:, 2]
    #           time 0    0.5  1    2    3    4.5   6    8    10
    column[:] = [9.0, 9.0, 9.0, 3.0, 1.2, 1.02, 1.0, 0.0, 0.0]
    final = 1.02 + (1.0 - 1.02) * (5.5 - 4.5) / 1.5
    away = [abs(value - final) - 0.05 * final for value in (1.2, 1.02)]
    crossing = 3e-6 + 1.5e-6 * away[0] / (away[0] - away[1])
    assert recovery_time(dataset, WRITE, READ, 2) == pytest.approx(crossing - 1.9e-6, rel=1e-12, abs=0)
    wide = [abs(value - final) - 0.5 * final for value in (3.0, 1.2)]
    crossing = 2e-6 + 1e-6 * wide[0] / (wide[0] - wide[1])
    assert recovery_time(dataset, WRITE, READ, 2, 0.5) == pytest.approx(crossing - 1.9e-6, rel=1e-12, abs=0)
    # a decay has a straight logarithm; an edge, which falls tenfold or through its end, is straight
    column[2:7] = [2.0, 1.4, 1.1, 1.0, 1.0]
    for within, low, high, here, behind in ((0.05, 3e-6, 4.5e-6, 0.1, 0.0), (0.2, 2e-6, 3e-6, 0.4, 0.1)):
        share = math.log(here / within) / math.log(here / behind) if behind else (here - within) / here
        crossing = low + share * (high - low)
        assert recovery_time(dataset, WRITE, READ, 2, within) == pytest.approx(crossing - 1.9e-6, rel=1e-9, abs=0)
    column[2:7] = [2.0, 1.4, 0.9, 1.0, 1.0]
    crossing = 2e-6 + (0.4 - 0.2) / (0.4 + 0.1) * 1e-6  # through the upper bound of the band, not the lower
    assert recovery_time(dataset, WRITE, READ, 2, 0.2) == pytest.approx(crossing - 1.9e-6, rel=1e-9, abs=0)
    column[3:] = 1.0
    assert recovery_time(dataset, WRITE, READ, 2) == pytest.approx(0.1e-6, rel=1e-9, abs=0)
    column[:] = -column
    assert recovery_time(dataset, WRITE, READ, 2) == pytest.approx(0.1e-6, rel=1e-9, abs=0)
    # on the band is within it
    column[:] = 1.0
    column[3] = 1.25
    assert recovery_time(dataset, WRITE, READ, 2, 0.25) == pytest.approx(0.1e-6, rel=1e-9, abs=0)
    # still away at the last sample before the value itself is taken
    column[4:6] = 2.0, 1.0
    assert recovery_time(dataset, WRITE, replace(READ, settled=3.7e-6), 2) == math.inf


def test_a_products_errors_are_over_the_largest_output() -> None:
    sensed = xr.DataArray([1.0, -2.0, 4.4], {"col": range(3)}, ("col",))
    rms, worst = product_error(sensed, np.array([1.2, -2.0, 4.0]))
    assert rms == pytest.approx(np.sqrt((0.05**2 + 0.1**2) / 3), rel=1e-12, abs=0)
    assert worst == pytest.approx(0.1, rel=1e-12, abs=0)
    assert product_error(sensed, np.array([1.0, -5.0, 0.0]))[1] == pytest.approx(4.4 / 5, rel=1e-12, abs=0)
    assert all(math.isnan(error) for error in product_error(sensed, np.zeros(3)))


def test_paths_add_up_from_the_far_ends() -> None:
    """A word line carries what its cells behind take, a bit line what its cells above give."""
    dataset = _dataset()
    paths = current_paths(dataset, READ)
    power, word, bit = (_then(dataset, name, READ.settled) for name in ("p", "v_word", "v_bit"))
    cells = power / (word - bit)
    assert paths["cells"].values == pytest.approx(cells, rel=1e-9, abs=0)
    assert paths["word"].values == pytest.approx(
        np.array([[row[col:].sum() for col in range(3)] for row in cells]), rel=1e-9, abs=0
    )
    assert paths["bit"].values == pytest.approx(
        np.array([[cells[: row + 1, col].sum() for col in range(3)] for row in range(2)]), rel=1e-9, abs=0
    )
    dataset["v_bit"].values[:, 0, 1] = dataset["v_word"].values[:, 0, 1]
    assert current_paths(dataset, READ)["cells"].values[0, 1] == 0.0
    for other in (_dataset(both_ends=1), dataset.assign(g_word_short=(("row", "col"), np.zeros(SHAPE)))):
        assert set(current_paths(other, READ)) == {"cells"}


# ---- writes


def test_a_change_is_from_the_windows_start_to_its_stop() -> None:
    dataset = _dataset()
    moved = {name: _then(dataset, name, 2e-6) - _then(dataset, name, 0.0) for name in ("w", "x")}
    assert state_change(dataset, WRITE) == pytest.approx(moved["w"][1, [0, 2]].mean(), rel=1e-12, abs=0)
    found = disturb(dataset, WRITE)
    larger = np.where(np.abs(moved["w"]) > np.abs(moved["x"]), np.abs(moved["w"]), np.abs(moved["x"]))
    larger[1, [0, 2]] = np.nan
    assert found.values == pytest.approx(larger, rel=1e-12, abs=0, nan_ok=True)
    assert (np.abs(moved["w"]) > np.abs(moved["x"])).any()
    assert (np.abs(moved["w"]) < np.abs(moved["x"])).any()


def test_disturb_is_told_apart_by_selection() -> None:
    values = np.array([[1.0, 7.0, 3.0, 9.0], [np.nan, 5.0, np.nan, 2.0], [4.0, 8.0, 6.0, 0.5]])
    disturbed = xr.DataArray(values, dims=("row", "col"))
    window = replace(WRITE, rows=(1,), cols=(0, 2))
    assert disturb_by_selection(disturbed, window) == (6.0, 9.0)
    half, rest = disturb_by_selection(disturbed, replace(window, rows=(0, 1, 2)))
    assert half == 9.0
    assert math.isnan(rest)


def test_cells_are_split_by_selection_without_counting_one_twice() -> None:
    cells = xr.DataArray(2.0 ** np.arange(12).reshape(3, 4), dims=("row", "col"))
    selected, half, rest = by_selection(cells, replace(WRITE, rows=(0, 2), cols=(1, 3)))
    assert selected == 2**1 + 2**3 + 2**9 + 2**11
    assert half == 2**0 + 2**2 + 2**8 + 2**10 + 2**5 + 2**7
    assert rest == 2**4 + 2**6


def test_voltages_are_those_at_the_end_of_the_last_pulse() -> None:
    dataset = _dataset()
    word, bit, source, sink = (
        _then(dataset, name, 1.8e-6) for name in ("v_word", "v_bit", "v_word_source", "v_bit_source")
    )
    assert effective_voltage(dataset, WRITE).values == pytest.approx(word - bit, rel=1e-9, abs=0)
    offered = np.abs(source[:, None] - sink[None, :])
    assert ir_drop(dataset, WRITE).values == pytest.approx(offered - np.abs(word - bit), rel=1e-9, abs=0)
    selected = _dataset(mid=True)
    across = _then(selected, "v_word", 1.8e-6) - _then(selected, "v_mid", 1.8e-6)
    assert effective_voltage(selected, WRITE).values == pytest.approx(across, rel=1e-9, abs=0)
    assert ir_drop(selected, WRITE).dims == ("row", "col")


# ---- of a study

PROGRAM = [
    Write(1, (0, 2), pulses=2, width=0.9e-6, gap=0.09e-6), Read(1, None, duration=3.99e-6),
    Read(0, 1, duration=3.99e-6), Vmm((0.5, -1.0), duration=3.99e-6),
]  # fmt: skip


def _study(**more: object) -> Study:
    own = {"w0": [[0.1, 0.5, 0.9], [0.3, 0.4, 0.7]], "area": [[2e-11, 1e-11, 3e-11], [4e-11, 25e-12, 1e-11]]}
    return Study("measures", Crossbar(*SHAPE, per_cell=own, temperature=320.0, **more), PROGRAM)


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
