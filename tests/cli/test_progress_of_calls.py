"""`progress=True` of calls from Python: a bar in notebooks and terminals, nothing elsewhere, gone at the end."""

from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from crews import here

from pyspice_models import Crossbar, Study, Wait, margins_by_size, run_study, sweep
from pyspice_models.progress import counted, followed


class Notebook:
    """What a notebook keeps of one output that is drawn anew."""

    def __init__(self) -> None:
        self.shown: list[Any] = []

    def display(self, thing: Any, display_id: bool = False) -> Any:
        assert display_id
        self.shown.append(thing)
        return SimpleNamespace(update=self.shown.append)

    @property
    def pages(self) -> list[str]:
        return [one._repr_html_() for one in self.shown]


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """A kernel of Jupyter as far as bars know one; the notebooks themselves run in a real one."""
    book, package, display = Notebook(), ModuleType("IPython"), ModuleType("IPython.display")
    package.get_ipython = lambda: SimpleNamespace(kernel=object())  # type: ignore[attr-defined]
    display.display = book.display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return book


def test_a_notebook_has_a_bar_while_it_waits_and_keeps_none(notebook: Notebook, monkeypatch: Any) -> None:
    clock = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    with followed(True, "a <b>study</b>") as step:
        assert step is not None
        step(0.25)
        step(7.0)
    first, quarter, whole, last = notebook.pages
    assert "a &lt;b&gt;study&lt;/b&gt;: 0 %" in first
    assert '<progress value="0.250" max="1">' in quarter
    assert '<progress value="1.000" max="1">' in whole
    assert last == ""
    assert repr(notebook.shown[1]).startswith("a <b>study</b>: 25 %")
    assert "<script" not in "".join(notebook.pages)


def test_a_bar_is_drawn_a_few_times_a_second_and_goes_with_an_error(notebook: Notebook) -> None:
    def work() -> None:
        with counted(True, "runs", 1000) as step:
            assert step is not None
            for count in range(1000):
                step(count)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert len(notebook.pages) < 100
    assert notebook.pages[-1] == ""


def test_calls_take_it(notebook: Notebook) -> None:
    study = Study("quick", Crossbar(1, 1), [Wait(1e-7)], form="subckt")
    run_study(study, progress=True)
    assert "quick: 0 %" in notebook.pages[0]
    count = len(notebook.pages)
    sweep(study, {"array.temperature": [300, 310]}, crew=here, progress=True)
    assert "quick: points, 2: 0 %" in notebook.pages[count]
    count = len(notebook.pages)
    margins_by_size(Crossbar(2, 2), [2], progress=True)
    assert "read margins: 0 %" in notebook.pages[count]
    assert notebook.pages[-1] == ""


def test_a_function_is_told_and_nothing_shown(notebook: Notebook) -> None:
    told: list[float] = []
    with followed(told.append, "work") as step:
        assert step is not None
        step(0.5)
    assert told == [0.5]
    for nothing in (None, False):
        with followed(nothing, "work") as step:
            assert step is None
    assert not notebook.shown


def test_neither_a_log_nor_a_pipe_gets_a_bar(capfd: pytest.CaptureFixture[str]) -> None:
    with followed(True, "work") as step:
        assert step is None
    assert capfd.readouterr() == ("", "")


def test_a_terminal_has_the_bar_of_the_commands() -> None:
    code = (
        "from pyspice_models.progress import followed\n"
        "with followed(True, 'work [/x]') as step:\n"
        "    step(0.5)\n"
        "    import time; time.sleep(0.3)\n"
    )
    ours, theirs = os.openpty()
    done = subprocess.Popen(
        [sys.executable, "-c", code], stderr=theirs, stdout=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    )
    os.close(theirs)
    told = b""
    try:
        while part := os.read(ours, 4096):
            told += part
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert done.wait(60) == 0
    assert b"work [/x]" in told
    assert b" 50 %" in told
