"""Current compliance as a circuit element, alone and before a cell, in ngspice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pyspice_models.accuracy import Accuracy
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.engine import engine
from pyspice_models.errors import RequestError
from pyspice_models.netlist import Deck
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.netlist.dialects import NGSPICE
from pyspice_models.stimulus.cell_bench import CellBench, Drive

R = 1e3


def sweep(folder: Path, limiter: str, i_limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Voltage and current of a limiter alone, from -1 V to 1 V."""
    text = "\n".join(
        [
            "* a limiter alone",
            NGSPICE.limiter_definition(),
            "vs s 0 pwl(0 -1 1 1)",
            NGSPICE.limiter("1", "s", "0", r=R, i_limit=i_limit, kind=limiter),
            ".options reltol=1e-6 abstol=1e-15",
            ".save v(s) i(vs)",
            ".tran 1m 1 0 2m",
            ".end",
        ]
    )
    deck = Deck(lambda: [text], "subckt", 1.0, {"v": ["v(s)"], "i": ["i(vs)"]}, {"v": (), "i": ()}, {"i": -1.0})
    waves = engine("ngspice").run_deck(deck, folder, time_limit=30)
    return waves.values["v"].ravel(), waves.values["i"].ravel()


@pytest.mark.parametrize("i_limit", [10e-6, 500e-6])
def test_smooth_clamp_follows_its_formula(tmp_path: Path, i_limit: float) -> None:
    v, i = sweep(tmp_path, "smooth", i_limit)
    np.testing.assert_allclose(i, v / R / np.sqrt(1 + (v / (R * i_limit)) ** 2), rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("i_limit", [10e-6, 50e-6, 100e-6, 500e-6])
def test_transistors_limit_both_ways_and_conduct_in_between(tmp_path: Path, i_limit: float) -> None:
    v, i = sweep(tmp_path, "mos", i_limit)
    # far beyond the resistor's own share the current is the limit, within channel-length modulation
    beyond = np.abs(v) > R * i_limit + 0.2
    np.testing.assert_allclose(np.abs(i[beyond]), i_limit, rtol=0.02)
    np.testing.assert_allclose(i, -np.interp(-v, v, i), rtol=0, atol=0.02 * i_limit)
    assert (np.diff(i) >= -1e-9 * i_limit).all(), "the current falls somewhere as the voltage rises"
    # small signals see r, two source resistors and two channels: r + v_knee/i_limit (1 + 1/4)
    small = np.abs(v) < 0.02 * i_limit * (R + 0.0625 / i_limit)
    slope = np.polyfit(v[small], i[small], 1)[0] if small.sum() >= 3 else i[len(i) // 2 + 1] / v[len(v) // 2 + 1]
    assert 1 / slope == pytest.approx(R + 0.0625 / i_limit, rel=0.05, abs=0)


LOOP = Drive().ramp([0.3, -0.3, 0.0], 0.1)


@pytest.mark.parametrize("form", ["osdi", "subckt"])
@pytest.mark.parametrize("limiter", ["smooth", "mos"])
def test_a_cell_sets_to_its_compliance_and_resets(tmp_path: Path, form: str, limiter: str) -> None:
    """The reset runs away behind a limiter; looser tolerances and longer steps used to end in a step too small."""
    levels = (10e-6, 100e-6)
    benches = [
        CellBench(CellParams(), LOOP.times, LOOP.volts, i_limit=level, limiter=limiter)  # type: ignore[arg-type]
        for level in levels
    ]
    for reltol, step in ((1e-3, 0.02), (1e-4, 0.005)):
        folder = tmp_path / f"{reltol}"
        folder.mkdir()
        deck = cell_deck(benches, form=form, longest_step=step, accuracy=Accuracy(reltol=reltol))
        waves = engine("ngspice").run_deck(deck, folder, time_limit=60)
        top = np.argmin(np.abs(waves.time - 3.0))
        for k, level in enumerate(levels):
            assert np.abs(waves.values["i"][:, k]).max() < 1.01 * level
            assert waves.values["i"][top, k] > 0.9 * level
        set_to = waves.values["g"][np.argmin(np.abs(waves.time - 5.9))]
        assert set_to[1] > 3 * set_to[0], "ten times the compliance leaves no more conductance"
        assert (waves.values["g"][-1] < 1e-6).all(), "the loop ends with a filament"


def test_both_limiters_leave_the_same_cell(tmp_path: Path) -> None:
    benches = [
        CellBench(CellParams(), LOOP.times, LOOP.volts, i_limit=50e-6, limiter=limiter) for limiter in ("smooth", "mos")
    ]
    deck = cell_deck(benches, form="osdi", longest_step=0.01)
    waves = engine("ngspice").run_deck(deck, tmp_path, time_limit=60)
    smooth, mos = waves.values["g"][np.argmin(np.abs(waves.time - 5.9))]
    # the smooth clamp reaches its limit gradually: 3 % of it are missing at four times its knee
    assert smooth == pytest.approx(mos, rel=0.1, abs=0)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"i_limit": 0.0}, "i_limit"),
        ({"i_limit": float("nan")}, "i_limit"),
        ({"r_series": -1.0}, "r_series"),
        ({"c_node": 0.0}, "c_node"),
        ({"limiter": "fuse"}, "limiter"),
        ({"times": (0.0, 0.0)}, "increase"),
        ({"times": (1.0, 2.0)}, "start at 0 s"),
        ({"volts": (0.0, float("inf"))}, "corners"),
        ({"volts": (0.0,)}, "corners"),
    ],
)
def test_a_bench_that_cannot_be_built_is_refused(changes: dict[str, object], named: str) -> None:
    asked: dict[str, object] = {"cell": CellParams(), "times": (0.0, 1.0), "volts": (0.0, 0.1), **changes}
    with pytest.raises(RequestError, match=named):
        CellBench(**asked)  # type: ignore[arg-type]
