"""The check of a SPICE subcircuit, by ngspice alone: several cells in one deck, each behind a source of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pyspice_models.errors import SimulationError
from pyspice_models.foreign.check.excite import AMPLITUDES, CLEAR, READ, SEEN, WIDTHS, triangle
from pyspice_models.foreign.check.finding import FINE, REFUSED, REMARK, Array, Checked, Finding, Loop
from pyspice_models.foreign.check.simulators import POINTS, difference, ngspice_run, ngspice_waves
from pyspice_models.foreign.check.states import StateOf, rounded
from pyspice_models.foreign.check.table import CellWords, Given, cell_table
from pyspice_models.foreign.check.verdicts import STEPS, of_conductances
from pyspice_models.foreign.source import UnreadableError
from pyspice_models.foreign.spice.statements import read_spice
from pyspice_models.foreign.spice.subcircuit import Subcircuit, subcircuit_in
from pyspice_models.inputs.carried import fingerprint
from pyspice_models.inputs.spice.numbers import spice_number
from pyspice_models.units import show

_ADVICE = "Bound what exponentials see of voltages, and give every node a path to ground."


@dataclass(frozen=True)
class _Moved:
    """What pulses of one width did: by sign, amplitude by amplitude."""

    width: float
    amplitudes: Array
    before: Array  # conductance [S], shape (amplitude, sign)
    after: Array
    nodes: dict[str, Array]  # voltage before and after, shape (amplitude, sign, 2)

    @property
    def change(self) -> Array:
        return (self.after - self.before) / np.maximum(np.abs(self.before), 1e-30)


def check_subcircuit(
    path: Path, name: str, folder: Path, *, largest: float, told: Callable[[str], None]
) -> Checked:  # fmt: skip
    """Check a subcircuit; see `check_cell`."""
    try:
        source = read_spice(path)
        one = subcircuit_in(source, name)
    except UnreadableError as error:
        found = Finding(error.kind, REFUSED, f"{error.what}.", error.advice, error.where)
        return Checked(path.name, "subckt", name, (found,))
    findings = [
        Finding(edit.kind if edit.kind == "ltspice" else f"edit_{edit.kind}", REMARK, f"{edit.what}: {edit.why}.", "",
                edit.where)
        for edit in one.edits
    ]  # fmt: skip
    facts = {"terminals": list(one.ports[:2]), "parameters": dict(one.defaults)}
    checked = Checked(path.name, "subckt", one.name, tuple(findings), facts)
    if len(one.ports) < 2:
        return _with(
            checked, Finding("terminals", REFUSED, f"it has {len(one.ports)} ports.", "A cell has two, top and bottom.")
        )
    if len(one.ports) > 2:
        findings.append(
            Finding("terminals", REMARK, f"its further ports {', '.join(one.ports[2:])} are left open: they "
                                         "show states.")
        )  # fmt: skip
    checked = _with(checked, *findings[len(checked.findings) :])
    told("looking for a pulse that moves the state")
    try:
        moved = _search(one, folder, largest)
    except SimulationError as error:
        said = f"{error.reason} ngspice says: {error.log_tail}"
        return _with(checked, Finding("simulator", REFUSED, said, _ADVICE))
    given = [Given(key, spice_number(text)) for key, text in one.defaults.items()]
    dialect = "ltspice" if one.behaviour else ""
    words = CellWords("subckt", path, one.name, dialect, given, fingerprint(source.text))
    return _judged(checked, words, one, moved, folder, told)


def _judged(
    checked: Checked, words: CellWords, one: Subcircuit, moved: _Moved, folder: Path, told: Callable[[str], None]
) -> Checked:  # fmt: skip
    change = moved.change
    k = (
        int(np.argmax(np.abs(change).max(axis=1) >= CLEAR))
        if (np.abs(change) >= CLEAR).any()
        else int(np.argmax(np.abs(change).max(axis=1)))
    )
    amplitude, width = float(moved.amplitudes[k]), moved.width
    up, down = (float(value) for value in change[k])
    pulse = f"{show(amplitude, 'V')} for {show(width, 's')}"
    terminals = (one.ports[0], one.ports[1]) if up >= down else (one.ports[1], one.ports[0])
    findings: list[Finding] = []
    states: list[StateOf] = []
    facts = {**checked.facts, "pulse": f"{show(amplitude, 'V')}, {show(width, 's')}"}
    if max(abs(up), abs(down)) < SEEN:
        findings.append(
            Finding("memory", REFUSED, "the conductance is the same before and after every pulse tried, up to "
                    f"{show(float(moved.amplitudes[-1]), 'V')}.",
                    "Let a capacitor to ground hold the state, and a source charge it; the current is made of "
                    "its voltage.")
        )  # fmt: skip
    else:
        findings += [
            Finding("memory", FINE, f"pulses of {pulse} change the read conductance by {100 * up:+.3g} % and "
                                    f"{100 * down:+.3g} % "
                    "after a rest of ten times as long."),
            Finding("polarity", FINE, f"positive from {terminals[0]} to {terminals[1]} sets: top is {terminals[0]}."),
        ]  # fmt: skip
        told("measuring the states")
        low_high, states = _states(one, moved, amplitude, width, folder)
        findings += [_start(state) for state in states]
        findings += of_conductances(*low_high, facts)
    told("following two loops in ngspice")
    loops: tuple[Loop, ...] = ()
    try:
        loops, said = _loops(one, amplitude, width, folder)
        findings += said
    except SimulationError as error:
        findings.append(Finding("simulator", REFUSED, f"{error.reason} ngspice says: {error.log_tail}", _ADVICE))
    findings.append(Finding("engines", FINE, "VACASK reads no SPICE subcircuit: ngspice alone was asked."))
    every = (*checked.findings, *findings)
    table = ""
    if not any(one_.weight == REFUSED for one_ in every):
        table = cell_table(words, terminals, float(f"{READ * amplitude:.2g}"), states)
    sign = 1.0 if terminals[0] == one.ports[0] else -1.0
    shown = tuple(Loop(run.engine, run.time, sign * run.voltage, sign * run.current) for run in loops)
    return Checked(checked.file, checked.form, checked.module, every, facts, table, shown)


def _start(state: StateOf) -> Finding:
    if state.initial:
        return Finding(
            "initial_value", FINE, f"the state on the node {state.node} starts at the parameter {state.initial}."
        )
    return Finding(
        "initial_value", REMARK,
        f"no parameter reaches the initial value of the state on the node {state.node}: it always starts at "
        f"{state.start:.4g} V.",
        "Add a parameter x0 to the header and write `.ic v(node)={x0}`.",
    )  # fmt: skip


def _instance(one: Subcircuit, k: int, given: str = "") -> str:
    further = "".join(f" open{k}_{n}" for n in range(len(one.ports) - 2))
    return f"x{k} top{k} 0{further} {one.name}{given}"


def _search(one: Subcircuit, folder: Path, largest: float) -> _Moved:
    best: _Moved | None = None
    failure: SimulationError | None = None
    for width in WIDTHS:
        amplitudes = [one for one in AMPLITUDES if one <= largest * (1 + 1e-9)] or [largest]
        found = None
        while amplitudes and found is None:
            try:
                found = _pulses(one, amplitudes, width, folder)
            except SimulationError as error:
                failure = error
                if re.search(r"no such function|unknown|syntax|fatal|undefined", error.log_tail, re.IGNORECASE):
                    raise  # no voltage helps
                amplitudes = amplitudes[: len(amplitudes) // 2]
        if found is not None and (best is None or np.abs(found.change).max() > np.abs(best.change).max()):
            best = found
        if best is not None and np.abs(best.change).max() >= CLEAR:
            return best
    if best is None:
        assert failure is not None
        raise failure
    return best


def _pulses(one: Subcircuit, amplitudes: Sequence[float], width: float, folder: Path) -> _Moved:
    """Read, write, rest, read, in units of the width: all cells of both signs in one deck."""
    edge, read = 0.002, 0.02  # so short that it does not write
    corners = [0, edge, read - edge, read, 1, 1 + edge, 2 - edge, 2, 12, 12 + edge, 12 + read - edge, 12 + read, 12.1]
    shape = [0, READ, READ, 0, 0, 1, 1, 0, 0, READ, READ, 0, 0]
    lines = [one.text]
    sources = []
    for k, (amplitude, sign) in enumerate((a, s) for a in amplitudes for s in (1.0, -1.0)):
        lines.append(_instance(one, k))
        # it reads with the same sign before and after, whatever the sign of the pulse
        sources.append([amplitude * (value if value == READ else sign * value) for value in shape])
    times = [width * corner for corner in corners]
    time, columns = ngspice_waves(lines, times, sources, 0.02 * width, folder, behaviour=one.behaviour)
    at = [int(np.searchsorted(time, width * moment)) for moment in (0.75 * read, 12 + 0.75 * read)]
    rested = int(np.searchsorted(time, 12 * width))
    volts = np.array([[READ * a, READ * a] for a in amplitudes])
    before, after = (
        np.array([-columns[f"i(v{k})"][index] for k in range(2 * len(amplitudes))]).reshape(-1, 2) / volts
        for index in at
    )
    inner = [name[5:-1] for name in columns if name.startswith("v(x0.")]
    # states before anything happened and after the rest
    nodes = {
        name: np.array([[columns[f"v(x{k}.{name})"][index] for index in (0,
        rested)] for k in range(2 * len(amplitudes))])
        .reshape(-1, 2, 2) for name in inner
    }  # fmt: skip
    return _Moved(width, np.array(amplitudes), before, after, nodes)


def _states(
    one: Subcircuit, moved: _Moved, amplitude: float, width: float, folder: Path
) -> tuple[tuple[float, float], list[StateOf]]:  # fmt: skip
    low, high, ends = float(moved.after.min()), float(moved.after.max()), moved
    for power in (10.0, 100.0):
        try:
            ends = _pulses(one, [amplitude], width * power, folder)
        except SimulationError:
            break
        low, high = min(low, float(ends.after.min())), max(high, float(ends.after.max()))
    up = int(np.argmax(ends.after[-1]))
    # other nodes may follow one that holds a state
    charged = {
        name.lower() for name in re.findall(r"^\s*c\S*\s+(\S+)\s+(?:0|gnd)\s", one.text, re.IGNORECASE | re.MULTILINE)
    }
    holding = charged & set(ends.nodes) or {name for name in ends.nodes if not name.endswith("#branch")}
    states = []
    for node, values in ends.nodes.items():
        if node not in holding:
            continue
        start = float(values[0, 0, 0])
        left = [float(values[-1, sign, 1]) for sign in (1 - up, up)]
        if max(abs(value - start) for value in left) > max(1e-3 * abs(start), 1e-9):
            initial = _reaching(one, node, start, folder)
            states.append(StateOf(node, start, initial, False, *rounded(*left)))
    return (low, high), states


def _reaching(one: Subcircuit, node: str, start: float, folder: Path) -> str:
    """The parameter of the header that the start of a node follows one to one; empty if there is none."""
    read = {key: spice_number(text) for key, text in one.defaults.items()}
    numbers = {key: value for key, value in read.items() if value is not None}
    names = [key for key, value in numbers.items() if abs(value - start) <= 1e-6 * max(abs(value), abs(start), 1e-9)]
    if not names:
        return ""
    changed = {key: numbers[key] * 0.9 if numbers[key] else 0.01 for key in names}
    lines = [one.text, *(_instance(one, k, f" {key}={changed[key]:.12g}") for k, key in enumerate(names))]
    try:
        _, columns = ngspice_waves(
            lines, [0.0, 1e-9], [[0.0, 0.0]] * len(names), 1e-10, folder, behaviour=one.behaviour
        )
    except SimulationError:
        return ""
    for k, key in enumerate(names):
        if abs(float(columns[f"v(x{k}.{node})"][0]) - changed[key]) < 1e-6 * max(abs(changed[key]), 1e-3):
            return key
    return ""


def _loops(one: Subcircuit, amplitude: float, width: float, folder: Path) -> tuple[tuple[Loop, ...], list[Finding]]:
    times, volts = triangle(amplitude, width, 2)
    step = times[1] / POINTS
    cell = [one.text, _instance(one, 0).replace("top0", "top")]
    coarse, fine = (
        ngspice_run(cell, times, volts, longest, folder, behaviour=one.behaviour) for longest in (step, 0.5 * step)
    )
    findings = []
    if (apart := difference(fine, coarse, times, step)) > STEPS:
        findings.append(
            Finding("step", REFUSED, f"half the time step changes the current of a loop by {100 * apart:.2g} %.",
                    "Something jumps: smooth it.")
        )  # fmt: skip
    second = fine.time >= 0.5 * times[-1]
    power = (fine.voltage * fine.current)[second]
    taken, gross = (float(np.trapezoid(one_, fine.time[second])) for one_ in (power, np.abs(power)))
    if (gross and taken < -1e-3 * gross) or float(-power.min()) > 1e-2 * float(np.abs(power).max()):
        findings.append(
            Finding("passivity", REFUSED, f"over a closed loop it takes {100 * taken / gross:.2g} % of the "
                                          "energy that goes in and "
                    f"out, and gives up to {show(max(0.0, float(-power.min())), 'W')}.",
                    "Let the current be a conductance that stays above 0, times the voltage.")
        )  # fmt: skip
    else:
        findings.append(Finding("passivity", FINE, "it takes energy over a closed loop."))
    return (fine,), findings


def _with(checked: Checked, *findings: Finding) -> Checked:
    return Checked(checked.file, checked.form, checked.module, (*checked.findings, *findings), checked.facts)
