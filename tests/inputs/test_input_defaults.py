"""Every default against the documented one: a number that drifts changes every study that does not state it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pyspice_models import Crossbar, schedule
from pyspice_models.array import Faults, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.fluctuation import FluctuationParams
from pyspice_models.array.sensing import SensingParams
from pyspice_models.array.variability import VariabilityParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.cells.presets import find_preset, preset
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import (
    Apply,
    RankOne,
    RankOneStreams,
    Read,
    ReadAll,
    Step,
    Vmm,
    Wait,
    Window,
    Write,
    WritePattern,
)
from pyspice_models.stimulus.steps import STEPS
from pyspice_models.study.limits import Limits
from pyspice_models.units import parse

ROOT = Path(__file__).resolve().parents[2]
ABOUT = {"not_varied"}
"""Of a class, not of what it holds."""
OF_A_STEP = ABOUT | {"kind", "bits", "volts", "traces"}

WAVES = {"wl0": {"wave": "pwl", "times": [0.0, 1e-6], "volts": [0.0, 0.1]}}
"""For a step that has none of its own."""

SETS: list[Any] = [
    *(
        CellParams,
        SensingParams,
        AgingParams,
        FluctuationParams,
        WireParams,
        DriverParams,
        TransistorParams,
        ThresholdParams,
        Faults,
        VariabilityParams,
        Limits,
    ),
    *(Write, WritePattern, RankOne, RankOneStreams, Read, ReadAll, Vmm, Apply, Wait),
]
WRITTEN: dict[str, Any] = json.loads((ROOT / "tests" / "golden" / "defaults.json").read_text(encoding="utf-8"))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("kind", SETS, ids=lambda kind: kind.__name__)
def test_every_default_is_the_written_one(kind: Any) -> None:
    """tests/golden/defaults.json was written out from the declarations once; it is changed by hand, with a reason."""
    about = OF_A_STEP if issubclass(kind, Step) else ABOUT
    fields = {name: _plain(getattr(kind(), name)) for name in kind.__dataclass_fields__ if name not in about}
    assert fields == WRITTEN[kind.__name__]
    ranges = {name: declared.allowed for name, declared in kind.quantities().items()}
    assert ranges == WRITTEN[f"{kind.__name__} ranges"]


def _table_of_steps() -> dict[str, dict[str, str]]:
    """The table of defaults in docs/studies.md: by step, then by key."""
    lines = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("| step | defaults |")
    found = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        step, defaults = (cell.strip() for cell in line.strip("|").split("|"))
        pairs = (pair.split(" = ") for pair in defaults.split(", "))
        found[step.strip("`")] = {key.strip("`"): value.strip('`"') for key, value in pairs}
    return found


def test_a_window_names_nothing_that_was_not_given() -> None:
    bare = Window("wait", 0.0, 1.0, 0.5, 0.9)
    given = {"rows": (), "cols": (), "voltage": 0.0, "scheme": "", "pulses": 0, "width": 0.0, "gap": 0.0}
    assert {name: getattr(bare, name) for name in given} == given


def test_the_defaults_of_the_steps_are_the_documented_ones() -> None:
    table = _table_of_steps()
    assert set(table) == set(STEPS)
    for step, kind in STEPS.items():
        made, quantities = kind(**{kind.traces: WAVES} if kind.traces else {}), kind.quantities()
        assert set(quantities) <= set(table[step]), step
        for key, text in table[step].items():
            value = getattr(made, key)
            wanted = parse(text, quantities[key].unit, name=key) if key in quantities else type(value)(text)
            assert value == wanted, (step, key)


def test_other_defaults_that_the_manual_names() -> None:
    assert (Limits().time_limit, Limits().success_within, Limits().target_within) == (600.0, 0.1, 0.05)
    assert Limits().g_threshold == 0, "the middle of the nominal window"
    assert pattern("checkerboard", (1, 2)).tolist() == [[0.95, 0.05]]
    assert find_preset() == preset("200nm-160C")


def test_gates_are_checked_when_a_step_is_made_and_when_it_is_laid_out() -> None:
    """A mutant without these checks went unnoticed."""
    for wrong in ("none", 1.5, [0.5], [], [True], None, {"a": 1}):
        with pytest.raises(
            RequestError, match=r"gates = .* is refused; allowed: a whole number, a list of them, or 'all'"
        ):
            Apply((0.1, 0.1), (0.0, 0.0, 0.0), gates=wrong)  # type: ignore[arg-type]
    bar = Crossbar(2, 3, selector=TransistorParams())
    for wrong, message in (
        (3, r"gates = 3 is refused; .* from 0 to 2"),
        ((0, -1), "gates = -1"),
        ((1, 1), "each line once"),
    ):
        with pytest.raises(RequestError, match=message):
            schedule(bar, [Apply((0.1, 0.1), (0.0,) * 3, gates=wrong)])  # type: ignore[arg-type]
    for gates, conducting in (("all", 3), (1, 1), ((0, 2), 2)):
        plan = schedule(bar, [Apply((0.1, 0.1), (0.0,) * 3, gates=gates)])  # type: ignore[arg-type]
        assert sum(not wave.is_constant for wave in plan.gate) == conducting
