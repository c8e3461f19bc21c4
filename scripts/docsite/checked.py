"""A site's own links: every file that a page names is there, every anchor, and nothing is fetched from elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from os.path import normpath
from pathlib import Path
from urllib.parse import unquote, urlsplit

_FETCHED = {
    "script": ("src",), "img": ("src", "srcset"), "link": ("href",), "iframe": ("src",), "source": ("src", "srcset"),
    "video": ("src", "poster"), "audio": ("src",), "object": ("data",), "embed": ("src",), "use": ("href",),
}  # fmt: skip
_SPOKEN_OF = ("canonical", "author", "license", "index", "search", "next", "prev")  # links that no browser follows
_CSS = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


@dataclass
class _Page(HTMLParser):
    """What a page holds and names."""

    anchors: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors += [given[name] for name in ("id", "name") if given.get(name) and (name == "id" or tag == "a")]
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and set(given.get("rel", "").split()) & set(_SPOKEN_OF):
            self.links.append(given.get("href", ""))
        else:
            self.fetched += [given[name].split()[0] for name in _FETCHED.get(tag, ()) if given.get(name)]
        self.fetched += [one or two for one, two in _CSS.findall(given.get("style", ""))]


def faults(site: Path) -> list[str]:
    """What is wrong with the pages of a site, a line each, by page; nothing if all is well.

    Anchors that occur twice are faults as well: a link can mean one of them alone.
    """
    site = site.resolve()
    files = {path for path in site.rglob("*") if path.is_file()}
    pages = {path: _read(path) for path in sorted(files) if path.suffix == ".html"}
    if not pages:
        return [f"{site}: there is no page"]
    known = _Known(site, files, {path: set(page.anchors) for path, page in pages.items()})
    found = []
    for path, page in pages.items():
        name = path.relative_to(site)
        doubled = sorted(anchor for anchor, times in Counter(page.anchors).items() if times > 1)
        found += [f"{name}: two things are called #{anchor}" for anchor in doubled]
        found += [f"{name}: {fault}" for link in page.links if (fault := known.lost(link, path))]
        found += [f"{name}: {fault}" for link in page.fetched if (fault := known.foreign(link, path))]
    for path in sorted(files):
        if path.suffix == ".css":
            named = [one or two for one, two in _CSS.findall(path.read_text(encoding="utf-8"))]
            found += [f"{path.relative_to(site)}: {fault}" for link in named if (fault := known.foreign(link, path))]
    return found


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


@dataclass(frozen=True)
class _Known:
    """What a site has: files, and anchors by page."""

    site: Path
    files: set[Path]
    anchors: dict[Path, set[str]]

    def foreign(self, link: str, path: Path) -> str:
        """What is wrong with something that a browser fetches for a page; "" if nothing is."""
        parts = urlsplit(link)
        if parts.scheme == "data":
            return ""
        if parts.scheme or parts.netloc:
            return f"fetches {link} from elsewhere"
        return self.lost(link, path)

    def lost(self, link: str, path: Path) -> str:
        """What is wrong with a link of a page; "" if nothing is, or if it leaves the site."""
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            return ""
        target = Path(normpath(path.parent / unquote(parts.path))) if parts.path else path
        if not target.is_relative_to(self.site):
            return f"{link} leads out of the site"
        if target not in self.files:
            return f"{link} leads nowhere" + (
                ": it is a folder, which no disk shows as a page" if target.is_dir() else ""
            )
        anchor = unquote(parts.fragment)
        if anchor and target in self.anchors and anchor not in self.anchors[target]:
            return f"{link}: there is no #{anchor}"
        return ""
