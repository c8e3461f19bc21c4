"""Maps of the cell's law: made from it, as close to it as they say, and not used where they are not."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from nodal_cases import run_points

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.faults import Faults
from pyspice_models.cells.ag2s import law
from pyspice_models.engine.nodal.crossings import cell_sweeps, law_maps, own
from pyspice_models.engine.nodal.crossings.cells import Cells
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.stimulus import Read, Wait, Write, schedule

TABLE = Cells(Crossbar(2, 2)).table()
K = SimpleNamespace(**{name: float(TABLE[name][0]) for name in TABLE.dtype.names or ()})
REACH = 0.45
MAPS = law_maps.law_maps(TABLE, REACH)
RNG = np.random.default_rng(3)


def test_bends_are_those_of_the_law() -> None:
    volts = RNG.uniform(-REACH, REACH, 500)
    found = [cell_sweeps.bent(volt, TABLE[0], MAPS) for volt in volts]
    assert found == pytest.approx(law.bend(volts, K), rel=1e-9, abs=0)
    beyond = 1.01 * REACH
    assert cell_sweeps.bent(beyond, TABLE[0], MAPS) == pytest.approx(law.bend(beyond, K), rel=1e-12, abs=0)
    assert cell_sweeps.bent(REACH, TABLE[0], MAPS) == pytest.approx(law.bend(REACH, K), rel=1e-9, abs=0)


def _moved(maps: law_maps.LawMaps) -> np.ndarray:
    volts = np.concatenate([np.linspace(-0.5, 0.5, 41), [-REACH, REACH, 0.06, 0.05]])
    starts = [(0.0, 0.0), (0.3, 0.1), (0.97, 0.4), (1.0, 1.0), (1.2, -0.2)]
    return np.array([
        cell_sweeps.moved(volt, w, x, w, x, step, TABLE[0], maps)
        for volt in volts for w, x in starts for step in (1e-9, 3e-8, 1e-6)
    ])  # fmt: skip


def test_states_move_as_the_law_moves_them() -> None:
    none = MAPS._replace(motion=MAPS.motion[:0])
    mapped, exact = _moved(MAPS), _moved(none)
    found = np.isfinite(exact)  # the law's Newton gives up where a step is far too long
    assert found.mean() > 0.95
    assert np.isfinite(mapped[found]).all()
    assert mapped[found] == pytest.approx(exact[found], rel=0, abs=2e-7)
    assert not (mapped[found] == exact[found]).all(), "maps were not used"


def test_what_is_further_off_than_allowed_is_no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law_maps, "ALLOWED", 1e-16)
    maps = law_maps.law_maps(TABLE, 8 * REACH)  # that of REACH is made already, and kept
    assert [len(part) for part in maps[1:]] == [0, 0, 0]
    monkeypatch.setattr(law_maps, "ALLOWED", 1e-5)
    monkeypatch.setattr(law_maps, "PER_VOLT", 8)
    monkeypatch.setattr(law_maps, "BLOCK", 1)
    coarse = law_maps.law_maps(TABLE, REACH)
    assert len(coarse.motion) == 0
    assert len(coarse.bounds) == 5121


def test_a_map_says_the_same_of_a_voltage_however_far_it_reaches() -> None:
    wide = law_maps.law_maps(TABLE, 4 * REACH)
    for volt in (-0.44, -1e-9, 0.0, 0.1, 0.3, 0.4375):
        assert cell_sweeps.bent(volt, TABLE[0], MAPS) == cell_sweeps.bent(volt, TABLE[0], wide)
        moved = [cell_sweeps.moved(volt, 0.3, 0.1, 0.3, 0.1, 1e-8, TABLE[0], maps) for maps in (MAPS, wide)]
        assert moved[0] == moved[1]


@pytest.mark.parametrize("name", ["v_int", "steep", "p_fil"])
def test_cells_that_differ_in_a_law_have_no_map_of_it(name: str) -> None:
    table = np.repeat(TABLE, 3)
    table[name][1] *= 1.01
    maps = law_maps.law_maps(table, REACH)
    gone = {"v_int": "bend", "steep": "motion", "p_fil": "bounds"}[name]
    assert [part for part in ("bend", "motion", "bounds") if not len(getattr(maps, part))] == [gone]


def test_lines_without_a_voltage_have_no_maps() -> None:
    assert [len(part) for part in law_maps.law_maps(TABLE, 0.0)[1:]] == [0, 0, 0]


def test_cells_that_differ_in_rates_or_are_broken_keep_the_maps() -> None:
    bar = Crossbar(2, 3, per_cell={"w0": pattern("random", (2, 3), seed=4)}, faults=Faults(stuck_on=((0, 1),)))
    maps = law_maps.law_maps(Cells(bar).table(), REACH)
    assert all(len(part) for part in maps[1:])


def test_a_run_with_maps_is_the_run_without(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = Crossbar(3, 2, per_cell={"w0": pattern("random", (3, 2), seed=4)})
    plan = schedule(bar, [Write(0, 1), Wait(1e-5), Read(0, 1)])

    mapped = run_points(Transient(bar, plan, Accuracy()))
    made = law_maps.law_maps
    monkeypatch.setattr(
        own, "law_maps", lambda *given: made(*given)._replace(bend=MAPS.bend[:0], motion=MAPS.motion[:0])
    )
    exact = run_points(Transient(bar, plan, Accuracy()))
    assert mapped.planes[-1, 0] == pytest.approx(exact.planes[-1, 0], rel=0, abs=1e-8)
    assert mapped.lost("cells")[-1] == pytest.approx(exact.lost("cells")[-1], rel=1e-6, abs=0)
    assert mapped.books[-1] == pytest.approx(exact.books[-1], rel=1e-6, abs=0)
