"""Closed loops on an array that is kept alive: they are what studies of each round say, whenever they are stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from write_verify_cases import TARGET, _study

from pyspice_models.measure import energy_split
from pyspice_models.program.algorithms.history import History
from pyspice_models.program.algorithms.how import How
from pyspice_models.program.algorithms.table import Way
from pyspice_models.program.loop import executed
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.rounds import Rounds
from pyspice_models.program.session import Session
from pyspice_models.program.write_verify import write_verify
from pyspice_models.result import windows
from pyspice_models.stimulus import Read, ReadAll, Wait, Write
from pyspice_models.study.run import simulate_study
from pyspice_models.study.study import Study

ASKED = Programming(Study("wv", _study().crossbar, [ReadAll()], engine="nodal"), TARGET, Budget(rounds=3))


def test_rounds_of_a_live_array_are_those_of_studies(monkeypatch: pytest.MonkeyPatch) -> None:
    live, _ = write_verify(ASKED)
    monkeypatch.setattr(Rounds, "run", lambda self, study, folder, goes_on: simulate_study(study, folder))
    studies, _ = write_verify(ASKED)
    assert (live.pulses == studies.pulses).all()
    assert np.abs(live.read - studies.read).max() < 1e-9
    assert max(np.abs(live.states[name] - values).max() for name, values in studies.states.items()) < 1e-9
    assert live.energy_source == pytest.approx(studies.energy_source, rel=1e-9, abs=0)
    assert live.energy_supply == pytest.approx(studies.energy_supply, rel=1e-9, abs=0)


def test_a_round_in_parts_is_the_same_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of large arrays are, whose waves do not fit into memory at once: charges stay from part to part."""
    asked = replace(ASKED, budget=Budget(rounds=1), way=Way("history", History(), How(grain=0.0)))
    whole, _ = write_verify(asked)
    monkeypatch.setattr(executed, "PART", 2 * TARGET.size)
    runs: list[bool] = []
    run = Rounds.run
    monkeypatch.setattr(
        Rounds, "run", lambda self, *words, goes_on: runs.append(goes_on) or run(self, *words, goes_on=goes_on)
    )
    parted, _ = write_verify(asked)
    assert runs.count(True) >= 2
    assert (parted.pulses == whole.pulses).all()
    assert np.abs(parted.read - whole.read).max() < 1e-4
    assert max(np.abs(parted.states[name] - values).max() for name, values in whole.states.items()) < 1e-4
    assert parted.energy_supply == pytest.approx(whole.energy_supply, rel=2e-3, abs=0)
    assert parted.energy_cells == pytest.approx(whole.energy_cells, rel=1e-2, abs=0)
    assert parted.time == pytest.approx(whole.time, rel=1e-9, abs=0)


def test_a_stop_between_two_rounds_changes_nothing(tmp_path: Path) -> None:
    def stop(share: float) -> None:
        raise KeyboardInterrupt

    (tmp_path / "out").mkdir()
    with pytest.raises(KeyboardInterrupt):
        write_verify(ASKED, checkpoint=tmp_path / "kept.npz", progress=stop)
    resumed, _ = write_verify(ASKED, checkpoint=tmp_path / "kept.npz", folder=tmp_path / "out")
    whole, _ = write_verify(ASKED)
    assert all(np.array_equal(resumed.states[name], values) for name, values in whole.states.items())
    assert resumed.energy_source == whole.energy_source
    assert resumed.errors == whole.errors
    rounds = sorted(path.parent.name for path in (tmp_path / "out").glob("round-*/nodal.log"))
    assert rounds == [f"round-{number:03d}" for number in range(1, len(whole.errors))]


def test_a_record_is_the_dataset_of_a_study() -> None:
    program = [Write(1, 2), Read(1, 2), Wait(3e-6), Write(2, 0, voltage=-0.3, pulses=2)]
    session = Session(ASKED.study.crossbar)
    found = session.record(*program)
    data = simulate_study(Study("whole", session.crossbar, program, engine="nodal"))
    assert found.sizes == data.sizes
    assert windows(found) == windows(data)
    for name, values in data.variables.items():
        if values.dtype.kind == "f":
            assert found[name].values == pytest.approx(values.values, rel=1e-9, abs=1e-18, nan_ok=True), name
    last = session.record(*program[:2])
    assert float(last["time"][0]) == 0.0
    assert np.array_equal(last["w"].values[-1], session.states["w"])
    assert session.energies["delivered"] == pytest.approx(
        sum(energy_split(one, 0.0, float(one["time"][-1])).source for one in (found, last)), rel=1e-12, abs=0
    )
