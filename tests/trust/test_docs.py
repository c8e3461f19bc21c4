"""What the documents show is what happens: the README's example runs, links lead somewhere, tables are complete."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import pyspice_models
from pyspice_models.netlist import dialect_names
from pyspice_models.stimulus import Read, Write
from pyspice_models.study import load_study
from pyspice_models.study.measures.every import study_measures

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("verilog_a/*.md")]


def test_the_example_of_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        done = subprocess.run(
            [sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "energy_per_switch" in done.stdout


def test_the_study_of_the_readme_is_a_study(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / "readme.toml").write_text(block)
    write, read = load_study(tmp_path / "readme.toml").program
    assert write == Write(7, 8)
    assert read == Read(7, 8)


def test_documents_and_examples_import_from_the_package_alone() -> None:
    """Users copy these lines: they say where everything is, and modules may move."""
    texts = [*DOCUMENTS, *ROOT.glob("scripts/examples/*.py")]
    lines = [
        line.strip()
        for path in texts
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(from|import) pyspice_models", line)
    ]
    assert len(lines) > 10
    assert not [line for line in lines if not line.startswith("from pyspice_models import ")]
    names = {name.strip() for line in lines for name in line.partition(" import ")[2].strip("(").split(",")} - {""}
    assert not names - set(pyspice_models.__all__)


_PAGES = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]
_WHERE = re.compile(r"(?:^|\s)(?:-o|--out|--to|>(?!=))[ =]+(\S+)")
_MAY = re.compile(r"out/|/tmp/|[A-Z_]+(/|$)")
"""Where commands of the documents may write: `out` is kept out of the checkout by .gitignore; a name in capitals is a
reader's own."""


def _commands(page: Path) -> list[str]:
    """Lines that a reader copies into a shell at the root of the checkout."""
    text = page.read_text(encoding="utf-8")
    blocks = "".join(re.findall(r"```(?:sh)?\n(.*?)```", text, re.DOTALL))
    lines = [*blocks.splitlines(), *(line[4:] for line in text.splitlines() if line.startswith("    "))]
    return [
        line.partition(" # ")[0].strip() for line in lines if re.match(r"(ag2s|python|ngspice|xschem|mkdir) ", line)
    ]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_commands_of_the_documents_leave_no_litter_in_the_checkout(page: Path) -> None:
    for command in _commands(page):
        assert all(_MAY.match(place) for place in _WHERE.findall(command)), f"{command}: write into out/"
        if command.startswith(("ag2s fit", "ag2s netlist", "ag2s export", "ag2s convert")):
            assert _WHERE.search(command), f"{command}: say where to, in out/"
        if command.startswith("ag2s init"):
            assert _MAY.match(command.split()[2]), command


def test_there_are_commands_in_the_documents() -> None:
    assert sum(len(_commands(page)) for page in _PAGES) > 30


LINKS = [
    (document, target)
    for document in DOCUMENTS
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text())
    if not target.startswith(("http", "mailto"))
]


@pytest.mark.parametrize(("document", "target"), LINKS, ids=lambda part: getattr(part, "name", part))
def test_links_lead_somewhere(document: Path, target: str) -> None:
    assert (document.parent / target).exists()


def test_the_documents_hold_links() -> None:
    assert {"README.md", "studies.md"} <= {document.name for document, _ in LINKS}


def test_every_measure_is_explained(studies: Path) -> None:
    folder = Path(study_measures.__code__.co_filename).parent
    sources = "".join(path.read_text() for path in sorted(folder.glob("*.py")))
    names = set(re.findall(r'"([a-z]+_[a-z_]+)"\]?(?::| =) Measure', sources))
    assert len(names) > 25
    explained = (ROOT / "docs" / "studies.md").read_text()
    assert not {name for name in names if f"`{name}`" not in explained}


def test_every_dialect_has_a_page_and_says_whether_it_was_run() -> None:
    pages = ROOT / "docs" / "tools"
    table = (pages / "README.md").read_text()
    for name in dialect_names():
        row = re.search(rf"^\| \[[^]]+\]\({name}\.md\) .*$", table, re.MULTILINE)
        assert row, name
        written = "not run" in row[0]
        assert written == ("not run here" in (pages / f"{name}.md").read_text()), name


def test_every_study_is_listed(studies: Path) -> None:
    readme = (ROOT / "README.md").read_text()
    assert {path.name for path in studies.glob("*.toml")}
    assert not {path.name for path in studies.glob("*.toml") if f"`{path.name}`" not in readme}


def test_every_study_is_explained(studies: Path) -> None:
    """Sweeps on their own page, single studies in the gallery; those of other commands on theirs."""
    pages = "".join(page.read_text() for page in (studies.parents[1] / "docs").glob("*.md"))
    gallery = (ROOT / "docs" / "gallery.md").read_text()
    every = list(studies.glob("*.toml"))
    assert len(every) > 5
    for path in every:
        assert f"`{path.name}`" in pages or f"\n## {path.stem}\n" in gallery, path.name
