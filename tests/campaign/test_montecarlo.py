"""Monte Carlo: draws, journal, workers that die, distributions, yield, and the command."""

from __future__ import annotations

import pytest
from montecarlo_cases import TABLES

from pyspice_models.array.variability import VariabilityParams
from pyspice_models.errors import RequestError
from pyspice_models.study import run_study
from pyspice_models.study.tables.read import nominal_study, study_from

# ---- one draw


def test_a_study_with_the_table_is_one_array_of_many() -> None:
    nominal, first, again, other = (
        study_from(tables).crossbar
        for tables in (
            {k: v for k, v in TABLES.items() if k != "variability"}, TABLES, TABLES,
            TABLES | {"variability": {"seed": 8}},
        )
    )  # fmt: skip
    assert (first.cell, first.faults, first.temperature) == (nominal.cell, nominal.faults, nominal.temperature)
    for name in ("area", "rate_int_set", "g_fil_min"):
        assert (first.values(name) != nominal.values(name)).all()
        assert (first.values(name) == again.values(name)).all()
        assert (first.values(name) != other.values(name)).all()
    assert (first.values("w0") == nominal.values("w0")).all()
    assert first.wire.resistivity_wl != nominal.wire.resistivity_wl
    assert first.driver.r_driver != other.driver.r_driver


def test_another_cycle_moves_what_spreads_from_cycle_to_cycle_alone() -> None:
    one, two = (study_from(TABLES | {"variability": {"seed": 7, "cycle": cycle}}).crossbar for cycle in (0, 1))
    assert one.wire == two.wire
    assert one.driver == two.driver
    for name in ("area", "thickness", "g_int_max", "r_ion"):
        assert (one.values(name) == two.values(name)).all()
    for name in ("rate_int_set", "rate_fil_reset", "v_nuc_fil", "g_fil_min"):
        assert (one.values(name) != two.values(name)).all()


def test_spreads_of_zero_leave_the_design() -> None:
    off = dict.fromkeys(VariabilityParams.quantities(), 0.0)
    bare = {k: v for k, v in TABLES.items() if k != "variability"}
    drawn, designed = study_from(bare | {"variability": off}), study_from(bare)
    assert drawn.program == designed.program
    assert run_study(drawn).measures == run_study(designed).measures


def test_the_amplitude_moves_all_voltages_by_one_factor() -> None:
    steps = [
        {"do": "write"}, {"do": "read"}, {"do": "wait"}, {"do": "vmm", "inputs": [1.0, -1.0]},
        {"do": "rank_one", "word": [1, 0], "bit": [0, -1]},
        {"do": "apply", "word": [0.1, 0.0], "bit": [0.0, -0.2]}, {"do": "write_pattern", "pattern": "checkerboard"},
    ]  # fmt: skip
    tables = TABLES | {"program": steps}
    drawn, designed = study_from(tables).program, nominal_study(tables).program
    factor = drawn[0].voltage / designed[0].voltage
    assert 0.9 < factor < 1.1
    assert factor != 1
    for got, plan in zip(drawn, designed, strict=True):
        if hasattr(plan, "voltage"):
            assert got.voltage == plan.voltage * factor
    assert drawn[3].inputs == designed[3].inputs
    assert drawn[4].word == designed[4].word
    assert drawn[5].bit == (0.0, -0.2 * factor)


def test_odds_without_a_seed_break_every_array_elsewhere_and_with_one_all_alike() -> None:
    tables = TABLES | {"array": {"rows": 8, "cols": 8}, "faults": {"stuck_off": 0.2}}
    faults = [study_from(tables | {"variability": {"seed": seed}}).crossbar.faults for seed in (1, 2)]
    assert faults[0].stuck_off != faults[1].stuck_off
    assert 1 <= len(faults[0].stuck_off) <= 30
    fixed = tables | {"faults": {"stuck_off": 0.2, "seed": 3}}
    same = [study_from(fixed | {"variability": {"seed": seed}}).crossbar.faults for seed in (1, 2)]
    assert same[0] == same[1]
    assert nominal_study(tables).crossbar.faults.stuck_off == ()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"seed": -1}, r"variability\.seed = -1 is refused.*0 to 9007199254740991"),
        ({"seed": 1.5}, r"variability\.seed"),
        ({"cycle": True}, r"variability\.cycle"),
        ({"device_aera": 0.1}, "did you mean 'device_area'"),
        ({"device_area": 0.9}, r"variability\.device_area = 0\.9 is refused; allowed: >= 0 and <= 0\.5"),
        ({"device_area": "5 mV"}, r"variability\.device_area"),
        (3, "write it as"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(table: object, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        study_from(TABLES | {"variability": table})
