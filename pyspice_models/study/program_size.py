"""How much memory a program takes once it is laid out: refused before, where there is not as much."""

from __future__ import annotations

from pyspice_models.errors import RequestError
from pyspice_models.machine import free_memory, memory
from pyspice_models.stimulus.outline import Outline
from pyspice_models.study.limits import Limits
from pyspice_models.units import show

_SHARE = 0.9  # of what is free: the rest is for what else the machine does meanwhile
_STRETCH, _CORNER, _WINDOW, _AIMED = 240, 20, 1000, 36  # in memory, measured [bytes]


def program_memory(whole: Outline) -> float:
    """What a program laid out takes in memory [bytes]."""
    return (
        _STRETCH * whole.stretches + _CORNER * whole.stored + _WINDOW * whole.windows + _AIMED * whole.aimed
    )  # fmt: skip


def check_program(whole: Outline, limits: Limits) -> None:
    """Raise RequestError if a program laid out does not fit into memory."""
    needed, (allowed, reason) = program_memory(whole), memory_allowed(limits)
    if needed > allowed:
        raise RequestError(
            f"the program's {whole.pulses} pulses, {whole.corners:.3g} corners of sources, need about "
            f"{show(needed, 'B', 3)} of memory, and {show(allowed, 'B', 3)} {reason}. Take fewer pulses or a smaller "
            "array, or raise study.memory_limit."
        )


def memory_allowed(limits: Limits, *, busy: bool = False) -> tuple[float, str]:
    """How much a run may take [bytes], and where that comes from, in words that follow the number."""
    if limits.memory_limit:
        return limits.memory_limit, "are allowed (study.memory_limit)"
    if busy:
        return _SHARE * memory(), f"are {_SHARE:.0%} of this machine's"
    return _SHARE * free_memory(), f"are {_SHARE:.0%} of what is free on this machine"
