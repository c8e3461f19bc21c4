"""The miniatures: what each must be called by `ag2s cell check`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pyspice_models.foreign.check import Checked, check_cell

MINIATURES = Path(__file__).parent / "miniatures"

REFUSED = {
    "hidden_state.va": {"memory", "hidden"},
    "idt_unread.va": {"memory", "hidden"},
    "initial_step.va": {"memory", "initial_step"},
    "cross.va": {"cross"},
    "timer.va": {"timer"},
    "random.va": {"random"},
    "rdist_normal.va": {"random"},
    "attribute_after.va": {"attribute"},
    "range_comma.va": {"range"},
    "reserved_word.va": {"compile"},
    "overflow.va": {"overflow"},
    "absolute_time.va": {"memory", "time"},
    "jump.va": {"step"},
    "active.va": {"passivity"},
    "limited.va": {"limit"},
    "memristor.va": {"name"},
    "three_terminals.va": {"terminals", "memory"},
    "lost_start.va": {"idt", "engines"},
    "no_memory.sub": {"memory"},
    "control.sub": {"command"},
    "table.sub": {"function"},
}
"""Refused, and for these kinds at least."""

REMARKED = {
    "no_initial.va": {"initial_value"},
    "no_instance.va": {"instance"},
    "strong.va": {"ends"},
    "volatile.va": {"volatile"},
    "ltspice.sub": {"ltspice"},
    "ic_capacitor.sub": {"edit_ic"},
    "params_inside.sub": {"edit_params"},
    "stp.sub": {"edit_stp"},
    "sdt.sub": {"edit_integral", "initial_value"},
    "idt.sub": {"edit_integral"},
    "gnd.sub": {"edit_gnd"},
    "hspice_function.sub": {"edit_hspice_function"},
}
"""Accepted, with remarks of exactly these kinds."""

ACCEPTED = sorted(path.name for path in MINIATURES.glob("ok_*"))
"""Accepted, and nothing to say."""


@cache
def checked(name: str) -> Checked:
    """The check of a miniature, once for all tests."""
    return check_cell(MINIATURES / name)
