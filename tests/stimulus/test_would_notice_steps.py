"""Steps of a program: every range and every order is seen by some test."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from would_notice_bench_cases import BAR

from pyspice_models.array import Crossbar
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import (
    Apply,
    RankOne,
    Read,
    ReadAll,
    Vmm,
    Wait,
    Window,
    Write,
    WritePattern,
    schedule,
)
from pyspice_models.stimulus.cell_bench import CellBench
from pyspice_models.stimulus.lines import Lines
from pyspice_models.stimulus.outline import outline, sample
from pyspice_models.stimulus.pacing import paced
from pyspice_models.stimulus.scheme import read_bias
from pyspice_models.stimulus.timeline import Pulse


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


def test_all_columns_are_in_order() -> None:
    (window,) = schedule(BAR, [Read(1)]).windows
    assert list(window.cols) == [0, 1, 2]


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
