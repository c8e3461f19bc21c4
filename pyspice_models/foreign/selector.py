"""Selectors from a user's Verilog-A: the file is read, compiled, and asked for terminals and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.foreign.hidden import hidden_variables
from pyspice_models.foreign.osdi import Descriptor, describe
from pyspice_models.foreign.ranges import check_values
from pyspice_models.foreign.source import Source, chosen, read_source
from pyspice_models.inputs.carried import Carried
from pyspice_models.inputs.text import text_of
from pyspice_models.units import parse

_KEYS = {"verilog_a", "module", "terminals", "parameters"}


def foreign_selector(path: Path | str, module: str = "", **values: Any) -> ForeignSelector:
    """A selector of two terminals from a Verilog-A file.

    Args:
        path: of the file; what it includes lies beside or below it.
        module: in it; may be left out where there is one alone.
        values: what else a `[selector]` table may say: `terminals`, such as "a b", the one at the cell first;
            `parameters`, a mapping of numbers or text with the unit that the module states.

    Raises:
        RequestError: a file that cannot be read, no such module, another number of terminals, a parameter that the
            module does not have, a value out of its range.
        ToolError: it does not compile.
        SimulationError: its code crashes.
    """
    path = Path(path)
    return selector_from({"verilog_a": path.name, **({"module": module} if module else {}), **values}, path.parent)


def selector_from(table: Mapping[str, Any], folder: Path) -> ForeignSelector:
    """The `[selector]` table of a study file with `verilog_a`, a file in this folder or its text.

    Raises:
        RequestError, ToolError, SimulationError: see `foreign_selector`.
    """
    for key in table:
        refuse_unknown(key, _KEYS, "selector")
    given = table["verilog_a"]
    if not isinstance(given, Carried):
        given = carried(folder / text_of(given, "selector.verilog_a"))
    name = text_of(table["module"], "selector.module") if "module" in table else ""
    lines = given.text.split("\n")
    source = Source(Path(given.name), given.text, tuple((given.name, n) for n in range(1, len(lines) + 1)))
    compiled = chosen(source, name, "selector.module")
    found = describe(compiled)
    ports = _two(found, given.name)
    parameters = _parameters(table.get("parameters", {}), found, given)
    check_values(compiled, dict(parameters), {name: f"selector.parameters.{name}" for name, _ in parameters})
    if not (found.limits or found.delays) and (hidden := hidden_variables(compiled)):
        variable, line = hidden[0]
        raise RequestError(
            f"{given.name}, line {line}: the variable {variable} is read before it has a value. Simulators zero it at "
            "every evaluation, so that it keeps nothing: let a node with a charge hold what should last, or assign it "
            "in every case."
        )
    return ForeignSelector(given, compiled.module, _terminals(table, ports), ports, parameters)


def carried(path: Path) -> Carried:
    """A Verilog-A file with what it includes of its own folder, as one text.

    Raises:
        RequestError: see `read_source`.
    """
    return Carried(path.name, read_source(path).text.rstrip("\n") + "\n")


def _two(found: Descriptor, file: str) -> tuple[str, str]:
    if len(found.terminals) != 2:
        raise RequestError(
            f"{file}: the module {found.module} has {len(found.terminals)} terminals ({', '.join(found.terminals)}); a "
            "selector has two. Tie the others inside of a module of your own."
        )
    return found.terminals[0], found.terminals[1]


def _terminals(table: Mapping[str, Any], ports: tuple[str, str]) -> tuple[str, str]:
    if "terminals" not in table:
        return ports
    words = tuple(text_of(table["terminals"], "selector.terminals").split())
    if sorted(words) != sorted(ports):
        raise RequestError.for_value(
            "selector.terminals", table["terminals"], allowed=f"the two of the module, {' '.join(ports)}, the one at "
            "the cell first",
        )  # fmt: skip
    return words[0], words[1]


def _parameters(given: object, found: Descriptor, source: Carried) -> tuple[tuple[str, float], ...]:
    if not isinstance(given, Mapping):
        raise RequestError("selector.parameters must be a table: write it as [selector.parameters]")
    values = {}
    for key, value in given.items():
        declared = found.parameter(str(key))
        if declared is None:
            names = sorted(
                one.name for one in found.parameters if one.type != "string" and not one.name.startswith("$")
            )
            raise RequestError(
                f"selector.parameters.{key}: the module {found.module} of {source.name} has no such parameter; it has "
                f"{', '.join(names) or 'none'}."
            )
        if declared.type == "string":
            raise RequestError(f"selector.parameters.{key} is text in {found.module}: numbers alone are set.")
        values[declared.name] = parse(value, declared.unit, name=f"selector.parameters.{key}")
    return tuple(sorted(values.items()))
