"""Measures of a study from waves that another tool made: those that the waves suffice for, and what the others lack."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import xarray as xr

from pyspice_models.measure import Measure
from pyspice_models.measure.read import sensed
from pyspice_models.result import windows
from pyspice_models.study.books import broken_books
from pyspice_models.study.measures.every import measure_groups
from pyspice_models.study.measures.missing import missing_measures
from pyspice_models.study.measures.step_table import StepRow, step_rows
from pyspice_models.study.outside.dataset import Lacking, outside_dataset
from pyspice_models.study.outside.files import outside_waves
from pyspice_models.study.outside.names import renamed
from pyspice_models.study.study import Study

T = TypeVar("T")


@dataclass(frozen=True)
class OutsideOutcome:
    """What waves from outside say of a study.

    Attributes:
        study: what they are of.
        dataset: the waves as a result of the package; what they lack raises when it is looked at.
        measures: by name, each exactly as the package measures its own runs.
        lacking: what the file does not have, by quantity, with the names of its vectors.
        missing: measures that there are none of, and why, by name or group.
        warning: why the numbers are not to be trusted, else "".
    """

    study: Study
    dataset: xr.Dataset
    measures: Mapping[str, Measure]
    lacking: Mapping[str, str]
    missing: Mapping[str, str]
    warning: str = ""

    def as_json(self) -> str:
        """All of it but the waves."""
        data: dict[str, object] = {
            "study": self.study.name,
            "waves": str(self.dataset.attrs["engine"]).removeprefix("waves of "),
            "measures": {
                name: {"value": m.value, "unit": m.unit, "about": m.about} for name, m in self.measures.items()
            },
            "missing": dict(self.missing),
            "lacking": dict(self.lacking),
        }
        return json.dumps(data | ({"warning": self.warning} if self.warning else {}), indent=2)


def measure_waves(path: Path | str, study: Study, *, instance: str = "", rename: Iterable[str] = ()) -> OutsideOutcome:
    """Measure a study by waves that another tool made of it.

    Args:
        path: a raw file of ngspice or VACASK (binary or text), or a CSV, of `ag2s convert` or exported by LTspice.
        study: what was simulated.
        instance: element that the crossbar is in a testbench, such as x1; "" where its nodes stand by themselves.
        rename: `THEIRS=OURS` for nodes and sources that the testbench calls differently, such as in0=wt_0.

    Raises:
        RequestError: a file that cannot be read or is cut off, waves of another study or of another window of time, or
            none from which anything could be measured.
    """
    waves = outside_waves(Path(path))
    columns = renamed(waves.columns, instance, rename)
    dataset, lacking = outside_dataset(study, waves, columns)
    measures: dict[str, Measure] = {}
    missing: dict[str, str] = {}
    rows, why = _tried(dataset, lambda whole: step_rows(whole))
    for number, group in enumerate(measure_groups(study, dataset)):
        if rows is None and group.by_rows:
            missing[group.about] = why
            continue
        found, lack = _of_group(study, dataset, number, measures, rows or ())
        if found is None:
            missing[group.about] = lack
            found = (_tried(dataset, _read_current)[0] or {}) if group.about == "reads" else {}
        measures |= found
    if not lacking:
        missing |= missing_measures(study, dataset, measures)
    warning = "" if lacking else broken_books(study, dataset)
    return OutsideOutcome(study, dataset, measures, lacking, missing, warning)


def _of_group(
    study: Study, dataset: xr.Dataset, number: int, measures: Mapping[str, Measure], rows: tuple[StepRow, ...]
) -> tuple[Mapping[str, Measure] | None, str]:  # fmt: skip
    def of(whole: xr.Dataset) -> Mapping[str, Measure]:
        return list(measure_groups(study, whole))[number].of(measures, rows)

    return _tried(dataset, of)


def _tried(dataset: xr.Dataset, asked: Callable[[xr.Dataset], T]) -> tuple[T | None, str]:
    """What is asked of a dataset; or None, and which of the waves that it lacks it takes."""
    taken: list[str] = []
    found: T | None = None
    while True:
        try:
            with np.errstate(all="ignore"):
                found = asked(dataset)
        except Lacking as lack:
            taken.append(lack.name)
            like = dataset[lack.name].variable
            # what else it takes shows when this is there
            dataset = dataset.assign({lack.name: (like.dims, np.zeros(like.shape), like.attrs)})
            continue
        except Exception:
            if not taken:
                raise
        break
    return (None, f"needs {', '.join(taken)}, which the waves lack") if taken else (found, "")


def _read_current(dataset: xr.Dataset) -> dict[str, Measure]:
    """All that is known of reads of which nothing but the sense circuits' currents is known."""
    reads = windows(dataset, "read")
    if len({(read.voltage, read.scheme) for read in reads}) > 1:
        return {}
    current = float(np.abs(np.concatenate([sensed(dataset, read) for read in reads])).mean())
    return {"read_current": Measure(current, "A", "mean settled current into a sense circuit")}
