"""What stands between a network in numbers and what the array makes of it, each cause to be switched off."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pyspice_models.array.variability import VariabilityParams
from pyspice_models.program.inference.request import Inference
from pyspice_models.study.study import Study
from pyspice_models.study.variation import Variation

IR_DROP, FAULTS, SPREAD, NOISE = "IR drop", "faults", "spread", "noise"
CONVERTERS, WRITING, DRIFT = "converters", "writing", "drift"
CAUSES = (IR_DROP, FAULTS, SPREAD, NOISE, CONVERTERS, WRITING, DRIFT)

ABOUT = {
    IR_DROP: "resistance of lines, drivers and sense circuits",
    FAULTS: "cells that are stuck or open, lines that are open or shorted",
    SPREAD: "cells, lines and voltages that are not the nominal ones",
    NOISE: "noise and offsets of amplifiers, noise of cells, read noise",
    CONVERTERS: "steps and range of voltages and currents",
    WRITING: "what write-verify leaves of its levels",
    DRIFT: "what cells do between writing and reading",
}
_STATES = frozenset({FAULTS, SPREAD, WRITING, DRIFT})


@dataclass(frozen=True)
class Condition:
    """Which causes act.

    Attributes:
        name: in words, such as "all" or "without IR drop".
        on: the causes that act.
    """

    name: str
    on: frozenset[str]

    def has(self, cause: str) -> bool:
        """Whether a cause acts."""
        return cause in self.on

    @property
    def of_products(self) -> frozenset[str]:
        """The causes that decide what conductances and lines make of voltages."""
        return self.on & (_STATES | {IR_DROP})


ALL, NONE = "all", "none"


def without(cause: str) -> str:
    """Name of the condition that has all causes but one."""
    return f"without {cause}"


def alone(cause: str) -> str:
    """Name of the condition that has one cause alone."""
    return f"{cause} alone"


def causes_in(study: Study, variation: Variation | None, asked: Inference) -> list[str]:
    """The causes that a study has at all, in the order of `CAUSES`."""
    bar, own = study.crossbar, asked.converters
    there = {
        IR_DROP: bar.r_word > 0 or bar.r_bit > 0 or bar.driver.r_driver > 0 or bar.driver.r_sense > 0,
        FAULTS: variation is not None and bool(variation.faults),
        SPREAD: variation is not None and any(vars(variation.spread).values()),
        NOISE: True,
        CONVERTERS: bool(own.dac_bits or own.adc_bits),
        WRITING: asked.params.writing == "write-verify",
        DRIFT: asked.params.wait > 0,
    }
    return [cause for cause in CAUSES if there[cause]]


def conditions(causes: list[str]) -> list[Condition]:
    """All causes, all but each, each alone, none."""
    every = frozenset(causes)
    found = [Condition(ALL, every)]
    found += [Condition(without(one), every - {one}) for one in causes]
    found += [Condition(alone(one), frozenset({one})) for one in causes]
    return [*found, Condition(NONE, frozenset())]


def variation_of(given: Variation | None, on: frozenset[str], seed: int) -> Variation | None:
    """How an array of this seed is drawn where these causes act; None for the nominal one."""
    if given is None or not on & {FAULTS, SPREAD}:
        return None
    found = replace(given, seed=seed)
    if SPREAD not in on:
        none = dict.fromkeys(VariabilityParams.quantities(), 0.0)
        found = replace(found, spread=VariabilityParams.from_mapping(none))
    return found if FAULTS in on else replace(found, faults={})
