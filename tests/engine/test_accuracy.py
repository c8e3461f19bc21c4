"""Default step and tolerances against a run ten times tighter: what Accuracy promises."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.cells.selectors.kinds import Selector
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import Read, Step, Write
from pyspice_models.study import Study, load_study, run_study, study_from

COMPARED = ("energy_per_switch", "energy_selected_cell", "energy_drivers", "recovery_time", "read_current")


def _largest_difference(study: Study, factor: float) -> float:
    plain, tight = (run_study(s).measures for s in (study, replace(study, accuracy=Accuracy().tighter(factor))))
    assert abs(tight["energy_imbalance"].value) <= 1e-3
    return max(abs(plain[name].value / tight[name].value - 1) for name in COMPARED)


_PROGRAM = [Write(2, 3), Read(2, 3), Write(4, 1, voltage=-0.3), Read(4, 1, scheme="floating")]
_THRESHOLD = [
    Write(2, 3, voltage=0.5), Read(2, 3, voltage=0.25), Write(4, 1, voltage=-0.5),
    Read(4, 1, voltage=0.25, scheme="floating"),
]  # fmt: skip


@pytest.mark.parametrize("error", [2e-2, 5e-3, 1e-3])
@pytest.mark.parametrize(
    ("selector", "program"),
    [(None, _PROGRAM), (TransistorParams(), _PROGRAM), (ThresholdParams(), _THRESHOLD)],
    ids=["1R", "1T1R", "1S1R"],
)
def test_a_stated_error_is_kept(selector: Selector | None, program: list[Step], error: float) -> None:
    """Against settings that no stated error asks for."""
    crossbar = Crossbar(6, 6, per_cell={"w0": pattern("random", (6, 6), seed=9)}, selector=selector)
    study = Study("accuracy", crossbar, program)
    finest = Accuracy(reltol=1e-6, abstol=1e-17, vntol=1e-11, chgtol=1e-20, steps_per_pulse=200)
    found, tight = (
        run_study(replace(study, accuracy=accuracy)).measures for accuracy in (Accuracy.for_error(error), finest)
    )
    assert abs(tight["energy_imbalance"].value) < 1e-3
    for name in (*COMPARED, "energy_dissipated", "state_change"):
        assert found[name].value == pytest.approx(tight[name].value, rel=error, abs=0), name


def test_the_default_is_half_a_percent_and_a_smaller_error_is_never_coarser() -> None:
    assert Accuracy.for_error(5e-3) == Accuracy()
    errors = [5e-2, 1e-2, 5e-3, 1e-3, 1e-4]
    settings = [Accuracy.for_error(error) for error in errors]
    for name in ("reltol", "abstol", "vntol", "chgtol"):
        values = [getattr(one, name) for one in settings]
        assert values == sorted(values, reverse=True)
    steps = [one.steps_per_pulse for one in settings]
    assert steps == sorted(steps)


@pytest.mark.parametrize("error", [0.0, 1e-5, 0.2])
def test_an_error_that_cannot_be_promised_is_refused(error: float) -> None:
    with pytest.raises(RequestError, match=r"error = .* is refused; allowed: >= 0.0001 and <= 0.05"):
        Accuracy.for_error(error)


def test_a_study_states_its_error_and_is_told_what_was_chosen() -> None:
    tables = {
        "array": {"rows": 2, "cols": 2},
        "accuracy": {"error": "1 %", "vntol": "2 nV"},
        "program": [{"do": "read"}],
    }
    study = study_from(tables)
    assert study.accuracy == Accuracy.for_error(0.01).replace(vntol=2e-9)
    numerics = "KLU, one thread, trapezoids, reltol 0.0002, 10 steps or more in a pulse"
    assert run_study(study).dataset.attrs["numerics"] == numerics


@pytest.mark.slow
def test_defaults_are_within_half_a_percent_at_32_by_32(studies) -> None:
    assert _largest_difference(load_study(studies / "write_read_32.toml"), 4) < 5e-3


@pytest.mark.slow
def test_64_by_64_keeps_its_books(studies) -> None:
    size = ["array.rows=64", "array.cols=64"]
    measures = run_study(load_study(studies / "write_read_32.toml", size)).measures
    assert abs(measures["energy_imbalance"].value) < 1e-3
    assert measures["writes_as_lone_cell"].value == 1
