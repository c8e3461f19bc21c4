"""The same loop in real simulators: a lone cell behind an ideal source in ngspice, and in VACASK."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pyspice_models.engine.rawfile import read_raw
from pyspice_models.engine.toolchain.log import last_lines
from pyspice_models.engine.toolchain.process import output_of
from pyspice_models.engine.toolchain.tools import NGSPICE_NEEDED, find_ngspice, find_vacask, require
from pyspice_models.errors import SimulationError, ToolError
from pyspice_models.files import copy, write_text
from pyspice_models.foreign.check.finding import Array, Loop
from pyspice_models.foreign.osdi import Compiled

_SECONDS = 60.0
_OBJECT = "foreign.osdi"
POINTS = 200
"""Time steps of a half loop at the longer of two largest steps."""


def in_ngspice(
    module: Compiled, corners: Sequence[float], volts: Sequence[float], step: float, folder: Path
) -> Loop:  # fmt: skip
    """A module's current from its first to its second terminal.

    Args:
        module: with two terminals.
        corners, volts: of the source [s], [V].
        step: longest [s].
        folder: where deck, log and waves are written.

    Raises:
        ToolError: ngspice is missing or too old.
        SimulationError: it failed, or did not reach the end; its log's last lines.
    """
    copy(module.object(), folder / _OBJECT, sync=False)
    cell = [f".control\npre_osdi {_OBJECT}\n.endc", "n1 top 0 foreign", f".model foreign {module.module}"]
    return ngspice_run(cell, corners, volts, step, folder, osdi=True)


def ngspice_run(
    cell: Sequence[str], corners: Sequence[float], volts: Sequence[float], step: float, folder: Path, *,
    osdi: bool = False, behaviour: str = "",
) -> Loop:  # fmt: skip
    """Run a deck whose lines `cell` stand between the nodes top and 0.

    Raises:
        ToolError, SimulationError: as `in_ngspice`.
    """
    source = f"v1 top 0 pwl({_points(corners, volts, ' ')})"
    time, columns = _ngspice([*cell, source], ["v(top)", "i(v1)"], corners[-1], step, folder, osdi, behaviour)
    return Loop("ngspice", time, columns["v(top)"], -columns["i(v1)"])


def ngspice_waves(
    cells: Sequence[str], corners: Sequence[float], sources: Sequence[Sequence[float]], step: float, folder: Path, *,
    behaviour: str = "",
) -> tuple[Array, dict[str, Array]]:  # fmt: skip
    """Several cells in one deck, cell k between the nodes topK and 0: time [s] and every vector by name.

    Raises:
        ToolError, SimulationError: as `in_ngspice`.
    """
    lines = [f"v{k} top{k} 0 pwl({_points(corners, volts, ' ')})" for k, volts in enumerate(sources)]
    return _ngspice([*cells, *lines], ["all"], corners[-1], step, folder, False, behaviour)


def _ngspice(
    lines: Sequence[str], saved: Sequence[str], stop: float, step: float, folder: Path, osdi: bool, behaviour: str
) -> tuple[Array, dict[str, Array]]:  # fmt: skip
    tool = find_ngspice()
    program = require(tool, version=NGSPICE_NEEDED, capability="OSDI") if osdi else require(tool)
    deck = [
        # threads that wait for each other take minutes on a busy machine
        "a foreign cell by itself", ".control\nset num_threads=1\n.endc", *lines,
        ".options reltol=1e-4 abstol=1e-15 gmin=1e-15", f".save {' '.join(saved)}",
        f".tran {step:.12g} {stop:.12g} 0 {step:.12g}", ".end",
    ]  # fmt: skip
    write_text(folder / "deck.cir", "\n".join(deck) + "\n")
    defined = ["-D", f"ngbehavior={behaviour}"] if behaviour else []
    raw = folder / "waves.raw"
    raw.unlink(missing_ok=True)
    try:
        status, log = output_of([program, "-n", *defined, "-b", "-r", raw.name, "deck.cir"], folder, seconds=_SECONDS)
    except ToolError as error:
        raise SimulationError(f"ngspice: {error}.") from None
    write_text(folder / "ngspice.log", log)
    return _read("ngspice", raw, stop, status, log)


def in_vacask(
    module: Compiled, corners: Sequence[float], volts: Sequence[float], step: float, folder: Path
) -> Loop:  # fmt: skip
    """The same in VACASK.

    Raises:
        ToolError, SimulationError: as `in_ngspice`.
    """
    program = require(find_vacask())
    copy(module.object(), folder / _OBJECT, sync=False)
    deck = [
        "a foreign cell by itself", "ground 0", f'load "{_OBJECT}"', "model vsource vsource",
        f"model foreign {module.module}", f'v1 (top 0) vsource type="pwl" wave=[{_points(corners, volts, ", ")}]',
        "n1 (top 0) foreign", "control",
        '  options reltol=1e-4 abstol=1e-15 gmin=1e-15 tran_lteratio=1 tran_fbr=0.015 temp=27 rawfile="binary"',
        "  save v(top) i(v1)",
        f"  analysis waves tran step={step * 1e-3:.12g} stop={corners[-1]:.12g} maxstep={step:.12g}", "endc",
    ]  # fmt: skip
    write_text(folder / "deck.sim", "\n".join(deck) + "\n")
    (folder / "none.toml").touch()
    raw = folder / "waves.raw"
    raw.unlink(missing_ok=True)
    try:
        status, log = output_of(
            [program, "-qp", "-n", "1", "--tomlfile", "none.toml", "deck.sim"], folder, seconds=_SECONDS
        )  # fmt: skip
    except ToolError as error:
        raise SimulationError(f"VACASK: {error}.") from None
    write_text(folder / "vacask.log", log)
    (folder / "none.toml").unlink(missing_ok=True)
    time, columns = _read("VACASK", raw, corners[-1], status, log)
    return Loop("VACASK", time, columns["top"], -columns["v1:flow(br)"])


def difference(one: Loop, other: Loop, corners: Sequence[float], step: float) -> float:
    """How far two currents of the same loop are apart, root mean square, as a share of the first.

    At corners of the source, where the current of a capacitance jumps, two steps are left out.
    """
    current = np.interp(one.time, other.time, other.current)
    weight = np.gradient(one.time)
    weight[np.abs(one.time[:, None] - np.asarray(corners)).min(axis=1) < 2.0 * step] = 0.0
    size = float(np.sqrt(np.sum(weight * one.current**2)))
    return float(np.sqrt(np.sum(weight * (current - one.current) ** 2))) / size if size else 0.0


def _points(corners: Sequence[float], volts: Sequence[float], between: str) -> str:
    return between.join(f"{t:.12g}{between}{v:.12g}" for t, v in zip(corners, volts, strict=True))


_TROUBLE = re.compile(
    r"error|too small|aborted|singular|no such|can't|unknown|incorrect|fail|converge|timestep", re.IGNORECASE
)  # fmt: skip


def _read(engine: str, raw: Path, stop: float, status: int, log: str) -> tuple[Array, dict[str, Array]]:
    """Time [s] and every vector by name; of moments that stand twice, the last."""
    lines = [line for line in log.splitlines() if _TROUBLE.search(line)]
    tail = last_lines("\n".join(lines)) or last_lines(log)
    try:
        if not raw.is_file():
            raise SimulationError(f"{engine} wrote no waves (exit status {status}).", log_tail=tail)
        columns, numbers = read_raw(raw)
        time = np.array(numbers[:, columns["time"]])
        if len(time) < 2 or time[-1] < stop * (1 - 1e-9):
            reached = f"{time[-1]:g} s" if len(time) else "the start"
            raise SimulationError(f"{engine} came to {reached} of {stop:g} s.", log_tail=tail)
    except (OSError, KeyError) as error:
        raise SimulationError(f"the waves of {engine} cannot be read: {error}.", log_tail=tail) from None
    if not np.isfinite(numbers).all():
        raise SimulationError(f"{engine} gave a current that is not finite.", log_tail=tail)
    keep = np.append(np.diff(time) > 0, True)
    waves = {name: np.array(numbers[:, k])[keep] for name, k in columns.items()}
    raw.unlink(missing_ok=True)
    return time[keep], waves
