"""What ngspice says of a user's own models: parameters that it refuses, and those that it leaves out unasked."""

from __future__ import annotations

import re

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.errors import RequestError, SimulationError

_UNKNOWN = re.compile(r"unknown parameter \((\w+)\)")
_ISSUE = re.compile(r"^\s*\.model (\S+) .*\n((?:unrecognized parameter \(\w+\) - ignored\n?)+)", re.MULTILINE)
_IGNORED = re.compile(r"\((\w+)\)")
_MOST = 20


def unknown_parameter(crossbar: Crossbar, error: SimulationError) -> RequestError | None:
    """The refusal of a parameter of the user's element that made a run fail, if that is why it failed."""
    selector = crossbar.selector
    if not isinstance(selector, ForeignTransistor):
        return None
    own = dict(selector.instance)
    for key in _UNKNOWN.findall(error.log_tail):
        if key in own:
            return RequestError(
                f"transistor.instance.{key} = {own[key]:g} is refused by ngspice: an element of the model "
                f"{selector.name} of {selector.library.name} has no parameter {key}. Leave it out, or correct its name."
            )
    return None


def ignored_parameters(log: str) -> str:
    """What of the user's models ngspice left out, as a warning; "" for nothing."""
    found: dict[str, None] = {}
    for model, lines in _ISSUE.findall(log):
        name = model.rsplit(":", 1)[-1]
        found |= dict.fromkeys(f"{key} of {name}" for key in _IGNORED.findall(lines))
    if not found:
        return ""
    names = list(found)
    listed = ", ".join(names[:_MOST]) + (f" and {len(names) - _MOST} more" if len(names) > _MOST else "")
    return f"ngspice does not know, and left out, parameters of the user's models: {listed}."
