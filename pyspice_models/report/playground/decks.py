"""The decks of a playground: one for all places of its sliders and each combination of what is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product

from pyspice_models.netlist import crossbar_deck
from pyspice_models.report.playground.controls import Choice, Slider
from pyspice_models.report.playground.template import Piece, Slid, fill, template
from pyspice_models.study import Study
from pyspice_models.study.fluctuation import refuse_fluctuation

# what follows the cell's parameters, what follows the array's, and what follows the program
_SECTIONS = ("* cells\n", "* drivers of the word lines")


def deck_text(study: Study) -> str:
    """The deck that a page of this study shows and runs: the one of `ag2s netlist --study`."""
    refuse_fluctuation(study.fluctuation, "the netlist of a playground")
    return crossbar_deck(
        study.crossbar, study.schedule(), form="subckt", accuracy=study.accuracy, title=study.title, standalone=True
    ).text


def at(study: Study, sliders: Sequence[Slider], values: Mapping[str, float]) -> Study:
    """The study with its sliders at these values."""
    for one in sliders:
        if one.key in values and values[one.key] != one.value:
            study = one.put(study, values[one.key])
    return study


def chosen(study: Study, choices: Sequence[Choice], places: Sequence[int]) -> Study:
    """The study with the options at these places."""
    for one, place in zip(choices, places, strict=True):
        if place != one.chosen:
            study = one.put(study, place)
    return study


def decks_of(
    study: Study, sliders: Sequence[Slider], choices: Sequence[Choice]
) -> tuple[list[Piece], dict[str, list[Piece]]]:  # fmt: skip
    """What all decks begin with, and the rest of each by the places of what is chosen.

    Raises:
        ValueError: a slider moves what it should not, so that a page could not fill the decks in.
    """

    def section(n: int, asked: Study) -> Callable[[Mapping[str, float]], str]:
        return lambda values: _sections(deck_text(at(asked, sliders, values)))[n]

    def slid(group: str) -> list[Slid]:
        return [one.slid for one in sliders if one.group == group]

    head = template(section(0, study), slid("cell")) + template(section(1, study), slid("array"))
    # of what is measured and set around the array, the temperature alone counts, along a straight line
    warmth = [Slid(one.key, one.value, (one.steps[0], one.steps[-1])) for one in sliders if one.steps]
    variants = {}
    for places in product(*(range(len(one.options)) for one in choices)):
        asked = chosen(study, choices, places)
        variants[",".join(map(str, places))] = template(section(2, asked), [*slid("program"), *warmth])
    _check(asked, sliders, [*head, *variants[",".join(map(str, places))]])
    return head, variants


def _check(study: Study, sliders: Sequence[Slider], pieces: Sequence[Piece]) -> None:
    """Raise ValueError unless the whole deck is the generator's where all sliders have moved at once."""
    every = [one.slid for one in sliders]
    point = {one.key: one.others[1] for one in every}
    if fill(pieces, point, every) != deck_text(at(study, sliders, point)):
        raise ValueError(f"the places do not give the generator's deck at {point}")


def _sections(deck: str) -> list[str]:
    """Its three parts, which make the whole."""
    first, second = (deck.index(mark) for mark in _SECTIONS)
    return [deck[:first], deck[first:second], deck[second:]]
