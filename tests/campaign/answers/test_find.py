"""`ag2s find`: where a measure crosses a limit, what is refused first, and what a stopped search keeps."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pyspice_models import RequestError, find, load, run_study
from pyspice_models.campaign.find import as_data, first_answer, load_search, run_search
from pyspice_models.campaign.find.bisection import Bracket, bisect
from pyspice_models.campaign.find.condition import Condition, parse_condition
from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.cli.main import app
from pyspice_models.errors import Ag2sError
from pyspice_models.measure import Measure
from pyspice_models.study.tables.read import study_from

WRITE = {
    "array": {"rows": 2, "cols": 2},
    "program": [{"do": "write", "row": 0, "col": 0, "voltage": 0.3}],
}
READ = """
[array]
rows = 2
cols = 2
[array.initial]
pattern = "inverse-identity"
[[program]]
do = "read"
row = "last"
col = "last"
scheme = "floating"
"""


def _asked(answer: Callable[[float], bool]) -> tuple[Callable[[float], bool], list[float]]:
    values: list[float] = []

    def once(value: float) -> bool:
        assert value not in values, "each run is made once"
        values.append(value)
        return answer(value)

    return once, values


@given(st.integers(1, 40), st.integers(41, 4096), st.data(), st.booleans())
def test_whole_numbers_are_closed_in_to_neighbours(low: int, high: int, data: st.DataObject, yes: bool) -> None:
    change = data.draw(st.integers(low + 1, high))
    answer, values = _asked(lambda value: (value >= change) == yes)
    assert bisect(answer, low, high, whole=True, within=0.5) == Bracket(change - 1, change)
    assert all(float(value).is_integer() for value in values)
    assert len(values) <= 2 * math.log2(high) + 3
    # nothing much larger than the answer is ever run
    assert max(values) <= max(2 * change, low + 1)


@given(st.floats(-10, 10), st.floats(1e-3, 1e6), st.floats(0.01, 0.99), st.booleans())
def test_other_numbers_are_closed_in_to_a_share(low: float, span: float, at: float, yes: bool) -> None:
    high, change = low + span, low + at * span
    answer, _ = _asked(lambda value: (value > change) == yes)
    found = bisect(answer, low, high, whole=False, within=0.001)
    assert found is not None
    assert low <= found.below <= change <= found.above <= high
    assert found.above - found.below <= max(0.001 * max(abs(found.below), abs(found.above)), 1e-15)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("same", [True, False])
def test_without_a_change_there_is_no_bracket(whole: bool, same: bool) -> None:
    answer, values = _asked(lambda value: same)
    assert bisect(answer, 2, 50, whole=whole, within=0.01) is None
    assert {2, 50} <= set(values)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("read_margin < 0.2", Condition("read_margin", "<", "0.2")),
        ("a<=-1e-3", Condition("a", "<=", "-1e-3")),
        ("energy_per_switch>50 fJ", Condition("energy_per_switch", ">", "50 fJ")),
        (" x >= .5 ", Condition("x", ">=", ".5")),
    ],
)
def test_conditions_are_read(text: str, condition: Condition) -> None:
    assert parse_condition(text) == condition


@pytest.mark.parametrize(
    "text",
    ["", "x", "x <", "< 2", "x = 2", "x == 2", "x < y", "x < inf", "x < nan", "x < 1e999", "1 < x", "x < 2" * 400],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="--until"):
        parse_condition(text)


def test_a_condition_is_in_the_unit_of_its_measure() -> None:
    energy = Measure(60e-15, "J", "of a switch")
    assert parse_condition("e > 50 fJ").holds(energy)
    assert not parse_condition("e < 50f").holds(energy)
    with pytest.raises(RequestError, match="declared in J"):
        parse_condition("e > 50 mV").holds(energy)


@pytest.mark.parametrize(
    ("vary", "ends", "message"),
    [
        ("array.sise", "", "did you mean 'array.size'"),
        ("wire.widht", "", "did you mean 'wire.width'"),
        ("program.0.voltag", "", "did you mean 'program.0.voltage'"),
        ("program.7.voltage", "1:2", "no number of this name"),
        ("study.form", "", "no number of this name"),
        ("", "", "no number of this name"),
        ("x" * 3000, "", "no number of this name"),
        ("array.rows+array.rows", "", "different keys"),
        ("array.rows+wire.width", "", "one unit"),
        ("program.0.width", "", "Give --range LOW:HIGH"),
        ("array.size", "8", "LOW:HIGH"),
        ("array.size", "8:8", "a low end below the high one"),
        ("array.size", "8:4", "a low end below the high one"),
        ("array.size", "0:4", "a whole number from 1"),
        ("array.size", "2.5:4", "a whole number from 1"),
        ("program.0.voltage", "1 s:2 s", "declared in V"),
        ("program.0.voltage", "0.1:99", "<= 5"),
        ("wire.width", "nan:1", "refused"),
    ],
)
def test_a_key_or_a_range_that_is_none_is_refused(vary: str, ends: str, message: str) -> None:
    with pytest.raises(RequestError) as refused:
        load_search(WRITE, vary, "state_change > 0.1", ends=ends)
    assert message in str(refused.value)
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("within", ["0", "1", "-1%", "x", "1 V", 1e-12])
def test_how_close_is_a_share(within: float | str) -> None:
    with pytest.raises(RequestError, match="--within"):
        load_search(WRITE, "wire.pitch", "x < 1", within=within)


def test_the_voltage_that_writes_is_found() -> None:
    found = find(WRITE, "program.0.voltage", "state_change > 0.2", ends="0.1V:0.6V", within="5%")
    assert found.holds_at is not None
    assert 0.1 < found.fails_at < found.holds_at < 0.6
    assert found.holds_at - found.fails_at <= 0.05 * found.holds_at
    for value, holds in ((found.holds_at, True), (found.fails_at, False)):
        step = {**WRITE["program"][0], "voltage": value}
        alone = run_study(study_from({**WRITE, "program": [step]})).measures["state_change"].value
        assert (alone > 0.2) == holds
        assert found.measures[value].value == pytest.approx(alone, rel=1e-12, abs=0)
    values = found.dataset["program.0.voltage"]
    assert values.attrs["units"] == "V"
    assert sorted(found.measures) == values.values.tolist()
    assert "holds from program.0.voltage = " in found.answer


@pytest.fixture
def ag2s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "read.toml").write_text(READ, encoding="utf-8")
    size = ["find", "read.toml", "--vary", "array.size"]
    return lambda *words: CliRunner().invoke(app, [*size, *words])


def test_the_largest_array_is_found_and_kept(ag2s, tmp_path: Path) -> None:
    done = ag2s("--until", "sneak_share > 0.9", "--range", "2:6")
    assert done.exit_code == 0, done.stderr
    folder = tmp_path / "out" / "read-find"
    assert {path.name for path in folder.iterdir()} >= {"find.nc", "find.csv", "find.png", "study.toml"}
    assert (folder / "find.png").read_bytes().startswith(b"\x89PNG")
    dataset = load(folder / "find.nc")
    data = as_data(dataset)
    assert data["found"]
    assert data["holds_at"] - data["fails_at"] == 1
    share = {point["array.rows+array.cols"]: point["sneak_share"] for point in data["points"]}
    assert share[data["holds_at"]] > 0.9 >= share[data["fails_at"]]
    assert f"holds from array.size = {data['holds_at']:.0f}" in done.stderr
    assert done.stdout.count("yes") + done.stdout.count(" no ") == len(share)
    # asked again, nothing is run: the same answer as JSON
    again = ag2s("--until", "sneak_share > 0.9", "--range", "2:6", "--resume", "--json")
    assert again.exit_code == 0, again.stderr
    assert f"going on: {len(share)} results are there" in again.stderr
    assert json.loads(again.stdout) == json.loads(json.dumps(data))


def test_a_limit_that_is_never_crossed_tells_both_ends(ag2s, tmp_path: Path) -> None:
    done = ag2s("--until", "sneak_share > 2", "--range", "2:4", "--json")
    assert done.exit_code == 1
    data = json.loads(done.stdout)
    assert (data["found"], data["holds_at"], data["fails_at"]) == (False, None, None)
    said = " ".join(done.stderr.split())
    assert "changes nowhere between the ends, where it does not hold" in said
    for point in (data["points"][0], data["points"][-1]):
        assert f"array.size = {point['array.rows+array.cols']} (sneak_share {point['sneak_share']:.4g})" in said
    assert (tmp_path / "out" / "read-find" / "find.png").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--until", "sneak_shar > 1"], "did you mean 'sneak_share'"),
        (["--until", "sneak_share > 1 V"], "no unit"),
        (["--until", "sneak_share"], "allowed: MEASURE"),
        (["--until", "sneak_share > 1", "--range", "x"], "--range"),
        (["--until", "sneak_share > 1", "--set", "array.rows=-1", "--vary", "wire.pitch"], "array.rows = -1"),
        (["--until", "sneak_share > 1", "--out", "read.toml"], "is a file"),
    ],
)
def test_a_wrong_request_ends_with_2_and_leaves_nothing(ag2s, tmp_path: Path, words: list[str], message: str) -> None:
    done = ag2s(*words)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert not any(path.is_file() for path in (tmp_path / "out").rglob("*"))
    assert (tmp_path / "read.toml").read_text() == READ


def test_a_stopped_search_goes_on_where_it_was(tmp_path: Path) -> None:
    search = load_search(WRITE, "program.0.voltage", "state_change > 0.2", ends="0.1:0.6", within="20%")
    place, lines = tmp_path / "found", list[str]()

    def stop(line: str) -> None:
        lines.append(line)
        if len(lines) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), journal_in(place, search.digest(), search.about) as journal:
        run_search(search, journal, first_answer(search), stop)
    with journal_in(place, search.digest(), search.about, resume=True) as journal:
        assert len(journal.done) == 3
        found = run_search(search, journal)
        assert len(journal.done) == len(found.measures) > 3
    whole = find(WRITE, "program.0.voltage", "state_change > 0.2", ends="0.1:0.6", within="20%")
    assert (found.holds_at, found.fails_at) == (whole.holds_at, whole.fails_at)
    assert found.dataset.identical(whole.dataset)


def test_other_ends_are_another_request() -> None:
    one = load_search(WRITE, "program.0.voltage", "state_change > 0.2", ends="0.1:0.4")
    others = [
        replace(one, high=0.5),
        replace(one, within=0.1),
        replace(one, until=parse_condition("state_change > 0.3")),
    ]
    assert len({search.digest() for search in (one, *others)}) == 4
    assert load_search(WRITE, "program.0.voltage", "state_change > 0.2", ends="100 mV:0.4V").digest() == one.digest()


def test_a_temperature_without_meaning_is_warned_of_wherever_it_was_tried() -> None:
    """Not at the low end alone; here at the high end, and the limit is never crossed."""
    for ends, hot in (("300:350", False), ("300:500", True)):
        found = find(WRITE, "array.temperature", "energy_per_switch > 1 J", ends=ends)
        assert found.holds_at is None
        assert ("superionic" in found.dataset.attrs.get("warning", "")) == hot


def test_a_run_that_fails_says_where() -> None:
    short = {**WRITE, "study": {"time_limit": 1e-3}}
    with pytest.raises(Ag2sError, match=r"the run at program\.0\.voltage = 100 mV failed"):
        find(short, "program.0.voltage", "state_change > 0.2", ends="0.1:0.4")
