"""Which parameters of a study are varied, through which values, and which are left alone, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspice_models.campaign.assumptions.idle import idle, per_cell
from pyspice_models.campaign.assumptions.subject import Subject
from pyspice_models.declare.quantity import Plausible, Quantity, refuse_unknown
from pyspice_models.errors import RequestError, cut
from pyspice_models.units import ends_alike, show


@dataclass(frozen=True)
class Varied:
    """A parameter with its two ends.

    Attributes:
        key: such as `cell.alpha`.
        value: of the study, SI.
        declared: its declaration.
        plausible: its range.
    """

    key: str
    value: float
    declared: Quantity
    plausible: Plausible

    @property
    def ends(self) -> tuple[float, float]:
        """Low and high."""
        return self.plausible.low, self.plausible.high

    @property
    def tag(self) -> str:
        """As it is shown: the number's tag, and what it was calibrated to."""
        tied = self.declared.calibrated_to
        return f"{self.declared.tag}, calibrated to {tied}" if tied else self.declared.tag


def parse_ranges(texts: Sequence[str], subject: Subject) -> dict[str, Plausible]:
    """Ranges of a user's own, `KEY=LOW:HIGH` with numbers or text with units, by key.

    Raises:
        RequestError: not of that form, an unknown key, a wrong unit, out of range, or no range.
    """
    found = {}
    for text in texts:
        key, equals, ends = text.partition("=")
        low, colon, high = ends.partition(":")
        key = key.strip()
        if not equals or not colon:
            raise RequestError.for_value(
                "--range", text, allowed="KEY=LOW:HIGH, for example cell.alpha=0.1:1 or wire.width=2:8 um"
            )
        declared = known(subject)
        refuse_unknown(key, declared, "--range")
        one, other = (declared[key].parse(key, end) for end in ends_alike((low, high)))
        if not one < other:
            raise RequestError.for_value("--range", text, allowed="a low end below the high one")
        found[key] = Plausible(one, other, "given with --range", "chosen")
    return found


def known(subject: Subject) -> dict[str, Quantity]:
    """Declarations of all parameters of the study's parts, by key."""
    return {
        f"{table}.{name}": declared
        for table, part in subject.parts.items()
        for name, declared in part.quantities().items()
    }


def select(
    subject: Subject, only: Sequence[str] = (), ranges: Mapping[str, Plausible] | None = None
) -> tuple[list[Varied], dict[str, str]]:
    """Parameters to vary, and those left alone with the reason, in the order of their declarations.

    Args:
        subject: the study.
        only: keys of the parameters to vary; none for all that can act.
        ranges: of a user's own, by key.

    Raises:
        RequestError: an unknown key, one of `only` that cannot be varied, or nothing to vary.
    """
    ranges = ranges or {}
    declared = known(subject)
    for key in only:
        refuse_unknown(key, declared, "--vary")
    varied, alone = [], {}
    for key, quantity in declared.items():
        table, _, name = key.partition(".")
        if (stated := getattr(subject.parts[table], name)) is None:
            alone[key] = "is not stated in this study"
            continue
        value = float(stated)
        plausible = ranges.get(key) or quantity.plausible
        if only and key not in only:
            alone[key] = "not asked for"
        elif reason := _why_not(subject, key, value, quantity, ranges):
            alone[key] = reason
        elif isinstance(plausible, Plausible):
            varied.append(Varied(key, value, quantity, plausible))
    for key in only:
        if key in alone:
            raise RequestError(f"--vary {key}: it is left alone, because it {_sentence(alone[key])}.{_OWN_RANGE}")
    if not varied:
        raise RequestError(f"no parameter of this study can be varied.{_OWN_RANGE}")
    return varied, alone


_OWN_RANGE = " Give it a range with --range KEY=LOW:HIGH."


def _sentence(reason: str) -> str:
    verbs = ("acts", "differs", "is ", "has ", "lies", "cannot")
    return reason if reason.startswith(verbs) else f"is not varied: {reason}"


def _why_not(
    subject: Subject, key: str, value: float, declared: Quantity, ranges: Mapping[str, Plausible]
) -> str:  # fmt: skip
    """Why a parameter is left alone, or ""."""
    bar = subject.study.crossbar
    if reason := per_cell(bar, key):
        return reason
    # what is drawn may differ from the design in area and thickness
    if subject.variation is None and (reason := idle(bar, key)):
        return reason
    if key in ranges:
        return _refused(subject, key, ranges[key])
    table, _, name = key.partition(".")
    if table == "cell" and subject.preset is not None and name in subject.preset.provenance:
        origin = subject.preset.provenance[name]
        if origin.tag != "assumed":
            return f"is {origin.tag} in preset {subject.preset.name}: {cut(origin.source, 100)}"
    if declared.tag == "measured":
        return f"is measured: {declared.source}"
    plausible = declared.plausible
    if not isinstance(plausible, Plausible):
        return plausible or subject.parts[table].not_varied or "has no plausible range"
    if not _within(value, plausible):
        low, high = (show(end, declared.unit) for end in (plausible.low, plausible.high))
        return f"has {show(value, declared.unit)} in this study, outside of the plausible range, {low} to {high}"
    return _refused(subject, key, plausible)


def _within(value: float, plausible: Plausible) -> bool:
    room = 1e-9 * max(abs(plausible.low), abs(plausible.high))
    return math.isfinite(value) and plausible.low - room <= value <= plausible.high + room


def _refused(subject: Subject, key: str, plausible: Plausible) -> str:
    """What the study says to an end, if it cannot be had, or ""."""
    for end in (plausible.low, plausible.high):
        try:
            subject.changed({key: end})
        except RequestError as error:
            return f"cannot take its end {end:g} in this study: {error}"
    return ""
