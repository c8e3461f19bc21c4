"""The source folder that Sphinx reads, put together from the checkout, in which nothing is written."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from docsite.contents import toctree, with_contents
from docsite.links import relinked
from docsite.reference import reference_pages

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = "<!-- site: reference -->"
"""In docs/README.md, where the pages are listed that only the site has."""

_OTHERS = {
    "verilog_a/README.md": "equations.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
_PICTURES = (".png", ".svg")
_NOTEBOOKS = (".ipynb", ".md")
PLAYGROUND = "play.html"
"""The page with sliders, beside the page that tells of it; the site alone has it."""

_FILES = "files"  # of the checkout that pages link to and that are no pages


def page_places() -> dict[str, str]:
    """All pages written by hand: from their path in the checkout to that in the site."""
    places = {
        path.relative_to(ROOT).as_posix(): posixpath.join(
            path.parent.relative_to(ROOT / "docs").as_posix(), "index.md" if path.name == "README.md" else path.name
        ).removeprefix("./")
        for path in sorted((ROOT / "docs").rglob("*.md"))
    }
    notebooks = {
        path.relative_to(ROOT).as_posix(): f"tutorials/{path.name}"
        for path in sorted((ROOT / "scripts" / "notebooks").glob("*"))
        if path.suffix in _NOTEBOOKS and path.name != "README.md"
    }
    return places | notebooks | _OTHERS | {"README.md": "index.md"}


def source_files() -> dict[str, bytes]:
    """What the source folder holds, by path in it.

    Raises:
        ValueError: a page links to something that the checkout does not have.
    """
    places = page_places()
    found: dict[str, bytes] = {}

    def new_place(old: str) -> str:
        if old in places:
            return places[old]
        if not (ROOT / old).is_file():
            raise ValueError(f"a page links to {old}, which is no file of the checkout")
        new = old.removeprefix("docs/") if old.startswith("docs/") else f"{_FILES}/{old}"
        found[new] = (ROOT / old).read_bytes()
        return new

    reference = reference_pages()
    pages = {*places.values(), *reference.pages}
    for old, place in places.items():
        if old == "README.md":  # the front door of the checkout; the site has its own
            continue
        text = (ROOT / old).read_text(encoding="utf-8")
        if old.endswith(".ipynb"):
            found[place] = _notebook(text, old, place, new_place).encode()
            continue
        text = relinked(text, old, place, new_place, lambda path: _title(path) if path in places else "")
        if place == "playground.md":
            head, rest = text.split("\n", 1)
            text = f'{head}\n\n<p><a href="{PLAYGROUND}"><strong>Open the playground</strong></a></p>\n{rest}'
        elif place == "index.md":
            text = with_contents(text.replace(REFERENCE, reference.listed), place, pages, by_section=True)
        elif place == "tutorials/index.md":
            text = _with_notebooks(with_contents(text, place, pages), places)
        elif place.endswith("/index.md"):
            text = with_contents(text, place, pages)
        found[place] = text.encode()
    return found | {place: text.encode() for place, text in reference.pages.items()} | _studies()


@cache
def _title(page: str) -> str:
    """What a page is called in a sentence: its heading, up to a colon."""
    path = ROOT / page
    if path.suffix != ".md":
        return path.stem.replace("_", " ")
    return path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ").partition(":")[0]


def _notebook(text: str, old: str, place: str, new_place: Callable[[str], str]) -> str:
    """A notebook with the links of its words as they are in the site."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = relinked("".join(cell["source"]), old, place, new_place)
    return json.dumps(notebook, indent=1, ensure_ascii=False)


def _with_notebooks(text: str, places: Mapping[str, str]) -> str:
    """The tutorials' own list, and behind it every notebook that it forgot."""
    names = [Path(place).stem for old, place in places.items() if old.startswith("scripts/notebooks/")]
    rest = [name for name in names if f"({name}." not in text]
    return f"{text}\n{toctree(rest)}" if rest else text


def _studies() -> dict[str, bytes]:
    """Beside the notebooks as in a checkout and in the folder of `ag2s init`: "../studies/write_read.toml"."""
    folder = ROOT / "scripts" / "studies"
    return {
        f"studies/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".toml", ".csv", ".va", ".sub", ".lib", ".inc", ".mod"}
    }


def assemble(folder: Path) -> None:
    """Make the source folder hold what it shall, and nothing else; what is right already is left alone."""
    wanted = source_files()
    for path in sorted(folder.rglob("*"), reverse=True) if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    for place, data in wanted.items():
        path = folder / place
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
