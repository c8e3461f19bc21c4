"""Text of a user is never markup, for rich, Matplotlib, TeX or a terminal; and it is cut where it is long."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table
from typer.main import get_command
from typer.testing import CliRunner

from pyspice_models.array import Crossbar
from pyspice_models.cli import progress
from pyspice_models.cli.main import app
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import MOST, RequestError, cut, quoted
from pyspice_models.report import save_pictures
from pyspice_models.report.campaign.sweep import save_sweep_picture
from pyspice_models.report.maps import draw_change_map, draw_state_map
from pyspice_models.report.style import house_style, words
from pyspice_models.stimulus import Read, Write
from pyspice_models.study import Study, run_study

runner = CliRunner()
HOSTILE = [r"$\frac{$", "[/x]", "[red]x", ":smile:", "a$b$c", "$", r"\$", "%", r"\input{x}", "_^{", "[bold]"]
STUDY = """
[study]
name = "tiny"
title = '{title}'
engine = "nodal"
[array]
rows = 2
cols = 2
[array.initial]
pattern = "checkerboard"
[[program]]
do = "write"
row = 0
col = 1
[[program]]
do = "read"
row = 0
col = 1
"""


@pytest.mark.parametrize("title", HOSTILE[:2])
def test_a_title_is_no_markup(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """These failed in a picture after the simulation, which deleted the result, or in the table."""
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(STUDY.format(title=title))
    done = runner.invoke(app, ["simulate", "s.toml"])
    assert done.exit_code == 0, done.stderr
    assert title in done.stdout.splitlines()[0]
    assert {"waves.png", "maps.png", "paths.png", "result.nc"} <= {path.name for path in Path("out/tiny").iterdir()}


def _shown(text: str) -> str:
    """What Matplotlib would draw for a text that is given to it as `words` says."""
    figure = Figure()
    label = figure.text(0, 0, words(text))
    found, is_math = label._preprocess_math(label.get_text())
    assert not is_math
    return str(found)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text("$\\{}^_%&# a", max_size=12))
def test_a_picture_shows_every_text_as_it_is(text: str) -> None:
    with house_style():
        assert _shown(text) == text


def test_pictures_take_nothing_from_a_users_settings(tmp_path: Path) -> None:
    """With text.usetex every text would be TeX, and be run."""
    with mpl.rc_context({"text.usetex": True, "font.size": 40, "image.cmap": "hot"}):
        with house_style():
            assert (mpl.rcParams["text.usetex"], mpl.rcParams["font.size"]) == (False, 8)
            assert mpl.rcParams["image.cmap"] == "viridis"
        assert mpl.rcParams["text.usetex"] is True
        outcome = run_study(Study("a", Crossbar(2, 2), [Write(0, 1), Read(0, 1)], engine="nodal", title=r"$\frac{$"))
        assert len(save_pictures(outcome.dataset, tmp_path)) == 3


def test_maps_call_a_state_by_its_name() -> None:
    """They called that of any cell w."""
    states = xr.DataArray(np.full((2, 2), 0.5), dims=("row", "col"), name="gap")
    for draw, label in ((draw_state_map, "state gap"), (draw_change_map, "change of state gap")):
        figure = Figure()
        draw(figure.subplots(), states)
        assert label in [ax.get_ylabel() for ax in figure.axes]


def test_the_picture_of_a_sweep_shows_keys_and_values_as_they_are(tmp_path: Path) -> None:
    values = [r"$\frac{$", "a_b$c$", "[/x]", "y" * 5000]
    axis = xr.Variable(("x$.y_$",), np.array(values), {"long_name": "x"})
    second = xr.Variable(("k$.z$",), np.array([r"$\x{$", "$"]), {"long_name": "x"})
    data = (("x$.y_$", "k$.z$"), np.arange(1.0, 9).reshape(4, 2), {"units": "1", "long_name": "m"})
    found = xr.Dataset({"sneak_share": data}, {"x$.y_$": axis, "k$.z$": second})
    save_sweep_picture(found, tmp_path / "sweep.png")
    assert (tmp_path / "sweep.png").stat().st_size > 1000


def test_tables_and_messages_show_text_as_it_is() -> None:
    for make in (progress.table_console, lambda: progress.stderr):
        console: Console = make()
        for text in HOSTILE:
            table = Table(text, title=text)
            table.add_row(text)
            with console.capture() as captured:
                console.print(table)
                console.print(text)
            assert captured.get().count(text) == 4


@pytest.mark.parametrize("word", ["[/x]", ":smile:", "$x$", "x\x1b[31m\ny", "\u202e"])
def test_commands_repeat_a_wrong_word_as_it_is(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(STUDY.format(title="t"))
    shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in word)
    for arguments in (
        ["simulate", word],
        ["simulate", "s.toml", "--engine", word],
        ["simulate", "s.toml", "--set", f"{word}.x=1"],
        ["simulate", "s.toml", "--set", f"array.rows={word}"],
        ["sweep", "s.toml", "--over", f"{word}=1"],
        ["montecarlo", word],
        ["write-verify", word],
        ["fit", word],
        ["convert", word, "--to", "x.csv"],
        ["export", "--to", "x", "--preset", f"{word}.toml"],
        ["netlist", "--dialect", word],
    ):
        done = runner.invoke(app, arguments)
        assert done.exit_code == 2, (arguments, done.output)
        assert shown in done.stderr.replace("\\\\", "\\"), arguments
        assert "\x1b[31m" not in done.stderr
        assert done.stdout == ""


def test_help_shows_everything_that_is_written() -> None:
    """rich takes [sweep] for a style and swallows it."""
    shown = 0
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        done = runner.invoke(app, [name, "--help"], env={"COLUMNS": "200"})
        text = "".join(done.output.split())
        for parameter in command.params:
            if said := getattr(parameter, "help", None):
                assert "".join(said.split()) in text, (name, parameter.name)
                shown += 1
    assert shown > 50


def test_json_stays_json_whatever_the_words_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(STUDY.format(title='[/x] "$'))
    done = runner.invoke(app, ["simulate", "s.toml", "--json"])
    assert json.loads(done.stdout)["study"] == "tiny"


# ---- the length of what is quoted


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    )
)
def test_a_quoted_value_is_one_short_line(value: Any) -> None:
    shown = quoted(value)
    assert shown.isprintable()
    assert len(shown) <= 8 * (MOST + 20)  # an unprintable letter takes up to ten
    error = RequestError.for_value("name", value, unit="V", allowed="> 0")
    assert str(error).startswith("name = ")
    assert "\n" not in str(error)


class _Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.3, "0.3"),
        (np.float32(0.25), "0.25"),
        ([1, 2], "[1, 2]"),
        ("V/4", "'V/4'"),
        (10**400, "a whole number of about 400 digits"),
        (-(10**5000), "a whole number of about 5000 digits"),
        ([10**5000], "a list"),
        (_Broken(), "<_Broken instance at"),
        (list(range(10**6)), "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
        ([[[[[[1]]]]]], "[[[[[...]]]]]"),
        (np.ma.masked, "masked"),
    ],
    ids=range(11),
)
def test_what_a_message_quotes(value: Any, shown: str) -> None:
    assert quoted(value).startswith(shown)


def test_long_text_is_cut_in_its_middle() -> None:
    assert cut("a" * 1000 + "z", 20) == "aaaaaaaaaa...aaaaaaz"
    assert cut("short", 20) == "short"
    assert len(quoted("a" * 10**7)) < 110
    assert quoted(np.zeros((1000, 1000))).startswith("array([[0., 0., 0., ..., 0., 0., 0.]")
    with pytest.raises(RequestError) as refused:
        refuse_unknown("k" * 10**6, {"width", "pitch"}, "wire")
    assert len(str(refused.value)) < 250
    with pytest.raises(RequestError, match="did you mean 'width'"):
        refuse_unknown("widht", {"width", "pitch"}, "wire")


def test_a_terminal_is_not_steered() -> None:
    assert progress.readable("a\x1b]0;title\x07b\nc\td\x9b31m") == "a\\x1b]0;title\\x07b\nc\td\\x9b31m"
    file = io.StringIO()
    Console(file=file).print("x")
    assert file.getvalue() == "x\n"
