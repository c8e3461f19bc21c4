"""The kinds of cases, and how many of a campaign are of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from fuzzing import commands, in_process, kills, networks, shell, simulators
from fuzzing.case import Case, Place
from fuzzing.inputs import files, forged

IN_PROCESS: dict[str, Callable[[Case, Place], None]] = {
    "study": in_process.study,
    "set": in_process.changes,
    "network": networks.network,
    "file": files.damaged,
    "forged": forged.forged,
    "simulator": simulators.fake,
}
"""Done in the worker itself; one that takes longer than the patience hangs."""

THROUGH_SHELL: dict[str, Callable[[Case, Place, shell.Rules], None]] = {
    "command": commands.command,
    "signal": kills.killed,
}
"""Start the command `ag2s` one or more times; each call has the patience to itself."""

SHARES = {
    "study": 0.5, "set": 0.12, "network": 0.12, "file": 0.16, "forged": 0.08, "simulator": 0.01, "command": 0.007,
    "signal": 0.003,
}  # fmt: skip
"""Of all cases: those that start processes take a thousand times longer than those that do not."""


def planned(cases: int, kinds: Sequence[str], seed: int) -> list[Case]:
    """So many cases of these kinds, by their shares, at least one of each, in a random order."""
    whole = sum(SHARES[kind] for kind in kinds)
    counts = {kind: max(1, round(cases * SHARES[kind] / whole)) for kind in kinds}
    # what rounding added or left out goes to the largest kind
    largest = max(counts, key=counts.__getitem__)
    counts[largest] = max(1, counts[largest] + cases - sum(counts.values()))
    plan = [Case(seed, kind, number) for kind, count in counts.items() for number in range(count)]
    Random(seed).shuffle(plan)
    return plan
