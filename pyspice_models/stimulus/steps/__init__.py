"""The steps that a program is made of, one file each."""

from __future__ import annotations

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
    "steps_of_kind",
]
