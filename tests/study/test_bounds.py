"""Bounds before work: what a run will cost is known before it is laid out, and refused where it cannot fit."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bounds_cases import GB, STUDIES, sixteen  # noqa: F401
from hypothesis import given, settings
from hypothesis import strategies as st

from pyspice_models.array import Crossbar, pattern
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.program.file import load_write_verify
from pyspice_models.stimulus import Read, ReadAll, Vmm, Wait, Waveform, Write, WritePattern, schedule
from pyspice_models.stimulus.outline import outline
from pyspice_models.stimulus.phases import phases_of
from pyspice_models.study import Study, bounds, load_study, program_size, run_study
from pyspice_models.study import study as study_module
from pyspice_models.study.bounds import check_run
from pyspice_models.study.program_size import program_memory
from pyspice_models.study.run import simulate_study
from pyspice_models.study.size import estimate

# ---- the three requests that took minutes and gigabytes before anything was simulated

_MANY_PULSES = [Write(3, 4, pulses=100_000, scheme="V/3")]
_LARGE = {
    "pulses": lambda **more: Study("pulses", Crossbar(64, 64), _MANY_PULSES, **more),
    "rows": lambda **more: Study("rows", Crossbar(4096, 1), [ReadAll()], **more),
    "pattern": lambda **more: Study(
        "pattern", Crossbar(1024, 1024), [WritePattern(target=pattern("checkerboard", (1024, 1024), low=0, high=1))],
        **more,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "engine"), [("pulses", "ngspice"), ("pulses", "vacask"), ("rows", "ngspice"), ("pattern", "nodal")]
)
@pytest.mark.usefixtures("sixteen")
def test_what_cannot_fit_is_refused_by_name_before_it_is_laid_out(
    name: str, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def must_not(*_: object) -> None:
        raise AssertionError("laid out")

    monkeypatch.setattr(study_module, "schedule", must_not)
    study = _LARGE[name](engine=engine)
    for ask in (run_study, simulate_study):
        with pytest.raises(RequestError) as refused:
            ask(study)
        said = str(refused.value)
        assert refused.value.exit_code == 2
        for part in ("time points", "TB of memory" if name != "rows" else "GB of memory", "14.4 GB", "fewer pulses"):
            assert part in said, said
        assert f"{study.crossbar.rows} x {study.crossbar.cols} cells" in said
        assert "study.memory_limit" in said


@pytest.mark.usefixtures("sixteen")
def test_the_refusal_recommends_nodal_only_where_it_fits() -> None:
    with pytest.raises(RequestError, match=r"engine nodal \(about"):
        check_run(_LARGE["pulses"](engine="ngspice"))
    with pytest.raises(RequestError) as refused:
        check_run(_LARGE["pattern"](engine="ngspice"))
    assert "nodal" not in str(refused.value)
    check_run(_LARGE["pulses"](engine="nodal"))


def test_a_hundred_thousand_pulses_are_laid_out_in_little_memory() -> None:
    tracemalloc.start()
    plan = schedule(Crossbar(64, 64), [Write(3, 4, pulses=5_000, scheme="V/3")])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(plan.word[0].times) == 3 * 5_000 + 1
    # selected, and all the others; a waveform for each line would be 127 of them
    assert len({id(wave) for wave in (*plan.word, *plan.bit)}) == 4
    assert peak < 15e6
    expected = program_memory(outline(Crossbar(64, 64), [Write(3, 4, pulses=5_000, scheme="V/3")]))
    assert 0.8 * peak < expected < 2 * peak


# ---- the outline is the schedule

_SHAPE = (3, 4)
_BOARD = pattern("checkerboard", _SHAPE, low=0, high=1)
_STEPS = st.lists(
    st.one_of(
        st.builds(
            Write, row=st.integers(0, 2), col=st.sampled_from([0, 3, (1, 2)]), pulses=st.integers(1, 5),
            width=st.sampled_from([50e-9, 1e-6, 3e-6]), gap=st.sampled_from([0.0, 1e-9, 2e-6]),
            voltage=st.sampled_from([0.3, -0.2, 0.0]), scheme=st.sampled_from(["V/2", "V/3", "floating", "grounded"]),
        ),
        st.builds(Read, row=st.integers(0, 2), col=st.sampled_from([None, 2]), duration=st.sampled_from([1e-6, 1e-5])),
        st.builds(ReadAll, scheme=st.sampled_from(["grounded", "float-words"])),
        st.builds(Vmm),
        st.builds(WritePattern, target=st.just(_BOARD), pulses=st.integers(1, 2)),
        st.builds(Wait, duration=st.sampled_from([1e-9, 1e-3])),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@given(_STEPS, st.booleans())
@settings(max_examples=60)
def test_an_outline_counts_what_the_schedule_has(program: list[Any], transistors: bool) -> None:
    crossbar = Crossbar(*_SHAPE, selector=TransistorParams() if transistors else None)
    plan, whole = schedule(crossbar, program), outline(crossbar, program)
    assert (whole.stop, whole.finest, whole.shortest_pulse) == (plan.stop, plan.finest, plan.shortest_pulse)
    assert (whole.windows, whole.stretches) == (len(plan.windows), len(plan.stretches))
    assert whole.pulses == sum(window.pulses for window in plan.windows)
    assert whole.aimed == sum(len(window.rows) + len(window.cols) for window in plan.windows)
    waves = [*plan.word, *plan.bit, *plan.word_gate, *plan.bit_gate, *plan.gate]
    assert sum(len(wave.times) for wave in waves) <= whole.corners
    assert whole.corners <= 4 / 3 * sum(len(wave.times) for wave in waves)
    assert whole.stored >= sum(len(wave.times) for wave in {id(wave): wave for wave in waves}.values())
    assert sum(count for phase, count in whole.kinds if phase.bias is not None) == whole.pulses


def test_lines_that_are_driven_alike_are_counted_once() -> None:
    crossbar, program = Crossbar(64, 48), [Write(3, 4, pulses=5), Write(3, 4, pulses=2)]
    plan, whole = schedule(crossbar, program), outline(crossbar, program)
    waves = [*plan.word, *plan.bit, *plan.word_gate, *plan.bit_gate, *plan.gate]
    held = sum(len(wave.times) for wave in {id(wave): wave for wave in waves}.values())
    # no more is known than how many levels each write has: 2 of word lines and 2 of bit lines, twice
    assert held <= whole.stored <= 4 * held < whole.corners / 4


@given(_STEPS)
@settings(max_examples=60)
def test_lines_that_share_a_waveform_are_driven_as_if_each_had_its_own(program: list[Any]) -> None:
    crossbar = Crossbar(*_SHAPE)
    plan = schedule(crossbar, program)
    alone: dict[str, list[Waveform]] = {}
    moments = iter(plan.stretches)
    for side, count, rest in (("word", 3, 0.0), ("bit", 4, 0.0), ("word_gate", 3, 1.0), ("bit_gate", 4, 1.0)):
        alone[side] = [Waveform(rest) for _ in range(count)]
    for phase in phases_of(crossbar, program):
        if phase.bias is None:
            next(moments)
            continue
        for _ in range(phase.pulses):
            rise, _, _, fall = (next(moments) for _ in range(4))
            if phase.gap:
                next(moments)
            corners = rise.start, rise.stop, fall.start, fall.stop
            for side, levels in (
                ("word", phase.bias.word), ("bit", phase.bias.bit), ("word_gate", phase.bias.word_driven),
                ("bit_gate", phase.bias.bit_driven),
            ):  # fmt: skip
                for wave, level in zip(alone[side], levels, strict=True):
                    _append(wave, corners, float(level))
    for side, waves in alone.items():
        assert getattr(plan, side) == waves


def _append(wave: Waveform, corners: tuple[float, ...], level: float) -> None:
    """As a line by itself would have it, corner by corner."""
    if level != wave.rest:
        for moment, value in zip(corners, (wave.rest, level, level, wave.rest), strict=True):
            if not wave.times or moment > wave.times[-1]:
                wave.times.append(moment)
                wave.values.append(value)


# ---- estimates against what happens


def _asked(which: str, engine: str) -> Study:
    if which == "products":
        return Study("products", Crossbar(6, 6), [Vmm(), Vmm(duration=2e-5)], engine=engine)
    cells = [f"program.{step}.{side}=3" for step in range(4) for side in ("row", "col")]
    study = load_study(STUDIES / "write_read.toml", ["array.rows=4", "array.cols=6", *cells])
    return replace(study, engine=engine)


@pytest.mark.parametrize("engine", ["ngspice", "vacask", "nodal"])
@pytest.mark.parametrize("which", ["products", "writes"])
def test_estimates_are_within_a_factor_of_two_of_what_happens(
    which: str, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = _asked(which, engine)
    raw: list[int] = []
    unlink = Path.unlink

    def weighed(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".raw" and path.exists():
            raw.append(path.stat().st_size)
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", weighed)
    expected = estimate(study)

    traced = engine != "nodal" or which == "products"  # its loops take long under a tracer
    if traced:
        tracemalloc.start()
    outcome = run_study(study, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    points = outcome.dataset.sizes["time"]
    assert 0.7 * points < expected.points < 2 * points
    if engine == "nodal":
        assert (expected.raw, expected.deck) == (0, 0)
    else:
        assert 0.7 * raw[0] < expected.raw < 2 * raw[0]
        text = sum(path.stat().st_size for path in tmp_path.glob("deck.*"))
        assert 0.7 * text < expected.deck < 3 * text
    stored = (tmp_path / "result.nc").stat().st_size
    assert 0.5 * stored < expected.result < 2.5 * stored
    # libraries that a run loads are in the estimate, and traced only where they are loaded for the first time
    assert peak < 1.4 * expected.memory
    assert not traced or expected.memory - 60e6 < 3 * peak


# networks have no program: their arrays are read and written by the rules of learning
SIMULATED = [path for path in sorted(STUDIES.glob("*.toml")) if not path.stem.startswith(("learn_", "infer_"))]


@pytest.mark.parametrize("path", SIMULATED, ids=lambda path: path.stem)
def test_every_shipped_study_fits_into_eight_gigabytes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_size, "free_memory", lambda: int(8 * GB))
    monkeypatch.setattr(bounds, "free_disk", lambda place: int(8 * GB))
    study = load_write_verify(path).study if "[write_verify]" in path.read_text() else load_study(path)
    assert 60e6 < check_run(study).memory < 0.9 * 8 * GB


def test_tighter_accuracy_is_more_points() -> None:
    for engine in ("ngspice", "vacask", "nodal"):
        study = replace(load_study(STUDIES / "write_read.toml"), engine=engine)
        finer = replace(load_study(STUDIES / "write_read.toml", ["accuracy.error=0.02%"]), engine=engine)
        assert estimate(finer).points > 1.3 * estimate(study).points
