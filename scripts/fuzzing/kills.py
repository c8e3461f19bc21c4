"""Kind `signal`: a command is stopped at a random moment, called again, and must give what it gives undisturbed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fuzzing import networks, shell
from fuzzing.case import STATUS, Case, Found, Place
from fuzzing.inputs.originals import once
from fuzzing.watch import check_files, check_processes
from pyspice_models.result import load

_STUDY = """
array = {rows = 3, cols = 2, initial = {pattern = "checkerboard"}}
variability = {seed = 5}
study = {title = "killed"}
program = [{do = "write", row = 1, col = 1, pulses = 3}, {do = "read", row = 1, duration = "12 us"}]
"""
_PROGRAMMED = """
array = {rows = 3, cols = 3, initial = {pattern = "uniform", low = 0.3}}
write_verify = {pattern = "checkerboard", low = 0.2, high = 0.6, rounds = 4}
"""
_LEARNING = """
array = {rows = 16, cols = 8}
learning = {images = "images.npz", hidden = [2], methods = ["fp", "sgd"], epochs = 4}
"""
_INFERENCE = """
array = {rows = 16, cols = 8}
variability = {seed = 5}
inference = {images = "images.npz", hidden = [2], epochs = 20, arrays = 2}
"""
_SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)

_GRACE = 10.0  # [s] for a process whose parent was killed to notice it: it may be starting just then

_WORDS = {
    "simulate": (),
    "sweep": ("--over", "program.0.voltage=0.2,0.25,0.3", "--workers", "1"),
    "montecarlo": ("--runs", "4", "--workers", "2"),
    "write-verify": (),
    "learn": ("--workers", "2"),
    "infer": (),
}  # fmt: skip
"""Commands, and what each is called with."""

_STUDIES = {"write-verify": _PROGRAMMED, "learn": _LEARNING, "infer": _INFERENCE}
_RESUMED = {"sweep", "montecarlo", "learn"}
"""Commands that go on with --resume; the others do so without a word, or begin anew."""


def killed(case: Case, place: Place, rules: shell.Rules) -> None:
    """Stop a command, go on, compare."""
    dice = case.dice()
    command, engine = dice.choice(list(_WORDS)), dice.choice(("nodal", "ngspice"))
    how, share = dice.choice(_SIGNALS), dice.uniform(0.05, 1.05)
    reference = _reference(place, command, engine, rules)
    words = _command(place, command, engine)
    process = shell.start(words, place)
    began = time.monotonic()
    moment = share * float((reference / "seconds").read_text())
    while shell.is_running(process) and time.monotonic() < began + moment:
        time.sleep(0.005)
    # a terminal and an administrator send it to all of a session, another program to one process
    to_all = dice.random() < 0.5
    (os.killpg if to_all else os.kill)(process.pid, how)
    whom = "all its processes" if to_all else "itself"
    place.note("case.txt", f"{command} in {engine}: {how.name} to {whom} after {moment:.2f} s")
    # what it prints on its way out is its own affair, as long as it goes
    done = shell.finish(process, place, rules, time.monotonic())
    check_processes(_GRACE)
    if how != signal.SIGKILL:
        check_files(place, set(_names(place)))
        if done.code not in (0, -how, 128 + how):
            raise Found(STATUS, f"{how.name} ends {command} with status {done.code}: {done.err[-1500:]}")
    elif done.code not in (0, -how):
        raise Found(STATUS, f"{how.name} ends {command} with status {done.code}")
    shutil.rmtree(place.tmp)  # who is killed cannot clear up here
    place.tmp.mkdir()
    again = shell.run([*words, *(["--resume"] if command in _RESUMED else [])], place, rules)
    shell.judge(again)
    if again.code != int((reference / "status").read_text()):
        raise Found(STATUS, f"{command} after {how.name} ends with status {again.code}: {again.err[-1500:]}")
    check_processes(_GRACE)
    check_files(place, set(_names(place)))
    _compare(command, reference / "cwd" / "made", place.cwd / "made", f"{command} in {engine} after {how.name}")


def _names(place: Place) -> list[str]:
    return [path.name for path in place.cwd.iterdir() if path.name.startswith("made")]


def _command(place: Place, command: str, engine: str) -> list[str]:
    path = place.inputs / "killed.toml"
    path.write_text(_STUDIES.get(command, _STUDY), encoding="utf-8")
    networks.files(place)
    return [command, str(path), "--engine", engine, "--out", "made", *_WORDS[command]]


def _reference(place: Place, command: str, engine: str, rules: shell.Rules) -> Path:
    """Folder with what an undisturbed call gives, made once."""

    def make(folder: Path) -> None:
        own = Place(folder, place.common)
        own.make()
        done = shell.run(_command(own, command, engine), own, rules)
        shell.judge(done)
        if done.code and command != "write-verify":
            raise Found(STATUS, f"{command} in {engine}, undisturbed: status {done.code}: {done.err[-1500:]}")
        (folder / "seconds").write_text(str(done.seconds))
        (folder / "status").write_text(str(done.code))

    return once(place.common / f"killed-{command}-{engine}", make)


def _compare(command: str, one: Path, other: Path, what: str) -> None:
    COMPARED_BY[command](one, other, what)


def _same_dataset(name: str) -> Callable[[Path, Path, str], None]:
    def compare(one: Path, other: Path, what: str) -> None:
        first, second = load(one / name), load(other / name)
        if set(first.variables) != set(second.variables):
            raise Found(
                STATUS, f"{what}: {sorted(map(str, set(first.variables) ^ set(second.variables)))} in one alone"
            )
        for key in first.variables:
            if first[key].values.tobytes() != second[key].values.tobytes() and first[key].dtype.kind != "O":
                raise Found(STATUS, f"{what}: {key} differs from an undisturbed run")

    return compare


def _same_states(one: Path, other: Path, what: str) -> None:
    with np.load(one / "states.npz") as first, np.load(other / "states.npz") as second:
        for key in first.files:
            if first[key].tobytes() != second[key].tobytes():
                raise Found(STATUS, f"{what}: {key} differs from an undisturbed run")
    if json.loads((one / "report.json").read_text()) != json.loads((other / "report.json").read_text()):
        raise Found(STATUS, f"{what}: the report differs from an undisturbed run")


COMPARED_BY = {
    "simulate": _same_dataset("result.nc"),
    "sweep": _same_dataset("sweep.nc"),
    "montecarlo": _same_dataset("montecarlo.nc"),
    "write-verify": _same_states,
    "learn": _same_dataset("learning.nc"),
    "infer": _same_dataset("inference.nc"),
}
