"""A site's own links: every file that a page names is there, every anchor, and nothing is fetched from elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
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
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    if not pages:
        return [f"{site}: there is no page"]
    found = []
    for path, page in pages.items():
        name = path.relative_to(site)
        doubled = sorted({anchor for anchor in page.anchors if page.anchors.count(anchor) > 1})
        found += [f"{name}: two things are called #{anchor}" for anchor in doubled]
        found += [f"{name}: {fault}" for link in page.links if (fault := _lost(link, path, site, pages))]
        found += [f"{name}: {fault}" for link in page.fetched if (fault := _foreign(link, path, site, pages))]
    for path in sorted(site.rglob("*.css")):
        named = [one or two for one, two in _CSS.findall(path.read_text(encoding="utf-8"))]
        found += [f"{path.relative_to(site)}: {fault}" for link in named if (fault := _foreign(link, path, site, pages))]
    return found


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _foreign(link: str, path: Path, site: Path, pages: dict[Path, _Page]) -> str:
    parts = urlsplit(link)
    if parts.scheme == "data":
        return ""
    if parts.scheme or parts.netloc:
        return f"fetches {link} from elsewhere"
    return _lost(link, path, site, pages)


def _lost(link: str, path: Path, site: Path, pages: dict[Path, _Page]) -> str:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(site.resolve()):
        return f"{link} leads out of the site"
    if not target.is_file():
        return f"{link} leads nowhere" + (": it is a folder, which no disk shows as a page" if target.is_dir() else "")
    anchor = unquote(parts.fragment)
    known = next((page for one, page in pages.items() if one.resolve() == target.resolve()), None)
    if anchor and known is not None and anchor not in known.anchors:
        return f"{link}: there is no #{anchor}"
    return ""
