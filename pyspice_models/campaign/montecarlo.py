"""Monte Carlo: one study on many arrays, or in many cycles of one array; every measure becomes a distribution.

Run number n of seed S is the array whose own seed is `array_seed(S, n)`: it depends on these two numbers alone, not on
how many runs there are, who does them or in which order.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.journal import Journal, journal_in
from pyspice_models.campaign.runs import Answer, Crew, Task, as_answer, local, work_through
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.folders.mark import Origin
from pyspice_models.measure import common_text
from pyspice_models.numeric import MAX_SEED, whole
from pyspice_models.study.bounds import check_run
from pyspice_models.study.identity import identity, question
from pyspice_models.study.run import versions
from pyspice_models.study.study import Study
from pyspice_models.study.tables.change import read_tables
from pyspice_models.study.tables.read import nominal_study
from pyspice_models.study.tables.variation import variation_from
from pyspice_models.study.variation import MAX_CYCLE, Variation, vary
from pyspice_models.units import parse, show

MAX_RUNS = 1_000_000
_LIMIT = re.compile(r"\s*(<=|>=)\s*(.+)")


@dataclass(frozen=True)
class Limit:
    """What a measure must keep to for a run to count as good.

    Attributes:
        measure: its name.
        sign: "<=" or ">=".
        text: the number, with a unit or without.
    """

    measure: str
    sign: str
    text: str

    def value(self, unit: str) -> float:
        """The number in the measure's unit.

        Raises:
            RequestError: it is in another unit.
        """
        return parse(self.text, "" if unit == "1" else unit, name=f"montecarlo.limits.{self.measure}")

    def kept_by(self, values: np.ndarray, unit: str) -> np.ndarray:
        """Which of the values keep to it; what is not finite does not."""
        bound = self.value(unit)
        return np.isfinite(values) & (values <= bound if self.sign == "<=" else values >= bound)

    def room(self, values: np.ndarray, unit: str) -> np.ndarray:
        """How far the values are on the good side of it, in their unit; negative where they miss it."""
        return np.asarray((self.value(unit) - values) * (1 if self.sign == "<=" else -1))

    def shown(self, unit: str) -> str:
        """For people, for example `>= 0.5`."""
        return f"{self.sign} {show(self.value(unit), unit)}"


@dataclass(frozen=True)
class MonteCarlo:
    """A study and how many arrays of it are simulated.

    Attributes:
        nominal: the study as designed.
        variation: how arrays differ; its seed is that of the whole.
        runs: how many.
        vary: "arrays", a new array for every run, or "cycles", a new cycle of the same array.
        limits: what a good run keeps to.
        tables: of the study file, for the record.
    """

    nominal: Study
    variation: Variation
    runs: int
    vary: str = "arrays"
    limits: Sequence[Limit] = ()
    tables: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse numbers and words that make no sense."""
        object.__setattr__(self, "runs", whole(self.runs, 1, MAX_RUNS, name="runs"))
        if self.vary not in ("arrays", "cycles"):
            raise RequestError.for_value("montecarlo.vary", self.vary, allowed="arrays or cycles")
        if self.vary == "cycles" and self.variation.cycle + self.runs > MAX_CYCLE:
            raise RequestError.for_value("variability.cycle + runs", self.runs, allowed=f"<= {MAX_CYCLE}")

    @property
    def key(self) -> str:
        """Of all that decides the result of a run with a given number: not how many there are, nor the limits."""
        about = {"program": self.nominal.program, "variation": self.variation, "vary": self.vary}
        return content_key(identity(self.nominal) | about)

    @property
    def question(self) -> str:
        """A digest of all that decides the answer as a whole: the number of runs and the limits as well."""
        about = {"variation": self.variation, "vary": self.vary, "runs": self.runs, "limits": tuple(self.limits)}
        return content_key(question(self.nominal) | about)

    @property
    def about(self) -> dict[str, object]:
        """For people who look into the journal."""
        return {"study": self.nominal.name, "seed": self.variation.seed, "vary": self.vary}

    def check_size(self, at_once: int) -> None:
        """Refuse runs that do not fit into this machine, so many at the same time; see `check_run`."""
        check_run(self.nominal, at_once=min(at_once, self.runs))

    def drawn_as(self, run: int) -> Variation:
        """The array, and the cycle of it, that a run is about."""
        if self.vary == "cycles":
            return replace(self.variation, cycle=self.variation.cycle + run)
        return replace(self.variation, seed=array_seed(self.variation.seed, run))

    def study(self, run: int) -> Study:
        """The study of one run, as it is simulated, with the seed that makes it in its settings.

        Raises:
            RequestError: no whole number >= 0, or a sample that leaves a parameter's range.
        """
        variation = self.drawn_as(whole(run, 0, MAX_RUNS - 1, name="run"))
        own = {**self.tables.get("variability", {}), "seed": variation.seed, "cycle": variation.cycle}
        title = f"{self.nominal.title}, run {run}"
        settings = {**self.tables, "variability": own}
        return replace(vary(self.nominal, variation)[0], title=title, settings=settings)


def array_seed(seed: int, run: int) -> int:
    """The seed of one array out of many: 53 bits of NumPy's independent stream number `run` of `seed`."""
    state = np.random.SeedSequence(seed, spawn_key=(run,)).generate_state(1, np.uint64)
    return int(state[0]) & MAX_SEED


def load_montecarlo(
    path: Path | str,
    changes: Sequence[str] = (),
    *,
    runs: int | None = None,
    seed: int | None = None,
    engine: str = "",
    form: str = "",
) -> MonteCarlo:
    """Read a study file with a `[variability]` table; what is given here goes before what stands in the file.

    Raises:
        RequestError: no such table, no number of runs, an unknown key, a value out of range.
    """
    path = Path(path)
    tables = read_tables(path, changes)
    return _montecarlo(tables, path.stem, path.parent, runs=runs, seed=seed, engine=engine, form=form)


def _montecarlo(
    tables: Mapping[str, Any], name: str, folder: Path, *, runs: int | None, seed: int | None, engine: str, form: str
) -> MonteCarlo:  # fmt: skip
    own = tables.get("montecarlo", {})
    if not isinstance(own, dict):
        raise RequestError("montecarlo must be a table: write it as [montecarlo]")
    for key in own:
        refuse_unknown(key, {"runs", "vary", "limits"}, "montecarlo")
    if "variability" not in tables:
        raise RequestError(
            "the study has no [variability] table, so that all runs would be the same. Add one: an empty one takes the "
            "default spreads."
        )
    if runs is None and "runs" not in own:
        raise RequestError("how many runs? Give --runs N, or the study [montecarlo] with runs = N.")
    nominal = nominal_study(tables, folder=folder, name=name)
    variation = variation_from(tables, nominal.crossbar) or Variation()
    if seed is not None:
        variation = replace(variation, seed=whole(seed, 0, MAX_SEED, name="seed"))
    return MonteCarlo(
        replace(nominal, engine=engine or nominal.engine, form=form or nominal.form),
        variation,
        own["runs"] if runs is None else runs,
        own.get("vary", "arrays"),
        _limits(own.get("limits", {})),
        tables,
    )


def _limits(table: object) -> list[Limit]:
    if not isinstance(table, dict):
        raise RequestError("montecarlo.limits must be a table: write it as [montecarlo.limits]")
    found = []
    for name, texts in table.items():
        for text in texts if isinstance(texts, list) else [texts]:
            match = _LIMIT.fullmatch(text) if isinstance(text, str) else None
            if match is None:
                raise RequestError.for_value(
                    f"montecarlo.limits.{name}", text, allowed='text such as "<= 50 fJ" or ">= 0.5", or a list of them'
                )
            found.append(Limit(name, match[1], match[2]))
    return found


def montecarlo(
    study: Mapping[str, Any] | Path | str,
    runs: int | None = None,
    *,
    seed: int | None = None,
    engine: str = "",
    form: str = "",
    workers: int = 2,
    crew: Crew | None = None,
    folder: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
) -> xr.Dataset:
    """Simulate a study with a `[variability]` table on many arrays, for example `montecarlo("study.toml", 1000)`.

    Args:
        study: a study file, or the tables of one.
        runs, seed, engine, form: instead of the study's own.
        workers: processes, each with one simulator at a time.
        crew: instead of them, for example `cluster("tcp://host:8786")`.
        folder: where the results of all runs are kept; without it they go with the call.
        resume: go on from what an earlier call with this folder has done.
        force: replace another result in this folder.

    Returns, raises: see `run_montecarlo`; for distributions and yield give it to `summarize`.
    """
    if isinstance(study, Mapping):
        asked = _montecarlo(study, "montecarlo", Path(), runs=runs, seed=seed, engine=engine, form=form)
    else:
        asked = load_montecarlo(study, runs=runs, seed=seed, engine=engine, form=form)
    if crew is None:
        asked.check_size(workers)
    with tempfile.TemporaryDirectory(prefix="ag2s-") as scratch:
        target = Path(folder) if folder is not None else Path(scratch) / "montecarlo"
        made = Origin("montecarlo", asked.question, {**asked.about, "runs": asked.runs})
        with journal_in(target, asked.key, asked.about, origin=made, resume=resume, force=force) as journal:
            return run_montecarlo(asked, journal, crew or local(workers))


def run_montecarlo(
    asked: MonteCarlo, journal: Journal, crew: Crew, report: Callable[[int], None] | None = None
) -> xr.Dataset:
    """Do every run whose result the journal lacks.

    Args:
        asked: study and number of runs.
        journal: see `journal_in`; its key is that of `asked`.
        crew: who does it.
        report: is told how many runs are done.

    Returns:
        Over the dimension `run`: every measure with its unit, NaN where a run has none; `failure`, why it failed, or
        ""; `array_seed` and `cycle`, which make the run again. Over (run, cause): `drawn`, see `vary`.

    Raises:
        RequestError: a limit on a measure that the study does not have, or in another unit; an engine that cannot do
            this.
        ToolError: a simulator is missing or too old.
        Ag2sError: the disk is full.
    """
    tasks = {n: Task(f"run {n}", asked.nominal, asked.drawn_as(n)) for n in range(asked.runs)}
    checked = False
    for _, answer in work_through(tasks, journal, crew, report):
        if answer.measures and not checked:
            _check_limits(asked.limits, answer)
            checked = True
    found = _dataset(asked, journal)
    if not checked and (ok := found["failure"].values == "").any():
        data = next(data for number, data in journal.results() if number < len(ok) and ok[number])
        _check_limits(asked.limits, as_answer(data))
    return found


def _check_limits(limits: Sequence[Limit], answer: Answer) -> None:
    for limit in limits:
        refuse_unknown(limit.measure, dict(answer.measures), "montecarlo.limits")
        limit.value(answer.measures[limit.measure].unit)


def _dataset(asked: MonteCarlo, journal: Journal) -> xr.Dataset:
    """The journal's results in the order of the runs, one after the other into arrays of their final size."""
    runs = asked.runs
    values: dict[str, np.ndarray] = {}
    units: dict[str, str] = {}
    texts: dict[str, dict[int, tuple[str, str]]] = {}
    drawn: dict[str, np.ndarray] = {}
    order: dict[str, tuple[int, int]] = {}
    failures, engines = [""] * runs, set()
    for number, data in journal.results():
        if number >= runs:
            continue
        answer = as_answer(data)
        for place, (name, measure) in enumerate(answer.measures.items()):
            order[name] = min(order.get(name, (number, place)), (number, place))
            values.setdefault(name, np.full(runs, np.nan))[number] = measure.value
            units[name] = measure.unit or "1"
            texts.setdefault(name, {})[number] = (measure.about, measure.general)
        for cause, deviate in answer.drawn.items():
            # of faults only those that there are are told
            drawn.setdefault(cause, np.zeros(runs) if cause.startswith("faults") else np.full(runs, np.nan))
            drawn[cause][number] = deviate
        failures[number] = answer.failure
        if answer.engine:
            engines.add(answer.engine)
    variations = [asked.drawn_as(n) for n in range(runs)]
    causes = sorted(drawn)
    data_vars: dict[str, Any] = {
        name: (
            "run",
            values[name],
            {"units": units[name], "long_name": common_text(t for _, t in sorted(texts[name].items()))},
        )
        for name in sorted(values, key=order.__getitem__)
    }
    data_vars |= {
        "failure": ("run", np.array(failures, dtype=str), {"long_name": "why the run has no measures"}),
        "array_seed": ("run", np.array([v.seed for v in variations]), {"long_name": "variability.seed of the run"}),
        "cycle": ("run", np.array([v.cycle for v in variations]), {"long_name": "variability.cycle of the run"}),
    }
    if causes:
        matrix = np.stack([drawn[cause] for cause in causes], axis=1)
        data_vars["drawn"] = (
            ("run", "cause"),
            matrix,
            {"units": "1", "long_name": "deviates and counts that were drawn"},
        )
    attrs = {
        "study": asked.nominal.name,
        "title": asked.nominal.title,
        "form": asked.nominal.form,
        "engine": ", ".join(sorted(engines)),
        "seed": asked.variation.seed,
        "vary": asked.vary,
        "settings": json.dumps(asked.tables, default=str),
        "versions": json.dumps(dict(versions())),
    }
    coords = {"run": np.arange(runs)} | ({"cause": np.array(causes)} if causes else {})
    return xr.Dataset(data_vars, coords, attrs)
