"""A step is one file: what a class of one's own, registered under a word, gets without a change anywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from pyspice_models import STEPS, Crossbar, Phase, Read, RequestError, Step, Study, crossbar_deck, load_study, schedule
from pyspice_models.declare.quantity import quantity, whole_quantity
from pyspice_models.stimulus.outline import outline
from pyspice_models.stimulus.scheme import vector_bias
from pyspice_models.study.measures.every import study_measures
from pyspice_models.study.run import run_study
from pyspice_models.study.size import estimate
from pyspice_models.study.tables.write import write_study
from pyspice_models.study.variation import Variation, vary


@dataclass(frozen=True)
class Ramp(Step):
    """Pulses on one bit line whose voltages grow in even steps, all word lines at 0 V."""

    kind: ClassVar[str] = "ramp"

    col: int = 0
    pulses: int = whole_quantity(3, low=1, high=100, about="how many")
    voltage: float = quantity(0.3, "V", low=-5, high=5, tag="assumed", source="a test", about="of the last pulse")
    width: float = quantity(1e-6, "s", above=0, high=1, tag="assumed", source="a test", about="of one pulse")

    def phases(self, crossbar: Crossbar, where: str) -> Iterator[Phase]:
        """One for each voltage."""
        rows, cols = map(range, crossbar.shape)
        if self.col not in cols:
            raise RequestError.for_value(f"{where}.col", self.col, allowed=f"a whole number from 0 to {len(cols) - 1}")
        for number in range(1, self.pulses + 1):
            volts = self.voltage * number / self.pulses
            bias = vector_bias([0.0] * len(rows), [volts if col == self.col else 0.0 for col in cols])
            yield Phase(self.kind, self.width, bias, rows, [self.col], volts)


FILE = """
[study]
name = "own"
engine = "nodal"
[array]
rows = 2
cols = 3
[[program]]
do = "ramp"
col = "last"
voltage = "60 mV"
[[program]]
do = "read"
"""


@pytest.fixture(autouse=True)
def _ramp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STEPS, "ramp", Ramp)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    path = tmp_path / "own.toml"
    path.write_text(FILE)
    return load_study(str(path))


def test_a_study_file_reads_it_with_units_and_places(study: Study) -> None:
    assert study.program == (Ramp(col=2, voltage=0.06), Read())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('voltage = "60 mA"', r"program\[0\]\.voltage"),
        ("width = 0", r"program\[0\]\.width = 0.* is refused"),
        ("volts = 1", r"unknown key 'volts' in \[program\[0\]\]; did you mean 'voltage'"),
    ],
)
def test_what_it_does_not_take_is_refused_by_name(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "bad.toml").write_text(FILE.replace('voltage = "60 mV"', line))
    with pytest.raises(RequestError, match=words):
        load_study(tmp_path / "bad.toml")


def test_it_is_written_and_read_back_equal(study: Study, tmp_path: Path) -> None:
    assert 'do = "ramp"' in (file := write_study(study, tmp_path / "kept")).read_text()
    assert load_study(file) == study


def test_one_that_is_not_registered_is_refused(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(STEPS, "ramp")
    with pytest.raises(RequestError, match=r"program\[0\] = 'Ramp' is refused.*until it stands in STEPS"):
        write_study(study, tmp_path / "kept")


def test_it_is_laid_out_and_estimated(study: Study) -> None:
    plan, whole = schedule(study.crossbar, study.program), outline(study.crossbar, study.program)
    assert [window.kind for window in plan.windows] == ["ramp", "ramp", "ramp", "read"]
    assert np.allclose([window.voltage for window in plan.windows[:3]], [0.02, 0.04, 0.06], rtol=0, atol=1e-15)
    assert max(plan.bit[2].values) == pytest.approx(0.06, abs=1e-15)
    assert (whole.windows, whole.pulses, whole.stop) == (4, 4, plan.stop)
    assert estimate(study).pulses == 4
    with pytest.raises(RequestError, match=r"program\[0\]\.col = 3 is refused; allowed: a whole number from 0 to 2"):
        schedule(study.crossbar, [Ramp(col=3)])


@pytest.mark.parametrize("dialect_name", ["ngspice", "vacask", "spectre"])
def test_netlists_drive_it(study: Study, dialect_name: str) -> None:
    form = "veriloga" if dialect_name == "spectre" else "osdi"
    deck = crossbar_deck(study.crossbar, study.schedule(), form=form, dialect_name=dialect_name)
    for volts in ("0.02", "0.04", "0.06"):
        assert len(re.findall(rf" {volts}\b", deck.text)) == 2, "each once at both ends of a top, on one line"


def test_an_array_that_is_drawn_scales_its_voltages(study: Study) -> None:
    drawn, _ = vary(study, Variation(seed=5))
    assert drawn.amplitude != 1
    assert drawn.program[0] == Ramp(col=2, voltage=0.06 * drawn.amplitude)


def test_it_runs_and_what_it_does_not_give_is_not_measured(study: Study) -> None:
    outcome = run_study(study)
    assert {row.kind for row in outcome.steps} == {"ramp", "read"}
    assert outcome.missing["state_change"] == "needs a write, write_pattern, rank_one or rank_one_streams step"
    assert outcome.measures["read_current"].value > 0
    assert study_measures(study, outcome.dataset, outcome.steps) == outcome.measures
