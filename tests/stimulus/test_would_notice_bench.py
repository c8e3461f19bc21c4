"""Waveforms, biases and programs on 2 x 3 lines, moment by moment."""

from __future__ import annotations

import numpy as np
import pytest
from would_notice_bench_cases import BAR

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import (
    Read,
    ReadAll,
    Schedule,
    Vmm,
    Wait,
    Waveform,
    Write,
    WritePattern,
    schedule,
)
from pyspice_models.stimulus.cell_bench import CellBench, Drive
from pyspice_models.stimulus.scheme import read_bias, vector_bias, write_bias
from pyspice_models.stimulus.timeline import Pulse


def _near(*expected: float) -> object:
    return pytest.approx(list(expected), rel=1e-12, abs=1e-18)


# ---- waveforms


def test_a_pulse_has_its_four_corners() -> None:
    wave = Waveform(rest=0.1)
    wave.pulse(Pulse(1e-6, 1.02e-6, 1.49e-6, 1.5e-6, 1.52e-6), 0.4)
    assert wave.times == _near(1e-6, 1.02e-6, 1.5e-6, 1.52e-6)
    assert wave.values == [0.1, 0.4, 0.4, 0.1]
    assert wave.at([0.0, 1.01e-6, 1.2e-6, 1.51e-6, 1.0]).tolist() == _near(0.1, 0.25, 0.4, 0.25, 0.1)
    assert not wave.is_constant
    still = Waveform(rest=0.3)
    still.pulse(Pulse(0.0, 1e-8, 0.9e-6, 1e-6, 1.01e-6), 0.3)
    assert still.is_constant
    assert still.at([[0.0, 1.0]]).tolist() == [[0.3, 0.3]]


def test_pulses_that_touch_share_a_corner() -> None:
    wave = Waveform()
    wave.pulse(Pulse(0.0, 1e-8, 0.9e-6, 1e-6, 1.01e-6), 0.2)
    wave.pulse(Pulse(1.01e-6, 1.02e-6, 1.9e-6, 2.01e-6, 2.02e-6), -0.2)
    assert wave.values == [0.0, 0.2, 0.2, 0.0, -0.2, -0.2, 0.0]
    assert (np.diff(wave.times) > 0).all()


def test_a_drive_is_built_step_by_step() -> None:
    drive = Drive().to(0.2, 1.0).hold(2.0).ramp([0.5, -0.1], 0.1).pulse(0.4, 1.0, 0.25, rest=0.05)
    assert drive.times == pytest.approx((0, 1, 3, 6, 12, 12.25, 13.0, 13.25), rel=1e-12, abs=0)
    assert drive.volts == pytest.approx((0, 0.2, 0.2, 0.5, -0.1, 0.4, 0.4, 0.05), rel=1e-12, abs=0)
    assert Drive().pulse(0.3, 1.0, 0.1).volts == (0.0, 0.3, 0.3, 0.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"times": (0.0,), "volts": (0.0,)}, "two or more corners"),
        ({"times": (0.0, 1.0, 2.0)}, "as many times"),
        ({"times": ((0.0, 1.0),), "volts": ((0.0, 1.0),)}, "two or more corners"),
        ({"volts": (0.0, float("nan"))}, "two or more corners"),
        ({"times": (0.0, float("inf"))}, "two or more corners"),
        ({"times": (0.1, 1.0)}, "start at 0 s"),
        ({"times": (0.0, 0.0)}, "increase in time"),
        ({"r_series": 0.0}, "bench.r_series = 0.0 ohm is refused; allowed: > 0"),
        ({"c_node": 0.0}, "bench.c_node = 0.0 F"),
        ({"temperature": 0.0}, "bench.temperature = 0.0 K"),
        ({"i_limit": 0.0}, "bench.i_limit = 0.0 A"),
        ({"i_limit": float("inf")}, "bench.i_limit = inf A"),
        ({"limiter": "hard"}, "bench.limiter = 'hard' is refused; allowed: smooth or mos"),
    ],
)
def test_a_bench_that_no_simulator_could_run_is_refused(changes: dict[str, object], message: str) -> None:
    good: dict[str, object] = {"cell": CellParams(), "times": (0.0, 1.0), "volts": (0.0, 0.3)}
    bench = CellBench(**good)  # type: ignore[arg-type]
    assert bench.stop == 1.0
    assert bench.on(CellParams(w0=0.7)).cell.w0 == 0.7
    with pytest.raises(RequestError, match=message):
        CellBench(**(good | changes))  # type: ignore[arg-type]


# ---- biases


def test_biases_of_unequal_lines_line_by_line() -> None:
    third = write_bias("V/3", (2, 3), [1], [0, 2], 0.3)
    assert third.word.tolist() == _near(0.1, 0.3)
    assert third.bit.tolist() == _near(0.0, 0.2, 0.0)
    assert third.gates.tolist() == [True, False, True]
    floating = write_bias("V/2-float-words", (2, 3), [1], [0], 0.4)
    assert floating.word.tolist() == _near(0.2, 0.4)
    assert floating.bit.tolist() == _near(0.0, 0.2, 0.2)
    assert floating.word_driven.tolist() == [False, True]
    assert floating.bit_driven.tolist() == [True] * 3
    read = read_bias("float-bits", (2, 3), 0, [1, 2], 5e-3)
    assert (read.word.tolist(), read.bit.tolist()) == ([5e-3, 0.0], [0.0] * 3)
    assert (read.word_driven.tolist(), read.bit_driven.tolist()) == ([True, True], [False, True, True])
    own = vector_bias([0.1, 0.2], [0.3, 0.4, 0.5], float_words=[0], float_bits=[2], gates=[1])
    assert (own.word.tolist(), own.bit.tolist()) == ([0.1, 0.2], [0.3, 0.4, 0.5])
    assert (own.word_driven.tolist(), own.bit_driven.tolist()) == ([False, True], [True, True, False])
    assert own.gates.tolist() == [False, True, False]
    assert vector_bias([0.1], [0.2, 0.3]).gates.tolist() == [True, True]
    assert vector_bias([0.1], [0.2, 0.3], gates=[]).gates.tolist() == [False, False]


# ---- programs


def test_windows_and_corners_of_a_program_are_where_they_belong() -> None:
    """Edges of 20 ns: pulses of 1 us with gaps, a read, a wait, a product."""
    program = [
        Write(1, (0, 2), pulses=2, width=1e-6, gap=3e-7, voltage=0.2, scheme="V/3"), Read(0, 1, duration=4e-6),
        Wait(5e-6), Vmm((0.5, -1.0), duration=2e-6, voltage=0.01),
    ]  # fmt: skip
    plan = schedule(BAR, program)
    write, read, wait, product = plan.windows
    assert (write.kind, write.rows, write.cols, write.voltage, write.scheme, write.pulses, write.width) == (
        "write", (1,), (0, 2), 0.2, "V/3", 2, 1e-6,
    )  # fmt: skip
    assert [write.start, write.stop, write.settled, write.pulse_end] == _near(
        0.0, 2.64e-6, 1.34e-6 + 0.99 * 0.98e-6, 2.33e-6
    )
    assert (read.kind, read.rows, read.cols, read.pulses, read.scheme) == ("read", (0,), (1,), 1, "grounded")
    assert [read.start, read.stop, read.settled, read.pulse_end] == _near(
        2.64e-6, 6.66e-6, 2.66e-6 + 0.99 * 3.98e-6, 6.65e-6
    )
    assert (wait.kind, wait.rows, wait.cols, wait.voltage, wait.pulses) == ("wait", (), (), 0.0, 0)
    assert [wait.start, wait.stop, wait.settled, wait.pulse_end] == _near(6.66e-6, *[11.66e-6] * 3)
    assert (product.kind, product.rows, product.cols, product.voltage) == ("vmm", (0, 1), (0, 1, 2), 0.01)
    assert plan.stop == pytest.approx(13.68e-6, rel=1e-12, abs=0)
    assert plan.shortest_pulse == 1e-6
    assert plan.word[1].times == _near(
        0, 2e-8, 1e-6, 1.02e-6, 1.32e-6, 1.34e-6, 2.32e-6, 2.34e-6, 11.66e-6, 11.68e-6, 13.66e-6, 13.68e-6
    )
    assert plan.word[1].values == _near(0, 0.2, 0.2, 0, 0, 0.2, 0.2, 0, 0, -0.01, -0.01, 0)
    assert plan.word[0].values[:4] == _near(0, 0.2 / 3, 0.2 / 3, 0)
    assert plan.word[0].values[-4:] == _near(0, 0.005, 0.005, 0)
    assert plan.bit[1].values == _near(0, 0.4 / 3, 0.4 / 3, 0, 0, 0.4 / 3, 0.4 / 3, 0)
    assert plan.bit[0].is_constant
    assert [gate.rest for gate in (*plan.word_gate, *plan.bit_gate)] == [1.0] * 5
    assert all(gate.is_constant for gate in (*plan.word_gate, *plan.bit_gate))
    restarts = [
        start + share * width for start, width in ((2.64e-6, 4e-6), (11.66e-6, 2e-6)) for share in (0.05, 0.15, 0.4)
    ]
    assert plan.restarts == _near(*restarts)
    assert plan.corners == sorted({*plan.word[0].times, *plan.word[1].times, *plan.bit[1].times})
    assert len(plan.corners) == 16


def test_the_shortest_pulse_is_that_of_all_writes_and_reads() -> None:
    assert schedule(BAR, [Write(0, 0, width=1e-6), Read(0, duration=5e-7), Wait(1e-8)]).shortest_pulse == 5e-7
    only = schedule(BAR, [Wait(2e-6), Wait(3e-6)])
    assert only.shortest_pulse == only.stop == pytest.approx(5e-6, rel=1e-12, abs=0)
    assert only.corners == []
    assert Schedule([], [], [], [], []).windows == []


def test_a_read_of_all_goes_row_by_row_over_all_columns() -> None:
    plan = schedule(BAR, [ReadAll(scheme="float-words", voltage=0.01, duration=1e-6)])
    assert [(w.kind, w.rows, w.cols, w.voltage, w.scheme) for w in plan.windows] == [
        ("read", (row,), (0, 1, 2), 0.01, "float-words") for row in (0, 1)
    ]
    for row, window in enumerate(plan.windows):
        assert [float(wave.at(window.settled)) for wave in plan.word] == [0.01 * (line == row) for line in (0, 1)]
        assert [float(gate.at(window.settled)) for gate in plan.word_gate] == [float(line == row) for line in (0, 1)]
        assert [float(gate.at(window.settled)) for gate in plan.bit_gate] == [1.0] * 3
    (window,) = schedule(BAR, [Read(1)]).windows
    assert (window.rows, window.cols) == ((1,), (0, 1, 2))


def test_a_pattern_is_written_sets_first_row_by_row() -> None:
    plan = schedule(BAR, [WritePattern(((1, 0, 1), (0, 0, 0)), pulses=2, gap=1e-7, voltage=0.25, scheme="V/2")])
    assert [(w.rows, w.cols, w.voltage, w.pulses, w.scheme) for w in plan.windows] == [
        ((0,), (0, 2), 0.25, 2, "V/2"), ((0,), (1,), -0.25, 2, "V/2"), ((1,), (0, 1, 2), -0.25, 2, "V/2"),
    ]  # fmt: skip
    assert plan.windows[0].stop == pytest.approx(2 * 1.12e-6, rel=1e-12, abs=0)
