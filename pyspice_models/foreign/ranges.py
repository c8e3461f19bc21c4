"""Values that a study gives to a user's module, held against the ranges that the module states: it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.foreign.osdi import Compiled, describe, evaluate
from pyspice_models.foreign.source import bare

_OUTSIDE = re.compile(r"the parameter (\w+)(?: = \S+|'s default) is outside the range")


def check_values(module: Compiled, values: Mapping[str, float], keys: Mapping[str, str]) -> None:
    """Refuse a value that the module itself would.

    Args:
        module: it.
        values: by parameter, as the module spells and scales them.
        keys: by which a user gives them; a parameter that is none of these is named as it is.

    Raises:
        RequestError: a value outside of its range, with the range; one that is not whole.
    """
    refused = _refused(module, tuple(sorted(values.items())))
    if not refused:
        return
    match = _OUTSIDE.search(refused)
    name = match[1] if match else ""
    if name not in keys:
        raise RequestError(refused)
    unit = next((one.unit for one in describe(module).parameters if one.name == name), "")
    raise RequestError.for_value(
        keys[name], values[name], unit=unit, allowed=_range(module, name),
        advice=f"{module.file} states that of {name}.",
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _refused(module: Compiled, values: Iterable[tuple[str, float]]) -> str:
    said = describe(module)
    if said.limits or said.delays:  # which are for simulators alone
        return ""
    try:
        evaluate(module, dict.fromkeys(said.terminals, 0.0), dict(values))
    except RequestError as error:
        return str(error)
    except SimulationError:  # whoever evaluates it in earnest meets the same
        return ""
    return ""


def _range(module: Compiled, name: str) -> str:
    """What a module's text says of a parameter's range."""
    pattern = rf"\bparameter\s+(?:(?:real|integer)\s+)?{name}\s*=[^;]*?\b((?:from|exclude)\b[^;]*);"
    match = re.search(pattern, bare(module.text))
    return " ".join(match[1].split()) if match else "what the module states"
