"""Variables that should keep their value from one evaluation to the next, which simulators zero instead.

A variable that is read before it was assigned is found by trying: with another value at the begin of every evaluation
the module must give the same currents.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from pyspice_models.errors import RequestError, SimulationError, ToolError
from pyspice_models.foreign.osdi import Compiled, describe, evaluate
from pyspice_models.foreign.source import bare

_BEGIN = re.compile(r"\banalog\s+begin\b(?:\s*:\s*\w+)?")
_FUNCTIONS = re.compile(r"\banalog\s+function\b.*?\bendfunction\b", re.DOTALL)
_OTHER = {"real": "0.73", "integer": "3"}
_POINTS, _WITHIN, _SAME = 400, 2.0, 1e-9


def hidden_variables(module: Compiled) -> tuple[tuple[str, int], ...]:
    """Names of variables that are read before they are assigned, each with the line of its declaration.

    None are found in a module that is written in a way that this does not see through: no word about it then.
    """
    found = _declared(module)
    if not found:
        return ()
    names = list(found)
    try:
        if not _matters(module, {name: found[name][0] for name in names}):
            return ()
        alone = [name for name in names if _matters(module, {name: found[name][0]})]
    except (RequestError, SimulationError, ToolError):
        return ()
    return tuple((name, found[name][1]) for name in alone or names)


def _declared(module: Compiled) -> Mapping[str, tuple[str, int]]:
    """Variables of the module with type and line."""
    text = _FUNCTIONS.sub(lambda gone: re.sub(r"[^\n]", " ", gone[0]), bare(module.text))
    match = re.search(rf"\bmodule\s+{module.module}\b.*?\bendmodule\b", text, re.DOTALL)
    if match is None:
        return {}
    found: dict[str, tuple[str, int]] = {}
    for one in re.finditer(r"(?:^|;|\*\))\s*(real|integer)\s+([^;()]+);", match[0]):
        for name in one[2].split(","):
            word = re.match(r"\s*(\w+)\s*(=|$)", name)
            if word is not None:  # arrays are left alone
                place = match.start() + one.start(2)
                found[word[1]] = one[1], text.count("\n", 0, place) + 1
    return found


def _matters(module: Compiled, kinds: Mapping[str, str]) -> bool:
    """Whether currents or charges change where these variables begin with other values."""
    text = bare(module.text)
    start = re.search(rf"\bmodule\s+{module.module}\b", text)
    begin = _BEGIN.search(text, start.end()) if start is not None else None
    if begin is None:
        return False
    set_ = "".join(f" {name} = {_OTHER[kind]};" for name, kind in kinds.items())
    other = replace(module, text=f"{module.text[: begin.end()]}{set_}{module.text[begin.end() :]}")
    draw = np.random.default_rng(17)
    volts = {one.name: draw.uniform(-_WITHIN, _WITHIN, _POINTS) for one in describe(module).nodes}
    ours, theirs = (_flows(one, volts) for one in (module, other))
    return any(_differ(a, b) for a, b in zip(ours, theirs, strict=True))


def _flows(module: Compiled, volts: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
    found = evaluate(module, dict(volts), time=1e-3)
    return found.resistive, found.reactive


def _differ(a: np.ndarray, b: np.ndarray) -> bool:
    sound = np.isfinite(a) & np.isfinite(b)
    ours, theirs = np.where(sound, a, 0.0), np.where(sound, b, 0.0)
    apart = np.abs(ours - theirs) > _SAME * (np.abs(ours).max(axis=0) + 1e-300)
    return bool(apart.any() or (np.isfinite(a) != np.isfinite(b)).any())
