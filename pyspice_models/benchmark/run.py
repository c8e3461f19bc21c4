"""The benchmark: every figure in a process of its own, one after the other."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyspice_models.benchmark import arrays, campaigns, static, text, tiles, transient
from pyspice_models.benchmark.speed_figure import SpeedFigure
from pyspice_models.campaign.workers import Died, in_workers
from pyspice_models.errors import Ag2sError
from pyspice_models.study.run import versions
from pyspice_models.study.study import Study


@dataclass(frozen=True)
class Machine:
    """Where it ran."""

    processor: str
    cores: int
    memory_gb: float
    load_before: float
    system: str


def machine() -> Machine:
    """This one."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        processor = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return Machine(processor, os.cpu_count() or 1, memory, os.getloadavg()[0], platform.platform())


def figures(quick: bool) -> dict[str, Callable[[], SpeedFigure | list[SpeedFigure]]]:
    """What is measured, by name; quick: smaller arrays, which have no targets."""
    if quick:
        return {
            "deck_plain": partial(transient.against_the_plain_way, 8, None),
            "transient": partial(transient.ngspice_and_nodal, 32, None, None),
            "nodal_large": partial(transient.large_transient, 64, None),
            "array_1s1r": partial(_array, "array_1s1r", 16, None),
            "array_1t1r": partial(_array, "array_1t1r", 16, None),
            "array_foreign": partial(_array, "array_foreign", 16, None),
            "compiled_object": partial(arrays.by_its_compiled_object, 8, None),
            "many_pulses": partial(_array, "many_pulses", 4, None),
            "montecarlo": partial(arrays.campaign, 8, 10, None),
            "montecarlo_run": partial(campaigns.one_run, 8, 10, None),
            "montecarlo_beside": partial(campaigns.beside_the_engine, 4, 5, None),
            "montecarlo_dask": partial(campaigns.by_dask, 4, 10, None, 1),
            "session_16": partial(arrays.session, (16, 16), 50, None),
            "transient_growth": partial(transient.transient_growth, [8, 16, 32]),
            "static_badcrossbar": partial(static.against_badcrossbar, 128, None),
            "static_256": partial(static.one_size, 256, None),
            "static_growth": partial(static.growth, [64, 128, 256, 512], None),
            "many_inputs": partial(static.many_inputs, 96, 1000, None),
            "static_worst": partial(static.worst_case, 128, None),
            "adjoint_map": partial(static.adjoint_of_one_output, 128, None),
            "writer": partial(text.writers, 128, 16, None),
            "tile_update_16": partial(tiles.updates, (16, 8), None),
        }
    return {
        "deck_plain": partial(transient.against_the_plain_way, 32, 40.0),
        "transient": partial(transient.ngspice_and_nodal, 128, 60.0, 100.0),
        "nodal_large": partial(transient.large_transient, 512, 300.0),
        "array_1s1r": partial(_array, "array_1s1r", 64, 20.0),
        "array_1t1r": partial(_array, "array_1t1r", 64, 10.0),
        "array_foreign": partial(_array, "array_foreign", 64, 10.0),
        "compiled_object": partial(arrays.by_its_compiled_object, 32, 2.5),
        "many_pulses": partial(_array, "many_pulses", 8, 1.0),
        "montecarlo": partial(arrays.campaign, 32, 200, 20.0),
        "montecarlo_run": partial(campaigns.one_run, 32, 100, 0.12),
        "montecarlo_beside": partial(campaigns.beside_the_engine, 8, 100, 0.25),
        "montecarlo_dask": partial(campaigns.by_dask, 8, 200, 0.9),
        "session_16": partial(arrays.session, (16, 16), 500, 15.0),
        "session_64": partial(arrays.session, (64, 32), 200, 6.0),
        "session_128": partial(arrays.session, (128, 128), 50, 6.0),
        "transient_growth": partial(transient.transient_growth, [8, 16, 32, 64]),
        "static_badcrossbar": partial(static.against_badcrossbar, 512, 50.0),
        "static_1024": partial(static.one_size, 1024, 3.0, memory=1000.0),
        "static_2048": partial(static.one_size, 2048, 20.0),
        "static_growth": partial(static.growth, [64, 128, 256, 512, 1024, 2048], 1.25),
        "many_inputs": partial(static.many_inputs, 256, 1000, 20.0),
        "static_worst": partial(static.worst_case, 512, 5.0),
        "adjoint_map": partial(static.adjoint_of_one_output, 1024, 1.2),
        "writer": partial(text.writers, 1024, 48, 50.0),
        "tile_update_64": partial(tiles.updates, (64, 32), 0.5e-3),
    }


_ARRAYS: dict[str, tuple[Callable[[int], Study], str]] = {
    "array_1s1r": (arrays.with_selectors, "1S1R, write and read"),
    "array_1t1r": (arrays.with_transistors, "1T1R, write and read"),
    "array_foreign": (arrays.with_a_foreign_cell, "a Verilog-A cell as a user hands it over, write and read"),
    "many_pulses": (arrays.with_many_pulses, "32 pulses and a read"),
}


def _array(name: str, size: int, target: float | None) -> SpeedFigure:
    made, what = _ARRAYS[name]
    return arrays.against_ngspice(name, made, size, what, target)


def run_benchmark(
    *, quick: bool = False, only: str = "", progress: Callable[[float], None] | None = None
) -> Iterator[SpeedFigure]:  # fmt: skip
    """Measure; rows come as they are done. A figure that cannot be had is a row that says why.

    Args:
        quick: smaller arrays, without targets, in about a minute.
        only: the name of one figure.
        progress: is told the share that is done.
    """
    wanted = {name: figure for name, figure in figures(quick).items() if only in ("", name)}
    for number, (name, figure) in enumerate(wanted.items()):
        if progress is not None:
            progress(number / len(wanted))
        yield from _alone(name, figure)


def _alone(name: str, figure: Callable[[], SpeedFigure | list[SpeedFigure]]) -> list[SpeedFigure]:
    """In a fresh process: its memory is its own, and nothing of the others is warm."""
    with closing(in_workers(_measure, [figure], 1)) as answers:
        for _, answer in answers:
            if isinstance(answer, Died):
                return [SpeedFigure(name, "", failure=answer.reason)]
            rows = answer if isinstance(answer, list) else [answer]
            return [SpeedFigure(name, "", failure=row.failure) if row.failure else row for row in rows]
    return []


def _measure(figure: Callable[[], SpeedFigure | list[SpeedFigure]]) -> SpeedFigure | list[SpeedFigure]:
    try:
        return figure()
    except Ag2sError as error:
        return SpeedFigure("", "", failure=str(error))


def as_data(rows: list[SpeedFigure], where: Machine, quick: bool) -> dict[str, object]:
    """For JSON."""
    return {
        "quick": quick,
        "machine": where.__dict__,
        "versions": dict(versions()),
        "rows": [row.as_data() for row in rows],
    }
