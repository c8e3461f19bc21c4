"""One array out of many, in one of its cycles: it is drawn, and takes the place of the nominal one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.crossbar import TEMPERATURE_RANGE
from pyspice_models.array.fluctuation import FluctuationParams, fluctuation_of
from pyspice_models.array.kinds import COMMON
from pyspice_models.array.variability import CUT, ArraySample, VariabilityParams, sample_crossbar
from pyspice_models.array.variability.shared import FIELD
from pyspice_models.array.variability.wafer import FILM
from pyspice_models.declare.quantity import ParameterSet, choice, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED
from pyspice_models.stimulus.phases import phases_of
from pyspice_models.study.draws.corners import (
    COLD,
    CORNERS,
    HOT,
    NONE,
    check_lines,
    corner_in_words,
    corner_of,
    refuse_corner,
    temperature_of,
)
from pyspice_models.study.draws.space import Place, Space, placed
from pyspice_models.study.tables.faults import faults_from

if TYPE_CHECKING:
    from pyspice_models.study.study import Study

MAX_CYCLE = 10_000_000


@dataclass(frozen=True)
class Variation(ParameterSet):
    """How arrays differ, and which one is meant.

    Attributes:
        spread: standard deviations of all causes.
        faults: a `[faults]` table of odds without a seed, so that every array has faults of its own; empty for none.
        place: of the array among all that can be drawn, where it is not where its seed leads.
        corner: of all arrays, "none" or one of `draws.corners.CORNERS`; no array is drawn then.
    """

    spread: VariabilityParams = field(default_factory=VariabilityParams)
    seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="number of the array: another seed is another array")
    cycle: int = whole_quantity(
        0, low=0, high=MAX_CYCLE, about="number of the cycle: another one is the same array at another time"
    )
    faults: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None
    corner: str = choice(
        NONE, *CORNERS,
        about="the array at an end of what spreads, instead of one that is drawn: every cell alike, see the guide",
    )  # fmt: skip
    sigmas: float = quantity(
        3.0, "", above=0, high=CUT, tag="assumed", source="choice: one cell in 740 lies beyond on one side",
        about="standard deviations by which a corner moves every spread that it is about",
    )  # fmt: skip
    hot: float = quantity(
        HOT, "K", low=TEMPERATURE_RANGE[0], high=TEMPERATURE_RANGE[1], tag="assumed",
        source="choice: 70 degC, the commercial range", about="temperature of hot corners",
    )  # fmt: skip
    cold: float = quantity(
        COLD, "K", low=TEMPERATURE_RANGE[0], high=TEMPERATURE_RANGE[1], tag="assumed",
        source="choice: 0 degC, the commercial range", about="temperature of cold corners",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Odds are told whole and in one order: the same for the same faults, however they were written."""
        super().__post_init__()
        if self.faults:
            numbers = {key: value for key, value in self.faults.items() if key in Faults.quantities()}
            told = {**self.faults, **Faults.from_mapping(numbers, where="faults").as_dict()}
            object.__setattr__(self, "faults", dict(sorted(told.items())))


def designed(nominal: Study, variation: Variation) -> Study:
    """The study without faults of its own where every array draws some: odds and places contradict each other.

    Raises:
        RequestError: it has faults by place.
    """
    if not variation.faults:
        return nominal
    for kind in sorted(Faults.places()):
        if places := getattr(nominal.crossbar.faults, kind):
            raise RequestError.for_value(
                f"faults.{kind}", places, allowed="none beside odds of faults",
                advice="Every array draws its own by the odds: leave out either these or those.",
            )  # fmt: skip
    return replace(nominal, crossbar=nominal.crossbar.replace(faults=Faults()))


def vary(nominal: Study, variation: Variation) -> tuple[Study, dict[str, float]]:
    """The study with one array drawn for it.

    Returns:
        The study, and what was drawn as few numbers, by cause: in cells the mean deviate of selected, half-selected and
        unselected cells, for lines and drivers the deviate [standard deviations], for faults their count.

    Raises:
        RequestError: a sample leaves a parameter's range: the spread is too wide; the cell states no spread; a corner
            that means nothing in this study.
    """
    crossbar = nominal.crossbar
    samples, place = _samples(crossbar, variation), variation.place
    if variation.corner != NONE:
        if place is not None:
            refuse_corner(variation)
        place = corner_of(nominal, variation, _deviates(samples))
    if place is not None:
        space = Space(_deviates(samples), groups_of(nominal))
        stated = place.deviates(
            space, _deviates(samples), lambda seed: _deviates(_samples(crossbar, replace(variation, seed=seed)))
        )
        samples = _samples(crossbar, variation, stated)
    sample = samples[COMMON]
    faults = crossbar.faults
    if variation.faults:
        # a stream of its own: NumPy's sequences of another length do not meet those of the cells
        seed = variation.seed if place is None else place.fault_seed(variation.seed)
        faults = Faults() if seed is None else faults_from({**variation.faults, "seed": seed}, crossbar.shape)
    built = crossbar.with_parameters(
        {name: one.cells for name, one in samples.items()}, wire=sample.wire, driver=sample.driver, faults=faults,
        temperature=temperature_of(crossbar, variation), instances=sample.instances,
    )  # fmt: skip
    check_lines(variation, crossbar, built)
    program = tuple(step.scaled(sample.amplitude) for step in nominal.program)
    aging = nominal.aging
    if aging is not None:
        seed, draw = (aging.seed + variation.seed) % (MAX_SEED + 1), (aging.draw + variation.cycle) % (MAX_SEED + 1)
        aging = replace(aging, seed=seed, draw=draw)
    amplitude = nominal.amplitude * sample.amplitude
    title = nominal.title if variation.corner == NONE else f"{nominal.title}, corner {variation.corner}"
    study = replace(
        nominal,
        title=title,
        crossbar=built,
        program=program,
        amplitude=amplitude,
        aging=aging,
        fluctuation=drawn_fluctuation(nominal, variation),
    )
    return study, _summary(nominal, _deviates(samples), faults if variation.faults else Faults())


def space_of(nominal: Study, variation: Variation) -> Space:
    """The coordinates of all that is drawn of an array of the study.

    Raises:
        RequestError: as `vary`; and of what is drawn within a run, which has no coordinates.
    """
    for title, acts in (("aging", nominal.ages), ("fluctuation", nominal.fluctuation.acts)):
        if acts:
            raise RequestError(
                f"[{title}] draws within each run what has no place among the draws of an array: leave the table "
                "out, or draw arrays at random (ag2s montecarlo)."
            )
    refuse_fields(variation)
    return Space(_deviates(_samples(nominal.crossbar, variation)), groups_of(nominal))


def refuse_fields(variation: Variation) -> None:
    """Refuse correlated parts of spreads, for those who state an array by coordinates of its own.

    Raises:
        RequestError: as said.
    """
    for cause in FILM:
        if size := getattr(variation.spread, FIELD + cause):
            raise RequestError.for_value(
                f"variability.{FIELD}{cause}", size, allowed="0 where each number of an array is a coordinate",
                advice="A field is correlated from cell to cell, and its noise lies beyond the array as well. Leave it "
                "out here, or draw arrays at random (ag2s montecarlo with montecarlo.draws = 'random').",
            )  # fmt: skip


def told_corner(nominal: Study, variation: Variation) -> str:
    """What a corner moves, for people.

    Raises:
        RequestError: as `vary`.
    """
    return corner_in_words(nominal, variation, _deviates(_samples(nominal.crossbar, variation)))


def _samples(
    crossbar: Crossbar, variation: Variation, stated: Mapping[str, NDArray[np.float64]] | None = None
) -> dict[str, ArraySample]:
    return {
        one.name: sample_crossbar(
            one.cell, one.per_cell, crossbar.shape, crossbar.wire, crossbar.driver, variation.seed, variation.spread,
            cycle=variation.cycle, stated=stated, selector=crossbar.selector, instances=crossbar.instances,
        )
        for one in crossbar.populations
    }  # fmt: skip


def _deviates(samples: Mapping[str, ArraySample]) -> dict[str, NDArray[np.float64]]:
    return {cause: drawn for one in samples.values() for cause, drawn in one.deviates.items()}


def drawn_fluctuation(nominal: Study, variation: Variation) -> FluctuationParams:
    """What fluctuates in that array in that cycle: draws of its own."""
    return fluctuation_of(nominal.fluctuation, f"array {variation.seed}, cycle {variation.cycle}")


def _summary(nominal: Study, deviates: Mapping[str, NDArray[np.float64]], faults: Faults) -> dict[str, float]:
    groups = groups_of(nominal)
    found: dict[str, float] = {}
    for cause, deviate in deviates.items():
        if deviate.ndim == 0:
            found[cause] = float(deviate)
            continue
        for group, places in placed(deviate.shape, groups).items():
            found[f"{cause}, {group}"] = float(deviate[places].mean())
    for kind in sorted(Faults.places()):
        if places := getattr(faults, kind):
            found[f"faults, {kind}"] = float(len(places))
    return found


def groups_of(nominal: Study) -> dict[str, NDArray[np.bool_]]:
    """The cells that the program writes (or reads, if it writes none), those of the same lines, and the rest."""
    every = list(phases_of(nominal.crossbar, nominal.program))
    chosen = [p for p in every if p.kind == "write"] or [p for p in every if p.kind == "read"]
    selected, lines = (np.zeros(nominal.crossbar.shape, dtype=bool) for _ in range(2))
    for phase in chosen:
        rows, cols = list(phase.rows), list(phase.cols)
        selected[np.ix_(rows, cols)] = True
        lines[rows, :] = True
        lines[:, cols] = True
    groups = {"selected": selected, "half-selected": lines & ~selected, "unselected": ~lines}
    if not chosen:
        groups = {"all cells": np.ones_like(selected)}
    return {name: cells for name, cells in groups.items() if cells.any()}
