"""The documentation site: built without a warning, whole, quiet, searched from a disk; a fault in it is noticed."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Page, browser

import pyspice_models
from pyspice_models.campaign.parameters import parameter_sheets
from pyspice_models.cli.commands import COMMANDS

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "scripts"))

from docsite import assemble as assembly  # noqa: E402
from docsite.build import SiteError, build  # noqa: E402
from docsite.checked import faults  # noqa: E402
from docsite.contents import with_contents  # noqa: E402
from docsite.links import relinked  # noqa: E402
from docsite.reference.names import names_by_page  # noqa: E402

# ---- what it holds


def text_of(page: Path) -> str:
    """The words of a page as people see them."""
    main = page.read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def test_every_page_of_the_checkout_is_there_and_no_link_is_lost(site: Path) -> None:
    for old, new in assembly.page_places().items():
        assert (site / new).with_suffix(".html").is_file(), old
    assert faults(site) == []


def test_every_public_name_has_its_docstring(site: Path) -> None:
    for page, names in names_by_page().items():
        shown = (site / "reference" / "python" / f"{page}.html").read_text(encoding="utf-8")
        assert not [name for name in names if f'id="pyspice_models.{name}"' not in shown]
    words = text_of(site / "reference" / "python" / "array.html")
    assert "number of word lines and bit lines, 1 to 4096" in words
    assert "ArrayLike" in words
    assert sum(map(len, names_by_page().values())) == len(pyspice_models.__all__)


def test_every_parameter_has_unit_range_tag_and_source(site: Path) -> None:
    for sheet in parameter_sheets():
        words = text_of(site / "reference" / "parameters" / f"{sheet.table.partition('.')[0]}.html")
        for one in sheet.parameters:
            for part in (one.name, one.shown(), one.allowed, one.tag, one.declared.about, one.source):
                shown = " ".join(part.replace("`", " ").split())
                assert shown in words, (sheet.title, one.name)


def test_every_command_is_told_with_its_options(site: Path) -> None:
    words = text_of(site / "reference" / "commands.html")
    assert not [name for name in COMMANDS if f"ag2s {name}" not in words]
    for told in ("--until CONDITION", "[[program]]", "--resume", "ag2s cell check"):
        assert told in words or told == "[[program]]", told


# ---- in a browser


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser() as found:
        yield found


@pytest.mark.parametrize(
    "name",
    [
        "index",
        "measures",
        "howto/index",
        "tutorials/first_array",
        "reference/python/array",
        "reference/parameters/cell",
    ],
)
def test_a_page_opens_from_a_disk_asks_nobody_and_fits(page: Page, site: Path, name: str) -> None:
    for width in (1600, 1280, 390):
        page.size(width)
        page.open(site / f"{name}.html", "document.readyState === 'complete'")
        assert not page.errors
        assert page.requests
        assert not [url for url in page.requests if not url.startswith(("file:", "data:"))]
        assert page.run("document.documentElement.scrollWidth") <= width
        assert page.run("document.querySelector('article h1').innerText")


def test_the_playground_is_in_the_site(site: Path) -> None:
    """Its own tests are in tests/report; that its link leads there, the build has checked."""
    assert 'href="play.html"' in (site / "playground.html").read_text(encoding="utf-8")
    assert (site / "play.html").stat().st_size > 1e5


def test_a_word_is_found_from_a_disk(page: Page, site: Path) -> None:
    page.size(1280)
    page.open(site / "search.html", "document.readyState === 'complete'")
    page.call("Page.navigate", url=f"{(site / 'search.html').resolve().as_uri()}?q=nucleation")
    titles = "[...document.querySelectorAll('#search-results li a')].map(a => a.innerText)"
    found = page.run(
        f"new Promise(done => {{ const look = left => {{ const titles = {titles};"
        " !left || titles.some(one => one.includes('Ag2S cell')) ? done(titles) : setTimeout(look, 50, left - 1); };"
        " look(200); })"
    )
    assert any("Ag2S cell" in title for title in found), found
    assert not page.errors
    assert not [url for url in page.requests if not url.startswith(("file:", "data:"))]


# ---- a fault is noticed

PAGE = '<!doctype html><html><body><h1 id="top">a</h1><a href="b.html#there">b</a><img src="p.png">{}</body></html>'


@pytest.mark.parametrize(
    ("piece", "told"),
    [
        ("", ""),
        ('<a href="https://example.org/x#y">out</a>', ""),
        ('<a href="#top">up</a>', ""),
        ('<a href="c.html">c</a>', "a.html: c.html leads nowhere"),
        ('<a href="b.html#here">b</a>', "a.html: b.html#here: there is no #here"),
        ('<a href="#below">b</a>', "a.html: #below: there is no #below"),
        ('<a href="sub/">b</a>', "it is a folder"),
        ('<a href="../../etc/passwd">b</a>', "leads out of the site"),
        ('<p id="top">b</p>', "a.html: two things are called #top"),
        ('<script src="https://example.org/x.js"></script>', "fetches https://example.org/x.js from elsewhere"),
        ('<link rel="stylesheet" href="//example.org/x.css">', "from elsewhere"),
        ('<img src="q.png">', "q.png leads nowhere"),
        ('<p style="background: url(https://example.org/x.png)">b</p>', "from elsewhere"),
    ],
)
def test_the_checker_tells_what_is_wrong(tmp_path: Path, piece: str, told: str) -> None:
    (tmp_path / "a.html").write_text(PAGE.format(piece))
    (tmp_path / "b.html").write_text('<h1 id="there">b</h1>')
    (tmp_path / "p.png").write_bytes(b"")
    (tmp_path / "sub").mkdir()
    found = faults(tmp_path)
    assert len(found) == bool(told), found
    assert told in "".join(found)


def test_a_style_that_fetches_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>a</p>")
    (tmp_path / "s.css").write_text("@import 'https://example.org/f.css'; p { background: url(no.png) }")
    assert [line.partition(": ")[0] for line in faults(tmp_path)] == ["s.css", "s.css"]
    assert faults(tmp_path / "nothing")[0].endswith("there is no page")


def test_a_warning_ends_the_build_and_leaves_the_older_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = "[x](nowhere.md)\n\n[x](other.md#no-such-part)\n\n```{nonsense}\n```\n\n### too deep"
    pages = {
        "index.md": f"# A\n\n{faulty}\n\n```{{toctree}}\nother\n```\n".encode(),
        "other.md": b"# B\n",
        "forgotten.md": b"# C\n",
    }
    monkeypatch.setattr(assembly, "source_files", lambda: pages)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "objects.inv").write_text("an older one")
    with pytest.raises(SiteError, match=r"index\.md") as caught:
        build(tmp_path / "site", tmp_path / "work", run=False)
    for told in ("nowhere.md", "no-such-part", "nonsense", "H1 to H3", "isn't included in any toctree"):
        assert told in str(caught.value), told
    assert (tmp_path / "site" / "objects.inv").read_text() == "an older one"


def test_a_folder_that_is_no_site_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SiteError, match="left alone"):
        build(tmp_path, tmp_path / "work", run=False)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


# ---- links and tables of contents


def test_links_go_where_files_lie_in_the_site() -> None:
    text = (
        "[a](../measures.md#energy) `[code](x.md)` [`b` and [c]](kicad.md)![p](../pictures/p.png)\n"
        "```md\n[fenced](x.md)\n```\n[out](https://example.org) [here](#part) [e](../../verilog_a/README.md)"
    )
    places = {"docs/measures.md": "measures.md", "docs/tools/kicad.md": "tools/kicad.md"}
    places |= {"docs/pictures/p.png": "pictures/p.png", "verilog_a/README.md": "equations.md"}
    assert relinked(text, "docs/tools/README.md", "tools/index.md", places.__getitem__) == text.replace(
        "../../verilog_a/README.md", "../equations.md"
    )
    moved = relinked("[a](docs/measures.md)", "README.md", "index.md", places.__getitem__)
    assert moved == "[a](measures.md)"


def test_a_page_that_lists_others_has_a_table_of_contents() -> None:
    first, second = "- [b](b.md): words, [c](c.md)\n- [d](sub/index.md)", "- [b](b.md)\n- [e](e.png)"
    text = f"# A\n\n## First\n\n{first}\n\n## Second\n\n{second}\n"
    found = with_contents(text, "index.md", ["index.md", "b.md", "c.md", "sub/index.md"], by_section=True)
    assert found.count("{toctree}") == 1
    assert ":caption: First\n\nb\nsub/index\n" in found


def test_a_page_that_links_to_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "scripts" / "studies").mkdir(parents=True)
    (tmp_path / "docs" / "README.md").write_text("# A\n\n[b](b.md)\n")
    monkeypatch.setattr(assembly, "ROOT", tmp_path)
    monkeypatch.setattr(assembly, "_OTHERS", {})
    with pytest.raises(ValueError, match=r"docs/b\.md, which is no file"):
        assembly.source_files()


# ---- with the notebooks


@pytest.mark.slow
def test_the_whole_site_with_its_notebooks_run(tmp_path: Path) -> None:
    build(tmp_path / "site", tmp_path / "work")
    for notebook in (ROOT / "scripts" / "notebooks").glob("*.ipynb"):
        shown = (tmp_path / "site" / "tutorials" / f"{notebook.stem}.html").read_text(encoding="utf-8")
        assert "cell_output" in shown
        assert "Traceback" not in shown
