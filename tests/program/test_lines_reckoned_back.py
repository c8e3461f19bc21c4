"""What lines take of a read, reckoned back by the design; cells that ride along with others of their row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from write_verify_cases import TARGET

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.faults import Faults
from pyspice_models.array.wire import WireParams
from pyspice_models.engine.nodal.static.products import transfer_matrix
from pyspice_models.errors import RequestError
from pyspice_models.program.algorithms.history import History
from pyspice_models.program.algorithms.how import How
from pyspice_models.program.algorithms.table import Way
from pyspice_models.program.loop.lines import without_lines
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.write_verify import write_verify
from pyspice_models.stimulus import ReadAll
from pyspice_models.study import Study

LOSSY = Crossbar(
    *TARGET.shape, per_cell={"w0": np.full(TARGET.shape, 0.4)}, wire=WireParams(r_segment=20e3),
    driver=DriverParams(r_driver=100e3, r_sense=100e3),
)  # fmt: skip


@pytest.mark.parametrize("shape", [(3, 5), (12, 7)])
def test_what_lines_take_comes_back_whatever_cells_hold(shape: tuple[int, int]) -> None:
    """Conductances of a decade; the reads fall short by up to a third."""
    bar = LOSSY.replace(rows=shape[0], cols=shape[1], per_cell={})
    g = 10.0 ** np.random.default_rng(1).uniform(-8, -7, shape)
    seen = transfer_matrix(bar, g).T
    assert (1 - seen / g).max() > 0.05
    assert without_lines(bar, seen) == pytest.approx(g, rel=1e-4, abs=0)


def test_faults_of_lines_are_not_known_and_noise_below_zero_stays() -> None:
    bar = LOSSY
    g = np.full(bar.shape, 5e-8)
    seen = transfer_matrix(bar, g).T
    broken = bar.replace(faults=Faults(open_words=((0, 1),)))
    assert np.array_equal(without_lines(broken, seen), without_lines(bar, seen))
    seen[1, 1] = -1e-10
    found = without_lines(bar, seen)
    assert found[1, 1] == -1e-10
    assert np.isfinite(found).all()
    assert found[0, 0] == pytest.approx(5e-8, rel=0.05, abs=0)


def _asked(correct: str) -> Programming:
    way = Way("history", History(), How(correct=correct))
    return Programming(Study("s", LOSSY, [ReadAll()], engine="nodal"), TARGET, Budget(rounds=8), way=way)


def test_cells_hold_what_they_read_where_lines_are_reckoned_back() -> None:
    """Lines so resistive that all cells that read their level hold more."""
    plain, _ = write_verify(_asked("none"))
    mended, _ = write_verify(_asked("lines"))
    assert plain.converged
    assert mended.converged
    assert np.abs(plain.held_error).max() > 2 * plain.tolerance
    assert np.abs(mended.read_error).max() < 0.02 * np.abs(plain.read_error).max()
    assert np.abs(mended.held_error).max() <= mended.tolerance * 1.02


def test_lines_behind_limiters_are_refused() -> None:
    limited = LOSSY.replace(driver=DriverParams(compliance="smooth"))
    asked = _asked("lines")
    with pytest.raises(RequestError, match=r'programming\.correct = .lines. is refused; allowed: "none" with drivers'):
        replace(asked, study=replace(asked.study, crossbar=limited))
