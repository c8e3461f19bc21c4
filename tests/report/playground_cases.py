"""The playground of the tests: the shipped study, its sliders anywhere."""

from __future__ import annotations

import json
import random
from pathlib import Path

from browser import Page

from pyspice_models.report.playground.controls import Choice, Slider, choices_of, sliders_of
from pyspice_models.report.playground.decks import at, chosen, deck_text
from pyspice_models.study import Study, load_study

SHIPPED = Path(__file__).parents[2] / "scripts" / "studies" / "playground.toml"


def shipped() -> Study:
    """Its seven numbers: two states, the current of a read, four of a row."""
    return load_study(SHIPPED)


def anywhere(study: Study, seed: int) -> tuple[dict[str, float], list[int], str]:
    """A random place of every slider and choice, and the generator's deck there."""
    draw = random.Random(seed)
    sliders, choices = sliders_of(study), choices_of(study)
    values = {one.key: _somewhere(one, draw) for one in sliders}
    places = [draw.randrange(len(one.options)) for one in choices]
    return values, places, deck_text(at(chosen(study, choices, places), sliders, values))


def _somewhere(one: Slider, draw: random.Random) -> float:
    return draw.choice(one.steps) if one.steps else float(f"{draw.uniform(one.low, one.high):.3g}")


def move(page: Page, values: dict[str, float], choices: list[Choice], places: list[int]) -> None:
    """Put the page's sliders and choices there."""
    for one, place in zip(choices, places, strict=True):
        page.run(f"playground.choose({json.dumps(one.key)}, {place})")
    page.run(f"Object.entries({json.dumps(values)}).forEach(([key, v]) => playground.set(key, v))")
