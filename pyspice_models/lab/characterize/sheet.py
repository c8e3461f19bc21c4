"""The device sheet: every row's experiment is run, measured and held against its target."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.engine import Progress
from pyspice_models.errors import SimulationError
from pyspice_models.lab.characterize.compliance import compliance_experiments
from pyspice_models.lab.characterize.experiment import CellWaves, Experiment, Finding
from pyspice_models.lab.characterize.loops import loop_experiments
from pyspice_models.lab.characterize.memory import memory_experiments
from pyspice_models.lab.characterize.pulses import pulse_experiments
from pyspice_models.lab.characterize.run import run_all
from pyspice_models.lab.published import TARGETS, WANTED, Target

SEED = 1


@dataclass(frozen=True)
class Row:
    """A target and what was found."""

    target: Target
    finding: Finding

    @property
    def ok(self) -> bool:
        """The target is met, and all that belongs to it holds."""
        return self.finding.holds and self.target.met_by(self.finding.simulated)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON; a number that could not be found is None."""
        t, found = self.target, self.finding
        return {
            "id": t.id,
            "quantity": t.quantity,
            "published": t.published,
            "simulated": found.simulated if math.isfinite(found.simulated) else None,
            "unit": t.unit,
            "tolerance": t.tolerance,
            "criterion": t.demand,
            "ok": self.ok,
            "provenance": t.tag,
            "source": t.source,
            "basis": t.basis,
            "calibrated": bool(t.tuned),
            "tuned_parameters": list(t.tuned),
            "values": {name: list(numbers) for name, numbers in found.values.items()},
            "note": found.note,
        }


@dataclass(frozen=True)
class Sheet:
    """The device sheet of one form.

    Attributes:
        form: "osdi", "subckt" or "twin".
        seed: of the samples of cycles and devices.
        rows: in the order of the targets.
        experiments: by name.
        waves: of each experiment's benches, by its name.
    """

    form: str
    seed: int
    rows: tuple[Row, ...]
    experiments: Mapping[str, Experiment]
    waves: Mapping[str, list[CellWaves]]

    @property
    def failed(self) -> list[Row]:
        """Rows that are not ok."""
        return [row for row in self.rows if not row.ok]

    @property
    def independent(self) -> list[Row]:
        """Rows that hold a number of the device against one that no parameter and no equation was chosen to give."""
        return [row for row in self.rows if row.target.basis == "predicted"]

    @property
    def closing(self) -> str:
        """What the sheet proves, as its last words."""
        kinds = Counter(row.target.basis for row in self.rows)
        split = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        return (
            f"{len(self.independent)} of {len(self.rows)} rows are independent predictions ({split}). The others show "
            "that the model can give what is published, and that its forms agree. A prediction would need, of this "
            "device: " + "; ".join(WANTED) + "."
        )

    def row(self, name: str) -> Row:
        """The row of that id."""
        return next(row for row in self.rows if row.target.id == name)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "form": self.form,
            "seed": self.seed,
            "targets": [row.as_dict() for row in self.rows],
            "independent_predictions": len(self.independent),
            "closing": self.closing,
        }


def all_experiments(cell: CellParams, seed: int = SEED) -> list[Experiment]:
    """Every experiment on the device sheet."""
    return [
        *pulse_experiments(cell),
        *loop_experiments(cell, seed),
        *compliance_experiments(cell, seed),
        *memory_experiments(cell),
    ]


def characterize(
    form: str, folder: Path, *, cell: CellParams | None = None, seed: int = SEED, progress: Progress | None = None
) -> Sheet:
    """Run all experiments on `cell` and hold them against the published numbers.

    Args:
        form: "osdi" (Verilog-A in ngspice), "subckt" (behavioural, in ngspice) or "twin" (NumPy).
        folder: decks and logs go to folders in it.
        cell: nominal parameters [the 200 nm cell annealed at 160 C]; other films and sizes come from the presets.
        seed: of the samples of cycles and devices.
        progress: is told the share of the work that is done.

    Raises:
        RequestError: unknown form, or a bad seed.
        SimulationError, ToolError: a simulator failed. An experiment that runs and does not show what is measured in
            it (a cell that never reaches its threshold) is a row that is not ok.
    """
    experiments = all_experiments(cell or CellParams(), seed)
    waves = run_all(experiments, form, folder, progress)
    findings: dict[str, Finding] = {}
    for experiment in experiments:
        try:
            findings.update(experiment.measure(waves[experiment.name]))
        except SimulationError as error:
            findings.update(dict.fromkeys(experiment.rows, Finding(math.nan, note=str(error))))
    findings.update(_invariants([run for runs in waves.values() for run in runs]))
    rows = tuple(Row(target, findings[target.id]) for target in TARGETS)
    return Sheet(form, seed, rows, {e.name: e for e in experiments}, waves)


def _invariants(runs: Sequence[CellWaves]) -> dict[str, Finding]:
    """What must hold in every run: power and net energy from outside are not negative, states are in [0, 1]."""
    lowest = min(float(run.p.min() / run.p.max()) for run in runs)
    drawn = [float(np.trapezoid(run.v * run.i, run.time)) for run in runs]
    power = Finding(min(lowest, 0.0), {"smallest energy drawn by a cell [J]": [min(drawn)]}, holds=min(drawn) >= 0)
    if not power.holds:
        power = replace(power, note="a cell delivered more energy than it drew")
    states = np.array([(f(run.w), f(run.x)) for run in runs for f in (np.min, np.max)])
    excursion = max(0.0, float(states.max()) - 1.0, -float(states.min()))
    return {"power": power, "state": Finding(excursion)}
