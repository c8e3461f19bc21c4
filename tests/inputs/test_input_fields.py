"""Every field and function that takes a number takes it by the same door: converted, or refused by name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import PySpice.Unit as U
import pytest
import xarray as xr
from PySpice.Unit import u_A, u_kOhm, u_mV, u_us, u_V

from pyspice_models import CellParams, Crossbar, DriverParams, Read, ReadAll, Study, Wait, Write, pattern, run_study
from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Faults
from pyspice_models.array.levels import checked_levels, levels_for
from pyspice_models.array.variability import VariabilityParams, sample_devices, scatter_conductance
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.imposed import states_after
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cells.presets import find_preset
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine.nodal.static.products import solve_products
from pyspice_models.engine.nodal.static.solve import solve_static
from pyspice_models.errors import RequestError
from pyspice_models.lab.fit import Setup
from pyspice_models.pyspice import celsius
from pyspice_models.stimulus import Apply, RankOne, Vmm, WritePattern
from pyspice_models.stimulus.cell_bench import CellBench
from pyspice_models.stimulus.scheme import vector_bias
from pyspice_models.study.limits import Limits

MASKED = np.ma.masked_array([[0.1, 0.9]], mask=[[0, 1]])


def test_a_study_with_numbers_of_numpy_runs_and_is_recorded(tmp_path: Any) -> None:
    """It failed after the run, when the result was to be saved."""
    changes = []
    for volt in np.linspace(0.2, 0.3, 2, dtype=np.float32):
        program = [Write(np.int64(0), np.int32(1), voltage=volt, pulses=np.int16(1)), Read(np.int8(0), np.uint8(1))]
        study = Study("a", Crossbar(np.int64(2), np.int64(2), temperature=np.float32(300)), program, engine="nodal")
        changes.append(run_study(study, tmp_path).measures["state_change"].value)
    assert changes[0] < changes[1]


def test_a_study_with_units_of_pyspice_is_the_same_study() -> None:
    with pytest.raises(RequestError, match=r"voltage = '0\.3 A' is refused; allowed: a number in V"):
        Write(0, 1, voltage=0.3 @ u_A)
    assert Write(0, 1, voltage=300 @ u_mV, width=1 @ u_us) == Write(0, 1, voltage=0.3, width=1e-6)
    assert DriverParams(r_driver=2 @ u_kOhm) == DriverParams(r_driver=2e3)
    assert Wait(1 @ u_us) == Wait(1e-6)
    assert Apply([100 @ u_mV, 0.0], [0.0]) == Apply((0.1, 0.0), (0.0,))
    assert CellBench(CellParams(), [0 @ u_us, 1 @ u_us], [0, 300 @ u_mV]).volts == (0.0, 0.3)
    assert Setup(read_voltage=5 @ u_mV).read_voltage == 5e-3


@pytest.mark.parametrize(
    "cls",
    [
        CellParams,
        WireParams,
        DriverParams,
        TransistorParams,
        ThresholdParams,
        VariabilityParams,
        Faults,
        Limits,
        Accuracy,
        Write,
        WritePattern,
        RankOne,
        Read,
        ReadAll,
        Vmm,
        Apply,
        Wait,
    ],
)
def test_every_parameter_of_every_set_is_converted_or_refused(cls: Any) -> None:
    for name, declared in cls.quantities().items():
        default = getattr(cls(), name)
        optional = default is None
        default = min(1.0, declared.high) if optional else default
        number = np.int64 if declared.whole else np.longdouble
        taken = getattr(cls(**{name: number(default)}), name)
        assert (type(taken), taken) == (int if declared.whole else float, default)
        none = () if optional else (None,)
        for wrong in (1 + 0j, np.ma.masked, True, "0.1", *none, 1 @ U.u_cd, np.timedelta64(1, "s"), 10**400, math.nan):
            with pytest.raises(RequestError, match=name):
                cls(**{name: wrong})
        if not cls.several:
            with pytest.raises(RequestError, match=f"{name} = .* is refused"):
                cls(**{name: np.array([default, default])})
        with pytest.raises(RequestError) as refused:
            cls(**{name: math.inf})
        assert declared.allowed in str(refused.value)


NO_NUMBERS = [
    np.ma.masked_array([0.1, 0.2], mask=[0, 1]),
    np.array([0.1, 0.2j]),
    np.array(["0.1", "0.2"]),
    np.array([True, False]),
    np.array([1, 2], dtype="m8[s]"),
    [0.1, math.nan],
    [0.1, None],
    [1 @ u_A, 1 @ u_A],
    "ab",
    None,
]


@pytest.mark.parametrize("values", NO_NUMBERS, ids=lambda values: f"{type(values).__name__} {values!s}"[:40])
def test_what_is_no_number_is_refused_wherever_several_are_asked_for(values: Any) -> None:
    cell, bar = CellParams(), Crossbar(1, 2)
    for make in (
        lambda: Vmm(values),
        lambda: Apply(values, (0.0,)),
        lambda: Apply((0.0,), values),
        lambda: vector_bias(values, [0.0]),
        lambda: RankOne(values, (1,)),
        lambda: CellBench(cell, (0.0, 1e-6), values),
        lambda: simulate(cell, [0.0, 1e-6], values),
        lambda: states_after(cell, {"w0": values, "x0": np.zeros(2)}, [0.0, 1e-6], [0.1, 0.1]),
        lambda: Crossbar(1, 2, per_cell={"w0": [values]}),
        lambda: bar.with_states(w=[values], x=0.0),
        lambda: checked_levels(bar, [values]),
        lambda: levels_for(bar, [values], 5e-3),
        lambda: solve_static(bar, vector_bias([0.1], [0.0, 0.0]), [values]),
        lambda: solve_products(Crossbar(2, 1), [[1e-7], [1e-7]], values),
        lambda: scatter_conductance(values, 0),
    ):
        with pytest.raises(RequestError) as refused:
            make()
        assert len(str(refused.value)) < 500


@pytest.mark.parametrize("values", [0.1, [[0.1, 0.2]], np.zeros((1, 2, 3))], ids=str)
def test_a_row_has_one_dimension(values: Any) -> None:
    for make in (
        lambda: Vmm(values),
        lambda: Apply(values, (0.0,)),
        lambda: Apply((0.0,), values),
        lambda: vector_bias(values, [0.0]),
        lambda: vector_bias([0.0], values),
        lambda: RankOne(values, (1,)),
        lambda: CellBench(CellParams(), (0.0, 1e-6), values),
    ):
        with pytest.raises(RequestError, match=r"( is refused; allowed: |must be|as many times \[s\] as voltages)"):
            make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Crossbar(1, 2, per_cell={"w0": MASKED}), r"per_cell\.w0 = .*masked"),
        (lambda: Crossbar(1, 2, per_cell={"w0": np.array([[0.5 + 1j, 0.5]])}), r"per_cell\.w0 = .*Complex"),
        (lambda: Crossbar(1, 2, per_cell={"area": [[1 @ u_A, 1 @ u_A]]}), r"per_cell\.area\[0, 0\] = '1 A'"),
        (lambda: Crossbar(1.0, 2), r"array\.rows = 1\.0 is refused; allowed: a whole number from 1 to 4096"),
        (lambda: Crossbar(True, 2), r"array\.rows = True"),
        (lambda: Crossbar(10**400, 2), r"array\.rows = a whole number of about 400 digits"),
        (lambda: Crossbar(2, 2, temperature=27 @ u_V), r"temperature = '27 V' is refused"),
        (lambda: Crossbar(2, 2, temperature=1j), r"temperature = 1j K is refused; allowed: 200 to 500 K"),
        (lambda: Crossbar(2, 2, cell={"w0": 1}), r"array\.cell = \{'w0': 1\} is refused"),
        (lambda: Crossbar(2, 2, per_cell=[0.1]), r"array\.per_cell = \[0\.1\] is refused"),
        (lambda: Crossbar(2, 2).cell_at(0.0, 1), r"row = 0\.0 is refused"),
        (lambda: WireParams(coupling=1), r"coupling = 1 is refused; allowed: one of false, true"),
        (lambda: DriverParams(sense=["tia"]), r"sense = \['tia'\] is refused"),
        (lambda: Write(np.ma.masked_array([0, 1], mask=[0, 1]), 0), "row = masked_array.* is refused"),
        (lambda: Write(0.0, 0), r"row = 0\.0 is refused"),
        (lambda: Write(0, [[0, 1]]), r"col = \[\[0, 1\]\] is refused"),
        (lambda: Write(0, 0, pulses=2.0), r"pulses = 2\.0 is refused; allowed: a whole number from 1 to 100000"),
        (lambda: Write(0, 0, pulses=10**400), "pulses = a whole number of about 400 digits"),
        (lambda: Write(0, 0, scheme=["V/2"]), r"scheme = \['V/2'\] is refused"),
        (lambda: Read(np.array([0]), 0), r"row = array\(\[0\]\) is refused"),
        (lambda: Read(0, True), "col = True is refused"),
        (lambda: WritePattern(np.ma.masked_array([[1, 0]], mask=[[0, 1]])), "target = .*masked"),
        (lambda: WritePattern([[1, 0.5]]), r"target\[0, 1\] = 0\.5 is refused; allowed: 0 or 1"),
        (lambda: WritePattern([[1 + 0j, 0]]), r"target\[0, 0\] = \(1\+0j\)"),
        (lambda: RankOne([1, 0.5], [1]), r"word = \[1, 0\.5\] is refused"),
        (lambda: RankOne([1, True], [1]), r"word = \[1, True\] is refused"),
        (
            lambda: Apply([0.1], [0.0], float_words=[0.0]),
            r"float_words = \[0\.0\] is refused; allowed: numbers of lines",
        ),
        (
            lambda: Apply([0.1], [0.0], gates=1.0),
            r"gates = 1\.0 is refused; allowed: a whole number, a list of them, or 'all'",
        ),
        (lambda: Apply([0.1], [0.0], gates="some"), "gates = 'some' is refused"),
        (lambda: Apply([0.1], [0.0], gates=[]), r"gates = \[\] is refused"),
        (
            lambda: vector_bias([0.1], [0.0], float_words=[7]),
            r"float_words = \[7\] is refused; allowed: .* from 0 to 0",
        ),
        (lambda: Faults(stuck_on=[[0, 1.0]]), r"faults\.stuck_on = .* allowed: a list of \[row, col\]"),
        (lambda: Faults(stuck_on=[[0, 1, 2]]), r"faults\.stuck_on"),
        (lambda: Faults(stuck_on=3), r"faults\.stuck_on = 3"),
        (lambda: Faults(stuck_on="ab"), r"faults\.stuck_on = 'ab'"),
        (lambda: Faults.sample((2, 2), 1.5), r"faults\.seed = 1\.5 is refused; allowed: a whole number from 0"),
        (lambda: Faults.sample((2, 2), 1, stuck_on=0.1j), r"odds of faults\.stuck_on = 0\.1j"),
        (lambda: pattern("random", (2, 2), seed=1.5), r"initial\.seed = 1\.5"),
        (lambda: pattern("uniform", (2, 2), low="0.1"), r"initial\.low = '0\.1'"),
        (lambda: pattern("uniform", (2.0, 2)), r"initial\.shape = \(2\.0, 2\)"),
        (lambda: pattern("uniform", (10**9, 2)), r"initial\.shape = \(1000000000, 2\)"),
        (lambda: sample_devices(CellParams(), 1.5, 0), r"n = 1\.5 is refused"),
        (lambda: sample_devices(CellParams(), 1, -1), r"seed = -1 is refused"),
        (lambda: Accuracy.for_error(1j), r"error = 1j is refused"),
        (lambda: Setup(temperature=27 @ u_V), "temperature = '27 V'"),
        (lambda: Setup(i_limit=1j), "i_limit = 1j"),
        (lambda: CellBench(CellParams(), (0.0, 1.0), (0.0, 1.0), r_series=1 @ u_A), r"bench\.r_series = '1 A'"),
        (
            lambda: CellBench({}, (0.0, 1.0), (0.0, 1.0)),
            r"cell = \{\} is refused; allowed: parameters of a cell: CellParams",
        ),
        (lambda: find_preset(thickness=200 @ u_V), "thickness = '200 V'"),
        (lambda: celsius(27 @ u_V), "temperature = '27 V'"),
        (lambda: Study("a", "b", []), r"study\.crossbar = 'b' is refused; allowed: a Crossbar"),
        (lambda: Study("a", Crossbar(2, 2), ["write"]), r"program\[0\] = 'write' is refused; allowed: a step"),
        (lambda: Study("a", Crossbar(2, 2), Write(0, 1)), r"study\.program = Write.* allowed: a list of steps"),
        (lambda: Study("a", Crossbar(2, 2), [Write(0, 1)], title=1), r"study\.title = 1 is refused; allowed: text"),
        (lambda: Study("a", Crossbar(2, 2), [Write(0, 1)], limits={}), r"study\.limits = \{\} is refused"),
        (lambda: Study("a", Crossbar(2, 2), [Write(0, 1)], accuracy=0.1), r"study\.accuracy = 0\.1 is refused"),
    ],
)
def test_fields_name_what_they_refuse(make: Any, message: str) -> None:
    with pytest.raises(RequestError, match=message) as refused:
        make()
    assert refused.value.exit_code == 2


def test_numbers_of_pandas_and_xarray_are_as_good_as_lists() -> None:
    states = [[0.1, 0.2], [0.3, 0.4]]
    for values in (pd.DataFrame(states), xr.DataArray(states, attrs={"units": "1"}), np.array(states, dtype=object)):
        assert Crossbar(2, 2, per_cell={"w0": values}).values("w0").tolist() == states
    assert Vmm(pd.Series([0.5, -1])) == Vmm((0.5, -1.0))
    assert (
        WritePattern(pd.DataFrame([[True, False]])) == WritePattern(xr.DataArray([[1, 0]])) == WritePattern(((1, 0),))
    )
    assert Write(pd.Series([0, 1]), range(2)) == Write((0, 1), (0, 1))
    assert Faults(stuck_on=np.array([[0, 1]])) == Faults(stuck_on=((0, 1),))
    assert WireParams(coupling=np.True_) == WireParams(coupling=True)


def test_nothing_of_another_library_stays_in_a_study() -> None:
    """What goes into a journal, a key or a file is of Python's own types."""
    crossbar = Crossbar(np.int8(2), np.uint16(2), temperature=np.float32(310))
    assert [type(value) for value in (crossbar.rows, crossbar.cols, crossbar.temperature)] == [int, int, float]
    write = Write(np.int8(1), np.array([0, 1]), pulses=np.int8(3), voltage=np.float32(0.25), width=1 @ u_us)
    assert repr(write) == repr(Write(1, (0, 1), pulses=3, voltage=0.25, width=1e-6))
    assert repr(Apply(np.float32([0.5]), [1], float_words=np.array([0]))) == repr(
        Apply((0.5,), (1.0,), float_words=(0,))
    )


def test_degrees_celsius_carry_their_offset() -> None:
    assert Crossbar(2, 2, temperature=27 @ U.u_Degree).temperature == 300.15
    assert Setup(temperature=27 @ U.u_Degree).temperature == 300.15
