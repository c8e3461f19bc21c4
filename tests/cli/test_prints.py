"""What commands print: micro where it can be printed, why something takes long, how large a file will be."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

from pyspice_models import Crossbar, Read, Study, run_study, write_waves
from pyspice_models.cli.progress import say, table_console, tell_meanings
from pyspice_models.engine.toolchain import waits
from pyspice_models.engine.toolchain.own_folder import imported
from pyspice_models.engine.toolchain.verilog_a import compiled
from pyspice_models.units import micro


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("5 us, 0.1 uA and 2 um^2", "5 µs, 0.1 µA and 2 µm^2"),
        ("3 units, 5 users, u 5, x=5us", "3 units, 5 users, u 5, x=5us"),
        ("15 uohm", "15 µohm"),
    ],
)
def test_micro_is_a_prefix_behind_a_number(text: str, shown: str) -> None:
    assert micro(text) == shown


@pytest.mark.parametrize(("encoding", "micro"), [("utf-8", "µ"), ("ascii", "u"), ("latin-1", "u")])
def test_micro_is_printed_where_all_letters_are(monkeypatch: pytest.MonkeyPatch, encoding: str, micro: str) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    say("after 5 us")
    table_console().print("and 7 us")
    tell_meanings({"latency": "longest of 9 us"})
    sys.stdout.flush()
    words = " ".join(raw.getvalue().decode(encoding).split())
    assert words == f"after 5 {micro}s and 7 {micro}s latency longest of 9 {micro}s"


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What is said to who listens."""
    found: list[str] = []
    waits.listen(found.append)
    yield found
    waits.listen(lambda text: None)


def test_who_waits_for_a_compilation_is_told_once_why(told: list[str]) -> None:
    numba = imported("numba")
    waits.watch_compiler.cache_clear()  # as in a new process
    waits.watch_compiler(numba)

    def function(x: float) -> float:
        return x + 2

    for name in ("of_a_user", "pyspice_models.one", "pyspice_models.two"):
        told.append(name)
        assert numba.njit(FunctionType(function.__code__, {"__name__": name}, name))(1.0) == 3.0
    assert told[:2] == ["of_a_user", "pyspice_models.one"]
    assert told[-1] == "pyspice_models.two", "what was told once is not told again"
    assert told[2:-1], "nothing was told"
    assert {text[:28] for text in told[2:-1]} == {"compiling the solver's loops"}


def test_who_waits_for_verilog_a_is_told(told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AG2S_CACHE", str(tmp_path))
    source = (
        '`include "disciplines.vams"\nmodule r(a, c);\ninout a, c; electrical a, c;\n'
        "analog I(a, c) <+ V(a, c);\nendmodule\n"
    )
    for _ in range(2):
        compiled(source, "r")
    assert len(told) == 1
    assert told[0].startswith("compiling r.va with openvaf-r ")


def test_large_waves_are_told_before_they_are_written(
    told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Study("large", Crossbar(2, 2), [Read(0, 0)])
    outcome = run_study(study)
    assert told == []
    for place in ("study.run", "result.waves"):
        monkeypatch.setattr(f"pyspice_models.{place}.LARGE", 1e3)
    run_study(study)
    write_waves(outcome.dataset, tmp_path / "w.csv")
    assert "of waves to be written, " in told[0]
    assert told[1].startswith("a file of 0.0")
