"""The `[cell]` table of a study file, ready to paste."""

from __future__ import annotations

from collections.abc import Sequence

from pyspice_models.foreign.check.states import StateOf

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def cell_table(
    form: str, file: str, module: str, terminals: tuple[str, str], read_voltage: float, states: Sequence[StateOf]
) -> str:  # fmt: skip
    """A cell as a study file names it.

    Args:
        form: "verilog_a" or "subckt".
        file: the model file.
        module: name of the module or subcircuit.
        terminals: top and bottom: positive from the first to the second sets.
        read_voltage: [V].
        states: that were seen to move.
    """
    lines = [
        "[cell]", f"{form} = {_text(file)}", f"module = {_text(module)}",
        f"terminals = [{_text(terminals[0])}, {_text(terminals[1])}]  # top, bottom: positive from top to bottom sets",
        f"read_voltage = {_text(f'{read_voltage:g}V')}", "", "[cell.parameters]",
        "# values other than the module's own, in its units",
    ]  # fmt: skip
    for state in states:
        lines += ["", f"[cell.states.{_key(state.node)}]", f"node = {_text(state.node)}"]
        if state.initial:
            lines.append(f"initial = {_text(state.initial)}")
        else:
            lines.append(f"# no parameter reaches its initial value: every run starts at {state.start:.6g} V")
        lines += [
            f"zero = {state.zero:.6g}  # in the least conductive cell that was seen",
            f"one = {state.one:.6g}  # in the most conductive one",
        ]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _key(name: str) -> str:
    return name if name and set(name) <= _BARE else _text(name)
