"""The tile by the circuit: it is the studies of this package, update by update."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiles_cases import array, some_pulses

from pyspice_models import Crossbar, Study
from pyspice_models.array.driver import DriverParams
from pyspice_models.cells import registry
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.foreign import foreign_transistor
from pyspice_models.errors import RequestError
from pyspice_models.measure.energy import energy_split
from pyspice_models.program.learning.tile import Pulses, Tile
from pyspice_models.program.learning.tiles.circuit_tile import CircuitTile
from pyspice_models.program.learning.tiles.table_tile import TableTile
from pyspice_models.stimulus import RankOne, Vmm, Wait
from pyspice_models.study.run import run_study, simulate_study
from pyspice_models.study.states import last_states


def test_a_slot_is_the_rank_one_step_of_a_study() -> None:
    bar = array((8, 5))
    word, bit = np.array([1, 0, 1, 0, 0, 1, 0, 0]), np.array([0, 1, 0, 0, 1])
    for sign in (1, -1):
        tile = CircuitTile(bar)
        spent = tile.update(Pulses(word[None] > 0, bit[None] > 0, np.array([sign])))
        step = RankOne(tuple(word.tolist()), tuple((sign * bit).tolist()))
        dataset = simulate_study(Study("one", bar, [step, Wait(15e-6)], engine="nodal"))
        for name, values in last_states(dataset, bar.model).items():
            assert np.abs(tile.states[name] - values).max() < 1e-4, "but for what the clip shows"
        split = energy_split(dataset, 0.0, float(dataset["time"][-1]))
        assert spent.energy == pytest.approx(split.source, rel=2e-3, abs=0)
        assert spent.energy == pytest.approx(split.dissipated, rel=1e-3, abs=0)
        assert (spent.pulses == np.outer(word, bit)).all()


def test_many_updates_without_pulses_move_nothing() -> None:
    """States come back from every transient as they went in: at their bounds too, where they are shown inside."""
    bar = Crossbar(3, 2).with_states(w=np.array([[0.0, 1.0], [0.5, 1e-3], [0.27, 1.0]]), x=0.0)
    tile = CircuitTile(bar)
    still = Pulses(np.zeros((1, 3), bool), np.zeros((1, 2), bool), np.array([1]))
    for _ in range(5):
        assert tile.update(still).energy == 0.0
    for values, before in zip(tile.states.values(), bar.initial_states, strict=True):
        assert np.abs(values - before).max() < 1e-8


def test_a_product_is_what_a_vmm_step_settles_at() -> None:
    bar = array((8, 5), driver=DriverParams(r_driver=3e3, r_sense=700.0))
    inputs = tuple(np.linspace(-1, 1, 8).tolist())
    found = CircuitTile(bar).forward(5e-3 * np.array(inputs))
    dataset = simulate_study(Study("vmm", bar, [Vmm(inputs, duration=50e-6)], engine="nodal"))
    sensed = dataset["i_sense"].sel(time=49e-6, method="nearest").values
    assert np.abs(found.currents[0] - sensed).max() < 1e-3 * np.abs(sensed).max()


def test_a_product_backward_is_what_a_transposed_vmm_step_settles_at() -> None:
    """Every line keeps its end: the matrix is that of the products forward, transposed, whatever the ends are."""
    bar = array((8, 5), driver=DriverParams(r_driver=3e3, r_sense=700.0))
    inputs = tuple(np.linspace(-1, 1, 5).tolist())
    step = Vmm(inputs, transposed=True, duration=50e-6)
    sensed = run_study(Study("vmm", bar, [step], engine="nodal")).products[0].outputs
    for tile in (CircuitTile(bar), TableTile(bar)):
        found = tile.backward(5e-3 * np.array(inputs))
        assert np.abs(found.currents[0] - sensed).max() < 1e-3 * np.abs(sensed).max()


@pytest.mark.parametrize("kind", [TableTile, CircuitTile])
def test_what_a_tile_refuses(kind: type[TableTile | CircuitTile]) -> None:
    tile: Tile = kind(array((4, 3)), bounds={"x": 0.5})
    yes, no = np.ones((1, 4), bool), np.zeros((1, 3), bool)
    for wrong, said in (
        (lambda: tile.update(Pulses(no, no, np.array([1]))), r"lines of pulses.word = 3 is refused; allowed: 4"),
        (lambda: tile.update(Pulses(yes, yes, np.array([1]))), r"lines of pulses.bit = 4 is refused; allowed: 3"),
        (lambda: tile.update(Pulses(yes, no, np.array([1]), width=5e-9)), r"t_edge"),
        (lambda: Pulses(yes, no, np.array([0])), r"pulses.sign.*1 or -1"),
        (lambda: Pulses(yes, no, np.array([1, 1])), r"slots.*as many"),
        (lambda: Pulses(yes, no.astype(int), np.array([1])), r"pulses.bit.*yes or no"),
        (lambda: Pulses(yes, no, np.array([1]), voltage=-0.3), r"pulses.voltage = -0.3 V.*> 0, up to 5 V"),
        (lambda: Pulses(yes, no, np.array([1]), voltage=np.nan), r"pulses.voltage"),
        (lambda: Pulses(yes, no, np.array([1]), width=11), r"pulses.width = 11.* s.*up to 10 s"),
        (lambda: Pulses(yes, no, np.array([1]), scheme="grounded"), r"pulses.scheme.*V/2, V/3"),
        (lambda: tile.forward(np.zeros(3)), r"voltages.*\(vectors, 4\)"),
        (lambda: tile.forward([[0.0, np.nan, 0, 0]]), r"voltages.*finite"),
        (lambda: tile.backward(np.zeros((2, 2, 3))), r"voltages.*\(vectors, 3\)"),
        (lambda: tile.program({"y": 0.5}), r"state = 'y' is refused; allowed: one of w, x"),
        (lambda: tile.program({"w": 1.5}), r"states.w = 1.5 is refused; allowed: 0 to 1"),
        (lambda: tile.program({"w": np.nan}), r"states.w"),
        (lambda: tile.program({"w": np.zeros((3, 4))}), r"states.w.shape = \(3, 4\).*\(4, 3\)"),
        (lambda: kind(array((4, 3)), bounds={"z": 0.5}), r"bounds' state = 'z'"),
        (lambda: kind(array((4, 3)), bounds={"x": 2.0}), r"bounds.x = 2.0 is refused; allowed: > 0, up to 1"),
        (lambda: kind(array((4, 3)), rest=-1.0), r"rest = -1.0 s"),
        (lambda: kind(array((4, 3)), read_duration=np.inf), r"read_duration"),
    ):
        with pytest.raises(RequestError, match=said):
            wrong()
    assert tile.pulses.sum() == 0
    assert not tile.crossed


def test_a_table_says_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    for bar, said in (
        (Crossbar(4, 3, driver=DriverParams(both_ends=True)), "both_ends"),
        (Crossbar(4, 3, driver=DriverParams(kind="rail")), "driver.kind = 'rail'"),
        (Crossbar(4, 3, driver=DriverParams(compliance="smooth")), "driver.compliance = 'smooth'"),
    ):
        with pytest.raises(RequestError, match=f"a tile by a table does not know .*{said}.*way = 'circuit'"):
            TableTile(bar)
    for lost in ("alone", "equations"):
        monkeypatch.setattr(registry, "MODELS", {CellParams: replace(AG2S, **{lost: None})})
        with pytest.raises(RequestError, match="needs the cell's equations in Python, and the cell 'ag2s' has none"):
            TableTile(Crossbar(4, 3))


def test_a_circuit_says_what_its_engine_does_not_know(tmp_path: Path) -> None:
    card = tmp_path / "old.lib"
    card.write_text(".model nold nmos (level=1 vto=0.5 kp=1e-4)\n")
    with pytest.raises(RequestError, match="engine nodal solves the transistor 'nold' by compiled models, and cannot"):
        CircuitTile(Crossbar(4, 3, selector=foreign_transistor(card, "nold")))


def test_pulses_as_voltages_of_lines() -> None:
    word, bit = np.array([[True, False], [False, False]]), np.array([[False, True], [False, False]])
    half = Pulses(word, bit, np.array([1, -1]), voltage=0.3, scheme="V/2").lines
    assert np.allclose(half[0], [[0.15, 0], [0, 0]])
    assert np.allclose(half[1], [[0, -0.15], [0, 0]])
    third = Pulses(word, bit, np.array([-1, 1]), voltage=0.3, scheme="V/3").lines
    across = third[0][:, :, None] - third[1][:, None, :]
    assert np.allclose(across[0], [[-0.1, -0.3], [0.1, -0.1]])
    assert (across[1] == 0).all(), "a slot without pulses is at rest"
    updown = some_pulses((6, 4), 2)
    assert updown.slots == 2


def test_another_simulator_gives_the_same_update() -> None:
    """The circuit is the same in ngspice, which solves it another way."""
    bar, pulses = array((4, 3)), some_pulses((4, 3), 2)
    nodal, other = CircuitTile(bar), CircuitTile(bar, engine="ngspice")
    one, two = nodal.update(pulses), other.update(pulses)
    assert one.energy == pytest.approx(two.energy, rel=0.01, abs=0)
    assert one.half_selected == pytest.approx(two.half_selected, rel=0.01, abs=0)
    for name in ("w", "x"):
        assert np.abs(nodal.states[name] - other.states[name]).max() < 5e-4
