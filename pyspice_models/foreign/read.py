"""From the words of a table [cell] to a foreign cell: what the file says of itself, and what was declared beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pyspice_models.declare.quantity import ParameterSet
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
from pyspice_models.foreign.edits import with_instance_parameters
from pyspice_models.foreign.names import FILES, KEYS, attribute, check_names
from pyspice_models.foreign.osdi import Compiled, Descriptor, check_evaluable
from pyspice_models.foreign.parameters import parameters_of
from pyspice_models.foreign.ranges import check_values
from pyspice_models.foreign.source import Source, chosen, read_source
from pyspice_models.foreign.spec import ForeignParameter, Spec, frozen
from pyspice_models.foreign.spice.read import subcircuit_spec
from pyspice_models.foreign.spice.statements import read_spice
from pyspice_models.inputs.carried import Carried, fingerprint
from pyspice_models.inputs.text import shown, text_of
from pyspice_models.inputs.toml_lines import about


def is_foreign(table: Mapping[str, Any]) -> bool:
    """Whether a table [cell] brings a file."""
    return any(key in table for key in FILES)


def foreign_cell(path: Path | str, *, subckt: bool | None = None, **table: Any) -> ParameterSet:
    """Parameters of a cell of one's own, for `Crossbar(cell=...)`.

        cell = foreign_cell("my.va", terminals=("p", "n"), states={"w": {"node": "w", "initial": "w0"}}, r_on="1 kohm")

    Args:
        path: a Verilog-A file, or a SPICE subcircuit; by the ending, .va, .vams or .v for Verilog-A.
        subckt: whether it is a subcircuit, whatever its ending.
        table: keys of the table [cell] of a study file: module, terminals, read_voltage, level, dialect, parameters,
            states, and values of parameters, as numbers in SI units or as text with a unit.

    Raises:
        RequestError: a file that cannot be read, or a declaration that it does not bear out.
        ToolError: the Verilog-A does not compile.
        SimulationError: its compiled code crashed.
    """
    path = Path(path)
    by_ending = path.suffix.lower() not in {".va", ".vams", ".v"}
    key = "subckt" if (by_ending if subckt is None else subckt) else "verilog_a"
    return foreign_in({key: str(path), **table}, Path())


def with_text(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A table [cell] that holds the text of its file beside the name: what is read now is what is run.

    Raises:
        RequestError: the file cannot be read.
    """
    found = dict(table)
    for key in FILES:
        if key in table:
            with about(f"cell.{key}"):
                found[key] = _carried(table[key], key, folder)
    return found


def foreign_in(table: Mapping[str, Any], folder: Path) -> ParameterSet:
    """Parameters of the foreign cell that a table [cell] says; files are looked for in `folder`.

    Raises:
        RequestError, ToolError, SimulationError: as `foreign_cell`.
    """
    spec, rest = spec_in(table, folder)
    cell = parameters_of(spec, rest)
    if spec.kind == "verilog_a":
        keys = {spec.parameter(name).own: f"cell.{name}" for name in rest}
        check_values(spec.compiled, spec.written(cell.as_dict()), keys)
        for state in spec.states:
            own = spec.parameter(state.initial).own
            for end in ("zero", "one"):
                given = spec.written(cell.as_dict()) | {own: getattr(state, end)}
                check_values(spec.compiled, given, {own: f"cell.states.{state.name}.{end}"})
    return cell


def spec_in(table: Mapping[str, Any], folder: Path) -> tuple[Spec, dict[str, Any]]:
    """The cell of a table [cell], and what the table gives as values of parameters."""
    kinds = [key for key in FILES if key in table]
    for other in ("model", "preset", *kinds[1:]):
        if other in table:
            raise RequestError(f"cell.{kinds[0]} and cell.{other} contradict each other: give one of them.")
    kind = kinds[0]
    source = _source(table[kind], kind, folder)
    if "checked" in table:
        _check_unchanged(text_of(table["checked"], "cell.checked"), source)
    words = {key: table[key] for key in table if key in KEYS and key not in (*FILES, "checked")}
    module = text_of(words["module"], "cell.module") if "module" in words else ""
    if kind == "verilog_a":
        if "dialect" in words:
            raise RequestError("cell.dialect is of subcircuits: Verilog-A has none. Leave it out.")
        spec = _verilog_a(source, module, words)
    else:
        spec = subcircuit_spec(source, module, words)
    return spec, {key: value for key, value in table.items() if key not in KEYS}


def _check_unchanged(given: str, source: Source) -> None:
    if given != (now := fingerprint(source.text)):
        raise RequestError.for_value(
            "cell.checked", given, allowed=f"{now!r}, that of {shown(source.path)} as it is now",
            advice="The file, or one that it includes, is another one than `ag2s cell check` looked at: check it "
            "again, or leave cell.checked out.",
        )  # fmt: skip


@dataclass(frozen=True)
class _Spliced(Carried):
    """Text that was read just now.

    Attributes:
        origins: file and line of each of its lines.
    """

    origins: tuple[tuple[str, int], ...] = field(default=(), compare=False, repr=False)


def _carried(given: object, key: str, folder: Path) -> Carried:
    if isinstance(given, Carried):
        return given
    found = _source(given, key, folder)
    return _Spliced(found.path.name, found.text, found.origins)


def _source(given: object, key: str, folder: Path) -> Source:
    """The text with the lines of its files; of one that travelled with a study, those of the whole."""
    if isinstance(given, Carried):
        lines = tuple((given.name, n) for n in range(1, given.text.count("\n") + 2))
        return Source(Path(given.name), given.text, given.origins if isinstance(given, _Spliced) else lines)
    path = folder / text_of(given, f"cell.{key}")
    found = read_source(path) if key == "verilog_a" else read_spice(path)
    # one line break at the end, however often a text is written and read
    return replace(found, text=found.text.rstrip("\n") + "\n")


def _verilog_a(source: Source, module: str, words: Mapping[str, Any]) -> Spec:
    found = chosen(source, module, "cell.module")
    original = found.text
    check_names(found.module, source)
    text, added = with_instance_parameters(original)
    notes: tuple[str, ...] = ()
    if added:
        found = Compiled(text, found.module, found.file)
        notes = (
            f"{source.path.name}: made instance parameters of {', '.join(added)}, so that cells may differ in them "
            '(the attribute (* type="instance" *) before each)',
        )
    said = check_evaluable(found)
    terminals = check_terminals(words.get("terminals"), said.terminals, found.module)
    parameters = parameters_declared(words.get("parameters", {}), _parameters(said))
    shown = tuple(one.name for one in said.outputs if one.type == "real")
    nodes = (*said.internal, *_others(said, terminals))
    states = states_declared(words.get("states", {}), parameters, StateWords(nodes, shown, found.module))
    parameters = tuple(initial_parameter(one, {state.initial: state for state in states}) for one in parameters)
    return Spec(
        kind="verilog_a", file=source.path.name, original=original, text=found.text, module=found.module,
        terminals=terminals, ports=said.terminals, inner=said.internal, parameters=parameters, states=states,
        level=level_in(words, [state.name for state in states]), read_voltage=read_voltage_in(words), dialect="",
        notes=notes, declared=tuple((key, frozen(value)) for key, value in words.items()), defines=source.places(),
    )  # fmt: skip


def _others(said: Descriptor, terminals: tuple[str, str]) -> tuple[str, ...]:
    """Terminals beside the two of the array: some models show their state on one."""
    return tuple(name for name in said.terminals if name not in terminals)


def _parameters(said: Descriptor) -> tuple[ForeignParameter, ...]:
    """Those that are numbers; `$mfactor` and its like are the simulator's."""
    return tuple(
        ForeignParameter(
            attribute(one.name), one.name, one.default or 0.0, unit=one.unit, about=one.about,
            whole=one.type == "integer", per_cell=one.kind == "instance",
        )
        for one in said.parameters
        if one.type != "string" and not one.name.startswith("$")
    )  # fmt: skip
