"""What a table [cell] declares of a foreign cell, held against what its file says of itself."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError, nearest
from pyspice_models.foreign.spec import ForeignParameter, ForeignState
from pyspice_models.inputs.text import text_of
from pyspice_models.units import parse

_OF_A_PARAMETER = {"unit", "low", "high", "spread", "cycle_spread", "conducts", "about", "source"}
_OF_A_STATE = {"node", "initial", "holds", "zero", "one", "about"}
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_RECORDED = {"p", "es", "time", "row", "col", "step"}
_MOST_SPREAD = 1.0


READ_VOLTAGE = 0.1
"""At which conductances are stated, unless another voltage is given [V]."""


@dataclass(frozen=True)
class StateWords:
    """Where a state may stand.

    Attributes:
        nodes, variables: inside the cell.
        module: whose they are, for messages.
        changes: nodes may hold changes from initial values.
    """

    nodes: tuple[str, ...]
    variables: tuple[str, ...]
    module: str
    changes: bool = True


def table_of(value: object, where: str) -> Mapping[str, Any]:
    """A table.

    Raises:
        RequestError: it is none.
    """
    if not isinstance(value, Mapping):
        raise RequestError(f"{where} must be a table: write it as [{where}]")
    return value


def check_terminals(given: object, ports: tuple[str, ...], module: str) -> tuple[str, str]:
    """The terminals on word line and bit line.

    Raises:
        RequestError: they are not two different ones of the ports, or not given and there are more than two.
    """
    named = ", ".join(ports)
    if given is None:
        if len(ports) == 2:
            return ports[0], ports[1]
        raise RequestError(
            f"cell.terminals is missing: {module} has the ports {named}. Name two: that on the word line, that on the "
            "bit line; the others get nodes of their own."
        )
    if not isinstance(given, list | tuple) or len(given) != 2 or given[0] == given[1]:
        raise RequestError.for_value(
            "cell.terminals", given, allowed=f"two different ones of the ports of {module}: {named}"
        )
    for one in given:
        if one not in ports:
            raise RequestError.for_value("cell.terminals", one, allowed=f"a port of {module}: {named}")
    return str(given[0]), str(given[1])


def parameters_declared(given: object, found: tuple[ForeignParameter, ...]) -> tuple[ForeignParameter, ...]:
    """Parameters with what was declared beyond the file.

    Raises:
        RequestError: a parameter that the file does not have, an unknown key, a range or spread that is none, or two
            parameters whose names differ by capitals alone.
    """
    names = [one.own.lower() for one in found]
    if twice := [one.own for one in found if names.count(one.own.lower()) > 1]:
        raise RequestError(
            f"the parameters {' and '.join(twice)} differ by capitals alone, which simulators do not see. Rename one."
        )
    by_name = {one.name: one for one in found}
    for name, words in table_of(given, "cell.parameters").items():
        where = f"cell.parameters.{name}"
        refuse_unknown(name, by_name, "cell.parameters")
        table = table_of(words, where)
        for key in table:
            refuse_unknown(key, _OF_A_PARAMETER, where)
        texts = [key for key in ("about", "source") if key in table]
        own: dict[str, Any] = {key: text_of(table[key], f"{where}.{key}") for key in texts}
        unit = str(table.get("unit", by_name[name].unit))
        own["unit"] = unit
        for key in ("low", "high"):
            if key in table:
                own[key] = parse(table[key], unit, name=f"{where}.{key}")
        for key in ("spread", "cycle_spread"):
            if key in table:
                own[key] = parse(table[key], "", name=f"{where}.{key}")
                if not 0 <= own[key] <= _MOST_SPREAD:
                    raise RequestError.for_value(f"{where}.{key}", own[key], allowed=f">= 0 and <= {_MOST_SPREAD:g}")
                if own[key] and not by_name[name].per_cell:
                    raise RequestError(f"{where}.{key}: {name} is a whole number or common to all cells. Leave it out.")
        if "conducts" in table:
            own["conducts"] = parse(table["conducts"], "", name=f"{where}.conducts")
            if own["conducts"] not in (-1, 0, 1):
                raise RequestError.for_value(
                    f"{where}.conducts",
                    own["conducts"],
                    allowed="1 for a conductance or a current, -1 for a resistance",
                )
            if own["conducts"] and not by_name[name].per_cell:
                raise RequestError(f"{where}.conducts: {name} is a whole number or common to all cells. Leave it out.")
        one = by_name[name] = replace(by_name[name], **own)
        if not one.low <= one.default <= one.high:
            raise RequestError.for_value(
                where, one.default, unit=unit, allowed=f"{one.low:g} to {one.high:g}", advice="That is its default."
            )
    return tuple(by_name.values())


def states_declared(
    given: object, parameters: Iterable[ForeignParameter], there: StateWords
) -> tuple[ForeignState, ...]:
    """The declared states.

    Raises:
        RequestError: a node that is none, an initial parameter that is none, ends that are alike, a name that results
            have for something else.
    """
    by_name = {one.name: one for one in parameters}
    found: list[ForeignState] = []
    for name, words in table_of(given, "cell.states").items():
        where = f"cell.states.{name}"
        if not is_state_name(name):
            allowed = "a name of letters, digits and _ that results do not have yet"
            raise RequestError.for_value(where, name, allowed=allowed)
        table = table_of(words, where)
        for key in table:
            refuse_unknown(key, _OF_A_STATE, where)
        holder = text_of(table.get("node", name), f"{where}.node")
        if holder not in (*there.nodes, *there.variables):
            raise RequestError.for_value(
                f"{where}.node", holder,
                allowed=f"a node inside {there.module}: {', '.join(there.nodes) or 'it has none'}"
                + (f"; or a variable that it shows: {', '.join(there.variables)}" if there.variables else ""),
                advice=_advice(holder, there),
            )  # fmt: skip
        initial = table.get("initial")
        if initial is None:
            raise RequestError(
                f"{where}.initial is missing: the parameter of {there.module} that holds the initial value. A state "
                "without one starts where the equations put it, the same in all cells: give the model such a "
                "parameter, and hold the node there while $abstime <= 0."
            )
        initial = text_of(initial, f"{where}.initial")
        if initial not in by_name:
            raise RequestError.for_value(
                f"{where}.initial", initial, allowed=f"a parameter of {there.module}: {', '.join(by_name)}"
            )
        if any(state.initial == initial for state in found):
            raise RequestError(f"{where}.initial: {initial} is the initial value of another state. Name its own.")
        ends = (("zero", 0.0), ("one", 1.0))
        zero, one = (parse(table.get(key, usual), "", name=f"{where}.{key}") for key, usual in ends)
        if zero == one or not math.isfinite(1 / (one - zero)):
            raise RequestError.for_value(f"{where}.one", one, allowed=f"another number than that of zero, {zero:g}")
        inside = holder in there.nodes
        change = _holds_change(table.get("holds", "state"), where, there, inside=inside)
        found.append(
            ForeignState(
                name, initial, holder if inside else "", "" if inside else holder, zero, one,
                text_of(table["about"], f"{where}.about") if "about" in table else f"state {name}", change,
            )
        )  # fmt: skip
    return tuple(found)


def is_state_name(name: str) -> bool:
    """Whether results can call a state so: a word that means nothing else there."""
    return bool(_WORD.fullmatch(name)) and name not in _RECORDED and not re.match(r"(v|i|window|weight)_", name)


def _holds_change(given: object, where: str, there: StateWords, *, inside: bool) -> bool:
    if given not in ("state", "change"):
        raise RequestError.for_value(
            f"{where}.holds", given, allowed="'state', or 'change' where the node holds how far the state is from its "
            "initial value, as in x = x0 + V(s)",
        )  # fmt: skip
    if given == "change" and not (inside and there.changes):
        what = "a variable that the module shows" if there.changes else "a node of a subcircuit"
        raise RequestError.for_value(
            f"{where}.holds", given, allowed=f"'state': {what} holds the state itself", advice="Leave it out."
        )
    return given == "change"


def _advice(holder: str, there: StateWords) -> str:
    near = nearest(holder, [*there.nodes, *there.variables])
    if near:
        return f"Did you mean {near!r}?"
    return "A state is remembered on a node of its own: `ag2s cell check` says which there are."


def initial_parameter(one: ForeignParameter, initial: Mapping[str, Any]) -> ForeignParameter:
    """A parameter as a study has it: that of an initial value goes from 0 to 1."""
    if one.name not in initial:
        return one
    state = initial[one.name]
    start = (one.default - state.zero) / (state.one - state.zero)
    about = one.about or f"initial value of {state.name}"
    return replace(one, default=min(max(start, 0.0), 1.0), unit="", low=0.0, high=1.0, about=about)


def read_voltage_in(words: Mapping[str, Any]) -> float:
    """The voltage at which conductances are stated [V].

    Raises:
        RequestError: none, or 0.
    """
    volts = parse(words.get("read_voltage", READ_VOLTAGE), "V", name="cell.read_voltage", allowed="any but 0")
    if volts == 0:
        raise RequestError.for_value("cell.read_voltage", volts, unit="V", allowed="any but 0")
    return volts


def level_in(words: Mapping[str, Any], states: list[str]) -> str:
    """The state that levels set: that which is named, or the first.

    Raises:
        RequestError: it is none of the states.
    """
    level = words.get("level", states[0] if states else "")
    if level not in states and (states or "level" in words):
        named = ", ".join(states) or "no state: none is declared"
        raise RequestError.for_value("cell.level", level, allowed=f"one of {named}")
    return str(level)
