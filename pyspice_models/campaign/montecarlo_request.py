"""What a Monte Carlo study asks for: a study as designed, how arrays differ, and how many of them.

Run number n of seed S is the array whose own seed is `array_seed(S, n)`: it depends on these two numbers alone, not on
how many runs there are, who does them or in which order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.array.variability import VariabilityParams
from pyspice_models.campaign.limit import Limit, check_together, limits_from, limits_table
from pyspice_models.campaign.subjects.subject import TRANSIENT, Subject
from pyspice_models.campaign.subjects.which import WORDS, subject_in
from pyspice_models.declare.quantity import ParameterSet, choice, refuse_unknown, whole_quantity
from pyspice_models.displayed import Displayed
from pyspice_models.errors import RequestError
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.numeric import MAX_SEED, whole
from pyspice_models.study.bounds import check_run
from pyspice_models.study.draws.corners import refuse_corner
from pyspice_models.study.draws.even import Even
from pyspice_models.study.identity import identity, question
from pyspice_models.study.study import Study
from pyspice_models.study.tables.objects import tables_of, values_of, variation_tables
from pyspice_models.study.tables.registry import table_in
from pyspice_models.study.tables.source import Given, Source
from pyspice_models.study.tables.write import write_tables
from pyspice_models.study.variation import MAX_CYCLE, Variation, designed, refuse_fields, vary

MAX_RUNS = 1_000_000


@dataclass(frozen=True)
class MonteCarloParams(ParameterSet):
    """What [montecarlo] says, but for limits."""

    runs: int = whole_quantity(1, low=1, high=MAX_RUNS, about="number of runs")
    vary: str = choice("arrays", "arrays", "cycles", about="what is new in every run: the array, or its cycle")
    draws: str = choice(
        "random", "random", "sobol", "stratified",
        about="how arrays are drawn: each by itself, or evenly together, as scrambled Sobol points or Latin hypercubes",
    )  # fmt: skip
    of: str = choice(TRANSIENT.word, *WORDS, about="what is done with each array")


@dataclass(frozen=True, repr=False)
class MonteCarlo(Displayed):
    """A study and how many arrays of it are simulated.

    Attributes:
        nominal: the study as designed.
        variation: how arrays differ; its seed is that of the whole.
        runs: how many.
        vary: "arrays", a new array for every run, or "cycles", a new cycle of the same array.
        limits: what a good run keeps to.
        draws: "random", "sobol" or "stratified"; the last two with `vary` "arrays" alone. See `study.draws.even`.
        subject: what is done with each array; by default the study's program.

    Raises:
        RequestError: a number of runs or a word that makes no sense, more cycles than there are, faults by place beside
            odds of faults, cycles or draws that the subject has no use for, a corner, contradicting limits.
    """

    nominal: Study
    variation: Variation
    runs: int
    vary: str = "arrays"
    limits: Sequence[Limit] = ()
    draws: str = "random"
    subject: Subject = TRANSIENT

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        asked = MonteCarloParams.from_mapping(
            {"runs": self.runs, "vary": self.vary, "draws": self.draws}, where="montecarlo"
        )
        check_together(self.limits)
        if self.vary == "cycles":
            self.subject.check_cycles()
        if self.draws != "random" and self.subject.word == "inference":
            self.subject.check_places("montecarlo.draws = " + self.draws)
        object.__setattr__(self, "runs", asked.runs)
        refuse_corner(self.variation)
        object.__setattr__(self, "nominal", designed(self.nominal, self.variation))
        if self.vary == "cycles" and self.draws != "random":
            raise RequestError.for_value(
                "montecarlo.draws", self.draws, allowed="random where montecarlo.vary is cycles",
                advice="Arrays alone are drawn evenly.",
            )  # fmt: skip
        if self.draws != "random":
            refuse_fields(self.variation)
        most = (MAX_CYCLE - self.variation.cycle) // self.subject.cycles
        if self.vary == "cycles" and self.runs > most:
            raise RequestError.for_value("variability.cycle + runs", self.runs, allowed=f"<= {MAX_CYCLE}")

    def __repr__(self) -> str:
        """One line for people."""
        limits = f", {len(self.limits)} limit{'s' * (len(self.limits) > 1)}" if self.limits else ""
        return f"<MonteCarlo {self.nominal.name!r}: {self.runs} {self.vary}, seed {self.variation.seed}{limits}>"

    @property
    def key(self) -> str:
        """Of all that decides the result of a run with a given number: not how many there are, nor the limits."""
        about = {"program": self.nominal.program, "variation": self.variation, "vary": self.vary, "draws": self.draws}
        return content_key(identity(self.nominal) | about | self._subject)

    @property
    def question(self) -> str:
        """A digest of all that decides the answer as a whole: the number of runs and the limits as well."""
        about = {"variation": self.variation, "vary": self.vary, "runs": self.runs, "limits": tuple(self.limits)}
        return content_key(question(self.nominal) | about | {"draws": self.draws} | self._subject)

    @property
    def _subject(self) -> dict[str, Any]:
        return {} if self.subject == TRANSIENT else {"of": self.subject.word, **self.subject.key}

    @property
    def about(self) -> dict[str, object]:
        """For people who look into the journal."""
        of = {} if self.subject == TRANSIENT else {"of": self.subject.word}
        return {"study": self.nominal.name, "seed": self.variation.seed, "vary": self.vary, **of}

    def check_size(self, at_once: int) -> None:
        """Refuse runs that do not fit into this machine, so many at the same time; see `check_run`."""
        check_run(self.nominal, at_once=min(at_once, self.runs))

    def drawn_as(self, run: int) -> Variation:
        """The array, and the cycle of it, that a run is about."""
        if self.vary == "cycles":
            return replace(self.variation, cycle=self.variation.cycle + run * self.subject.cycles)
        place = None if self.draws == "random" else Even(self.draws, self.variation.seed, run)
        return replace(self.variation, seed=array_seed(self.variation.seed, run), place=place)

    def study(self, run: int) -> Study:
        """The study of one run, as it is simulated, with the seed that makes it in its settings.

        Raises:
            RequestError: no whole number >= 0, a sample that leaves a parameter's range, another subject than the
                study's program.
        """
        if self.subject != TRANSIENT:
            raise RequestError(
                f"run {run} is no run of the study's program: montecarlo.of is {self.subject.word}. One run alone is "
                + " ".join(self.alone(run))
            )
        variation = self.drawn_as(whole(run, 0, MAX_RUNS - 1, name="run"))
        title, settings = f"{self.nominal.title}, run {run}", self.nominal.settings
        if variation.place is not None:  # no seed says where it lies: its numbers do
            drawn = replace(vary(self.nominal, variation)[0], title=title)
            return replace(drawn, settings=tables_of(drawn))
        own = {**settings.get("variability", {}), "seed": variation.seed, "cycle": variation.cycle}
        return replace(vary(self.nominal, variation)[0], title=title, settings={**settings, "variability": own})

    def write(self, folder: Path) -> None:
        """Write the study as designed with how it varies, so that `ag2s montecarlo FOLDER/study.toml` asks the same.

        Raises:
            RequestError, StorageError: see `write_tables`.
        """
        varied = tables_of(self.nominal) | variation_tables(self.variation) | self.subject.tables()
        of = {} if self.subject == TRANSIENT else {"of": self.subject.word}
        asked = {"runs": self.runs, "vary": self.vary, "draws": self.draws, "limits": limits_table(self.limits), **of}
        write_tables(varied | {"montecarlo": asked}, folder)

    def alone(self, run: int, study: str = "STUDY.toml") -> list[str]:
        """The words of a command that does one run alone; of arrays that were drawn evenly there are none."""
        if self.subject == TRANSIENT:
            return ["ag2s", "simulate", study, "--run", str(run)]
        variation = self.drawn_as(run)
        if variation.place is not None:
            return []
        sets = [f"variability.seed={variation.seed}", *self.subject.alone(variation)]
        sets += [f"variability.cycle={variation.cycle}"] if self.vary == "cycles" else []
        return ["ag2s", self.subject.command, study, *(word for one in sets for word in ("--set", one))]


def array_seed(seed: int, run: int) -> int:
    """The seed of one array out of many: 53 bits of NumPy's independent stream number `run` of `seed`."""
    state = np.random.SeedSequence(seed, spawn_key=(run,)).generate_state(1, np.uint64)
    return int(state[0]) & MAX_SEED


def load_montecarlo(
    study: Given,
    changes: Sequence[str] = (),
    *,
    runs: int | None = None,
    spread: VariabilityParams | None = None,
    faults: Mapping[str, float] | None = None,
    seed: int | None = None,
    vary: str = "",
    draws: str = "",
    of: str = "",
    limits: Mapping[str, str | Sequence[str]] | None = None,
    engine: str = "",
    form: str = "",
) -> MonteCarlo:
    """What is asked of a study, a study file or the tables of one; see `montecarlo`.

    What is given here goes before what stands in the tables `[variability]`, `[faults]` and `[montecarlo]`.

    Raises:
        RequestError: no spreads, no number of runs, an unknown key, a value out of range.
    """
    source = Source.of(study, changes, engine=engine, form=form, name="montecarlo")
    if spread is not None:
        source = source.with_keys("variability", values_of(spread))
    if "variability" not in source.tables:
        raise RequestError(
            "the study has no [variability] table, so that all runs would be the same. Add one: an empty one takes the "
            "default spreads. In Python give spread=VariabilityParams()."
        )
    if faults is not None:
        source = source.with_keys("faults", faults)
    if seed is not None:
        source = source.with_keys("variability", {"seed": seed})
    given = {"runs": runs, "vary": vary or None, "draws": draws or None, "of": of or None, "limits": limits}
    source = source.with_keys("montecarlo", {key: value for key, value in given.items() if value is not None})
    own = table_in(source.tables, "montecarlo")
    for key in own:
        refuse_unknown(key, {"runs", "vary", "draws", "of", "limits"}, "montecarlo")
    if "runs" not in own:
        raise RequestError("how many runs? Give --runs N, or the study [montecarlo] with runs = N.")
    asked = MonteCarloParams.from_mapping({key: own[key] for key in own if key != "limits"}, where="montecarlo")
    nominal, subject = subject_in(source, asked.of)
    variation = source.variation(nominal) or Variation()
    limits_of = limits_from(own.get("limits", {}))
    return MonteCarlo(nominal, variation, asked.runs, asked.vary, limits_of, asked.draws, subject)
