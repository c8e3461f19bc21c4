"""Waveforms, biases and programs on 2 x 3 lines, moment by moment."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from pyspice_models.array import Crossbar
from pyspice_models.bench import (
    Apply,
    RankOne,
    Read,
    ReadAll,
    Schedule,
    Vmm,
    Wait,
    Waveform,
    Window,
    Write,
    WritePattern,
    schedule,
)
from pyspice_models.bench.cell_bench import CellBench, Drive
from pyspice_models.bench.lines import Lines
from pyspice_models.bench.outline import outline, sample
from pyspice_models.bench.pacing import paced
from pyspice_models.bench.scheme import read_bias, vector_bias, write_bias
from pyspice_models.bench.timeline import Pulse
from pyspice_models.errors import RequestError
from pyspice_models.params import CellParams, DriverParams, TransistorParams

BAR = Crossbar(2, 3, driver=DriverParams(t_edge=2e-8))


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


def test_coincidence_puts_half_on_each_side_for_every_pair_of_signs() -> None:
    plan = schedule(BAR, [RankOne((1, -1), (0, -1, 1), voltage=0.4, width=5e-7, gap=1e-7)])
    found = []
    for window in plan.windows:
        word, bit = ([float(wave.at(window.settled)) for wave in waves] for waves in (plan.word, plan.bit))
        found.append((window.rows, window.cols, window.voltage, word, bit, window.scheme, window.kind))
    told = ("coincidence", "write")
    assert found == [
        ((0,), (2,), 0.4, [0.2, 0.0], [0.0, 0.0, -0.2], *told), ((0,), (1,), -0.4, [-0.2, 0.0], [0.0, 0.2, 0.0], *told),
        ((1,), (2,), -0.4, [0.0, -0.2], [0.0, 0.0, 0.2], *told), ((1,), (1,), 0.4, [0.0, 0.2], [0.0, -0.2, 0.0], *told),
    ]  # fmt: skip
    assert plan.windows[-1].stop == pytest.approx(4 * (5e-7 + 2e-8 + 1e-7), rel=1e-12, abs=0)
    assert all((window.pulses, window.width) == (1, 5e-7) for window in plan.windows)


def test_voltages_of_ones_own_stand_on_their_lines() -> None:
    """Not square: the window is of all rows and all columns, its voltage the largest of both sides."""
    step = Apply((0.1, -0.2), (0.05, 0.0, -0.3), float_words=(1,), float_bits=(0, 2), width=5e-7, gap=1e-7)
    plan = schedule(BAR, [step])
    (window,) = plan.windows
    assert (window.kind, window.rows, window.cols, window.voltage) == ("apply", (0, 1), (0, 1, 2), 0.3)
    assert window.stop == pytest.approx(6.2e-7, rel=1e-12, abs=0)
    assert [float(wave.at(3e-7)) for wave in plan.word] == [0.1, -0.2]
    assert [float(wave.at(3e-7)) for wave in plan.bit] == [0.05, 0.0, -0.3]
    assert [float(gate.at(3e-7)) for gate in plan.word_gate] == [1.0, 0.0]
    assert [float(gate.at(3e-7)) for gate in plan.bit_gate] == [0.0, 1.0, 0.0]
    gated = schedule(
        BAR.replace(selector=TransistorParams(v_gate=0.9)), [Apply((0.1, 0.0), (0.0,) * 3, gates=2), Wait()]
    )
    assert [float(gate.at(3e-7)) for gate in gated.gate] == [0.0, 0.0, 0.9]
    assert [float(gate.at(1.5e-6)) for gate in gated.gate] == [0.0] * 3


def test_a_window_is_named_and_survives_json() -> None:
    one, many = (Window("write", 0, 1, 1, 1, rows, cols) for rows, cols in (((3,), (4,)), ((3, 5), (0, 1, 2))))
    assert (one.aim, many.aim) == ("(3, 4)", "(2 rows, 3 columns)")
    assert Window("read", 0, 1, 1, 1, (3,), (0, 1)).aim == "(3, 2 columns)"
    assert Window(**json.loads(json.dumps(asdict(many)))) == many
    assert hash(Window("read", 0, 1, 1, 1, [np.int64(1)], [2])) == hash(Window("read", 0, 1, 1, 1, (1,), (2,)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Write(2, 0), r"program\[0\]\.row = 2 is refused; allowed: a whole number from 0 to 1"),
        (Write(0, 3), r"program\[0\]\.col = 3 is refused; allowed: a whole number from 0 to 2"),
        (Write(0, 0, width=2e-8), r"program\[0\]\.width = 2e-08 s is refused; allowed: > driver\.t_edge, 2e-08 s"),
        (Apply((0.0,) * 2, (0.0,) * 3, width=2e-8), r"program\[0\]\.width = 2e-08 s"),
        (RankOne((1, 0), (1, 0, 0), width=2e-8), r"program\[0\]\.width = 2e-08 s"),
        (WritePattern(((1, 0, 1), (0, 0, 0)), width=2e-8), r"program\[0\]\.width = 2e-08 s"),
        (ReadAll(duration=2e-8), r"program\[0\]\.duration = 2e-08 s"),
        (Vmm(duration=2e-8), r"program\[0\]\.duration = 2e-08 s"),
        (Write("all", 0, scheme="floating"), r"leaves the unselected word lines floating, and all 2 are selected"),
        (Write(0, "all", scheme="V/2-float-bits"), r"leaves the unselected bit lines floating, and all 3 are selected"),
        (RankOne((0, 0), (1, 0, 0)), r"program\[0\]\.word = \(0, 0\) is refused; allowed: a 1 or -1 somewhere"),
        (RankOne((1, 0), (1, 0)), r"length of program\[0\]\.bit = 2 is refused; allowed: 3, one for each line"),
        (Apply((0.1,), (0.0,) * 3), r"length of program\[0\]\.word = 1 is refused; allowed: 2"),
        (Apply((0.1, 0.1), (0.0,) * 3, float_words=(2,)), r"program\[0\]\.float_words = 2"),
        (Read(0, None, scheme="float-bits"), r"leaves the unselected bit lines floating, and all 3"),
    ],
)
def test_what_does_not_fit_two_rows_and_three_columns_is_named(step: object, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        schedule(BAR, [step])  # type: ignore[list-item]


def test_what_fits_to_the_edge_is_taken() -> None:
    """The last lines, a single line that floats nothing, gates by name on transistors."""
    plan = schedule(
        BAR, [Write(1, 2), Read(1, 2), Write(0, "all", scheme="float-words"), Read(0, 1, scheme="float-bits")]
    )
    assert len(plan.windows) == 4
    assert len(schedule(Crossbar(1, 1), [Write(0, 0, scheme="floating"), Read(0, 0, scheme="floating")]).windows) == 2
    assert len(schedule(Crossbar(1, 3), [Write(0, 1, scheme="floating")]).windows) == 1
    transistors = BAR.replace(selector=TransistorParams())
    assert len(schedule(transistors, [Apply((0.0,) * 2, (0.0,) * 3, gates=(0, 2))]).windows) == 1
    with pytest.raises(RequestError, match=r"program\[1\]\.row = 2"):
        schedule(BAR, [Write(0, 0), Write(2, 0)])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Write((), 0), r"row = \(\) is refused"),
        (lambda: Write(True, 0), "row = True is refused"),
        (lambda: Write(0, (0, 1.0)), r"col = \(0, 1\.0\) is refused"),
        (lambda: Write(0, 0, pulses=0), "pulses = 0 is refused; allowed: a whole number from 1 to 100000"),
        (lambda: Write(0, 0, pulses=100_001), "pulses = 100001"),
        (lambda: Write(0, 0, pulses=True), "pulses = True"),
        (lambda: Write(0, 0, scheme=3), "scheme = 3 is refused; allowed: a scheme's name"),
        (lambda: WritePattern(((1, 0),), pulses=0), "pulses = 0"),
        (lambda: WritePattern(((1, 0),), scheme=None), "scheme = None"),
        (lambda: WritePattern((("1", 0),)), r"target\[0, 0\] = '1' is refused"),
        (lambda: RankOne((0.5,), (1,)), r"word = \(0\.5,\)"),
        (lambda: RankOne((1,), (-2,)), r"bit = \(-2,\)"),
        (lambda: RankOne((True,), (1,)), r"word = \(True,\)"),
        (lambda: Read(None, 0), "row = None is refused; allowed: a whole number"),
        (lambda: Read(0, 1.0), "col = 1.0"),
        (lambda: Read(0, 0, scheme=1), "scheme = 1"),
        (lambda: ReadAll(scheme=1), "scheme = 1"),
        (lambda: Vmm((-1.01,)), r"inputs\[0\] = -1\.01 is refused; allowed: numbers from -1 to 1"),
        (lambda: Vmm((True,)), r"inputs\[0\] = True is refused"),
        (lambda: Apply((0.0,), (5.1,)), r"bit\[0\] = 5\.1 V is refused; allowed: voltages from -5 to 5 V"),
        (lambda: Apply((-5.1,), (0.0,)), r"word\[0\] = -5\.1 V is refused"),
        (
            lambda: Apply((0.0,), (0.0,), float_words=(-1,)),
            r"float_words = \(-1,\) is refused; allowed: numbers of lines",
        ),
        (lambda: Apply((0.0,), (0.0,), float_bits=(0.0,)), r"float_bits = \(0\.0,\)"),
        (lambda: Apply((0.0,), (0.0,), gates="none"), "gates = 'none'"),
    ],
)
def test_a_step_that_is_wrong_by_itself_is_refused(make: object, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        make()  # type: ignore[operator]


def test_a_step_takes_its_ranges_to_their_ends() -> None:
    assert Apply((5.0, -5.0), (-5.0,)).word == (5.0, -5.0)
    assert Vmm((1.0, -1.0)).inputs == (1.0, -1.0)
    assert RankOne((1, -1, 0), (1,)).word == (1, -1, 0)
    assert Write(0, 0, pulses=100_000).pulses == 100_000
    assert Write((2, 0), "all").row == (2, 0)
    assert Read(3).col is None
    assert WritePattern(((1.0, False),)).target == ((1, 0),)


@pytest.mark.parametrize("name", ["word_driven", "bit_driven", "gates"])
@pytest.mark.parametrize("flags", [[1, 0], ["yes", "no"], np.ma.masked_array([True, False], [False, True])])
def test_lines_are_driven_or_not(name: str, flags: object) -> None:
    good = read_bias("floating", (2, 2), 0, (1,), 5e-3)
    with pytest.raises(RequestError, match=f"bias.{name} = .* is refused; allowed: yes or no for each line"):
        replace(good, **{name: flags})


def test_pacing_tells_how_far_it_is() -> None:
    plan, told = schedule(BAR, [Write(0, 0, pulses=9000, width=1e-7, gap=1e-7)]), []
    paced(plan, 20, 1.0, told.append)
    assert len(told) > 1
    assert told == sorted(told)
    assert told[0] == 0
    assert 0.2 < told[-1] < 1
    assert max(np.diff(told)) <= 0.5, "in the middle, too"


def test_all_lines_are_in_order() -> None:
    read, write = schedule(BAR, [Read(1), Write("all", "all")]).windows
    assert list(read.cols) == [0, 1, 2]
    assert (list(write.rows), list(write.cols)) == ([0, 1], [0, 1, 2])


def test_a_sample_of_a_program_ends_where_the_program_ends() -> None:
    program = [Write(0, 0, pulses=500, gap=1e-6), Read(1, 2), Wait(3e-6)]
    whole = outline(BAR, program)
    short = sample(BAR, whole)
    assert short.stop == pytest.approx(whole.stop, rel=1e-12, abs=0)
    assert short.stop == pytest.approx(schedule(BAR, program).stop, rel=1e-12, abs=0)
    assert len(short.stretches) < len(schedule(BAR, program).stretches) / 50


def test_the_last_line_of_those_that_shared_a_waveform_keeps_it() -> None:
    lines = Lines(3)
    common = lines.waves[0]
    for line, start in enumerate((0.0, 1.0, 2.0)):
        levels = np.zeros(3)
        levels[line] = 0.3
        lines.pulse([Pulse(start, start + 0.1, start + 0.15, start + 0.2, start + 0.3)], levels)
    assert lines.waves[2] is common
    assert [wave.times for wave in lines.waves] == [[0.0, 0.1, 0.2, 0.3], [1.0, 1.1, 1.2, 1.3], [2.0, 2.1, 2.2, 2.3]]


def test_a_bench_holds_plain_numbers() -> None:
    times, volts = np.array([0.0, 1e-6]), np.array([0.0, 0.3])
    bench = CellBench(CellParams(), times, volts)
    assert bench.times == (0.0, 1e-6)
    assert bench.volts == (0.0, 0.3)
