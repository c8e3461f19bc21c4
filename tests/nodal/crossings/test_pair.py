"""Two kernels over different places of an array, against one over all of them."""

from __future__ import annotations

import numpy as np
import pytest

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.kinds import Kind
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.engine.nodal import interval, stages, transient
from pyspice_models.engine.nodal.crossings import pair
from pyspice_models.engine.nodal.crossings.own import Own
from pyspice_models.engine.nodal.crossings.pair import Pair
from pyspice_models.engine.nodal.points import Points
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.stimulus import Write, schedule

SHAPE = (3, 4)
PLACES = ((0, 1), (2, 0), (2, 3))
W0 = np.asarray(pattern("random", SHAPE, seed=3), dtype=float)
FAST = 2 * CellParams().rate_int_set


def _last(run: Transient) -> Points:
    found: list[Points] = []
    run.run(np.inf, None, lambda points: found.append(points.picked([len(points) - 1])))
    return found[-1]


def test_two_kinds_are_one_kind_whose_cells_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = np.full(SHAPE, CellParams().rate_int_set)
    rates[tuple(zip(*PLACES, strict=True))] = FAST
    one = Crossbar(*SHAPE, per_cell={"w0": W0, "rate_int_set": rates})
    kind = Kind(CellParams(rate_int_set=FAST), places=PLACES, per_cell={"w0": W0})
    two = Crossbar(*SHAPE, per_cell={"w0": W0}, kinds={"fast": kind})
    plan = schedule(one, [Write(2, 3, width=2e-7)])
    whole = _last(Transient(one, plan, Accuracy()))
    both = Pair(*(Own(two, population, 0.3) for population in two.populations))
    monkeypatch.setattr(stages, "crossings", pair)
    monkeypatch.setattr(interval, "crossings", pair)
    monkeypatch.setattr(transient, "assembled", lambda *of: interval.advance)
    monkeypatch.setattr(pair, "paired", lambda *of: pair)
    run = Transient(two, plan, Accuracy(), both)
    halves = _last(run)
    assert halves.books == pytest.approx(whole.books, rel=1e-9, abs=1e-30)
    assert halves.lost("cells") == pytest.approx(whole.lost("cells"), rel=1e-9, abs=0)
    first, second = halves.planes[0, :4], halves.planes[0, 4:]
    for planes, population in zip((first, second), two.populations, strict=True):
        assert np.isnan(planes[:, ~population.where]).all()
        assert planes[0][population.where] == pytest.approx(whole.planes[0, 0][population.where], rel=1e-9, abs=0)
    waves = both.waves(halves.word, halves.bit, halves.planes)
    assert set(waves) == {f"{kind}: {name}" for kind in ("cell", "fast") for name in ("w", "x", "p", "es")}
    assert both.states(run._moments[0].held)["w"].shape == (12,)
    both.widen(3.0)
    assert min(part.maps.reach for part in (both.devices.one, both.devices.two)) >= 3.0
