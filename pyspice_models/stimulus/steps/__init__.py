"""The steps that a program is made of, one file each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from pyspice_models.stimulus.steps.apply import Apply
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.steps.drive import Drive
from pyspice_models.stimulus.steps.rank_one import RankOne
from pyspice_models.stimulus.steps.rank_one_streams import RankOneStreams
from pyspice_models.stimulus.steps.read import Read
from pyspice_models.stimulus.steps.read_all import ReadAll
from pyspice_models.stimulus.steps.vmm import Vmm
from pyspice_models.stimulus.steps.wait import Wait
from pyspice_models.stimulus.steps.write import Write
from pyspice_models.stimulus.steps.write_pattern import WritePattern

STEPS: dict[str, type[Step]] = {
    "write": Write,
    "write_pattern": WritePattern,
    "rank_one": RankOne,
    "rank_one_streams": RankOneStreams,
    "read": Read,
    "read_all": ReadAll,
    "vmm": Vmm,
    "apply": Apply,
    "drive": Drive,
    "wait": Wait,
}
"""By the word that a study file has for each."""


def word_of(step: Step) -> str:
    """The word that a study file has for a step."""
    return next((word for word, kind in STEPS.items() if type(step) is kind), type(step).__name__)


def program_in_words(program: Sequence[Step], most: int = 6) -> str:
    """A program in few words: `write, 3 read, wait`; of a long one so many of its parts."""
    parts = [(word, len(list(same))) for word, same in groupby(map(word_of, program))]
    told = [f"{count} {word}" if count > 1 else word for word, count in parts[:most]]
    left = len(program) - sum(count for _, count in parts[:most])
    return ", ".join(told) + (f" and {left} steps more" if left else "") if parts else "no steps"


def steps_of_kind(kind: str) -> str:
    """The words of all steps of one kind, such as "read or read_all"."""
    words = [word for word, step in STEPS.items() if step.kind == kind]
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


__all__ = [
    "STEPS",
    "Apply",
    "Drive",
    "RankOne",
    "RankOneStreams",
    "Read",
    "ReadAll",
    "Step",
    "Vmm",
    "Wait",
    "Write",
    "WritePattern",
    "program_in_words",
    "steps_of_kind",
    "word_of",
]
