"""Kind `simulator`: a program stands in a simulator's place and does something else.

Asked what it is, it answers as the real one does, unless just that is the case. Given a netlist it may hang, die, or
leave waves in which a number, a name or a row is not as it should be.
"""

from __future__ import annotations

import math
import os
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np

from fuzzing.case import STATUS, Case, Found, Place, Refused
from fuzzing.in_process import check_words, strict
from fuzzing.inputs.originals import once
from fuzzing.inputs.spoil import spoiled
from pyspice_models import Crossbar, Read, Study, Write, run_study
from pyspice_models.engine.toolchain.tools import find_ngspice, find_vacask
from pyspice_models.errors import Ag2sError, RequestError

_TIME = 2.0  # [s] for a simulator that hangs
_VARIABLES = {"ngspice": "AG2S_NGSPICE", "vacask": "AG2S_VACASK"}
_PROBES = "*--version*|*--help*|*probe*"


def study(engine: str) -> Study:
    """What every case of this kind asks for."""
    made = Study("fake", Crossbar(2, 2), [Write(0, 0), Read(0, 0)], engine=engine)
    return replace(made, limits=made.limits.replace(time_limit=60.0))


def real(engine: str) -> Path:
    """The real simulator."""
    tool = find_ngspice() if engine == "ngspice" else find_vacask()
    if tool.path is None:
        raise Found(STATUS, f"{engine} is not installed: run scripts/setup")
    return tool.path


@dataclass(frozen=True)
class Waves:
    """A raw file in its parts.

    Attributes:
        head: up to the numbers.
        numbers: shape (time, vector).
    """

    head: bytes
    numbers: np.ndarray

    @property
    def data(self) -> bytes:
        """The whole file."""
        return self.head + self.numbers.astype("<f8").tobytes()


def recorded(common: Path, engine: str) -> tuple[Waves, str]:
    """Waves and log of a true run."""

    def make(folder: Path) -> None:
        spy = folder / "spy"
        keep = f"cp waves.raw {folder}/waves.raw"
        _write(
            spy, f'case "$*" in {_PROBES}) exec {real(engine)} "$@";; esac\n{real(engine)} "$@"; e=$?; {keep}; exit $e'
        )
        with _environment({_VARIABLES[engine]: str(spy)}):
            outcome = run_study(study(engine))
        (folder / "log").write_text(outcome.log, encoding="utf-8")
        (folder / "json").write_text(outcome.as_json(), encoding="utf-8")

    folder = once(common / f"recorded-{engine}", make)
    return _parts((folder / "waves.raw").read_bytes()), str(folder / "log")


def _parts(data: bytes) -> Waves:
    offset = data.index(b"Binary:\n") + 8
    count = data[:offset].partition(b"Variables:\n")[2].count(b"\n") - 1
    numbers = np.frombuffer(data[offset:], dtype="<f8")
    return Waves(data[:offset], numbers[: len(numbers) // count * count].reshape(-1, count))


def fake(case: Case, place: Place) -> None:
    """A simulator that is none."""
    dice = case.dice()
    engine = dice.choice(("ngspice", "ngspice", "vacask"))
    waves, log = recorded(place.common, engine)
    draw = dice.random()
    limit, must_fail = 30.0, True
    probe = f'exec {shlex.quote(str(real(engine)))} "$@"'
    (place.inputs / "waves.raw").write_bytes(waves.data)
    leave = f"cp {shlex.quote(str(place.inputs / 'waves.raw'))} waves.raw; cat {shlex.quote(log)}"
    if draw < 0.6:
        name, must_fail, data = _other_waves(waves, dice)
        (place.inputs / "waves.raw").write_bytes(data)
        does = leave
    elif draw < 0.9:
        name = dice.choice(list(_ENDINGS))
        does, must_fail, limit = _ENDINGS[name]
        does = does.replace("LEAVE", leave).replace("RAW", shlex.quote(str(place.inputs / "waves.raw")))
        limit = _TIME if limit else 30.0
    elif draw < 0.95:
        name, does, must_fail = "sound", leave, False
    else:
        name = dice.choice(list(_ANSWERS))
        probe, does = _ANSWERS[name], leave
    place.note("case.txt", f"{engine}: {name}")
    script = place.inputs / "simulator"
    _write(script, f'case "$*" in {_PROBES}) {probe}; exit;; esac\n{does}')
    asked = study(engine)
    asked = replace(asked, limits=asked.limits.replace(time_limit=limit))
    with _environment({_VARIABLES[engine]: str(script)}):
        try:
            outcome = run_study(asked)
        except RequestError as error:
            raise Found(STATUS, f"{name}: a simulator that fails is called a wrong request: {error}") from None
        except Ag2sError as error:
            check_words(str(error).replace("\x1b", ""))
            if name == "sound":
                raise Found(STATUS, f"a sound simulator is refused: {error}") from None
            raise Refused from None
    if must_fail:
        raise Found(STATUS, f"{engine}, {name}: waves that are none are believed")
    for key, measure in outcome.measures.items():
        if not math.isfinite(measure.value):
            raise Found(STATUS, f"{engine}, {name}: {key} is {measure.value} and nothing was said")
    strict(outcome.as_json())


def broken(place: Place, dice: Random) -> tuple[str, str]:
    """A variable that names a tool, and a program to name that cannot do its work."""
    variable = dice.choice((*_VARIABLES.values(), "AG2S_OPENVAF", "AG2S_LIBNGSPICE"))
    script = place.inputs / "tool"
    name = dice.choice([name for name in _ANSWERS if "never" not in name])
    place.note("tool.txt", f"{variable}: {name}")
    _write(script, _ANSWERS[name])
    return variable, dice.choice((str(script), str(script), "/no/such/tool", str(place.inputs), "x" * 5000))


def _other_waves(waves: Waves, dice: Random) -> tuple[str, bool, bytes]:
    """What is wrong with the waves, whether that must be noticed, and their file."""
    numbers, head = waves.numbers.copy(), waves.head
    row, col = dice.randrange(1, len(numbers)), dice.randrange(1, numbers.shape[1])
    other = dice.choice([n for n in range(1, len(numbers)) if n != row])
    name = dice.choice(
        ("NaN in time", "inf in time", "time goes back", "rows swapped", "the same time twice", "NaN in a wave",
         "inf in a wave", "the end is missing", "the start is missing", "cut in a row", "points are missing", "no rows",
         "complex", "fewer names", "another name", "a name twice", "a name more", "no tabs", "no Binary", "text values",
         "no variables", "other bytes", "huge numbers", "a head without end", "a damaged file")
    )  # fmt: skip
    must = True
    match name:
        case "NaN in time" | "inf in time":
            numbers[row, 0] = math.nan if name.startswith("NaN") else math.inf
        case "time goes back":
            numbers[row, 0] = -numbers[row, 0]
        case "rows swapped":
            numbers[[row, other]] = numbers[[other, row]]
        case "the same time twice":
            numbers[row, 0] = numbers[row - 1, 0]
        case "NaN in a wave" | "inf in a wave":
            numbers[row, 1:] = math.nan if name.startswith("NaN") else -math.inf
        case "the end is missing":
            numbers = numbers[: len(numbers) // 2]
        case "the start is missing":
            numbers = numbers[len(numbers) // 2 :]
        case "cut in a row":
            return name, True, waves.data[: -8 * dice.randrange(1, numbers.size)]
        case "points are missing":
            numbers = np.delete(numbers, slice(5, max(6, len(numbers) * 2 // 3)), axis=0)
        case "no rows":
            numbers = numbers[:0]
        case "complex":
            head = head.replace(b"Flags: real", b"Flags: complex")
        case "fewer names":
            lines = head.split(b"\n")
            head = b"\n".join(lines[:-3] + lines[-2:])
        case "another name":
            head = head.replace(b"time", b"tame", 1) if dice.random() < 0.5 else head.replace(b"\ttime\t", b"\tt\t")
        case "a name twice":
            lines = head.split(b"\n")
            lines[-4] = lines[-5]
            head = b"\n".join(lines)
        case "a name more":
            head = head.replace(b"Binary:", b"\t999\tv(more)\tvoltage\nBinary:")
        case "no tabs":
            # a head with other spaces says the same
            must, head = False, head.replace(b"\t", b" ")
        case "no Binary":
            head = head.replace(b"Binary:", b"Binaries:")
        case "text values":
            head = head.replace(b"Binary:", b"Values:")
        case "no variables":
            head = head.partition(b"Variables:")[0] + b"Variables:\nBinary:\n"
        case "other bytes":
            return name, True, head + numbers.astype(">f8").tobytes()
        case "huge numbers":
            must, numbers[row, col] = False, dice.choice((1e300, -1e300, 1e308))
        case "a head without end":
            return name, True, head.replace(b"Binary:\n", b"\t1\tv(x)\tvoltage\n" * 100_000)
        case _:
            must = False
            return name, must, spoiled(waves.data, dice)
    return name, must, Waves(head, numbers).data


_ENDINGS: dict[str, tuple[str, bool, bool]] = {
    "hangs": ("sleep 300", True, True),
    "hangs and does not want to end": ("trap '' TERM INT HUP; while :; do sleep 1; done", True, True),
    "hangs in a child": ("sleep 300 & wait", True, True),
    "leaves a child": ("sleep 300 & LEAVE", False, False),
    "writes without end": ("while :; do echo line after line after line; done", True, True),
    "writes waves without end": (
        "head -c 700 RAW > waves.raw; cat /dev/zero >> waves.raw & sleep 1; kill $!; exit 1", True, True
    ),
    "status 1": ("LEAVE; exit 1", True, False),
    "status 255": ("exit 255", True, False),
    "nothing at all": (":", True, False),
    "killed": ("kill -9 $$", True, False),
    "killed when done": ("LEAVE; kill -9 $$", True, False),
    "a signal without a name": (f"kill -{signal.SIGRTMIN + 3} $$", True, False),
    "crashes": ("kill -SEGV $$", True, False),
    "no log": ("rm -f *.log; LEAVE", False, False),
    "no log and no waves": ("rm -f *.log; exit 1", True, False),
    "the log is a folder": ("rm -f *.log; mkdir ngspice.log vacask.log; exit 1", True, False),
    "a log of 30 MB": ("yes 'Note: nothing' | head -c 30000000; exit 1", True, False),
    "a log of noise": ("head -c 100000 /dev/urandom; exit 1", True, False),
    "a log with commands for the terminal": ("printf 'Error: \\033[2J\\033]0;x\\007\\n'; exit 1", True, False),
    "waves are a folder": ("mkdir waves.raw", True, False),
    "waves are a FIFO": ("mkfifo waves.raw", True, True),
    "waves are a device": ("ln -s /dev/zero waves.raw", True, True),
    "waves are nowhere": ("ln -s nowhere waves.raw", True, False),
    "waves are empty": (": > waves.raw", True, False),
    "its folder goes": ("rm -rf -- \"$PWD\"/*", True, False),
    "errors in the log": ("LEAVE; echo 'Error: this is wrong'", True, False),
}  # fmt: skip
"""What it does with a netlist, whether that must fail, and whether the time limit ends it."""

_ANSWERS = {
    "no version": "echo hello",
    "an old version": "echo '** ngspice-26 : Circuit level simulation program'",
    "a version that is no number": "echo '** ngspice-x.y : This is vacask ?.'",
    "a version without end": "yes '** ngspic'",
    "a version that never comes": "sleep 300",
    "a version of noise": "head -c 1000000 /dev/urandom",
    "a version and then a crash": "echo '** ngspice-46'; kill -SEGV $$",
    "no answer": "exit 1",
    "a long version": 'n=$(head -c 9000 /dev/zero | tr \'\\0\' 9); echo "** ngspice-$n"; echo "This is vacask $n."',
    "a version with commands for the terminal": "printf '** ngspice-\\033[2J44\\n'",
}
"""What it says when it is asked what it is; none of them can be used."""


def _write(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
