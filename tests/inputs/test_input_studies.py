"""Tables of a study and --set: what TOML lets through and makes no sense is refused by name, never a traceback."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pyspice_models.campaign.montecarlo import load_montecarlo
from pyspice_models.campaign.sweep import load_sweep
from pyspice_models.errors import RequestError
from pyspice_models.program.file import load_write_verify
from pyspice_models.study.tables.read import load_study, study_from

runner = CliRunner()
HEAD = '[study]\nname = "tiny"\nengine = "nodal"\n'
REST = (
    '[array]\nrows = 2\ncols = 2\n[[program]]\ndo = "write"\nrow = 0\ncol = 1\n'
    '[[program]]\ndo = "read"\nrow = 0\ncol = 1\n'
)


def _tables() -> dict[str, Any]:
    return {
        "study": {"name": "tiny", "engine": "nodal"},
        "array": {"rows": 2, "cols": 3, "initial": {"pattern": "checkerboard"}},
        "program": [{"do": "write", "row": 0, "col": 1}, {"do": "read", "row": 0, "col": 1}],
    }


# ---- the file as such


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"{HEAD}time_limit = {'9' * 400}\n{REST}",
            r"study\.time_limit = a whole number of about 400 digits s is refused; allowed: > 0 and <= 1e\+06 s",
        ),
        (f"{HEAD}time_limit = {'9' * 5000}\n{REST}", r"s\.toml: line 4 holds a number of thousands of digits"),
        (
            f"{HEAD}time_limit = 0x{'f' * 5000}\n{REST}",
            r"study\.time_limit = a whole number of about 6021 digits is refused",
        ),
        (f"{HEAD}time_limit = 1{'_0' * 3000}\n{REST}", "holds a number of thousands of digits"),
        (f"{HEAD}time_limit = 1e{'9' * 200}\n{REST}", r"study\.time_limit = inf s is refused"),
        (f"{HEAD}time_limit = 1e99999\n{REST}", r"study\.time_limit = inf s is refused"),
        (f"{HEAD}{REST}[x]\ny = {'[' * 3000}{']' * 3000}\n", r"s\.toml is nested too deeply"),
        (f"{HEAD}{REST}[x]\ny = {'[' * 100}{']' * 100}\n", r"s\.toml is nested too deeply; 40 tables or lists"),
        (f"{HEAD}{REST}[x]\ny = {'{a = ' * 3000}1{'}' * 3000}\n", "is nested too deeply"),
        (f"{HEAD}{REST}[montecarlo]\nx{'.y' * 150} = 1\n", "is nested too deeply"),
        (f"{HEAD}{REST}[x]\n{'a.' * 100_000}a = 1\n", "holds a key of more than 200 parts"),
        (f"{HEAD}{REST}[x]\n{'a . ' * 1000}a = 1\n", "holds a key of more than 200 parts"),
        (f"{HEAD}{REST}x = {{ {'a.' * 1000}a = 1 }}\n", "holds a key of more than 200 parts"),
        (f"{HEAD}date = 2020-02-31\n{REST}", r"s\.toml is not a TOML file"),
        ("", r"\[array\] needs rows"),
        ("\0", "is not a TOML file: Invalid statement"),
    ],
    ids=range(16),
)
def test_what_toml_lets_through_and_makes_no_sense(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(RequestError, match=message) as refused:
        load_study(tmp_path / "s.toml")
    assert refused.value.exit_code == 2
    assert len(str(refused.value)) < 600


def test_long_lists_of_decimals_are_no_long_keys(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(
        '[array]\nrows = 300\ncols = 1\n[[program]]\ndo = "vmm"\ninputs = [' + "0.25, " * 300 + "]\n"
    )
    assert len(load_study(tmp_path / "s.toml").program[0].inputs) == 300  # type: ignore[union-attr]


HOSTILE: list[Any] = [
    1,
    -1,
    10**18,
    2**63,
    1.5,
    float("nan"),
    float("inf"),
    1e-320,
    True,
    "",
    "a",
    "[/x]",
    "x\0y",
    "\ud800",
    "é" * 3000,
    "nan",
    "1e999",
    "1 V s",
    [],
    [1],
    [[0]],
    [[0, 0.5]],
    [[0, 0], [1]],
    ["a"],
    [True],
    [None],
    [[[[1]]]],
    {},
    {"a": 1},
    [{}],
    datetime.date(2020, 1, 1),
    datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    datetime.time(1),
    10**400,
]
KEYS = [
    *(f"study.{key}" for key in ("name", "title", "form", "engine", "time_limit", "success_within", "g_threshold")),
    *(f"array.{key}" for key in ("rows", "cols", "temperature", "initial")),
    *(f"array.initial.{key}" for key in ("pattern", "low", "high", "seed", "file", "variable", "conductance", "run")),
    *(f"array.cells{key}" for key in ("", ".area", ".area.file", ".w0", ".w0.variable")),
    "study.amplitude",
    "program.file",
    "faults.stuck_on.file",
    "cell.preset",
    "cell.w0",
    "wire.width",
    "wire.coupling",
    "driver.sense",
    "driver.both_ends",
    "driver.r_driver",
    "transistor.vto",
    "selector.v_th",
    "accuracy.error",
    "accuracy.reltol",
    "variability.seed",
    "variability.cycle",
    "variability.device_area",
    "faults.seed",
    "faults.stuck_on",
    "faults.open_words",
    "faults.g_on",
    *(f"program.0.{key}" for key in ("do", "row", "col", "voltage", "width", "pulses", "gap", "scheme")),
    *(f"program.1.{key}" for key in ("row", "col", "voltage", "duration", "scheme")),
    *("study", "array", "cell", "wire", "driver", "faults", "variability", "accuracy", "program", "program.0", "sweep"),
    "montecarlo.runs",
    "montecarlo.vary",
    "montecarlo.limits",
    "montecarlo",
    "sweep.over",
    "sweep.measures",
    *(
        f"write_verify.{key}"
        for key in (
            "file",
            "pattern",
            "seed",
            "quantity",
            "low",
            "high",
            "levels",
            "tolerance",
            "rounds",
            "voltage",
            "longest",
            "read_voltage",
            "scheme",
        )
    ),
]


def _put(tables: dict[str, Any], key: str, value: object) -> None:
    *path, last = key.split(".")
    place: Any = tables
    for part in path:
        place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
    place[int(last) if isinstance(place, list) else last] = value


@given(key=st.sampled_from(KEYS), value=st.sampled_from(HOSTILE), more=st.sampled_from([None, *KEYS]))
def test_a_value_of_the_wrong_kind_is_refused(key: str, value: Any, more: str | None) -> None:
    """Whatever stands anywhere: a study, or a refusal in one readable line."""
    tables = _tables()
    words = "fine"
    try:
        _put(tables, key, value)
        if more is not None:
            _put(tables, more, value)
    except (TypeError, ValueError, IndexError, AttributeError):
        return  # a second key inside the first one's value
    try:
        tables.pop("write_verify", None)
        study = study_from(tables)
        json.dumps(study.settings, default=str)
    except RequestError as refused:
        words = str(refused)
    assert words.isprintable()
    assert len(words) < 1200


@pytest.mark.parametrize("command", [load_montecarlo, load_sweep, load_write_verify])
def test_tables_of_other_commands_too(command: Any, tmp_path: Path) -> None:
    table = {load_montecarlo: "montecarlo", load_sweep: "sweep", load_write_verify: "write_verify"}[command]
    own = {
        "montecarlo": 'runs = 3\nvary = "arrays"\n[montecarlo.limits]\nread_margin = ">= 0.5"\n',
        "sweep": 'over = ["array.rows=2,3"]\nmeasures = ["energy_per_switch"]\n',
        "write_verify": 'pattern = "random"\nseed = 1\nlow = 0.1\nhigh = 0.9\nlevels = 4\n'
        'quantity = "state"\nrounds = 3\ntolerance = "2 %"\nvoltage = "0.15 V"\nscheme = "auto"\n',
    }[table]
    path = tmp_path / "s.toml"
    path.write_text(f"{HEAD}{REST}[variability]\n[{table}]\n{own}")
    command(path)
    keys = [line.partition(" =")[0] for line in own.splitlines() if "=" in line and not line.startswith("read")]
    values = [
        '"x"',
        "1.5",
        "-1",
        "[]",
        "[[1]]",
        "true",
        '["a"]',
        "{a = 1}",
        "9" * 400,
        "2020-01-01",
        "nan",
        "inf",
        '"1 A"',
        '""',
    ]
    for key in keys:
        for value in values:
            try:
                found = command(path, changes=[f"{table}.{key}={value}"])
            except RequestError as refused:
                assert str(refused).isprintable()  # noqa: PT017
                assert len(str(refused)) < 600  # noqa: PT017
            else:
                assert found is not None
    with pytest.raises(RequestError, match=r"must be a table|has no .write_verify. table"):
        command(path, changes=[f"{table}=1"])
