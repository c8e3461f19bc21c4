"""A transient within which cells take other parameters: the program in parts, on one array that stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyspice_models.engine.nodal.points import Points
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.simulation import Change


def run_with_changes(
    run: Transient, changes: Sequence[Change], deadline: float, progress: Callable[[float], None] | None,
    keep: Callable[[Points], None],
) -> None:  # fmt: skip
    """Integrate to the end of the schedule.

    Args:
        run: at its start.
        changes: in order of time; without any it is one run.
        deadline, progress, keep: see `Transient.run`.

    Raises:
        SimulationError: see `Transient.run`.
    """
    number = {stretch.start: n for n, stretch in enumerate(run.schedule.stretches)}
    begin = True
    for change in changes:
        run.run(deadline, progress, keep, begin=begin, stretches=number[change.time])
        run.exchange(change.crossbar)
        begin = False
    run.run(deadline, progress, keep, begin=begin)
