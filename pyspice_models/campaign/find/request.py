"""What a search asks: a study, which of its keys varies between which ends, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspice_models.campaign.axis import LINKED, SIZE, keys_of
from pyspice_models.campaign.find.condition import Condition, parse_condition
from pyspice_models.campaign.runs import Task
from pyspice_models.campaign.subjects.subject import TRANSIENT
from pyspice_models.campaign.subjects.which import at_point, check_word
from pyspice_models.declare.quantity import Plausible, Quantity
from pyspice_models.displayed import Displayed
from pyspice_models.errors import RequestError, did_you_mean, quoted
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.study.identity import identity, question
from pyspice_models.study.tables.cells.common import cell_kind
from pyspice_models.study.tables.declared import quantity_at
from pyspice_models.study.tables.registry import TABLES
from pyspice_models.study.tables.source import Given, Source
from pyspice_models.units import ends_alike, micro, parse, show

_SIZES = (2.0, 64.0)
"""Lines that a search goes through unless it is told: what takes minutes at most."""

_LEAST_WITHIN = 1e-9


@dataclass(frozen=True, repr=False)
class Search(Displayed):
    """A study, and which number of it is sought.

    Attributes:
        source: of the study.
        vary: the key, as it was asked for.
        keys: what `--set` takes; they get the same value.
        declared: what is known about the key.
        low, high: ends, SI.
        until: the condition.
        within: how close the ends come, as a share of the value; of whole numbers they are neighbours.
        of: what is done at each value, see `subject_in`.
    """

    source: Source
    vary: str
    keys: tuple[str, ...]
    declared: Quantity
    low: float
    high: float
    until: Condition
    within: float
    of: str = TRANSIENT.word

    def __repr__(self) -> str:
        """One line for people."""
        ends = f"{micro(self.shown(self.low))} to {micro(self.shown(self.high))}"
        return f"<Search {self.name!r}: {self.vary} from {ends}, until {self.condition}>"

    @property
    def name(self) -> str:
        """Of the study."""
        return self.source.name

    @property
    def about(self) -> dict[str, object]:
        """For people who look into the journal."""
        return {"find": self.name, "vary": self.vary, "until": self.condition}

    @property
    def condition(self) -> str:
        """As it was asked."""
        return f"{self.until.measure} {self.until.sign} {self.until.text}"

    def text(self, value: float) -> str:
        """A value as `--set` takes it."""
        return str(round(value)) if self.declared.whole else repr(float(value))

    def shown(self, value: float) -> str:
        """A value for people."""
        return str(round(value)) if self.declared.whole else show(value, self.declared.unit, digits=5)

    def task(self, value: float) -> Task:
        """The run at a value.

        Raises:
            RequestError: the study is none there; the value is named.
        """
        changes = [f"{key}={self.text(value)}" for key in self.keys]
        where = f"{self.vary} = {self.shown(value)}"
        try:
            study, subject = at_point(self.source.changed(changes), self.of)
        except RequestError as error:
            raise error.at(where) from None
        return Task(where, study, None, subject)

    def digest(self, *, of_question: bool = False) -> str:
        """Of all that decides the results; with `of_question` without tools and models.

        Raises:
            RequestError: the study is none at the low end.
        """
        task = self.task(self.low)
        study, subject = task.study, task.subject
        own: dict[str, Any] = {
            "keys": list(self.keys), "low": self.low, "high": self.high, "within": self.within,
            "until": self.condition, "study": question(study) if of_question else identity(study),
            "program": None if of_question else study.program,
        }  # fmt: skip
        if subject != TRANSIENT:
            own |= {"of": subject.word, **subject.point}
        return content_key(own)


def load_search(
    study: Given, vary: str, until: str, *, ends: str = "", within: float | str = 0.01, changes: Sequence[str] = (),
    of: str = TRANSIENT.word, engine: str = "", form: str = "",
) -> Search:  # fmt: skip
    """A search that is checked as far as it can be without a run.

    Args:
        study: a study, a study file, or the tables of one.
        vary: a key of the study that is a number, "array.size" for rows and columns together, or `KEY+KEY`.
        until: such as "read_margin < 0.2".
        ends: `LOW:HIGH`; "" for 2 to 64 lines of an array, and for the declared plausible range of other keys.
        within: how close the ends come, as a share of the value.
        changes: `KEY=VALUE`, of the study at all values.
        of: what is done at each value, see `subject_in`.
        engine, form: instead of the study's own.

    Raises:
        RequestError: a key that is none, ends that are none or that nothing is declared for, a condition that is none,
            no valid study at the low end.
    """
    source = Source.of(study, changes, engine=engine, form=form, name="find").without("sweep", "montecarlo")
    keys = keys_of(vary)
    declared = [_declared(source.tables, key) for key in keys]
    if len(set(keys)) < len(keys) or len({(one.unit, one.whole) for one in declared}) > 1:
        raise RequestError.for_value("--vary", vary, allowed="one key, or different keys with one unit as KEY+KEY")
    low, high = _ends(vary, keys, declared[0], ends)
    close = parse(within, "", name="--within", allowed=f">= {_LEAST_WITHIN:g} and < 1")
    if not _LEAST_WITHIN <= close < 1:
        raise RequestError.for_value("--within", close, allowed=f">= {_LEAST_WITHIN:g} and < 1")
    found = Search(source, vary, keys, declared[0], low, high, parse_condition(until), close, check_word(of))
    found.task(low)
    return found


def known_keys(tables: Mapping[str, Any]) -> list[str]:
    """Keys of a study that are numbers, and SIZE."""
    found = [SIZE]
    for table in TABLES:
        kind = cell_kind(tables) if table.kind is None else table.kind
        found += [f"{table.name}.{name}" for name in kind.quantities()]
    program = tables.get("program")
    steps = program if isinstance(program, list) else []
    for number, step in enumerate(steps[:_MOST_STEPS]):
        names = step if isinstance(step, dict) else ()
        found += [key for name in names if quantity_at(tables, key := f"program.{number}.{name}") is not None]
    return found


_MOST_STEPS = 100


def _declared(tables: Mapping[str, Any], key: str) -> Quantity:
    declared = quantity_at(tables, key)
    if declared is None:
        raise RequestError(
            f"--vary {quoted(key)}: the study has no number of this name"
            + did_you_mean(key, known_keys(tables), 0.5)
            + f" `ag2s params` lists them, such as wire.width or program.0.voltage; {SIZE} is rows and columns."
        )
    return declared


def _ends(vary: str, keys: Sequence[str], declared: Quantity, text: str) -> tuple[float, float]:
    if not text:
        if set(keys) <= set(LINKED[SIZE]):
            return _SIZES
        if isinstance(declared.plausible, Plausible):
            return declared.plausible.low, declared.plausible.high
        raise RequestError(
            f"--vary {vary}: nothing says between which values it is plausible. Give --range LOW:HIGH; "
            f"allowed: {declared.allowed} {declared.unit}".rstrip()
            + "."
        )
    one, colon, other = text.partition(":")
    if not colon:
        raise RequestError.for_value("--range", text, allowed="LOW:HIGH, such as 2:64, 0.1V:0.4V or 0.1:0.4 V")
    low, high = (_end(declared, vary, end) for end in ends_alike((one, other)))
    if not low < high:
        raise RequestError.for_value("--range", text, allowed="a low end below the high one")
    return low, high


def _end(declared: Quantity, vary: str, text: str) -> float:
    """One end of the range; a whole number is read from its text."""
    name = f"--range of {vary}"
    return declared.parse(name, int(text) if declared.whole and text.isdecimal() and len(text) < 10 else text)
