"""The how-to pages: each job in three commands or ten lines, run as it stands or as a small instance of itself."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from pyspice_models.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in (ROOT / "docs" / "howto").glob("*.md") if path.name != "README.md")
SLOW = ("algorithms", "figure", "fit", "night", "page")
"""Pages that take seconds however small they are: by default their commands are read alone; the tests of reports, fits,
campaigns and of the page of programming algorithms do what they do."""
ELSEWHERE = ("slurm",)
"""Pages that need a service; `tests/campaign/clusters` starts it and runs them."""
SMALL = {
    "levels": {},
    "own-model": {"ag2s cell check scripts/studies/models/gap_cell.va --out out/gap_cell": ""},  # tests/foreign run it
    "transistor": {"--set transistor.width=2um": "--set transistor.width=2um --set array.rows=2 --set array.cols=2"},
}
"""By page, what stands in place of a piece of its commands in the default run, which also has the smaller studies
below; the slow run takes all as it stands."""
SHORTER = {
    "own_cell.toml": [(r"= 8", "= 4")],
    "write_verify.toml": [(r"= 8", "= 3"), (r"levels = 16", "levels = 4")],
    "program_image.toml": [
        (r"= 64", "= 2"),
        (r"levels = 16", "levels = 2"),
        (r"\[variability\]\nseed = 1\n", ""),
    ],
    # two cells of two rows through the ball, below the two lines that say what it is
    "image_64.csv": [
        (r"(?s)\A((?:[^\n]*\n){2})(?:[^\n]*\n){24}((?:[^\n]*\n){2}).*", r"\1\2"),
        (r"(?m)^(?:[^,\n]+,){22}([^,\n]+,[^,\n]+),.*$", r"\1"),
    ],
    "levels_8x8.csv": [(r"(?m)^([^,\n]+,[^,\n]+,[^,\n]+),.*$", r"\1"), (r"(?s)\A((?:[^\n]*\n){3}).*", r"\1")],
}


def blocks(page: Path, language: str) -> list[str]:
    """Blocks of code of a page in one language."""
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"))


def commands(page: Path) -> list[str]:
    """Lines of its shell blocks, without comments."""
    lines = [line.partition(" #")[0].strip() for block in blocks(page, "sh") for line in block.splitlines()]
    return [line for line in lines if line]


def test_there_are_the_jobs_and_each_is_listed() -> None:
    listed = (ROOT / "docs" / "howto" / "README.md").read_text(encoding="utf-8")
    assert len(PAGES) >= 11
    assert not [page.name for page in PAGES if f"]({page.name})" not in listed]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_job_is_three_commands_or_ten_lines(page: Path) -> None:
    assert blocks(page, "sh") or blocks(page, "python")
    assert len(commands(page)) <= 3
    for block in blocks(page, "python"):
        assert len([line for line in block.splitlines() if line.strip()]) <= 10


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the paths of a checkout are right."""
    for name in ("studies", "examples"):
        shutil.copytree(ROOT / "scripts" / name, tmp_path / "scripts" / name)
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    return tmp_path


@pytest.fixture
def smaller(place: Path) -> None:
    """The same studies there, so small that they take no time."""
    for name, changes in SHORTER.items():
        path = place / "scripts" / "studies" / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            text, times = re.subn(old, new, text)
            assert times, (name, old)
        path.write_text(text, encoding="utf-8")


def run(line: str) -> str:
    """What a command says, both streams; it ends well."""
    words = shlex.split(line)
    if words[0] == "ag2s":
        done = CliRunner().invoke(app, words[1:], env={"COLUMNS": "200"})
        assert done.exit_code == 0, f"{line}\n{done.output}\n{done.exception!r}"
        return done.output
    other = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert other.returncode == 0, f"{line}\n{other.stdout}{other.stderr}"
    return other.stdout + other.stderr


def run_page(page: Path, small: dict[str, str]) -> str:
    """What all commands of a page say."""
    said = ""
    for line in commands(page):
        for old, new in small.items():
            line = line.replace(old, new)
        said += run(line) if line else ""
    return said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_are_commands(page: Path) -> None:
    """Their options are there, and take what they are given."""
    for line in commands(page):
        program, *words = shlex.split(line)
        command: Any = typer.main.get_command(app)
        context = command.make_context("ag2s", [], resilient_parsing=True)
        while program == "ag2s" and hasattr(command, "get_command"):  # of a group, too
            name, *words = words
            command = command.get_command(context, name)
            assert command is not None, line
        if program == "ag2s":
            assert command.make_context(command.name, words, parent=context).params


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.stem not in (*SLOW, *ELSEWHERE)], ids=lambda page: page.stem
)
def test_the_commands_of_a_page_run(page: Path, smaller: None) -> None:
    small = SMALL.get(page.stem, {})
    text = "\n".join(commands(page))
    assert all(piece in text for piece in small), "the page changed: say anew what its small instance is"
    said = run_page(page, small)
    if page.stem not in SMALL:
        check_output(page, said)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if page.stem in (*SMALL, *SLOW)], ids=lambda page: page.stem)
def test_the_commands_of_a_page_run_as_they_stand(page: Path, place: Path) -> None:
    check_output(page, run_page(page, {}))


def check_output(page: Path, said: str) -> None:
    """What a page says that its commands print is what they print."""
    words = " ".join(said.split())
    for block in blocks(page, "text"):
        for line in block.splitlines():
            assert " ".join(line.split()) in words, line


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.stem)
def test_the_python_of_a_page_runs(page: Path, place: Path) -> None:
    for block in blocks(page, "python"):
        held: dict[str, Any] = {"__name__": "howto"}
        exec(compile(block, page.name, "exec"), held)
        assert {"outcome", "deck"} & set(held)
