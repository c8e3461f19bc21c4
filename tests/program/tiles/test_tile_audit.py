"""An audit repeats random updates in full, notices what is wrong, and goes on where it was."""

from __future__ import annotations

import numpy as np
import pytest
from tiles_cases import array, some_pulses

from pyspice_models.errors import RequestError
from pyspice_models.program.learning.tile import Pulses
from pyspice_models.program.learning.tiles.audit import Audit, AuditedTile, AuditLimits, Distance
from pyspice_models.program.learning.tiles.table_tile import TableTile

SHAPE = (12, 8)


def test_updates_of_a_table_are_within_the_limits() -> None:
    bar = array(SHAPE, varied=True)
    tile = AuditedTile(TableTile(bar), 3)
    for n in range(12):
        tile.update(some_pulses(SHAPE, 1 + n % 2, seed=n))
    found = tile.audit(bar)
    assert found.passed
    assert [one.number for one in found.distances] == sorted(one.number for one in found.distances)
    assert len(found.distances) == 3
    assert found.updates == 12
    assert 0 < found.rms < 0.01
    assert 0 < found.worst < 0.02
    assert 0 < found.energy < 0.02
    assert "3 of 12 updates as full transients, within its limits" in str(found)


def test_a_table_without_ir_drop_does_not_pass() -> None:
    bar = array((48, 16))
    tile = AuditedTile(TableTile(bar, ir_drop=False), 1)
    tile.update(some_pulses((48, 16), 1))
    found = tile.audit(bar)
    assert not found.passed
    assert found.rms > 0.01
    assert "beyond its limits" in str(found)


def test_limits_are_held_one_by_one() -> None:
    def passed(**changes: float) -> bool:
        one = {"rms": 0.005, "worst": 0.03, "energy": -0.01} | changes
        distance = Distance(0, {"w": one["rms"], "x": 0.0}, {"w": 0.0, "x": one["worst"]}, one["energy"], 1)
        return Audit([distance], AuditLimits(), 1).passed

    assert passed()
    assert not passed(rms=0.011)
    assert not passed(worst=0.041)
    assert not passed(energy=0.021)
    assert not passed(energy=-0.021)
    assert not passed(energy=np.inf)
    assert Audit([], AuditLimits(), 7).passed
    assert "none of 7 updates" in str(Audit([], AuditLimits(), 7))


def test_every_update_has_the_same_chance_and_the_seed_decides() -> None:
    table, pulses = TableTile(array((3, 2))), some_pulses((3, 2), 1)
    start = {name: values.copy() for name, values in table.states.items()}

    def chosen(seed: int, name: str = "tile") -> list[int]:
        table.program(start)
        tile = AuditedTile(table, 4, seed=seed, name=name)
        for _ in range(40):
            tile.update(pulses)
        return sorted(one.number for _, one in tile.kept)

    assert chosen(1) == chosen(1) != chosen(2)
    assert chosen(1) != chosen(1, name="another")
    counts = np.bincount([number for seed in range(60) for number in chosen(seed)], minlength=40)
    # 240 drawn of 40: six each; a tenth of them in each tenth of the run
    tenths = counts.reshape(10, 4).sum(axis=1)
    assert tenths.min() > 8
    assert tenths.max() < 45


def test_it_goes_on_where_it_was() -> None:
    bar = array((3, 2))
    whole, first = (AuditedTile(TableTile(bar), 2, seed=5) for _ in range(2))
    for n in range(20):
        whole.update(some_pulses((3, 2), 1, seed=n))
        if n < 8:
            first.update(some_pulses((3, 2), 1, seed=n))
    rest = AuditedTile(first.tile, 2, seed=5, updates=first.updates, kept=list(first.kept))
    for n in range(8, 20):
        rest.update(some_pulses((3, 2), 1, seed=n))
    assert [one.number for _, one in rest.kept] == [one.number for _, one in whole.kept]
    assert all((a.after["w"] == b.after["w"]).all() for (_, a), (_, b) in zip(rest.kept, whole.kept, strict=True))


def test_it_is_the_tile_in_everything_else() -> None:
    inner = TableTile(array((3, 2)), bounds={"x": 0.001})
    tile = AuditedTile(inner, 0)
    tile.update(some_pulses((3, 2), 3))
    idle = Pulses(np.zeros((1, 3), bool), np.zeros((1, 2), bool), np.array([1]))
    tile.update(idle)
    assert tile.updates == 1, "an update without pulses has nothing to repeat"
    assert not tile.kept
    assert tile.shape == (3, 2)
    assert (tile.pulses == inner.pulses).all()
    assert tile.crossed == inner.crossed
    assert (tile.forward(np.ones(3) * 1e-3).currents == inner.forward(np.ones(3) * 1e-3).currents).all()
    assert (tile.backward(np.ones(2) * 1e-3).currents == inner.backward(np.ones(2) * 1e-3).currents).all()
    tile.program({"w": 0.5})
    assert (tile.states["w"] == 0.5).all()


@pytest.mark.parametrize("count", [-1, 1001, 1.5, True])
def test_a_count_out_of_range_is_refused(count: object) -> None:
    with pytest.raises(RequestError, match="audit"):
        AuditedTile(TableTile(array((3, 2))), count)  # type: ignore[arg-type]
