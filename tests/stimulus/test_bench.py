"""Schemes, waveforms and programs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import Read, ReadAll, Timeline, Wait, Waveform, Write, schedule
from pyspice_models.stimulus.scheme import read_bias, write_bias


@given(st.integers(2, 8), st.integers(2, 8), st.floats(-1, 1).filter(lambda v: abs(v) > 1e-3), st.data())
def test_write_schemes_give_the_full_voltage_to_one_cell_only(rows: int, cols: int, volt: float, data: st.DataObject):
    row, col = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, cols - 1))
    for scheme, share in (("V/2", 1 / 2), ("V/3", 1 / 3)):
        bias = write_bias(scheme, (rows, cols), [row], [col], volt)
        across = np.subtract.outer(bias.word, bias.bit)
        assert across[row, col] == volt
        others = np.delete(across.ravel(), row * cols + col)
        assert np.abs(others).max() == pytest.approx(abs(volt) * share, rel=1e-9, abs=0)
    half = np.subtract.outer(*_lines(write_bias("V/2", (rows, cols), [row], [col], volt)))
    unselected = np.delete(np.delete(half, row, axis=0), col, axis=1)
    assert np.allclose(unselected, 0)


def _lines(bias):
    return bias.word, bias.bit


def test_floating_read_leaves_only_the_read_lines_driven() -> None:
    one = read_bias("floating", (3, 4), 1, [2], 0.005)
    assert one.word_driven.tolist() == [False, True, False]
    assert one.bit_driven.tolist() == [False, False, True, False]
    whole_row = read_bias("floating", (3, 4), 1, range(4), 0.005)
    assert whole_row.bit_driven.all()
    grounded = read_bias("grounded", (3, 4), 1, [2], 0.005)
    assert grounded.word_driven.all()
    assert grounded.bit_driven.all()


def test_unknown_schemes_are_refused_by_name() -> None:
    with pytest.raises(
        RequestError, match=r"scheme = 'V/4' is refused; allowed: one of V/2, V/3, grounded, .* for a write"
    ):
        write_bias("V/4", (2, 2), [0], [0], 0.3)
    with pytest.raises(RequestError, match=r"scheme = 'V/2' is refused; allowed: one of grounded, floating"):
        read_bias("V/2", (2, 2), 0, [0], 0.3)


def test_a_pulse_is_as_wide_as_asked_at_half_height() -> None:
    wave = Waveform()
    timeline = Timeline()
    timeline.rest(1e-6)
    wave.pulse(timeline.pulse(1e-6, 10e-9), 0.3)
    assert wave.at([1.005e-6, 2.005e-6]) == pytest.approx([0.15, 0.15], rel=1e-9, abs=0)
    assert np.trapezoid(wave.values, wave.times) == pytest.approx(0.3 * 1e-6, rel=1e-9, abs=0)


@given(st.lists(st.sampled_from(["write", "read", "read_all", "wait"]), min_size=1, max_size=6))
def test_windows_follow_each_other_and_sources_rest_between_them(kinds: list[str]) -> None:
    crossbar = Crossbar(3, 2)
    steps = {"write": Write(1, 1, pulses=2, gap=1e-7), "read": Read(2, 0), "read_all": ReadAll(), "wait": Wait()}
    plan = schedule(crossbar, [steps[kind] for kind in kinds])
    edges = [window.start for window in plan.windows] + [plan.stop]
    assert edges[0] == 0
    assert all(a.stop == b.start for a, b in zip(plan.windows, plan.windows[1:], strict=False))
    assert all(np.diff(edges) > 0)
    for wave in [*plan.word, *plan.bit]:
        assert np.allclose(wave.at(edges), 0)
        assert all(np.diff(wave.times) > 0)
    for gate in [*plan.word_gate, *plan.bit_gate]:
        assert np.allclose(gate.at(edges), 1)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Write(3, 0), r"program\[0\]\.row = 3 is refused; allowed: a whole number from 0 to 2"),
        (Write(0, -1), r"program\[0\]\.col = -1"),
        (Read(0, 2), r"program\[0\]\.col = 2"),
        (Write(0, 0, scheme="half"), "scheme = 'half'"),
        (Write(0, 0, width=5e-9), r"program\[0\]\.width = 5e-09 s is refused; allowed: > driver\.t_edge, 1e-08 s"),
        (Read(0, 0, duration=1e-9), r"program\[0\]\.duration = 1e-09 s"),
    ],
)
def test_steps_that_do_not_fit_are_refused_with_their_number(step: Write | Read, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        schedule(Crossbar(3, 2), [step])


def test_values_out_of_range_are_refused_at_once() -> None:
    with pytest.raises(RequestError, match="pulses = 0 is refused"):
        Write(0, 0, pulses=0)
    with pytest.raises(RequestError, match=r"voltage = 7\.0 V is refused; allowed: >= -5 and <= 5 V"):
        Write(0, 0, voltage=7.0)
    with pytest.raises(RequestError, match="width = nan s"):
        Write(0, 0, width=float("nan"))
    with pytest.raises(RequestError, match="the program has no steps"):
        schedule(Crossbar(2, 2), [])
