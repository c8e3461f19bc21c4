"""Kinds `study` and `set`: a study is read, laid out, written as a netlist and, if it is small, solved."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from random import Random

from fuzzing.case import MESSAGE, STATUS, Case, Found, Place, Refused
from fuzzing.inputs import hostile
from fuzzing.inputs.toml_text import literal, written
from fuzzing.studies import STUDIES, base, copy_files, mutated
from pyspice_models.campaign.montecarlo import load_montecarlo
from pyspice_models.campaign.subjects.which import WORDS
from pyspice_models.campaign.sweep import load_sweep, points_of
from pyspice_models.campaign.yields.request import load_yield
from pyspice_models.errors import Ag2sError
from pyspice_models.netlist import crossbar_deck, dialect, dialect_names
from pyspice_models.program.file import load_write_verify
from pyspice_models.study import Study, load_study, run_study
from pyspice_models.study.bounds import check_run

_LONGEST = 3000  # characters of a refusal: a screenful
_NO_NUMBER = re.compile(r"(?<![\w.#@\[(/-])[-+]?(?:nan|inf|infinity)\b(?![\w.#\]])", re.IGNORECASE)
_CELLS, _CORNERS = 1024, 3000  # beyond, the netlist of a case takes too long
_POINTS = 300_000  # in time; beyond, likewise
_SOLVED = 12  # cells; most of a solution's time is not for them
_TIME = 3.0  # [s] for the nodal engine: a study may ask for hours


@contextmanager
def refusals() -> Iterator[None]:
    """The package's own errors are what a case may end in, as long as people can read them; they become Refused."""
    try:
        yield
    except Ag2sError as error:
        check_words(str(error))
        raise Refused from None


def check_words(words: str) -> None:
    """What is told is neither endless nor does it command a terminal."""
    if len(words) > _LONGEST:
        raise Found(MESSAGE, f"an error of {len(words)} characters: {words[:200]!r}...")
    if odd := [c for c in words if c != "\n" and (ord(c) < 32 or 0x7F <= ord(c) < 0xA0)]:
        raise Found(MESSAGE, f"control characters {odd[:5]!r} in {words[:300]!r}")
    if not words.strip():
        raise Found(MESSAGE, "an error without a word")


def study(case: Case, place: Place) -> None:
    """A mutated study file."""
    dice = case.dice()
    name, data = mutated(dice)
    path = place.inputs / f"{name}.toml"
    path.write_bytes(data)
    copy_files(place.inputs)
    with refusals():
        read = dice.random()
        if name == "write_verify" or read < 0.03:
            asked = load_write_verify(path).study
        elif (name.endswith("sweep") or read > 0.97) and path.stat().st_size < 100_000:
            points = points_of(load_sweep(path))
            asked = points.tasks[0].study
        elif name.startswith("montecarlo") or 0.9 < read < 0.93:
            asked = load_montecarlo(path).study(dice.randrange(5))
        else:
            asked = load_study(path)
        use(asked, dice)


def use(asked: Study, dice: Random) -> None:
    """Lay out, write and solve what was accepted, as far as its size allows."""
    cells = asked.crossbar.rows * asked.crossbar.cols
    if check_run(asked).points > _POINTS:
        return
    plan = asked.schedule()
    if not (math.isfinite(plan.stop) and plan.stop > 0):
        raise Found(STATUS, f"accepted, and ends at {plan.stop} s")
    if cells > _CELLS or len(plan.windows) * max(w.pulses for w in plan.windows) > _CORNERS:
        return
    name = dice.choice((*dialect_names(), "ngspice", "vacask"))
    form = asked.form if asked.form in dialect(name).forms else dialect(name).forms[0]
    deck = crossbar_deck(
        asked.crossbar, plan, form=form, accuracy=asked.accuracy, title=asked.title, dialect_name=name,
        standalone=dice.random() < 0.3,
    )  # fmt: skip
    for piece in deck.pieces():
        for line in piece.split("\n"):
            if not line.isascii() or any(ord(c) < 32 and c != "\t" for c in line):
                raise Found(STATUS, f"characters in the netlist for {name} that no netlist holds: {line[:200]!r}")
            if asked.title not in line and _NO_NUMBER.search(line):
                raise Found(STATUS, f"no number in the netlist for {name}: {line[:200]!r}")
    if cells <= _SOLVED and dice.random() < 0.06:
        solve(asked)


def solve(asked: Study) -> None:
    """Run a small study in the nodal engine: what it gives are numbers."""
    limits = asked.limits.replace(time_limit=_TIME)
    outcome = run_study(replace(asked, engine="nodal", limits=limits))
    for name, measure in outcome.measures.items():
        if not math.isfinite(measure.value):
            raise Found(STATUS, f"{name} is {measure.value} and nothing was said")
    strict(outcome.as_json())


def strict(text: str) -> object:
    """JSON as other programs read it: without NaN."""

    def refuse(word: str) -> None:
        raise Found(STATUS, f"{word} in JSON")

    return json.loads(text, parse_constant=refuse)


_KEYS = (
    "array.rows", "array.cols", "array.temperature", "program.0.voltage", "program.0.width", "program.1", "program",
    "wire.pitch", "cell.area", "cell.preset", "driver.t_edge", "study.title", "study.name", "study.engine",
    "study.time_limit", "array.initial.file", "array.initial.pattern", "accuracy.error", "variability.seed",
    "faults.stuck_on", "montecarlo.runs", "sweep.over", "write_verify.levels", "montecarlo.limits.energy_per_switch",
    "montecarlo.of", "yield.against", "yield.target", "disturb.reads", "retain.temperatures",
)  # fmt: skip


def changes(case: Case, place: Place) -> None:
    """Strings of `--set` and `--over` on a sound study."""
    dice = case.dice()
    name, tables = base(dice, dice.choice(("write_read", "montecarlo", "sneak_sweep", "write_verify", "vmm")))
    path = place.inputs / f"{name}.toml"
    path.write_text(written(tables), encoding="utf-8")
    shutil.copy(STUDIES / "levels_8x8.csv", place.inputs)
    given = [change_of(dice, _KEYS) for _ in range(dice.choice((1, 1, 2, 4)))]
    place.note("set.txt", "\n".join(map(repr, given)))
    with refusals():
        if name == "sneak_sweep":
            over = [_axis(dice) for _ in range(dice.choice((1, 1, 2)))]
            place.note("over.txt", "\n".join(map(repr, over)))
            points = points_of(load_sweep(path, over, given if dice.random() < 0.3 else ()))
            asked = points.tasks[0].study
        elif name == "montecarlo":
            if dice.random() < 0.3:
                against = dice.choice(("", _axis(dice)))
                place.note("against.txt", repr(against))
                found = load_yield(path, against, given, runs=dice.choice((None, 1)), of=dice.choice(("", *WORDS)))
                asked = found.asked[-1].nominal
            else:
                asked = load_montecarlo(path, given, runs=dice.choice((None, 1, 5))).study(dice.randrange(3))
        elif name == "write_verify":
            asked = load_write_verify(path, given).study
        else:
            asked = load_study(path, given)
        use(asked, dice)


def change_of(dice: Random, keys: Sequence[str]) -> str:
    """What may stand behind `--set`: one of these keys, most of the time."""
    draw = dice.random()
    key = (
        dice.choice(keys) if draw < 0.8 else dice.choice((hostile.text(dice), "a" + ".a" * dice.choice((1, 40, 2000))))
    )
    if draw > 0.97:
        return hostile.text(dice)
    value = hostile.value(dice)
    return f"{key}={value if isinstance(value, str) and dice.random() < 0.7 else literal(value)}"


def _axis(dice: Random) -> str:
    key = dice.choice((*_KEYS[:8], "array.rows+array.cols", "array.rows+array.rows", "+", "", hostile.text(dice)))
    values = dice.choice((
        f"{dice.choice(hostile.NUMBERS)}:{dice.choice(hostile.NUMBERS)}:{dice.choice(hostile.NUMBERS)}",
        f"log:{dice.choice(hostile.NUMBERS)}:{dice.choice(hostile.NUMBERS)}:{dice.choice((0, 1, 3, -1, 10**9, 2.5))}",
        ",".join(hostile.quantity(dice) for _ in range(dice.randrange(6))),
        "1:2:0.5", "0:1:1e-9", "0:1e300:1", "1,2,1", ",", "log:1:10:3", "0.1:0.3:0.1 V", hostile.text(dice),
    ))  # fmt: skip
    return f"{key}={values}"
