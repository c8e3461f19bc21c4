"""Answers of runs whose arrays are really drawn, and whose measures are a formula of what was drawn."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import numpy as np

from pyspice_models.campaign.runs import Answer, Crew, Task
from pyspice_models.measure import Measure
from pyspice_models.study.variation import vary

TABLES: dict[str, Any] = {
    "array": {"rows": 2, "cols": 3, "initial": {"pattern": "checkerboard"}},
    "variability": {"seed": 7},
    "program": [{"do": "write", "row": 1, "col": 1}, {"do": "read", "row": 1}],
}


def answered(formula: Callable[[Mapping[str, float]], float], name: str = "state_change") -> Crew:
    """A crew that draws the array of each run, and takes the formula of what was drawn for its measure."""

    def crew(do: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
        for number, task in enumerate(items):
            assert isinstance(task, Task)
            assert task.variation is not None
            drawn = vary(task.study, task.variation)[1]
            yield number, Answer({name: Measure(formula(drawn), "", "a formula")}, engine="formula", drawn=drawn)

    return crew


def by_seed(do: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
    """A crew whose measure is a standard normal number of the seed of each array."""
    for number, task in enumerate(items):
        drawn = float(np.random.default_rng(task.variation.seed).normal())
        yield number, Answer({"state_change": Measure(drawn, "", "a number of the seed")}, engine="none")
