"""Tables of contents, as hidden directives behind the pages that list other pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence

from docsite.links import listed


def with_contents(text: str, place: str, pages: Iterable[str], *, by_section: bool = False) -> str:
    """A page's text, and the tables of contents of the pages that it lists.

    Args:
        text: Markdown, its links as they are in the site.
        place: of the page in the site, such as "tools/index.md".
        pages: all pages of the site; a link to anything else is no chapter.
        by_section: each section becomes a table of contents of its own, with the section's heading.
    """
    there = set(pages)
    parts = re.split(r"(?m)^## +(.+)$", text)
    sections = [("", text)] if not by_section else list(zip(["", *parts[1::2]], parts[::2], strict=True))
    taken: set[str] = {place}
    blocks = []
    for caption, body in sections:
        chapters = []
        for target in listed(body):
            page = posixpath.normpath(posixpath.join(posixpath.dirname(place), target))
            if page in there and page not in taken:
                taken.add(page)
                chapters.append(posixpath.splitext(target)[0])
        if chapters:
            blocks.append(toctree(chapters, caption.strip()))
    return "\n".join([text.rstrip(), "", *blocks])


def toctree(chapters: Sequence[str], caption: str = "") -> str:
    """The directive, hidden: the page's own words list the chapters."""
    head = ["```{toctree}", ":hidden:"]
    if caption:
        head.append(f":caption: {caption}")
    return "\n".join([*head, "", *chapters, "```", ""])
