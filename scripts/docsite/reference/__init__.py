"""Pages that nobody writes: public names from docstrings, parameters from declarations, commands from their help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docsite.reference.commands import commands_page
from docsite.reference.names import name_pages
from docsite.reference.parameters import parameter_pages


@dataclass(frozen=True)
class Reference:
    """The pages made when the site is built.

    Attributes:
        pages: their text by place in the site.
        listed: items of a list with a link to each of the three beginnings.
    """

    pages: Mapping[str, str]
    listed: str


def reference_pages() -> Reference:
    """All of them, from the package as it is."""
    pages = name_pages() | parameter_pages() | {"reference/commands.md": commands_page()}
    listed = "\n".join(
        [
            "- [Python](reference/python/index.md): every public name, from its docstring",
            "- [Parameters of a study](reference/parameters/index.md): every key with unit, range, tag and source",
            "- [Commands](reference/commands.md): what `ag2s ... -h` says",
        ]
    )
    return Reference(pages, listed)
