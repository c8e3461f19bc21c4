"""Programs with memory: a run goes on from where another ended."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pyspice_models.array import Crossbar, Faults
from pyspice_models.errors import RequestError
from pyspice_models.result import save
from pyspice_models.stimulus import Read, Wait, Write
from pyspice_models.study import Study, continue_from, run_study, study_from

WRITE = Write(0, 1, width=1e-6)
REST = Wait(30e-6)


def test_two_runs_are_one_that_was_cut_in_two() -> None:
    crossbar = Crossbar(2, 2, per_cell={"w0": [[0.2, 0.4], [0.6, 0.8]], "g_int_max": 0.2e-6}, faults=Faults(((1, 0),)))
    first = run_study(Study("first", crossbar, [WRITE, REST]))
    between = continue_from(first)
    second = run_study(Study("second", between, [WRITE, REST, Read(0, 1)]))
    whole = run_study(Study("whole", crossbar, [WRITE, REST, WRITE, REST, Read(0, 1)]))
    step = float(first.dataset["w"][-1, 0, 1] - first.dataset["w"][0, 0, 1])
    assert step > 0.03
    for name in ("w", "x"):
        ends = [run.dataset[name][-1].values for run in (second, whole)]
        assert np.abs(ends[0] - ends[1]).max() < 1e-3 * step
    assert between.faults == crossbar.faults
    assert (between.values("g_int_max") == 0.2e-6).all()
    currents = [float(run.dataset["i_sense"][-1, 1]) for run in (second, whole)]
    assert currents[0] == pytest.approx(currents[1], rel=1e-3, abs=0)


def test_what_overshoots_a_bound_is_put_back_inside() -> None:
    outcome = run_study(Study("full", Crossbar(1, 1, per_cell={"w0": 0.99}), [Write(0, 0, pulses=20)]))
    outcome.dataset["w"][-1] = 1 + 1e-9
    outcome.dataset["x"][-1] = -1e-9
    after = continue_from(outcome)
    assert after.values("w0") == 1
    assert after.values("x0") == 0


def test_a_study_file_starts_from_the_folder_of_a_run(tmp_path: Path) -> None:
    outcome = run_study(Study("first", Crossbar(2, 2), [WRITE, REST]))
    save(outcome.dataset, tmp_path / "result.nc")
    tables = {"array": {"rows": 2, "cols": 2, "initial": {"run": "."}}, "program": [{"do": "read_all"}]}
    crossbar = study_from(tables, folder=tmp_path).crossbar
    expected = continue_from(outcome)
    assert (crossbar.values("w0") == expected.values("w0")).all()
    assert (crossbar.values("x0") == expected.values("x0")).all()

    def refused(message: str, **array: object) -> None:
        with pytest.raises(RequestError, match=message):
            study_from({**tables, "array": {**tables["array"], **array}}, folder=tmp_path)

    refused(r"\(2, 2\) is refused; allowed: \(3, 2\)", rows=3)
    refused("holds no finished run: neither states.npz nor result.nc", initial={"run": "nowhere"})
    refused("has run and seed: give one or the other", initial={"run": ".", "seed": 1})
    (tmp_path / "result.nc").write_bytes(b"not netCDF")
    refused("the netCDF result .* cannot be read: .* damaged", initial={"run": "."})
    (tmp_path / "states.npz").write_bytes(b"not a zip")
    refused(r"states\.npz cannot be read", initial={"run": "."})
    np.savez(tmp_path / "states.npz", w=np.full((2, 2), 1.5), x=np.zeros((2, 2)))
    refused(r"per_cell\.w0\[0, 0\] = 1\.5 is refused", initial={"run": "."})
