"""The tables `[disturb]` and `[retain]` of a study file: how often, how long, and what counts as lost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pyspice_models.campaign.lasting.disturb import MOST_ROUNDS, DisturbParams
from pyspice_models.campaign.lasting.retain import RetainParams, kelvins
from pyspice_models.errors import RequestError
from pyspice_models.units import parse


def disturb_from(table: object) -> DisturbParams:
    """What `[disturb]` says; `reads` may be written as 1e6.

    Raises:
        RequestError: no table, an unknown key, a value out of range.
    """
    own = _table(table, "disturb")
    if "reads" in own:
        own["reads"] = rounds(own["reads"], "disturb.reads")
    found: DisturbParams = DisturbParams.from_mapping(own, where="disturb")
    return found


def retain_from(table: object) -> tuple[RetainParams, list[float]]:
    """What `[retain]` says, and its `temperatures` [K]; none for that of the study.

    Raises:
        RequestError: no table, an unknown key, a value out of range.
    """
    own = _table(table, "retain")
    given = own.pop("temperatures", [])
    if not isinstance(given, list | tuple):
        raise RequestError.for_value("retain.temperatures", given, allowed='a list, such as ["300 K", "330 K"]')
    return RetainParams.from_mapping(own, where="retain"), kelvins(given)


def rounds(given: object, name: str) -> int:
    """A whole number, also as 1e6.

    Raises:
        RequestError: none, or out of range.
    """
    allowed = f"a whole number from 1 to {MOST_ROUNDS:.0e}"
    value = parse(given, "", name=name, allowed=allowed)
    if not math.isfinite(value) or value != round(value) or not 1 <= value <= MOST_ROUNDS:
        raise RequestError.for_value(name, given, allowed=allowed)
    return round(value)


def _table(table: object, name: str) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        raise RequestError(f"{name} must be a table: write it as [{name}]")
    return dict(table)
