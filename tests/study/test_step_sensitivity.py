"""Sensitivities of a step of a study: which step and line, what is listed first, dataset and plain data, refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pyspice_models import (
    Crossbar,
    DriverParams,
    Faults,
    Limits,
    Read,
    RequestError,
    Study,
    ThresholdParams,
    Vmm,
    Wait,
    WireParams,
    Write,
    load,
    save,
)
from pyspice_models.study.sensitivity import as_data, step_sensitivity, strongest, to_dataset
from pyspice_models.study.sensitivity.dataset import VARIABLES

_BAR = Crossbar(5, 6, wire=WireParams(r_segment=50.0)).with_states(w=np.random.default_rng(3).uniform(0, 1, (5, 6)))


def _study(*program: object, bar: Crossbar = _BAR) -> Study:
    return Study("one", bar, program or (Write(1, 2), Wait(1e-6), Read(3, 4), Vmm(transposed=True)))


@pytest.mark.parametrize(
    ("step", "output", "before"), [(None, "bit 4", 1), (0, "bit 2", 0), (2, "bit 4", 1), (3, "word 0", 2)]
)
def test_the_step_and_its_line_are_found(step: int | None, output: str, before: int) -> None:
    found = step_sensitivity(_study(), step=step)
    assert [str(one.output) for one in found.maps] == [output]
    assert found.phase.step == (2 if step is None else step)
    assert found.before == before


def test_without_a_read_the_first_pulse_is_taken() -> None:
    assert step_sensitivity(_study(Wait(1e-6), Write(1, 2))).phase.step == 1


def test_the_cell_that_is_read_is_named_first_of_the_cells() -> None:
    found = step_sensitivity(_study())
    (one,) = found.maps
    listed = strongest(one, found.conductances, 40)
    assert len(listed) == 40
    effects = [abs(element.effect) for element in listed]
    assert effects == sorted(effects, reverse=True)
    first = next(element for element in listed if element.kind == "cell")
    assert first.name == "cell (3, 4)"
    assert first.value == pytest.approx(found.conductances[3, 4], rel=1e-12, abs=0)
    assert first.effect == pytest.approx(one.cell_effects[3, 4], rel=1e-9, abs=0)
    # all there is: cells, two segments at each crossing, an end for each line
    assert len(strongest(one, found.conductances, 10_000)) == 3 * 30 + 11


def test_shorts_far_ends_and_open_segments_are_elements_too() -> None:
    faults = Faults(open_bits=((4, 4),), shorted_words=((2, 1),), shorted_bits=((0, 3),))
    bar = _BAR.replace(faults=faults, driver=DriverParams(both_ends=True))
    found = step_sensitivity(_study(bar=bar))
    named = {element.name: element for element in strongest(found.maps[0], found.conductances, 10_000)}
    assert len(named) == 3 * 30 + 2 * 11 + 2
    assert named["bit segment after (4, 4)"].value == pytest.approx(1 / faults.g_open, rel=1e-12, abs=0)
    assert named["short from (2, 1) to the next word line"].value == faults.r_short
    assert {"far driver of word 3", "far end of bit 4", "short from (0, 3) to the next bit line"} <= named.keys()
    # the line's near end is cut off: what it carries leaves through the far one
    far, near = named["far end of bit 4"], named["sense circuit of bit 4"]
    assert abs(far.effect) > 1e3 * abs(near.effect)


@pytest.mark.parametrize("ohmic", [False, True])
def test_the_dataset_has_all_of_it_and_lasts(ohmic: bool, tmp_path: Path) -> None:
    found = step_sensitivity(_study(), ["bit 4", "word 3"], ohmic=ohmic)
    dataset = to_dataset(found)
    missing = set() if ohmic else {"corrected", "corrected_error"}
    assert set(dataset.data_vars) == VARIABLES.keys() - missing
    save(dataset, tmp_path / "sensitivity.nc")
    back = load(tmp_path / "sensitivity.nc")
    one = found.maps[0]
    assert back["by_cell"].sel(output="bit 4").values.tolist() == one.cells.tolist()
    assert back["current"].values.tolist() == [m.current for m in found.maps]
    assert back["by_cell"].attrs["units"] == "A/S"
    # near the operating point a current is that of its parts
    effects = (back["by_cell"] * back["g_cell"]).sel(output="bit 4")
    assert effects.values == pytest.approx(one.cell_effects, rel=1e-9, abs=1e-25)
    assert back.attrs["cells"] == ("resistors" if ohmic else "operating point")


def test_plain_data_are_json_and_hold_a_bound_for_every_current() -> None:
    found = step_sensitivity(_study(), ["bit 4"], ohmic=True)
    data = json.loads(json.dumps(as_data(found, 5), allow_nan=False))
    assert [len(data["currents"][side]) for side in ("word", "bit")] == [5, 6]
    assert all(row["error"] < 1e-6 * abs(row["current"]) + 1e-18 for row in data["currents"]["bit"])
    (one,) = data["outputs"]
    assert len(one["elements"]) == 5
    assert abs(one["corrected"]["current"] - one["current"]) <= one["error"] + one["corrected"]["error"]


def test_lines_without_resistance_have_no_segments() -> None:
    bar = _BAR.replace(wire=WireParams(resistivity_wl=0, resistivity_bl=0))
    found = step_sensitivity(_study(bar=bar))
    assert "by_word_segment" not in to_dataset(found)
    kinds = {element.kind for element in strongest(found.maps[0], found.conductances, 1000)}
    assert kinds == {"cell", "word end", "bit end"}


def test_what_it_cannot_do_is_refused_by_name() -> None:
    study = _study()
    small = replace(study, limits=Limits(memory_limit=1000.0))
    for ask, message in (
        (
            lambda: step_sensitivity(_study(bar=_BAR.replace(selector=ThresholdParams()))),
            "the crossbar's kind = '1S1R'",
        ),
        (
            lambda: step_sensitivity(_study(bar=_BAR.replace(driver=DriverParams(compliance="mos")))),
            "compliance = 'mos'",
        ),
        (lambda: step_sensitivity(_study(bar=_BAR.replace(driver=DriverParams(kind="rail")))), "driver.kind = 'rail'"),
        (lambda: step_sensitivity(study, step=4), "step = 4 is refused; allowed: a whole number from 0 to 3"),
        (lambda: step_sensitivity(study, step=1), "step 1 of the program has no pulse"),
        (lambda: step_sensitivity(_study(Wait(1e-6))), "the program has no pulse"),
        (lambda: step_sensitivity(study, ["bit 6"]), "output = 'bit 6' is refused; allowed: bit 0 to bit 5 of 5 x 6"),
        (lambda: step_sensitivity(study, ["bit"]), "--output = 'bit' is refused"),
        (lambda: step_sensitivity(study, ["bit 1"] * 65), "number of outputs = 65 is refused; allowed: 1 to 64"),
        (lambda: step_sensitivity(small), "1 maps of 5 x 6 cells take about .* of memory"),
    ):
        with pytest.raises(RequestError, match=message):
            ask()
