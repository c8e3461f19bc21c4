"""--set and other words of the command line: a study, or a refusal in one readable line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError
from pyspice_models.study.tables.change import change_tables
from pyspice_models.study.tables.read import study_from

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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("array.rows=" + "9" * 5000, r"array\.rows = '9+\.\.\.9+' is refused; allowed: a whole number from 1 to 4096"),
        ("array.rows=" + "9" * 400, r"array\.rows = a whole number of about 400 digits is refused"),
        ("array.rows=" + "[" * 5000, r"array\.rows = '\[+\.\.\.\[+' is refused"),
        ("array.rows=2.5", r"array\.rows = 2\.5 is refused"),
        ("a." * 5000 + "a=1", r"--set = 'a\.a\..*\.\.\..*=1' is refused; allowed: KEY=VALUE"),
        ("k" * 5000 + "=1", "unknown key 'k+\\.\\.\\.k+'\\. Known keys: accuracy"),
        ("program.99999999999999999999.x=1", r"--set program\.9+\.x = '9+' is refused; allowed: a step from 0 to 1"),
        (f"program.{'9' * 5000}.x=1", "allowed: a step from 0 to 1"),
        ("program.١.row=1", "allowed: a step from 0 to 1"),
        ("program.0.row.x=1", r"program\[0\]\.row = |is a value and has no keys"),
        ("study.title=1", r"study\.title = 1 is refused; allowed: text"),
        ("study.title=[1, 2]", r"study\.title = \[1, 2\] is refused; allowed: text"),
        ("study.title=a\nb", "title = .* is refused; allowed: one line of printable ASCII text"),
        ("study.title=\udcff", "title = .* is refused"),
        ("study.engine=[1]", r"study\.engine = \[1\] is refused; allowed: text"),
        ("study.form={a = 1}", r"study\.form = \{'a': 1\} is refused; allowed: text"),
        ("array.initial.pattern=[1]", r"array\.initial\.pattern = \[1\] is refused; allowed: text"),
        ("array.initial={file = 1}", r"array\.initial\.file = 1 is refused; allowed: text"),
        ("array.initial={run = true}", r"array\.initial\.run = True is refused; allowed: text"),
        (
            f"array.initial={{run = '{'x' * 5000}'}}",
            r"x+\.\.\.x+ holds no finished run: neither states\.npz nor result",
        ),
        ('array.initial={run = "a\\u0000b"}', r"array\.initial\.run = 'a\\x00b' is refused; allowed: text"),
        ("program.0.voltage=1e400", r"program\[0\]\.voltage = inf V is refused"),
        ("program.0.voltage=0.3 A", r"program\[0\]\.voltage = '0\.3 A' is refused; allowed: a number in V"),
        ("program.0.width=fast", r"program\[0\]\.width = 'fast' is refused; allowed: > 0 and <= 10 s"),
        ("array.initial.seed=1.0", r"array\.initial\.seed = 1\.0 is refused; allowed: a whole number from 0"),
        ("array.initial.seed=99999999999999999", r"array\.initial\.seed = 99999999999999999 is refused"),
    ],
    ids=range(26),
)
def test_changes_that_make_no_sense(change: str, message: str) -> None:
    def changed() -> None:
        tables = _tables()
        change_tables(tables, change)
        study_from(tables)

    with pytest.raises(RequestError, match=message) as refused:
        changed()
    assert len(str(refused.value)) < 700


@given(st.text(max_size=40) | st.from_regex(r"[a-z]{1,9}(\.[a-z0-9]{1,9}){0,3}=.{0,20}", fullmatch=True))
def test_any_change_is_taken_or_refused(change: str) -> None:
    tables = _tables()
    words = "fine"
    try:
        change_tables(tables, change)
        study_from(tables)
    except RequestError as refused:
        words = str(refused)
    assert words.isprintable()


def test_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(HEAD + REST)
    for arguments in (
        ["simulate", "s.toml", "--set", "study.time_limit=" + "9" * 400],
        ["simulate", "s.toml", "--time-limit", "nan"],
        ["simulate", "s.toml", "--accuracy", "1e999"],
        ["simulate", "s.toml", "--set", "wire.width=1e-300"],
        ["simulate", "x" * 5000],
        ["netlist", "--rows", "9" * 30],
        ["netlist", "--study", "s.toml", "--set", "wire.width=1e-300"],
        ["sweep", "s.toml", "--over", "array.rows=" + "9" * 400 + ",1"],
        ["sweep", "s.toml", "--over", "program.0.width=1:2:1e-300"],
        ["montecarlo", "s.toml", "--runs", "9" * 30],
        ["fit", "s.toml", "--read-voltage", "1e999"],
    ):
        done = runner.invoke(app, arguments)
        assert (done.exit_code, done.stdout) == (2, ""), (arguments, done.output)
        assert len(done.stderr) < 900
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]
