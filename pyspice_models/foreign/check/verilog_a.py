"""The check of a Verilog-A module, from its text to the same loop in two simulators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pyspice_models.errors import RequestError, SimulationError, ToolError
from pyspice_models.foreign.check import numbers
from pyspice_models.foreign.check.descriptor import described, given_by, of_hidden, of_the_descriptor
from pyspice_models.foreign.check.excite import CLEAR, SEEN, Excitation, held_nodes, search, triangle
from pyspice_models.foreign.check.finding import FINE, REFUSED, REMARK, Checked, Finding, Loop
from pyspice_models.foreign.check.simulators import POINTS, difference, in_ngspice, in_vacask
from pyspice_models.foreign.check.states import StateOf, ends_of, start_jumps, states_of
from pyspice_models.foreign.check.table import CellWords, cell_table
from pyspice_models.foreign.check.verdicts import AGREE, DISAGREE, OVERFLOWS, STEPS, of_conductances
from pyspice_models.foreign.check.words import HOLD_A_STATE, of_the_compiler, of_the_text
from pyspice_models.foreign.edits import with_instance_parameters
from pyspice_models.foreign.osdi import Compiled, describe
from pyspice_models.foreign.source import chosen, read_source
from pyspice_models.inputs.carried import fingerprint
from pyspice_models.units import show

Told = Callable[[str], None]


def check_verilog_a(path: Path, module: str, folder: Path, *, largest: float, told: Told) -> Checked:
    """Check a module; see `check_cell`."""
    source = read_source(path)
    findings = of_the_text(source)
    compiled = chosen(source, module)
    told("compiling")
    if said := _compiler_words(compiled):
        findings += of_the_compiler(source, said, findings)
        return Checked(path.name, "verilog_a", compiled.module, tuple(findings))
    found = describe(compiled)
    findings += of_the_descriptor(source, compiled, found)
    checked = Checked(path.name, "verilog_a", compiled.module, tuple(findings), described(found))
    if len(found.terminals) != 2 or found.limits or found.delays:
        return checked
    try:
        if any(one.kind == "instance" for one in findings):
            compiled = replace(compiled, text=with_instance_parameters(compiled.text)[0])
        words = CellWords(
            "verilog_a", path, compiled.module, parameters=given_by(found), checked=fingerprint(source.text)
        )
        return _of_its_numbers(checked, words, compiled, folder, largest, told)
    except (SimulationError, RequestError) as error:
        what = getattr(error, "reason", str(error))
        return replace(
            checked,
            findings=(*checked.findings, Finding("evaluation", REFUSED, what, "Correct what the sentence names.")),
        )


def _compiler_words(module: Compiled) -> str:
    try:
        module.object()
    except ToolError as error:
        if "does not compile" not in str(error):
            raise
        return str(error)
    return ""


def _of_its_numbers(
    checked: Checked, words: CellWords, module: Compiled, folder: Path, largest: float, told: Told
) -> Checked:  # fmt: skip
    found = describe(module)
    facts, findings = dict(checked.facts), list(checked.findings)
    terminals = (found.terminals[0], found.terminals[1])
    told("evaluating at random voltages")
    findings += _sound(module, largest)
    findings += of_hidden(module)
    told("looking for a pulse that moves the state")
    excitation = search(module, terminals, largest) if found.remembering else None
    amplitude, width = (excitation.amplitude, excitation.width) if excitation else (min(1.0, largest), 1e-3)
    states: list[StateOf] = []
    if excitation is None and found.remembering:
        findings.append(
            Finding("evaluation", REFUSED, "no pulse could be followed: the time step became too small.",
                    "Bound what exponentials see, and smooth what jumps.")
        )  # fmt: skip
    if excitation is not None:
        terminals, facts["pulse"] = _polarity(excitation, terminals), f"{show(amplitude, 'V')}, {show(width, 's')}"
        events = any(one.kind == "initial_step" for one in findings)
        findings += _memory(excitation, terminals, events=events)
        if excitation.remembers:
            told("measuring the states")
            held = held_nodes(module, [one for one in excitation.moved if one not in excitation.kept])
            turned = replace(excitation)
            ends = ends_of(module, terminals, turned, held)
            states = states_of(module, terminals, turned, ends)
            findings += _starts(module, terminals, turned, states)
            findings += of_conductances(ends.low, ends.high, facts)
        told("following two loops")
        findings += _loops(module, terminals, excitation)
    told("running ngspice and VACASK")
    times, volts = triangle(amplitude, width)
    sign = 1.0 if terminals[0] == found.terminals[0] else -1.0
    lost = any(one.weight == REFUSED for one in findings)
    loops, said = _simulated(module, times, [sign * one for one in volts], folder, alone=lost)
    findings += said
    table = ""
    if not any(one.weight == REFUSED for one in findings):
        read = excitation.read_voltage if excitation else 0.2
        table = cell_table(words, terminals, read, states)
    flipped = tuple(replace(one, voltage=sign * one.voltage, current=sign * one.current) for one in loops)
    return replace(checked, findings=tuple(findings), facts=facts, table=table, loops=flipped)


def _polarity(excitation: Excitation, terminals: tuple[str, str]) -> tuple[str, str]:
    up, down = excitation.change if excitation.remembers else excitation.during
    return terminals if up >= down else (terminals[1], terminals[0])


def _sound(module: Compiled, largest: float) -> list[Finding]:
    findings = []
    if share := numbers.not_finite(module):
        findings.append(
            Finding(
                "overflow", REFUSED if share > OVERFLOWS else REMARK,
                f"{100 * share:.2g} % of evaluations at random node voltages within 5 V are not finite: after a "
                "failed iteration a simulator starts again from such a point, and the run ends with 'timestep too "
                "small'.",
                "Bound the arguments: exp(min(z, 40)), pow(max(x, 0), p), 3*tanh(V/3) for the voltage in sinh.",
            )
        )  # fmt: skip
    if (spread := numbers.made_of_time(module, min(1.0, largest))) > 1e-6:
        findings.append(
            Finding(
                "time", REFUSED,
                f"the currents at the same voltages differ by {100 * spread:.2g} % from one moment to another: what "
                "looks like memory is made of $abstime.",
                "Use $abstime only to hold states until time begins. " + HOLD_A_STATE,
            )
        )  # fmt: skip
    return findings


def _memory(excitation: Excitation, terminals: tuple[str, str], *, events: bool) -> list[Finding]:
    change, during = (max(map(abs, one)) for one in (excitation.change, excitation.during))
    pulse = f"{show(excitation.amplitude, 'V')} for {show(excitation.width, 's')}"
    if change >= SEEN:
        up, down = excitation.change
        doubt = "" if change >= CLEAR else ", the most that any pulse tried did"
        return [
            Finding(
                "memory", FINE,
                f"pulses of {pulse} change the read conductance by {100 * up:+.3g} % and {100 * down:+.3g} % after a "
                f"rest of ten times as long{doubt}.",
            ),
            Finding("polarity", FINE, f"positive from {terminals[0]} to {terminals[1]} sets: top is {terminals[0]}."),
        ]  # fmt: skip
    if during >= SEEN and not events:
        return [
            Finding(
                "volatile", REMARK,
                f"pulses of {pulse} change the conductance by {100 * during:.3g} % while they last, and nothing is "
                "left after a rest of ten times as long: a volatile switch, no memory.",
                "If it should remember, let no term pull the state back at 0 V.",
            )
        ]  # fmt: skip
    moved = f"the nodes {', '.join(excitation.kept)} keep what a pulse did, but" if excitation.kept else (
        f"the nodes {', '.join(excitation.moved)} come back, and" if excitation.moved else "no node inside moves, and"
    )  # fmt: skip
    return [
        Finding(
            "memory", REFUSED,
            f"{moved} the conductance is the same before and after every pulse tried, up to "
            f"{show(excitation.amplitude, 'V')}.",
            "Compute the current from the node's voltage, in a line after the state was read: a variable that is "
            "assigned "
            "later is 0 when it is used. " + HOLD_A_STATE,
        )
    ]  # fmt: skip


def _starts(
    module: Compiled, terminals: tuple[str, str], excitation: Excitation, states: list[StateOf]
) -> list[Finding]:  # fmt: skip
    findings = []
    for node, (before, after) in start_jumps(module, terminals, excitation).items():
        findings.append(
            Finding(
                "initial_value", REFUSED,
                f"the node {node} starts at {before:.4g} V and is at {after:.4g} V one step later: its initial value "
                "is lost.",
                "Add the initial value outside, x = x0 + V(s), and let the node or the integral start at 0.",
            )
        )  # fmt: skip
    for state in states:
        if state.initial:
            how = "holds the change from" if state.offset else "starts at"
            findings.append(
                Finding(
                    "initial_value", FINE, f"the state on the node {state.node} {how} the parameter {state.initial}."
                )
            )
        else:
            findings.append(
                Finding(
                    "initial_value", REMARK,
                    f"no parameter reaches the initial value of the state on the node {state.node}: it always starts "
                    f"at {state.start:.4g} V, whatever a simulator's .ic says, and levels and patterns cannot be "
                    "given.",
                    "Add a parameter x0 and write x = x0 + V(s).",
                )
            )  # fmt: skip
    return findings


def _loops(module: Compiled, terminals: tuple[str, str], excitation: Excitation) -> list[Finding]:
    run = numbers.loop_of(module, terminals, excitation)
    findings = []
    held = held_nodes(module, [one for one in excitation.moved if one not in excitation.kept])
    taken = numbers.gives_energy(run)
    driving = numbers.drives(module, terminals, run, held, excitation.amplitude)
    if taken < -1e-3 or driving > 1e-3:
        what = (
            f"over a closed loop it gives {100 * -taken:.2g} % of the energy that goes in and out"
            if taken < -1e-3
            else f"at rest it drives a current against the voltage: up to {100 * driving:.2g} % of the largest "
            "power it takes"
        )
        findings.append(
            Finding(
                "passivity", REFUSED, f"{what}.",
                "Let the current be a conductance that stays above 0, times the voltage; bound the state inside it.",
            )
        )  # fmt: skip
    else:
        findings.append(Finding("passivity", FINE, "it takes energy over a closed loop, and gives none at rest."))
    if (open_by := numbers.not_pinched(run)) > 0.05:
        findings.append(
            Finding(
                "pinched", REMARK,
                f"where the loop's voltage passes 0, {100 * open_by:.2g} % of its largest current flows: a "
                "capacitance, or a battery.",
            )
        )  # fmt: skip
    return findings


def _simulated(
    module: Compiled, times: list[float], volts: list[float], folder: Path, *, alone: bool
) -> tuple[tuple[Loop, ...], list[Finding]]:  # fmt: skip
    """The loop in ngspice by two steps, and in VACASK unless `alone`; and what is to say of it."""
    step = times[1] / POINTS
    loops: list[Loop] = []
    findings: list[Finding] = []
    runs = [("ngspice", in_ngspice, step), ("ngspice", in_ngspice, 0.5 * step), ("VACASK", in_vacask, step)]
    for name, run, longest in runs[: 2 if alone else 3]:
        try:
            loops.append(run(module, times, volts, longest, folder))
        except SimulationError as error:
            if "Expected OSDI device" in error.log_tail:
                if not any(one.kind == "name" for one in findings):
                    findings.append(
                        Finding(
                            "name", REFUSED, f"ngspice has a device of its own called {module.module}.", "Rename it."
                        )
                    )
            else:
                findings.append(
                    Finding("simulator", REFUSED, f"{error.reason} {name} says: {error.log_tail}",
                            "Bound what overflows, and smooth what jumps.")
                )  # fmt: skip
            break
    if len(loops) >= 2 and (apart := difference(loops[1], loops[0], times, step)) > STEPS:
        findings.append(
            Finding(
                "step", REFUSED, f"half the time step changes the current of a loop by {100 * apart:.2g} %.",
                "Something jumps: a charge under ddt(), or a rate that is switched by a comparison. Smooth it.",
            )
        )  # fmt: skip
    elif len(loops) == 3:
        apart = difference(loops[1], loops[2], times, step)
        word = "agree within" if apart <= AGREE else "differ by"
        weight = FINE if apart <= AGREE else REMARK if apart <= DISAGREE else REFUSED
        findings.append(
            Finding(
                "engines", weight, f"ngspice and VACASK {word} {100 * max(apart, 1e-5):.2g} % over a loop.",
                "" if weight == FINE else "Compare both pictures; smaller steps tell which one is right.",
            )
        )  # fmt: skip
    return tuple(loops[1:] if len(loops) > 1 else loops), findings
