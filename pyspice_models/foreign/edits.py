"""The one edit that a Verilog-A text gets: parameters become instance parameters, so that cells may differ in them."""

from __future__ import annotations

import re

_PARAMETER = re.compile(
    r"(?:\(\*(?P<words>(?:(?!\*\)).)*)\*\)\s*)?\bparameter\s+(?:real|integer)\s+(?P<name>\w+)", re.DOTALL
)
_TYPE = re.compile(r"\btype\s*=")


def with_instance_parameters(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with every real or whole parameter an instance parameter, and the names of those that were none.

    Lines keep their numbers. Comments and texts in quotes are left alone.
    """
    pieces: list[str] = []
    names: list[str] = []
    at = 0
    for match in _PARAMETER.finditer(_blanked(text)):
        words = match["words"]
        if words is not None and _TYPE.search(words):
            continue
        names.append(match["name"])
        if words is None:
            place, piece = match.start(), '(* type="instance" *) '
        else:
            place, piece = match.start("words"), ' type="instance",' if words.strip() else ' type="instance"'
        pieces += [text[at:place], piece]
        at = place
    return "".join([*pieces, text[at:]]), tuple(names)


def _blanked(text: str) -> str:
    """The text with comments and what stands in quotes as spaces: every place keeps its number."""

    def blank(match: re.Match[str]) -> str:
        return "".join(letter if letter in '\n"' else " " for letter in match[0])

    return re.sub(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.DOTALL)
