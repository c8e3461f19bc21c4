"""Links of Markdown pages, from where the files lie in the checkout to where they lie in the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

_TEXT = r"\[(?:`[^`]*`|[^\]`])*\]"
_LINK = rf"(?P<head>!?{_TEXT}\()(?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)"
_CODE = r"^(?P<fence>```+|~~~+)(?s:.*?)^(?P=fence)[ \t]*$|``[^`].*?``|`[^`]*`"
_PARTS = re.compile(rf"(?m){_LINK}|{_CODE}")
_LISTED = re.compile(rf"(?m)^(?:- |\| ){_TEXT}\((?P<target>[^)\s#]+)\)")


def is_address(target: str) -> bool:
    """Whether a link leaves for another place, such as "https://..." or "mailto:..."."""
    return re.match(r"[a-z][a-z0-9+.-]*:", target) is not None


def relinked(
    text: str, page: str, place: str, new_place: Callable[[str], str], title: Callable[[str], str] = lambda path: ""
) -> str:
    """A page's text with its relative links as they are in the site; code is left alone.

    Args:
        text: Markdown.
        page: where it lies in the checkout, such as "docs/tools/README.md".
        place: where it lies in the site, such as "tools/index.md".
        new_place: from a file's path in the checkout to that in the site.
        title: what a page at a path in the checkout is called, "" if it is no page: where a link's text is a file's
            name, a reader of the site is told of what he finds there.
    """

    def one(part: re.Match[str]) -> str:
        if part["head"] is None or is_address(part["target"]):
            return part[0]
        old = posixpath.normpath(posixpath.join(posixpath.dirname(page), part["target"]))
        new = posixpath.relpath(new_place(old), posixpath.dirname(place) or ".")
        head, name = part["head"], title(old)
        if name and head[1:-2].strip("`").endswith(posixpath.basename(old)):
            head = f"[{name}]("
        return f"{head}{new}{part['anchor'] or ''})"

    return _PARTS.sub(one, text)


def listed(text: str) -> list[str]:
    """Targets of the links that begin an item of a list or a row of a table, in order: the pages below a page."""
    return [item["target"] for item in _LISTED.finditer(text) if not is_address(item["target"])]
