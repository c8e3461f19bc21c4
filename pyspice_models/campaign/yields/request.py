"""What is asked of a yield against a design key: a study, the key and its values, how many arrays at each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyspice_models.campaign.axis import Axis, axes_of, axis_from, parse_axis
from pyspice_models.campaign.montecarlo_request import MonteCarlo, load_montecarlo
from pyspice_models.campaign.rare.request import RareRequest, load_rare
from pyspice_models.campaign.runs import Task
from pyspice_models.campaign.subjects.which import table_of
from pyspice_models.declare.quantity import ParameterSet, quantity, refuse_unknown
from pyspice_models.errors import MOST_OF_A_NAME, RequestError, cut
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.study.bounds import check_campaign
from pyspice_models.study.tables.registry import table_in
from pyspice_models.study.tables.source import Given, Source

MOST_VALUES = 100
Against = str | Mapping[str, Iterable[object]]
"""A key and its values: text as `--over` takes it, or values by key."""


@dataclass(frozen=True)
class YieldParams(ParameterSet):
    """What `[yield]` says, but for the key."""

    target: float = quantity(
        0.99, "", above=0, high=1, tag="assumed", source="choice of the user",
        about="yield that is to be met: at which values it is, is told", plausible="the study's to state",
    )  # fmt: skip


@dataclass(frozen=True, repr=False)
class YieldRequest:
    """A study at several values of a key, with the same draws at all of them.

    Attributes:
        source: of the study.
        axis: the key and its values.
        asked: at each value, how arrays differ and what a good one keeps to.
        params: see `YieldParams`.
        rare: at each value what is asked of rare failures; none for arrays that are drawn as they come.
    """

    source: Source
    axis: Axis
    asked: tuple[MonteCarlo, ...]
    params: YieldParams
    rare: tuple[RareRequest, ...] = ()

    def __repr__(self) -> str:
        """One line for people."""
        how = "odds of rare failures" if self.rare else f"{self.runs} arrays"
        return f"<YieldRequest {self.name!r}: {how} at each of {len(self.axis.values)} values of {self.axis.shown}>"

    @property
    def name(self) -> str:
        """Of the study."""
        return self.source.name

    @property
    def runs(self) -> int:
        """At each value."""
        return self.asked[0].runs

    @property
    def tasks(self) -> dict[int, Task]:
        """Runs by number: the first array at all values, the second, and so on, so that more of them may be added."""
        count = len(self.asked)
        return {
            run * count + place: Task(f"{self.told(place)}, run {run}", one.nominal, one.drawn_as(run), one.subject)
            for run in range(self.runs)
            for place, one in enumerate(self.asked)
        }

    def told(self, place: int) -> str:
        """A value, for people."""
        return cut(f"{self.axis.shown} = {self.axis.values[place]}", MOST_OF_A_NAME)

    @cached_property
    def key(self) -> str:
        """Of all that decides the results of the runs by their numbers."""
        every = [one.key for one in self.rare] or [one.key for one in self.asked]
        return content_key({str(n): key for n, key in enumerate(every)})

    @property
    def question(self) -> str:
        """A digest of all that decides the answer as a whole."""
        every = [one.question for one in self.rare] or [one.question for one in self.asked]
        return content_key({str(n): one for n, one in enumerate(every)} | {"target": self.params.target})

    @property
    def about(self) -> dict[str, object]:
        """For people who look into the journal."""
        how: dict[str, object] = {"rare": True} if self.rare else {}
        return {"yield": self.name, "against": self.axis.shown, "seed": self.asked[0].variation.seed, **how}

    def check_size(self, at_once: int) -> None:
        """Refuse arrays that do not fit into this machine, so many at the same time; see `check_campaign`."""
        check_campaign(((self.told(n), one.nominal) for n, one in enumerate(self.asked)), at_once)

    def write(self, folder: Path) -> None:
        """Write the study with all that is asked, so that `ag2s yield FOLDER/study.toml` asks the same.

        Raises:
            RequestError, StorageError: see `write_tables`.
        """
        own = {"against": self.axis.entry, "target": self.params.target}
        self.source.with_keys("yield", own).write(folder, "yield", "montecarlo", table_of(self.asked[0].subject.word))


def load_yield(
    study: Given,
    against: Against = "",
    changes: Sequence[str] = (),
    *,
    runs: int | None = None,
    target: float | str | None = None,
    seed: int | None = None,
    of: str = "",
    limits: Mapping[str, str | Sequence[str]] | None = None,
    rare: bool = False,
    per_level: int = 2000,
    weighted: int = 4000,
    floor: float | str = 1e-9,
    engine: str = "",
    form: str = "",
) -> YieldRequest:
    """What is asked of a study, a study file or the tables of one, that has `[variability]` and limits.

    Args:
        study, changes, runs, seed, of, limits, engine, form: see `load_montecarlo`.
        against: a key and its values, such as "array.size=4,8,16"; "" for what `[yield]` says.
        target: yield that is to be met; None for what `[yield]` says.
        rare: odds of rare failures at each value, instead of arrays that are drawn as they come.
        per_level, weighted, floor: see `load_rare`.

    Raises:
        RequestError: as `load_montecarlo` at one of the values, which is named; no key, no limits, a target that is
            none; as `load_rare`.
    """
    source = Source.of(study, changes, engine=engine, form=form, name="yield")
    own = dict(table_in(source.tables, "yield"))
    for key in own:
        refuse_unknown(key, {"against", "target"}, "yield")
    axis = _axis(against, own.pop("against", ""))
    if target is not None:
        own["target"] = target
    params: YieldParams = YieldParams.from_mapping(own, where="yield")
    given = {"runs": runs if not rare else 1, "of": of or None, "limits": limits}
    source = source.with_keys("montecarlo", {key: value for key, value in given.items() if value is not None})
    if seed is not None:
        source = source.with_keys("variability", {"seed": seed})
    asked, rares = [], []
    for place in range(len(axis.values)):
        try:
            one = source.changed(axis.changes(place))
            asked.append(load_montecarlo(one))
            if rare:
                rares.append(load_rare(one, per_level=per_level, weighted=weighted, floor=floor))
        except RequestError as error:
            raise error.at(cut(f"{axis.shown} = {axis.values[place]}", MOST_OF_A_NAME)) from None
    axis.coordinate(source.tables)
    if not asked[0].limits:
        raise RequestError(
            'what is a good array? Give limits: --limit "read_margin >= 0.5", or in the study [montecarlo.limits].'
        )
    return YieldRequest(source, axis, tuple(asked), params, tuple(rares))


def _axis(against: Against, own: object) -> Axis:
    if isinstance(against, Mapping):
        axes = axes_of(against)
        if len(axes) != 1:
            raise RequestError.for_value("against", list(against), allowed="one key with its values")
        axis = axes[0]
    elif against or own:
        try:
            axis = parse_axis(against) if against else axis_from(own)
        except RequestError as error:
            raise RequestError(
                str(error).replace("--over", "--against").replace("sweep.over", "yield.against")
            ) from None
    else:
        raise RequestError(
            "against which key? Give --against KEY=V1,V2,..., such as array.size=4,8,16 or wire.width=2um,5um, or the "
            "study a [yield] table with `against`."
        )
    if len(axis.values) > MOST_VALUES:
        raise RequestError.for_value(f"--against {axis.shown}", len(axis.values), allowed=f"up to {MOST_VALUES} values")
    return axis
