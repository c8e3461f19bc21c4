"""The engine `pyspice`: libngspice through PySpice, in a process of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pyspice_models.array import Crossbar
from pyspice_models.engine.registry import engine
from pyspice_models.errors import SimulationError, ToolError
from pyspice_models.netlist import Deck, crossbar_deck
from pyspice_models.stimulus import Read, Write, schedule


def deck(form: str = "osdi", rows: int = 2) -> Deck:
    crossbar = Crossbar(rows, 2)
    return crossbar_deck(crossbar, schedule(crossbar, [Write(0, 1), Read(0, scheme="floating")]), form=form)


@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_it_gives_the_waves_of_the_default_engine(form: str, tmp_path: Path) -> None:
    waves = {}
    for name in ("ngspice", "pyspice"):
        folder = tmp_path / name
        folder.mkdir()
        waves[name] = engine(name).run_deck(deck(form), folder, time_limit=60)
    library, program = waves["pyspice"], waves["ngspice"]
    assert library.engine.startswith("libngspice ")
    np.testing.assert_allclose(library.time, program.time, rtol=1e-12)
    assert library.values.keys() == program.values.keys()
    for quantity, expected in program.values.items():
        scale = np.abs(expected).max()
        assert scale > 0, f"{quantity} is zero throughout: nothing is compared"
        np.testing.assert_allclose(library.values[quantity], expected, rtol=0, atol=1e-6 * scale, err_msg=quantity)
    states = program.values["change_w" if "change_w" in program.values else "w"][:, 0, 1]
    assert states[-1] > states[0] + 0.01


def test_what_lies_in_the_folder_changes_nothing(tmp_path: Path) -> None:
    """Neither a start file of ngspice nor a file that is called like a Python module."""
    (tmp_path / ".spiceinit").write_text("* spoiler\necho SPOILED\n")
    (tmp_path / "PySpice.py").write_text("raise SystemExit('SPOILED')\n")
    waves = engine("pyspice").run_deck(deck(), tmp_path, time_limit=60)
    assert "SPOILED" not in waves.log


def _changed(deck: Deck, old: str, new: str) -> Deck:
    text = deck.text
    assert old in text
    return replace(deck, pieces=lambda: [text.replace(old, new)])


def test_a_deck_that_ngspice_refuses_is_an_error_with_its_words(tmp_path: Path) -> None:
    good = deck()
    with pytest.raises(SimulationError, match=r"(?s)libngspice 4\d.*no waves.*unknown_cell") as caught:
        engine("pyspice").run_deck(_changed(good, "n_0_1 ", "xbad wt_0 unknown_cell\nn_0_1 "), tmp_path, time_limit=60)
    assert caught.value.folder == tmp_path


def test_a_run_that_ends_before_the_last_time_point_is_an_error(tmp_path: Path) -> None:
    good = deck()
    with pytest.raises(SimulationError, match="libngspice stopped early, at"):
        engine("pyspice").run_deck(replace(good, stop=2 * good.stop), tmp_path, time_limit=60)


def test_a_vector_that_was_not_saved_is_an_error(tmp_path: Path) -> None:
    good = deck()
    wrong = replace(good, probes={**good.probes, "change_w": ["v(nowhere)"] * 4})
    with pytest.raises(SimulationError, match=r"did not save the vector 'v\(nowhere\)'"):
        engine("pyspice").run_deck(wrong, tmp_path, time_limit=60)


def test_over_its_time_limit_it_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=r"libngspice was stopped at its time limit of 0\.05 s"):
        engine("pyspice").run_deck(deck(), tmp_path, time_limit=0.05)


def test_a_crash_of_the_library_is_an_error_and_no_crash_of_this_process(tmp_path: Path) -> None:
    good = deck()
    # $$ is the process that runs ngspice
    crash = _changed(good, "set num_threads=1", "set num_threads=1\nshell kill -SEGV $$")
    with pytest.raises(SimulationError, match=r"libngspice was killed \(SIGSEGV\)"):
        engine("pyspice").run_deck(crash, tmp_path, time_limit=60)


def test_without_the_library_it_says_so(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AG2S_LIBNGSPICE", "/nowhere/libngspice.so")
    with pytest.raises(ToolError, match=r"libngspice cannot be used: /nowhere/libngspice\.so"):
        engine("pyspice").run_deck(deck(), tmp_path, time_limit=60)
    assert not list(tmp_path.iterdir())
