"""Limits and thresholds of a study, and what a draw leaves in it."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.declare.quantity import ParameterSet, quantity


@dataclass(frozen=True)
class Limits(ParameterSet):
    """Limits and thresholds of a study."""

    time_limit: float = quantity(
        600.0, "s", above=0, high=1e6, tag="assumed", source="choice of the user",
        about="after which the simulator is stopped",
    )  # fmt: skip
    memory_limit: float = quantity(
        0.0, "B", low=0, high=1e16, tag="assumed", source="choice of the user",
        about="of a run, by its estimate; 0: most of what is free on the machine",
    )  # fmt: skip
    disk_limit: float = quantity(
        0.0, "B", low=0, high=1e18, tag="assumed", source="choice of the user",
        about="of the files of a run, by their estimate; 0: what is free where they go",
    )  # fmt: skip
    success_within: float = quantity(
        0.1, "", above=0, high=1, tag="assumed", source="choice of the user",
        about="a write does what it does to a lone cell if the states change as that one's, to within this share",
    )  # fmt: skip
    g_threshold: float = quantity(
        0.0, "S", low=0, high=10, tag="assumed", source="choice of the user",
        about="conductance from which a cell is a one; 0: the arithmetic middle of the nominal cell's window",
    )  # fmt: skip
    target_within: float = quantity(
        0.05, "", above=0, high=1, tag="assumed", source="choice of the user",
        about="a write reaches its g_target within this share of the nominal cell's window",
    )  # fmt: skip
    feature_size: float = quantity(
        0.0, "m", low=0, high=1e-2, tag="assumed", source="choice of the user",
        about="F, in whose squares areas are told; 0: half the line pitch",
    )  # fmt: skip


@dataclass(frozen=True)
class Drawn(ParameterSet):
    """What a draw leaves in a study beside its array."""

    amplitude: float = quantity(
        1.0, "", above=0, high=100, tag="assumed", source="1: nothing was drawn",
        about="factor that is in all voltages of the program already, over those that were asked for",
    )  # fmt: skip
