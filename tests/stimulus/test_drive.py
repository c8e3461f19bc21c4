"""Waves of a user's own: their corners, the lines that have them, the files they come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pyspice_models import Crossbar, Drive, DriverParams, RequestError, Study, Write, load_study, schedule
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.stimulus.drive.waves import Noise, Pwl, Ramp, Sine, Triangle, Wave
from pyspice_models.stimulus.outline import outline
from pyspice_models.stimulus.steps.drive import csv_waves
from pyspice_models.study.program_size import program_memory
from pyspice_models.study.tables.objects import tables_of
from pyspice_models.study.tables.read import nominal_study
from pyspice_models.study.tables.write import write_study

EDGE = DriverParams().t_edge


def _laid(wave: Wave, duration: float = 0.0) -> tuple[list[float], list[float]]:
    line = schedule(Crossbar(1, 1), [Drive({"wl0": wave}, duration=duration)]).word[0]
    return line.times, line.values


def test_a_jump_takes_an_edge_and_the_wave_goes_back_to_rest() -> None:
    times, volts = _laid(Pwl((0.0, 1e-6, 1e-6, 3e-6), (0.1, 0.1, 0.3, 0.2)))
    assert times == pytest.approx([0, 1e-8, 1e-6, 1.01e-6, 3e-6, 3.01e-6], abs=1e-20)
    assert volts == pytest.approx([0, 0.1, 0.1, 0.3 - 0.1 * EDGE / 2e-6, 0.2, 0], abs=1e-12)


@pytest.mark.parametrize(
    ("wave", "words"),
    [
        (Pwl((0.0, 1e-6, 1e-6), (0.0, 0.0, 0.3)), "jumps at 1e-06 s.*the step's end comes before"),
        (Pwl((0.0, 1e-6, 1e-6, 1.004e-6, 1.004e-6, 2e-6), (0, 0, 0.3, 0.3, 0, 0)), "the next jump comes before"),
        (Pwl((0.0, 1e-6, 1e-6 + 1e-12, 2e-6), (0, 0, 0.3, 0)), "too close.*thousandth of driver.t_edge"),
    ],
)
def test_corners_that_no_driver_follows_are_refused(wave: Wave, words: str) -> None:
    with pytest.raises(RequestError, match=rf"program\[0\]\.waves\.wl0: .*{words}"):
        _laid(wave)


def test_two_jumps_an_edge_apart_are_a_triangle() -> None:
    times, volts = _laid(Pwl((0.0, 1e-6, 1e-6, 1.01e-6, 1.01e-6, 2e-6), (0, 0, 0.3, 0.3, 0, 0)))
    assert times == pytest.approx([0, 1e-6, 1.01e-6, 1.02e-6, 2e-6], abs=1e-20)
    assert volts == pytest.approx([0, 0, 0.3, 0, 0], abs=1e-12)


@pytest.mark.parametrize("within", [1e-3, 1e-4])
@pytest.mark.parametrize("phase", [0.0, 37.0, -90.0])
def test_a_sine_is_missed_by_no_more_than_stated(within: float, phase: float) -> None:
    sine = Sine(offset=0.02, amplitude=0.1, frequency=1e6, phase=phase, within=within)
    times, volts = sine.corners(3.3e-6)
    fine = np.linspace(0, 3.3e-6, 100_001)
    meant = 0.02 + 0.1 * np.sin(2 * np.pi * (1e6 * fine + phase / 360))
    off = float(np.abs(np.interp(fine, times, volts) - meant).max())
    assert 0.3 * within * 0.1 < off <= within * 0.1 * (1 + 1e-6)
    assert volts.max() == pytest.approx(0.12, abs=1e-12)
    assert volts.min() == pytest.approx(-0.08, abs=1e-12)


def test_triangle_ramp_and_rest() -> None:
    times, volts = Triangle(offset=0.1, amplitude=0.2, period=4e-6).corners(5.5e-6)
    assert np.interp([0, 1e-6, 2e-6, 3e-6, 4e-6, 5e-6, 5.5e-6], times, volts) == pytest.approx(
        [0.1, 0.3, 0.1, -0.1, 0.1, 0.3, 0.2], abs=1e-12
    )
    times, volts = Ramp(first=0.1, last=0.3, delay=1e-6, time=2e-6).corners(5e-6)
    assert np.interp([0, 1e-6, 2e-6, 4e-6], times, volts) == pytest.approx([0.1, 0.1, 0.2, 0.3], abs=1e-12)


def test_noise_has_its_power_and_each_line_its_own() -> None:
    plan = schedule(Crossbar(2, 1), [Drive({"wl*": Noise(rms=0.01, step=20e-9, seed=7)}, duration=60e-6)])
    one, two = (wave.at(np.arange(1, 2999) * 20e-9) for wave in plan.word)
    assert np.sqrt(np.mean(one**2)) == pytest.approx(0.01, rel=0.05, abs=0)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.06
    between = plan.word[0].at((np.arange(1, 2998) + 0.5) * 20e-9)
    assert np.mean(between**2) == pytest.approx(0.5 * 1e-4, rel=0.1, abs=0), (
        "2/3 over all of a straight line, 1/2 in its middle"
    )
    again = schedule(Crossbar(2, 1), [Drive({"wl*": Noise(rms=0.01, step=20e-9, seed=7)}, duration=60e-6)])
    assert again.word[0].values == plan.word[0].values


def test_lines_without_a_wave_rest_and_one_of_its_own_counts() -> None:
    waves = {"wl*": Ramp(last=0.1), "WL_1": Ramp(last=0.2), "bl0": Ramp(last=-0.1)}
    step = Drive(waves, duration=1e-6)
    assert [name for name, _ in step.waves] == ["wl*", "wl1", "bl0"]
    plan = schedule(Crossbar(3, 2), [step])
    assert [max(wave.values) for wave in plan.word] == pytest.approx([0.1, 0.2, 0.1], abs=1e-12)
    assert plan.word[0] is plan.word[2], "lines that are driven alike share one"
    assert plan.bit[1].is_constant
    assert min(plan.bit[0].values) == -0.1


def test_what_is_counted_beforehand_is_what_is_laid_out() -> None:
    program = [
        Write(0, 0),
        Drive({"wl0": Sine(), "bl1": Ramp(), "bl0": Pwl((0, 1.00001e-6), (0, 0.1))}, duration=5e-6, every=0.3e-6),
        Drive({"wl*": Triangle(period=0.7e-6)}, duration=2e-6, sample=(0.0, 2e-6)),
    ]
    bar = Crossbar(2, 2)
    plan, whole = schedule(bar, program), outline(bar, program)
    assert (whole.stop, whole.finest, whole.shortest_pulse) == (plan.stop, plan.finest, plan.shortest_pulse)
    assert (whole.windows, whole.stretches) == (len(plan.windows), len(plan.stretches))
    assert whole.samples == len(plan.samples) == 17 + 2
    corners = sum(len(wave.times) for wave in (*plan.word, *plan.bit))
    assert corners <= whole.corners <= corners + 8, "one pulse may begin where another ended"
    stored = sum(len(wave.times) for wave in {id(w): w for w in (*plan.word, *plan.bit)}.values())
    assert stored <= whole.stored
    ends = [stretch.stop for stretch in plan.stretches]
    assert set(plan.samples) - {0.0} <= {*ends, *(stretch.start for stretch in plan.stretches)}
    assert np.isin(plan.corners, [0.0, *ends]).all(), "what bends does so between two stretches"
    assert program_memory(whole) > 0


def test_gates_conduct_throughout() -> None:
    bar = Crossbar(1, 2, selector=TransistorParams())
    plan = schedule(bar, [Drive({"wl0": Ramp()}, duration=1e-6, gates=1)])
    assert plan.gate[0].is_constant
    assert plan.gate[1].times == pytest.approx([0, 1e-8, 1e-6, 1.01e-6], abs=1e-20)
    with pytest.raises(RequestError, match=r"program\[0\].gates = 0 needs transistors"):
        schedule(Crossbar(1, 2), [Drive({"wl0": Ramp()}, duration=1e-6, gates=0)])


def test_a_drawn_amplitude_scales_every_wave() -> None:
    waves = {"wl0": Sine(offset=0.1), "wl1": Ramp(first=0.1), "bl0": Noise(), "bl1": Pwl((0, 1e-6), (0, 0.2))}
    step = Drive(waves, duration=1e-6).scaled(1.5)
    assert [(w.offset, w.amplitude) for _, w in step.waves[:1] if isinstance(w, Sine)] == [
        (pytest.approx(0.15, abs=1e-12), pytest.approx(0.15, abs=1e-12))
    ]
    assert step.waves[1][1] == Ramp(first=0.1 * 1.5, last=0.1 * 1.5)
    assert step.waves[2][1] == Noise(rms=0.01 * 1.5)
    assert step.waves[3][1] == Pwl((0, 1e-6), (0, 0.2 * 1.5))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"waves": {}}, "waves = {} is refused"),
        ({"waves": {"w0": Ramp()}}, "'w0' names no line; did you mean 'wl0'"),
        ({"waves": {"wl0": Ramp(), "wl_0": Ramp()}}, "'wl0' and 'wl_0' are the same line"),
        ({"waves": {"wl0": {"wave": "sinus"}}}, r"waves.wl0.wave = 'sinus' is refused; allowed: one of pwl, sine"),
        ({"waves": {"wl0": {"wave": "sine", "freq": 1}}}, r"'freq' in \[waves.wl0\]; did you mean 'frequency'"),
        ({"waves": {"wl0": {"wave": "sine", "amplitude": "1 A"}}}, "waves.wl0.amplitude = '1 A' is refused"),
        ({"waves": {"wl0": {"times": [0, 1e-6], "volts": [0]}}}, "waves.wl0.times and volts are 2 .* and 1 numbers"),
        ({"waves": {"wl0": {"times": [1e-6, 0], "volts": [0, 1]}}}, "waves.wl0.times.1. = 0 s comes after 1e-06 s"),
        ({"waves": {"wl0": {"times": [0, 0, 0], "volts": [0, 1, 2]}}}, "are a jump, three are none"),
        ({"waves": {"wl0": {"times": [0, 1e-6], "volts": [0, 6]}}}, r"volts\[1\] = 6.0 V is refused"),
        ({"waves": {"wl0": {"times": [0, float("nan")], "volts": [0, 1]}}}, r"waves.wl0.times\[1\] = nan"),
        ({"waves": {"wl0": Ramp()}}, "duration = 0 s is refused"),
        ({"waves": {"wl0": Ramp(time=2e-6)}, "duration": 1e-6}, "allowed: from 2e-06 s on, where waves.wl0"),
        ({"waves": {"wl0": Ramp()}, "duration": 1e-6, "sample": [2e-6]}, "sample = 2e-06 s is refused; .* 0 to 1e-06"),
        ({"waves": {"wl0": Ramp()}, "duration": 1e-6, "sample": [-1e-6]}, "allowed: a list of times"),
        ({"waves": {"wl0": Ramp()}, "duration": 1.0, "every": 1e-9}, "every = 1e-09 .*has 100000 samples at most"),
    ],
)  # fmt: skip
def test_what_is_no_wave_is_refused_by_name(fields: dict[str, object], words: str) -> None:
    with pytest.raises(RequestError, match=words):
        Drive(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Drive({"wl4": Ramp()}, duration=1e-6), "'wl4' names no line .* wl0 to wl1; the nearest is wl1"),
        (Drive({"wl0": Ramp()}, duration=15e-9), r"duration = 1.5e-08 s .*; allowed: > 2 driver.t_edge"),
        (Drive({"wl0": Sine(frequency=1e12)}, duration=1e-3), "wl0: the wave has about .*, and at most 1000000"),
        (Drive({"wl0": Noise(step=1e-12)}, duration=1e-3), "waves.wl0: the wave has about .* corners"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_array_is_refused(step: Drive, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        schedule(Crossbar(2, 2), [step])


def test_rails_have_no_waves_of_their_own() -> None:
    bar = Crossbar(1, 1, driver=DriverParams(kind="rail"))
    with pytest.raises(
        RequestError, match=r"driver.kind = 'rail' has switches to rails alone: take driver.kind = 'source'"
    ):
        schedule(bar, [Drive({"wl0": Ramp()}, duration=1e-6)])


CSV = "time [us],wl0 [V],bl1 [mV]\n0,0,0\n0.5,0.1,0\n0.5,0.2,-50\n1.7,0.2,-50\n"


def test_a_csv_is_read_with_its_units(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text(CSV)
    assert csv_waves(tmp_path / "w.csv") == {
        "wl0": Pwl((0.0, 0.5e-6, 0.5e-6, 1.7e-6), (0.0, 0.1, 0.2, 0.2)),
        "bl1": Pwl((0.0, 0.5e-6, 0.5e-6, 1.7e-6), (0.0, 0.0, -0.05, -0.05)),
    }
    assert Drive.from_csv(tmp_path / "w.csv", every=1e-6).lasts == 1.7e-6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty; it needs a header such as time .us.,wl0 .V."),
        ("# nothing\n\n", "it is empty"),
        ("time [us],wl0 [V]\n", "it has a header and no numbers"),
        ("wl0 [V],time [us]\n0,0\n", "the first column is 'wl0 .V.', and it has to be the time"),
        ("time [us],wl0\n0,0\n", "the column 'wl0' has no unit. Write it behind the name: wl0 .V."),
        ("time,wl0 [V]\n0,0\n", "the column 'time' has no unit. Write it behind the name: time .s."),
        ("time [us],wl0 [A]\n0,0\n", "column wl0.*declared in V; 'A' is not that unit"),
        ("time [V],wl0 [V]\n0,0\n", "column time.*declared in s"),
        ("time [us]\n0\n", "there is no column beside the time"),
        ("time [us],wl0 [V],wl0 [V]\n0,0,0\n", "'wl0' stands twice"),
        ("time [us],wl0 [V],WL_0 [V]\n0,0,0\n", "'WL_0' stands twice in the header"),
        ("time [us],w0 [V]\n0,0\n", "header: 'w0' names no line; did you mean 'wl0'"),
        ("time [us],wl0 [V]\n0,0\n1\n", "line 3 has 1 fields, the header has 2"),
        ("time [us],wl0 [V]\n0,0\n1,nan\n", "line 3, column wl0 = 'nan' is refused; allowed: a finite number"),
        ("time [us],wl0 [V]\n0,0\n1,x\n", "line 3, column wl0 = 'x' is refused"),
        ("time [us],wl0 [V]\n0,0\n\n2,0.1\n1,0.1\n", "line 5, column time .*: times that do not fall"),
        ("time [us],wl0 [V]\n-1,0\n1,0\n", "line 2, column time = -1e-06 is refused; allowed: >= 0 s"),
        ("time [us],wl0 [V]\n0,0\n1,9\n", "line 3, column wl0 = 9.0 is refused; allowed: -5 to 5 V"),
        ("time [us],wl0 [V]\n1,0\n1,0.1\n1,0.2\n2,0\n", "two corners at one time are a jump, three are none"),
        ("time [us];wl0 [V]\n0;0\n", "the columns are not separated by commas"),
    ],
)  # fmt: skip
def test_a_csv_that_says_nothing_clear_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "w.csv").write_text(text)
    with pytest.raises(RequestError, match=rf"waves of lines .*w\.csv cannot be (read|used): .*{words}"):
        csv_waves(tmp_path / "w.csv")


STUDY = """
[study]
engine = "nodal"
[array]
rows = 2
cols = 2
[[program]]
do = "drive"
file = "w.csv"
sample = ["0.2 us", 1e-6]
[[program]]
do = "drive"
duration = "2 us"
every = "500 ns"
[program.waves]
wl1 = {wave = "sine", amplitude = "5 mV", frequency = "1 MHz"}
"bl*" = {times = ["0 us", 1e-6], volts = [0, "2 mV"]}
"""


def test_a_study_file_is_written_and_read_back_equal(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text(CSV)
    (tmp_path / "s.toml").write_text(STUDY)
    study = load_study(tmp_path / "s.toml")
    assert study.program[0] == Drive(csv_waves(tmp_path / "w.csv"), sample=(0.2e-6, 1e-6))
    assert study.program[1] == Drive(
        {"wl1": Sine(amplitude=5e-3), "bl*": Pwl((0.0, 1e-6), (0.0, 2e-3))}, duration=2e-6, every=5e-7
    )
    (tmp_path / "kept").mkdir()
    assert load_study(write_study(study, tmp_path / "kept")) == study
    assert nominal_study(tables_of(study), name=study.name) == study
    changed = load_study(tmp_path / "s.toml", ["program.1.waves.wl1.amplitude=4 mV"])
    assert changed.program[1] == Drive(
        {"wl1": Sine(amplitude=4e-3), "bl*": Pwl((0.0, 1e-6), (0.0, 2e-3))}, duration=2e-6, every=5e-7
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("program.0.waves={wl0={wave='ramp'}}", r"program\[0\] needs one of file, waves"),
        ("program.1.waves=3", r"program\[1\].waves = 3 is refused; allowed: a table with a wave"),
        ("program.1.waves.wl1.amplitude=7", r"program\[1\].waves.wl1.amplitude = 7"),
        ("program.0.file=none.csv", "waves of lines .*none.csv cannot be read: No such file"),
        ("program.1.every=1 V", r"program\[1\].every = '1 V' is refused"),
        ("array.rows=1", "'wl1' names no line of this array"),
    ],
)  # fmt: skip
def test_a_study_that_says_it_wrongly_is_refused(tmp_path: Path, change: str, words: str) -> None:
    (tmp_path / "w.csv").write_text(CSV)
    (tmp_path / "s.toml").write_text(STUDY)
    with pytest.raises(RequestError, match=words):
        load_study(tmp_path / "s.toml", [change])


def test_a_long_program_of_waves_lies_in_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyspice_models.study.tables.write.MOST_VALUES", 1000)
    times = np.linspace(0, 1e-3, 600)
    long = Study("long", Crossbar(1, 1), [Drive({"wl0": Pwl(tuple(times), tuple(0.01 * np.sin(1e5 * times)))})])
    assert load_study(write_study(long, tmp_path)) == long
    assert "program.json" in (tmp_path / "study.toml").read_text()
    assert (tmp_path / "study.toml").stat().st_size < 20_000
