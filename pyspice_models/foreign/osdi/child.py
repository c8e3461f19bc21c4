"""Processes that run foreign native code: one for each module, forked from one that has imported what they need.

Each answers messages until its pipe closes, or until the code takes it along.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from pyspice_models.engine.osdi import layout, pipes
from pyspice_models.engine.osdi.births import serve
from pyspice_models.engine.osdi.cells import CellsInMemory
from pyspice_models.engine.osdi.library import Library, Refused

_FIRST_RECORD, _MOST_RECORDED = 4096, 4_000_000


def main() -> None:
    """On the socket `argv[1]`: fork a process for each pair of pipes that comes, and tell how one ended."""
    from pyspice_models.foreign.osdi.loops.ready import load_what_is_kept  # and numba, which takes long to import

    load_what_is_kept()
    serve(int(sys.argv[1]), _answer)


def _answer(given: int, answers: int) -> None:
    library: Library | None = None
    while (message := pipes.received(given)) is not None:
        try:
            if message["do"] == "open":
                library = Library(message["path"], message["module"])
                answer: dict[str, Any] = {}
            elif message["do"] == "prepare":
                from pyspice_models.foreign.osdi.loops.ready import make_ready

                make_ready(message["what"])
                answer = {}
            elif library is None:
                raise Refused("nothing is open")
            else:
                library.words.clear()
                answer = _DO[message["do"]](library, message)
            answer["words"] = library.words if library else []
        except Refused as refusal:
            answer = {"refused": str(refusal), "words": library.words if library else []}
        except MemoryError:
            answer = {"refused": "it does not fit into memory", "words": []}
        pipes.answer(answers, answer)


def describe(library: Library, message: dict[str, Any]) -> dict[str, Any]:
    """The descriptor, with defaults after the set-up at a temperature."""
    try:
        cells = CellsInMemory(library, 1, {}, message["temperature"])
        values, joined = cells.values(), cells.joined
    except Refused as refusal:
        library.words.append(str(refusal))
        values, joined = {}, []
    return {"descriptor": library.describe(values, joined).as_dict()}


def evaluate(library: Library, message: dict[str, Any]) -> dict[str, Any]:
    """Residuals, and Jacobians and output variables if asked, of rows of voltages (row, node)."""
    from pyspice_models.foreign.osdi.loops import rows as loops

    cells, rows, times = _cells(library, message)
    offsets = cells.offsets(message["show"])
    width = rows.shape[1]
    jacobians = len(rows) if message["jacobians"] else 0
    of_r, of_q = np.zeros((jacobians, width, width)), np.zeros((jacobians, width, width))
    r, q, shown = np.empty_like(rows), np.empty_like(rows), np.zeros((len(rows), len(offsets)))
    flags = layout.IN_TIME | (layout.RECORD if len(offsets) else 0)
    info, clock = _info(library)
    asked = loops.evaluate(
        library.calls, info, clock, cells.inst, cells.model, flags, times, rows, r, q, cells.entries(), of_r, of_q,
        offsets, shown,
    )  # fmt: skip
    _check_asked(library, asked)
    nodes = width - 1 if message["nodes"] is None else message["nodes"]
    return {
        "resistive": r[:, :nodes], "reactive": q[:, :nodes], "of_resistive": of_r[:, :nodes, :nodes],
        "of_reactive": of_q[:, :nodes, :nodes], "shown": shown,
    }  # fmt: skip


def powers(library: Library, message: dict[str, Any]) -> dict[str, Any]:
    """Dissipated power and stored energy at rows of voltages (row, node), one after the other in time."""
    from pyspice_models.foreign.osdi.loops import powers as loops

    cells, rows, times = _cells(library, message)
    offsets = cells.offsets(message["show"])
    shown, dissipated, stored = np.zeros((len(rows), len(offsets))), np.zeros(len(rows)), np.zeros(len(rows))
    flags = (layout.IN_TIME | (layout.RECORD if len(offsets) else 0)) & ~layout.SLOPES
    info, clock = _info(library)
    asked = loops.powers(
        library.calls, info, clock, cells.inst, cells.model, flags, times, rows,
        np.array(message["counted"], np.int64), offsets, shown, dissipated, stored,
    )  # fmt: skip
    _check_asked(library, asked)
    return {"dissipated": dissipated, "stored": stored, "shown": shown}


def static(library: Library, message: dict[str, Any]) -> dict[str, Any]:
    """Static solutions with some nodes held; where time has not begun, as an operating point before a transient."""
    from pyspice_models.foreign.osdi.loops import static as loops

    cells, rows, times = _cells(library, message)
    flags = layout.AT_REST if (times <= 0.0).all() else layout.IN_TIME
    terminals = library.layout.terminals_count
    free = cells.free(set(message["held"]))
    r, q = np.empty_like(rows), np.empty_like(rows)
    reduced, ended = np.zeros((len(rows), terminals, terminals)), np.zeros(3, np.int64)
    info, clock = _info(library)
    loops.static(
        library.calls, info, clock, cells.inst, cells.model, flags, times, rows, free, cells.entries(), r, q, reduced,
        terminals, message["leak"], ended,
    )  # fmt: skip
    if ended[0] == loops.ASKED_TO_STOP:
        _check_asked(library, int(ended[1]))
    return {
        "voltages": rows[:, :-1], "currents": r[:, :terminals], "conductance": reduced,
        "ended": ended.tolist(),
    }  # fmt: skip


def respond(library: Library, message: dict[str, Any]) -> dict[str, Any]:
    """Lone cells through time, each by steps of its own, from static solutions at the first corner."""
    from pyspice_models.foreign.osdi.loops import static as loops
    from pyspice_models.foreign.osdi.loops.follow import follow

    start = static(library, {**message, "leak": 1e-12})
    if start["ended"][0] != loops.OK:
        return {"ended": start["ended"], "moment": None, "runs": []}
    cells, rows, _ = _cells(library, {**message, "voltages": start["voltages"]})
    top, terminals = message["top"], library.layout.terminals_count
    corners, volts, resistors = message["corners"], message["sources"], message["series"]
    free = cells.free(set(range(terminals)) - ({top} if resistors[:, 0].any() else set()))
    bound = library.layout.bound_step_offset
    info, clock = _info(library)
    runs = []
    for n in range(len(rows)):
        v = rows[n].copy()
        scale = np.maximum(np.append(message["scales"], 0.0), np.abs(v))
        resistance, limit = resistors[n % len(resistors)]
        series = np.array([top, volts[n % len(volts), 0], resistance, limit])
        if not resistance:
            free = free[free != top]
        now = np.array([corners[0], message["first"], 1.0, 0.0])
        size = _FIRST_RECORD
        times, rows_of, currents = np.empty(size), np.empty((size, len(v))), np.empty((size, terminals))
        energy = np.zeros(size)
        times[0], rows_of[0], currents[0] = corners[0], v, start["currents"][n]
        while True:
            how = follow(
                library.calls, info, clock, int(cells.inst[n]), int(cells.model[n]), layout.IN_TIME, v, free,
                cells.entries(),
                terminals, corners, volts[n % len(volts)], series, scale,
                0 if bound == layout.NOWHERE else int(cells.inst[n]) + bound, message["longest"], message["tolerance"],
                now, times, rows_of, currents, energy,
            )  # fmt: skip
            if how != loops.FULL or size >= _MOST_RECORDED:
                break
            size *= 2
            times, rows_of, currents, energy = (_longer(one, size) for one in (times, rows_of, currents, energy))
        if how == loops.ASKED_TO_STOP:
            _check_asked(library, layout.FATAL)
        if how != loops.OK:
            return {"ended": [int(how), int(now[3]), n], "moment": float(now[0]), "runs": []}
        points = int(now[2])
        runs.append([times[:points], rows_of[:points, :-1], currents[:points], energy[:points]])
    return {"ended": [0, 0, 0], "moment": float(corners[-1]), "runs": runs}


def _longer(array: np.ndarray, size: int) -> np.ndarray:
    longer = np.empty((size, *array.shape[1:]))
    longer[: len(array)] = array
    return longer


_last: list[tuple[Any, CellsInMemory]] = []


def _set_up(library: Library, message: dict[str, Any]) -> CellsInMemory:
    """The cells of a message; those of the last one, if they are the same: an evaluation leaves nothing in them."""
    parameters = {name: values.tobytes() for name, values in message["parameters"].items()}
    asked = (id(library), message["cells"], message["temperature"], parameters)
    if not _last or _last[0][0] != asked:
        _last[:] = [(asked, CellsInMemory(library, message["cells"], message["parameters"], message["temperature"]))]
    return _last[0][1]


def _cells(library: Library, message: dict[str, Any]) -> tuple[CellsInMemory, np.ndarray, np.ndarray]:
    """Cells, rows of voltages with a place for ground, and the time of each row."""
    voltages, nodes = message["voltages"], library.layout.nodes_count
    cells = _set_up(library, message)
    rows = np.zeros((len(voltages), nodes + 1))
    rows[:, :nodes] = voltages
    for k in range(nodes):
        if cells.place[k] != k:
            rows[:, k] = rows[:, cells.place[k]]
    return cells, rows, np.resize(message["times"], len(rows))


def _info(library: Library) -> tuple[np.ndarray, np.ndarray]:
    info = library.info()
    return info, info.view(np.float64)


def _check_asked(library: Library, asked: int) -> None:
    if asked:
        said = f": {library.words[-1]}" if library.words else ""
        word = "$fatal" if asked & layout.FATAL else "$finish or $stop"
        raise Refused(f"the module asks for the end of the simulation by {word}{said}")


_DO: dict[str, Callable[[Library, dict[str, Any]], dict[str, Any]]] = {
    "describe": describe, "evaluate": evaluate, "powers": powers, "static": static, "respond": respond,
}  # fmt: skip
