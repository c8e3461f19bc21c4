"""From 8 x 8 to 8 x 12 no draw moves but those of what came in addition: of every cause that is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.aging.memory import Memory
from pyspice_models.array.faults import CELL_FAULTS, LINE_FAULTS
from pyspice_models.array.fluctuation.noise import ReadNoise
from pyspice_models.array.fluctuation.params import FluctuationParams
from pyspice_models.array.fluctuation.pulses import parameters_of_pulse
from pyspice_models.array.fluctuation.running import RunningNoise
from pyspice_models.array.patterns import pattern
from pyspice_models.array.places import normal_at_places
from pyspice_models.array.variability import VariabilityParams
from pyspice_models.array.variability.wafer import FILM
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.study.tables.read import study_from

SMALL, WIDE, TALL = (8, 8), (8, 12), (11, 8)
NUMBERS = [
    name for name, q in VariabilityParams.quantities().items()
    if q.unit == "" and name not in ("g_step", "selector_v_th", "selector_g_on", "line_feedback")
]  # fmt: skip
FIELDS = {"field_length": "30 um", "transistor_vto": "5 mV", **{f"tilt_{cause}": 20 for cause in FILM}}
ODDS = {**dict.fromkeys(CELL_FAULTS, 0.05), **dict.fromkeys(LINE_FAULTS, 0.05)}


def _bar(shape: tuple[int, int], **own: Any) -> Crossbar:
    tables: dict[str, Any] = {
        "array": {"rows": shape[0], "cols": shape[1]}, "program": [{"do": "read"}], "transistor": {},
        "variability": {**dict.fromkeys(NUMBERS, 0.02), **FIELDS, "seed": 5, "cycle": 3, "area_follows_width": True}
        | own,
        "faults": ODDS,
    }  # fmt: skip
    return study_from(tables).crossbar


@pytest.fixture(scope="module")
def small() -> Crossbar:
    """The smaller array, with everything that can spread switched on."""
    return _bar(SMALL)


@pytest.mark.parametrize("shape", [WIDE, TALL])
def test_cells_lines_drivers_and_transistors_stay(small: Crossbar, shape: tuple[int, int]) -> None:
    large = _bar(shape)
    assert small.per_cell.keys() == large.per_cell.keys()
    assert (
        small.instances.keys()
        == large.instances.keys()
        >= {"word_width", "bit_width", "r_driver", "r_sense", "vto", "kp"}
    )
    for mine, its in ((small.per_cell, large.per_cell), (small.instances, large.instances)):
        for name, values in mine.items():
            ours = np.asarray(values)
            theirs = np.asarray(its[name])[tuple(slice(size) for size in ours.shape)]
            np.testing.assert_array_equal(ours, theirs, err_msg=name)
            assert np.ptp(ours) > 0, name
    assert (small.wire, small.driver) == (large.wire, large.driver)


@pytest.mark.parametrize("shape", [WIDE, TALL])
def test_faults_stay(small: Crossbar, shape: tuple[int, int]) -> None:
    large, count = _bar(shape).faults, 0
    for kind in (*CELL_FAULTS, *LINE_FAULTS):
        # the last line of the smaller array has no next one that it could touch
        rows, cols = {"shorted_words": (7, 8), "shorted_bits": (8, 7)}.get(kind, SMALL)
        kept = {(r, c) for r, c in getattr(large, kind) if r < rows and c < cols}
        assert set(getattr(small.faults, kind)) == kept, kind
        count += len(kept)
    assert count > 8
    assert isinstance(large, Faults)


def test_pulses_and_the_noise_of_reads_stay() -> None:
    fluctuation = FluctuationParams(
        seed=5, pulse_mobility=0.1, pulse_site=0.02, pulse_growth=0.1, flicker=0.01, telegraph=0.05, telegraph_share=0.5
    )
    noise, drawn, running = ReadNoise(fluctuation), {}, {}
    for shape in (SMALL, WIDE):
        number = np.full(shape, 4)
        own = parameters_of_pulse(CellParams(), CellParams().as_dict(), fluctuation, number)
        reads = RunningNoise(fluctuation, shape, "array")
        running[shape] = np.stack([reads.after(1e-5) for _ in range(3)])
        drawn[shape] = own | {"noise": noise.shares(3e-5, *np.indices(shape))}
    for name, values in drawn[SMALL].items():
        np.testing.assert_array_equal(values, drawn[WIDE][name][:, :8], err_msg=name)
    np.testing.assert_array_equal(running[SMALL], running[WIDE][:, :, :8])


def test_offsets_of_sense_circuits_and_what_cells_forget_stay() -> None:
    for name in ("sense offset", "row line offset"):
        np.testing.assert_array_equal(normal_at_places(3, name, (8,)), normal_at_places(3, name, (12,))[:8])
    aging = AgingParams(seed=2, relax_share=0.2, relax_spread=0.5, retain_spread=0.3, wear_spread=0.2)
    memories = [Memory(Crossbar(*shape), aging) for shape in (SMALL, WIDE)]
    for cause in ("retention", "wear", "relaxation 0 1"):
        first, second = (memory._drawn(cause) for memory in memories)
        np.testing.assert_array_equal(first, second[:, :8])


def test_another_length_of_a_field_moves_no_other_cause(small: Crossbar) -> None:
    other = _bar(SMALL, field_length="50 um")
    assert (np.asarray(small.per_cell["thickness"]) != np.asarray(other.per_cell["thickness"])).all()
    for name in ("g_fil_min", "g_fil_max"):  # no cause of the film
        np.testing.assert_array_equal(np.asarray(small.per_cell[name]), np.asarray(other.per_cell[name]))
    for name, values in small.instances.items():
        np.testing.assert_array_equal(np.asarray(values), np.asarray(other.instances[name]))
    assert small.faults == other.faults


@pytest.mark.parametrize("shape", [WIDE, TALL])
def test_random_patterns_stay(shape: tuple[int, int]) -> None:
    ours, theirs = (pattern("random", one, seed=5) for one in (SMALL, shape))
    assert (theirs[: SMALL[0], : SMALL[1]] == ours).all()
    assert 0.3 < (ours > 0.5).mean() < 0.7
    assert (ours != pattern("random", SMALL, seed=6)).any()
