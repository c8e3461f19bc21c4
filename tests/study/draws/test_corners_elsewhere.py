"""Corners of cells of one's own, and in a closed loop and a network: moved as anywhere, or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pyspice_models import Crossbar, Study, Write, foreign_cell, load_write_verify, write_verify
from pyspice_models.array.variability import VariabilityParams
from pyspice_models.errors import RequestError
from pyspice_models.study.tables.objects import tables_of, variation_tables
from pyspice_models.study.tables.variation import variation_from
from pyspice_models.study.variation import Variation, told_corner, vary

GAP = Path(__file__).parents[3] / "scripts" / "studies" / "models" / "gap_cell.va"
WRITE_VERIFY = """
[array]
rows = 2
cols = 2
[array.initial]
pattern = "uniform"
low = 0.3
[write_verify]
pattern = "random"
seed = 1
rounds = 1
levels = 4
[variability]
"""


def _own(**spreads: float) -> Study:
    parameters = {name: {"spread": size} for name, size in spreads.items()}
    return Study("own", Crossbar(2, 2, cell=foreign_cell(GAP, parameters=parameters)), [Write(0, 0)])


@pytest.mark.parametrize("corner", ["slow", "fast+hot"])
def test_own_cells_state_no_direction(corner: str) -> None:
    with pytest.raises(
        RequestError, match=r"slow and fast: nothing says which way the spread of 'r_on' makes a cell slow"
    ):
        vary(_own(r_on=0.1), Variation(corner=corner))


def test_own_cells_have_corners_of_lines_and_temperature() -> None:
    nominal = _own(r_on=0.1)
    built = vary(nominal, Variation(corner="hot+worst-lines"))[0].crossbar
    assert built.temperature == 343.15
    assert built.r_word > nominal.crossbar.r_word
    assert np.ptp(np.asarray(built.per_cell["r_on"])) == 0
    assert "driver" in told_corner(nominal, Variation(corner="worst-lines"))


@pytest.mark.parametrize("name", ["lot_mobility", "field_interface", "slope_thickness", "device_on"])
def test_own_cells_have_no_causes_that_others_have(name: str) -> None:
    nominal = _own(r_on=0.1)
    own = {name: 0.1} | ({"field_length": nominal.crossbar.wire.pitch} if "field" in name else {})
    with pytest.raises(
        RequestError, match=rf"variability\.{name} = 0\.1.* is refused; .*Nothing in this study would move"
    ):
        variation_from({"variability": own}, nominal.crossbar)


def test_a_closed_loop_programs_the_cells_of_its_corner(tmp_path: Path) -> None:
    moved: dict[str, float] = {}
    for corner in ("slow", "typical", "fast"):
        path = tmp_path / f"{corner}.toml"
        path.write_text(WRITE_VERIFY + f'corner = "{corner}"\n')
        asked = load_write_verify(path)
        done, _ = write_verify(asked)
        moved[corner] = float(np.abs(done.states["w"] - 0.3).mean())
    assert moved["slow"] < moved["typical"] < moved["fast"]


def test_a_corner_is_written_and_read_again() -> None:
    nominal = Study("s", Crossbar(2, 2), [Write(0, 0)])
    asked = Variation(
        VariabilityParams(lot_mobility=0.1, line_driver=0.05, area_follows_width=True), corner="slow", sigmas=2
    )
    tables: dict[str, Any] = tables_of(nominal) | variation_tables(asked)
    assert variation_from(tables, nominal.crossbar) == asked
