"""What the cases of `scripts/fuzz` are made of."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from random import Random
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "scripts"))

from fuzzing import keys, networks, shell, studies, watch  # noqa: E402
from fuzzing.case import HANG, Case, Found, Place  # noqa: E402
from fuzzing.kinds import IN_PROCESS, SHARES, THROUGH_SHELL, planned  # noqa: E402

from pyspice_models.stimulus.steps import STEPS  # noqa: E402

# ---- what the cases are made of


def test_a_case_is_the_same_whatever_else_a_campaign_holds() -> None:
    few, many = planned(40, list(SHARES), 3), planned(4000, ["study"], 3)
    assert set(SHARES) == set(IN_PROCESS) | set(THROUGH_SHELL) == {case.kind for case in few}
    shared = next(case for case in few if case.kind == "study")
    assert shared in many
    assert studies.mutated(shared.dice()) == studies.mutated(Case(3, "study", shared.number).dice())
    assert len(few) == 40
    assert len(set(many)) == 4000


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Random], str], int], set[tuple[str, ...]]]:
    """Which keys of the shipped studies so many cases change, each of which tells the name of its study."""
    tables: dict[str, Any] = {}
    written = studies.written
    monkeypatch.setattr(studies, "written", lambda made: written(tables.setdefault("last", made)))

    def changed_by(make: Callable[[Random], str], cases: int) -> set[tuple[str, ...]]:
        found = set[tuple[str, ...]]()
        for number in range(cases):
            tables.clear()
            name = make(Random(f"1 case {number}"))
            found |= _differences(tables["last"], studies.shipped()[name])
        return found

    return changed_by


def test_every_key_of_a_study_is_changed(changed: Callable[..., set[tuple[str, ...]]]) -> None:
    steps = {field.name for step in STEPS.values() for field in fields(step)}
    faults = {("faults", name) for name in (*keys.FAULTS, "seed")}
    initial = {("array", "initial", name) for name in ("file", "conductance", "run", "variable")}
    size = {("array", "rows"), ("array", "cols"), ("study", "title")}
    declared = {*keys.parameters(keys.SETS), *keys.KEYS}
    known = {*declared, *(("program", name) for name in steps), *faults, *initial, *size}
    assert len(known) > 150
    found = changed(lambda dice: studies.mutated(dice)[0], 7000)
    tables_in_steps = {path[:2] for path in found if path[0] == "program"}  # a wave is a table in a step
    assert not known - found - tables_in_steps


def test_every_key_of_a_study_of_a_network_is_changed(changed: Callable[..., set[tuple[str, ...]]]) -> None:
    def mutated(dice: Random) -> str:
        name, tables = networks.base(dice)
        studies.changed(tables, dice, networks.CHANGES)
        return name

    own = {(table, name) for table in ("learning", "inference") for name in ("hidden", "images")}
    known = {*keys.parameters(networks.SETS), *networks.KEYS, *own}
    assert len(known) > 100
    assert not known - changed(mutated, 3000)


def _differences(one: Any, other: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Paths of the values that one has and the other lacks or has otherwise; steps count as one table."""
    if isinstance(one, dict):
        rest = other if isinstance(other, dict) else {}
        return {found for key in one for found in _differences(one[key], rest.get(key), (*path, str(key)))}
    if isinstance(one, list) and one and all(isinstance(entry, dict) for entry in one):
        rest = other if isinstance(other, list) else []
        pairs = zip(one, [*rest, *[None] * len(one)], strict=False)
        return {found for entry, before in pairs for found in _differences(entry, before, path)}
    return set() if type(one) is type(other) and one == other else {path}


# ---- how long is long


def test_a_queue_for_the_processor_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    now, queued = [0.0], [3.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr(watch, "queued_seconds", lambda pid: queued[0])
    monkeypatch.setattr(watch, "processes", lambda root: {})
    patience = watch.Patience(os.getpid(), 20.0)
    answers = []
    for now[0], queued[0] in ((19.0, 3.0), (21.0, 3.5), (21.0, 4.5), (40.0, 24.0), (99.0, 90.0), (101.0, 99.0)):
        answers.append(patience.is_over())
    assert answers == [False, True, False, False, False, True]


def test_a_command_that_goes_on_too_long_hangs_and_one_that_ends_does_not(tmp_path: Path) -> None:
    place = Place(tmp_path / "case", tmp_path)
    place.make()
    done = shell.run(["--version"], place, shell.Rules(60.0, 2 << 30))
    shell.judge(done)
    with pytest.raises(Found) as found:
        shell.run(["characterize"], place, shell.Rules(0.0, 2 << 30))  # which starts other programs, for long
    assert found.value.what == HANG
