"""A crossbar alone as a subcircuit: its pins, what its head says, and what it does in a testbench."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pyspice_models import (
    Crossbar,
    Deck,
    DriverParams,
    Read,
    RequestError,
    crossbar_deck,
    dialect,
    dialect_names,
    schedule,
)
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.cli.main import app
from pyspice_models.engine import netlist_engine
from pyspice_models.netlist.ends import bench_elements
from pyspice_models.netlist.subcircuit import Pins, subcircuit_deck

BAR = Crossbar(2, 3).replace(per_cell={"w0": np.array([[0.1, 0.9, 0.5], [0.3, 0.2, 0.7]])})
PLAN = schedule(BAR, [Read(0, voltage=0.1, duration=2e-6)])


@pytest.mark.parametrize("name", dialect_names())
def test_every_dialect_writes_it(name: str) -> None:
    form = dialect(name).forms[0]
    text = subcircuit_deck(BAR, form=form, dialect_name=name, name="xbar").text
    code = "\n".join(line for line in text.split("\n") if not line.startswith(dialect(name).comment_mark))
    pins = r"\(?wt_0 wt_1 bt_0 bt_1 bt_2\)?"
    assert len(re.findall(rf"(?m)^\.?subckt xbar {pins}$", code)) == 1
    assert re.search(r"(?m)^\.?ends( xbar)?$", code)
    assert not re.search(r"(?m)^\.(tran|options?|control)|^v[wb]s_", code), "no analysis and no sources"
    assert "rwl_0_0" in code
    head = text[: text.index("subckt xbar")]
    assert re.search(r"wt_0, \.\.\., wt_1: word lines", head)
    assert re.search(rf"Instantiate it: x1 {pins} xbar", head)
    assert "Give it 26.85 degrees Celsius" in head
    assert re.search(r"cell ag2s: g_int_max = 186\.9 nS \(assumed", head)
    assert text.isascii()


def test_far_ends_and_gates_are_pins_where_there_are_any() -> None:
    both = BAR.replace(driver=DriverParams(both_ends=True))
    assert Pins.of(both).every[5:] == ("wl_0_2", "wl_1_2", "bl_0_0", "bl_0_1", "bl_0_2")
    gated = Crossbar(2, 2, selector=TransistorParams())
    assert Pins.of(gated).every == ("wt_0", "wt_1", "bt_0", "bt_1", "gt_0", "gt_1")
    assert "gate lines, below" in subcircuit_deck(gated, form="osdi").text


@pytest.mark.parametrize("name", ["1x", "a b", "X", "", "x\n.end"])
def test_a_name_that_is_no_word_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match=r"name of the subcircuit = .* is refused"):
        subcircuit_deck(BAR, form="osdi", name=name)


def _bench(name: str, form: str, folder: Path) -> np.ndarray:
    """Currents of the bit lines' sources at the end of the read, the array being a subcircuit."""
    spoken, own = dialect(name), crossbar_deck(BAR, PLAN, form=form, dialect_name=name)
    (folder / "xbar.sub").write_text(subcircuit_deck(BAR, form=form, dialect_name=name).text)
    vectors = own.probes["i_bit_source"]
    tail = own.text.split("\n")
    ends = next(n for n, line in enumerate(tail) if line.startswith((".options", "control")))
    include = '.include "xbar.sub"' if name == "ngspice" else 'include "xbar.sub"'
    # steps as fine as in the package's own deck: the comparison is of circuits, not of step control
    restarts = [spoken.restarts(sorted(set(own.breakpoints) - set(PLAN.corners)))]
    saved = [line for line in tail[ends:] if not re.match(r"\s*\.?save", line)]
    at = next(n for n, line in enumerate(saved) if ".tran" in line or "analysis" in line)
    saved.insert(at, "  save " + " ".join(vectors) if name == "vacask" else ".save " + " ".join(vectors))
    pieces = [
        *spoken.title("testbench"), include, spoken.instantiated("ag2s_crossbar", Pins.of(BAR).every),
        *bench_elements(BAR, PLAN, spoken), *restarts, *saved,
    ]  # fmt: skip
    deck = Deck(lambda: pieces, form, PLAN.stop, {"i": vectors}, {"i": (BAR.cols,)}, models=own.models, dialect=name)
    waves = netlist_engine(name).run_deck(deck, folder, time_limit=60)
    moment = PLAN.windows[0].settled
    return np.array([np.interp(moment, waves.time, wave) for wave in waves.values["i"].T])


@pytest.mark.parametrize(("name", "form"), [("ngspice", "osdi"), ("ngspice", "subckt"), ("vacask", "osdi")])
def test_in_a_testbench_it_draws_the_currents_of_the_package(name: str, form: str, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    deck = crossbar_deck(BAR, PLAN, form=form, dialect_name=name)
    waves = netlist_engine(name).run_deck(deck, tmp_path / "own", time_limit=60)
    moment = PLAN.windows[0].settled
    own = np.array([np.interp(moment, waves.time, wave) for wave in waves.values["i_bit_source"].T])
    assert _bench(name, form, tmp_path) == pytest.approx(own, rel=1e-6, abs=0)
    assert (np.abs(own) > 1e-9).all()


def test_the_command_writes_states_and_conductances_from_maps(tmp_path: Path) -> None:
    (tmp_path / "states.csv").write_text("0.25,0.5\n0.75,0.125\n")
    (tmp_path / "s.toml").write_text('[array]\nrows = 2\ncols = 2\n[[program]]\ndo = "read"\n')
    run = CliRunner()
    states = ["--states", str(tmp_path / "states.csv")]
    told = run.invoke(app, ["netlist", str(tmp_path / "s.toml"), "--subckt", *states])
    assert told.exit_code == 0, told.output
    assert re.findall(r"ag2s_cell.* w0=(0\.\d+)\n", told.stdout) == ["0.25", "0.5", "0.75", "0.125"]
    bare = run.invoke(app, ["netlist", "--rows", "2", "--cols", "2", "--subckt", *states, "--name", "mine"])
    assert "\n.subckt mine wt_0 wt_1 bt_0 bt_1\n" in bare.stdout
    assert re.findall(r"ag2s_cell.* w0=(0\.\d+)\n", bare.stdout) == ["0.25", "0.5", "0.75", "0.125"]
    (tmp_path / "siemens.csv").write_text("2e-8,1e-7\n5e-8,1e-7\n")
    told = run.invoke(
        app, ["netlist", "--rows=2", "--cols=2", "--conductances", str(tmp_path / "siemens.csv"), "--subckt"]
    )
    levels = [float(level) for level in re.findall(r"ag2s_cell.* w0=(\S+)\n", told.stdout)]
    assert levels[1] == levels[3] > levels[2] > levels[0]
    for words in (
        ["netlist", "--subckt", *states, "--conductances", "x.csv"], ["netlist", "--name", "x"],
        ["netlist", "--subckt", "--states", str(tmp_path / "none.csv")],
        ["netlist", "s.toml", "--study", "s.toml", "--subckt"],
    ):  # fmt: skip
        assert run.invoke(app, words).exit_code == 2, words


def test_a_study_is_written_with_its_elements_and_refused_where_it_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(
        '[study]\nspice = ["R9 wl0_far 0 1k"]\n[array]\nrows = 2\ncols = 2\n[[program]]\ndo = "read"\n'
    )
    told = CliRunner().invoke(app, ["netlist", str(tmp_path / "s.toml")])
    assert "\nR9 wl_0_1 0 1k\n" in told.stdout
