"""The `[cell]` table of a study file. As printed it runs, in a study in the folder in which the check was called."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspice_models.foreign.check.states import StateOf
from pyspice_models.foreign.declared import is_state_name
from pyspice_models.foreign.names import attribute


@dataclass(frozen=True)
class Given:
    """A parameter of the file, for the reader.

    Attributes:
        name: as the file spells it.
        default: as the file has it.
        about: unit and meaning, in words; may be empty.
    """

    name: str
    default: float | None
    about: str = ""


@dataclass(frozen=True)
class CellWords:
    """What says which cell it is.

    Attributes:
        form: "verilog_a" or "subckt".
        path: the model file, as it was named to the check.
        module: name of the module or subcircuit.
        dialect: of a subcircuit that ngspice has to read as another simulator; empty else.
        parameters: of the file.
        checked: digest of its text.
    """

    form: str
    path: Path
    module: str
    dialect: str = ""
    parameters: Sequence[Given] = ()
    checked: str = ""


def cell_table(words: CellWords, terminals: tuple[str, str], read_voltage: float, states: Sequence[StateOf]) -> str:
    """A cell as a study file names it.

    Args:
        words: which cell it is.
        terminals: top and bottom: positive from the first to the second sets.
        read_voltage: [V].
        states: that were seen to move.
    """
    lines = [
        "[cell]",
        f"{words.form} = {_text(words.path.as_posix())}  # as seen from the folder of the study file",
        f"checked = {_text(words.checked)}  # a run refuses another text than the one that was checked",
        f"module = {_text(words.module)}",
        *([f"dialect = {_text(words.dialect)}"] if words.dialect else []),
        f"terminals = [{_text(terminals[0])}, {_text(terminals[1])}]  # top, bottom: positive from top to bottom sets",
        f"read_voltage = {_text(f'{read_voltage:g} V')}",
    ]  # fmt: skip
    initial = {state.initial for state in states}
    others = [one for one in words.parameters if one.name not in initial and _is_number(one.default)]
    if others:
        lines.append("# parameters with the file's own values; take the # away to give another one")
        for one in others:
            lines.append(f"# {attribute(one.name)} = {one.default:.12g}" + (f"  # {one.about}" if one.about else ""))
    for name, state in zip(_names(states), states, strict=True):
        lines.append("")
        if not state.initial:
            lines += [
                f"# the state on the node {state.node} is none that a study can declare: no parameter reaches its",
                f"# initial value, every cell starts at {state.start:.6g} V",
            ]  # fmt: skip
            continue
        held = ['holds = "change"  # from the initial value'] if state.offset else []
        lines += [
            f"[cell.states.{name}]", f"node = {_text(state.node)}",
            f"initial = {_text(attribute(state.initial))}", *held,
            f"zero = {state.zero:.9g}  # in the least conductive cell that was seen",
            f"one = {state.one:.9g}  # in the most conductive one",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _names(states: Iterable[StateOf]) -> list[str]:
    """Names that results can have: that of the node, where it can be one."""
    names: list[str] = []
    for n, state in enumerate(states):
        name = state.node if is_state_name(state.node) else "state"
        names.append(f"{name}_{n + 1}" if name in names else name)
    return names


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
