"""What is asked of a study's assumptions: which parameters, to which ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspice_models.campaign.assumptions.subject import Subject, subject_of
from pyspice_models.campaign.assumptions.varied import Varied, parse_ranges, select
from pyspice_models.campaign.runs import Task
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.study.bounds import check_campaign
from pyspice_models.study.identity import identity, question
from pyspice_models.study.tables.source import Given
from pyspice_models.units import show

ENDS = ("low", "high")


@dataclass(frozen=True)
class EndTask(Task):
    """One run: one parameter at one end, or the study as it is (`key` is "").

    Attributes:
        whose: parameter it is.
        key, value: the parameter, SI.
        follow: calibrated parameters follow, so that published numbers stay.
    """

    whose: Subject | None = None
    key: str = ""
    value: float = 0.0
    follow: bool = True


@dataclass(frozen=True)
class Request:
    """What is asked, made ready: every end is a valid study.

    Attributes:
        subject: the study.
        varied: its parameters.
        alone: why the others are left alone, by key.
        measures: that are asked for; none for the headlines.
        follow: calibrated parameters follow.
    """

    subject: Subject
    varied: Sequence[Varied]
    alone: Mapping[str, str]
    measures: Sequence[str] = ()
    follow: bool = True

    @property
    def tasks(self) -> dict[int, Task]:
        """By number: 0 the study as it is, then low and high of each parameter, but where an end is the value."""
        study, variation = self.subject.study, self.subject.variation
        found: dict[int, Task] = {0: EndTask("the study as it is", study, variation)}
        for place, one in enumerate(self.varied):
            for end, value in enumerate(one.ends):
                if not _same(value, one.value):
                    where = f"{one.key} = {show(value, one.declared.unit)}"
                    found[number_of(place, end)] = EndTask(
                        where, self.subject.changed({one.key: value}), variation, whose=self.subject, key=one.key,
                        value=value, follow=self.follow,
                    )  # fmt: skip
        return found

    @property
    def key(self) -> str:
        """Of all that decides the results."""
        about = {
            f"{number} {task.where}": content_key(identity(task.study) | {"program": task.study.program})
            for number, task in self.tasks.items()
        }
        return content_key(about | {"follow": self.follow, "variation": self.subject.variation})

    @property
    def question(self) -> str:
        """The same without tools and models, and with the measures asked for."""
        about: dict[str, Any] = {f"{number}": content_key(question(t.study)) for number, t in self.tasks.items()}
        return content_key(
            about | {"follow": self.follow, "variation": self.subject.variation, "measures": tuple(self.measures)}
        )

    @property
    def about(self) -> dict[str, object]:
        """For people who look into the journal."""
        study = self.subject.study
        return {"study": study.name, "engine": study.engine, "form": study.form, "parameters": len(self.varied)}

    def check_size(self, at_once: int) -> None:
        """Refuse runs that do not fit into this machine, so many at the same time; see `check_campaign`."""
        check_campaign(((task.where, task.study) for task in self.tasks.values()), at_once)


def number_of(place: int, end: int) -> int:
    """Number of the run of a parameter's end."""
    return 1 + 2 * place + end


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))


def load_request(
    study: Given,
    changes: Sequence[str] = (),
    *,
    measures: Sequence[str] = (),
    only: Sequence[str] = (),
    ranges: Sequence[str] = (),
    engine: str = "",
    form: str = "",
    follow: bool = True,
) -> Request:
    """What is asked of a study, a study file, or the tables of one; see `assumptions`.

    Raises:
        RequestError: no valid study, an unknown key, a range that is none, nothing to vary.
    """
    subject = subject_of(study, changes, engine=engine, form=form)
    varied, alone = select(subject, only, parse_ranges(ranges, subject))
    return Request(subject, varied, alone, measures, follow)
