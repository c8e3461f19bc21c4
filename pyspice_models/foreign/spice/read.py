"""A subcircuit of a user as a foreign cell: what its file says, and what a table [cell] declares beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspice_models.errors import RequestError
from pyspice_models.foreign.declared import (
    StateWords,
    check_terminals,
    initial_parameter,
    level_in,
    parameters_declared,
    read_voltage_in,
    states_declared,
)
from pyspice_models.foreign.names import attribute
from pyspice_models.foreign.source import Source
from pyspice_models.foreign.spec import ForeignParameter, Spec, frozen
from pyspice_models.foreign.spice.subcircuit import subcircuit_in
from pyspice_models.inputs.spice.numbers import spice_number

DIALECTS = ("ngspice", "ltspice", "pspice", "hspice")
"""For which simulators a subcircuit may have been written."""


def subcircuit_spec(source: Source, name: str, words: Mapping[str, Any]) -> Spec:
    """A subcircuit of a file, with what a table [cell] declares of it.

    Raises:
        RequestError: no such subcircuit, a statement that no cell needs, or a declaration that the file does not bear
            out.
    """
    dialect = str(words.get("dialect", "ngspice"))
    if dialect not in DIALECTS:
        raise RequestError.for_value("cell.dialect", dialect, allowed=f"one of {', '.join(DIALECTS)}")
    one = subcircuit_in(source, name, dialect, "cell.module")
    terminals = check_terminals(words.get("terminals"), one.ports, one.name)
    parameters = parameters_declared(words.get("parameters", {}), _parameters(one.defaults))
    nodes = (*one.nodes, *(port for port in one.ports if port not in terminals))
    states = states_declared(words.get("states", {}), parameters, StateWords(nodes, (), one.name, changes=False))
    initial = {state.initial: state for state in states}
    return Spec(
        kind="subckt", file=source.path.name, original=source.text, text=one.text, module=one.name,
        terminals=terminals, ports=one.ports, inner=(),
        parameters=tuple(initial_parameter(each, initial) for each in parameters), states=states,
        level=level_in(words, [state.name for state in states]), read_voltage=read_voltage_in(words), dialect=dialect,
        notes=tuple(edit.told for edit in one.edits), behaviour=one.behaviour, defines=one.defines,
        declared=tuple((key, frozen(value)) for key, value in words.items()),
    )  # fmt: skip


def _parameters(defaults: Mapping[str, str]) -> tuple[ForeignParameter, ...]:
    """Those with a number as default."""
    numbers = {name: spice_number(text) for name, text in defaults.items()}
    return tuple(ForeignParameter(attribute(name), name, value) for name, value in numbers.items() if value is not None)
