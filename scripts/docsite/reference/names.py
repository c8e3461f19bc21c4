"""Every public name of the package, by what it is for; the words are those of the docstrings."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import pyspice_models
from docsite.reference.text import plain, row, table

PAGES = {
    "array": ("Crossbars", ("array", "cells", "foreign")),
    "program": ("Steps, schemes, schedules", ("stimulus",)),
    "study": ("Studies and their results", ("study", "accuracy", "simulation", "result", "folders", "inputs")),
    "measures": ("Measures", ("measure",)),
    "engines": ("Netlists, engines, static solutions", ("netlist", "engine")),
    "campaigns": ("Campaigns: sweeps, Monte Carlo, searches, margins", ("campaign",)),
    "loops": ("Live arrays, write-verify, training, inference", ("program",)),
    "cells": ("One cell against data", ("lab",)),
    "pictures": ("Figures and pages", ("report",)),
    "tools": ("For other tools", ("pyspice", "export")),
    "errors": ("Errors, version", ("errors", "version")),
}
"""Pages by file: title, and the rooms of the package whose names they hold."""


def names_by_page() -> dict[str, list[str]]:
    """Public names of each page, in the order of the package's own list of modules.

    Raises:
        ValueError: a public name comes from a room that no page is about.
    """
    page_of = {room: page for page, (_, rooms) in PAGES.items() for room in rooms}
    found: dict[str, list[str]] = {page: [] for page in PAGES}
    for name in pyspice_models.__all__:
        room = module_of(name).split(".")[1]
        if room not in page_of:
            raise ValueError(f"no page of docsite.reference.names is about the room {room} of {name}")
        found[page_of[room]].append(name)
    return {page: sorted(names, key=str.lower) for page, names in found.items()}


def module_of(name: str) -> str:
    """The module that gives a public name."""
    relative = next(module for module, names in pyspice_models._NAMES.items() if name in names.split())
    return f"pyspice_models.{relative}"


def name_pages() -> dict[str, str]:
    """The pages, by place in the site."""
    by_page = names_by_page()
    pages = {f"reference/python/{page}.md": _page(PAGES[page][0], names) for page, names in by_page.items()}
    index = [
        "# Python: every public name",
        "",
        "All are imported from the package itself: `from pyspice_models import Crossbar`. Numbers are SI unless a name",
        "says otherwise; units stand in brackets.",
        "",
        *(f"- [{title}]({page}.md)" for page, (title, _) in PAGES.items()),
        "",
    ]
    for page, (title, _) in PAGES.items():
        index += [f"## {title}", "", *_table(by_page[page]), ""]
    toctree = ["```{toctree}", ":hidden:", "", *PAGES, "```", ""]
    return pages | {"reference/python/index.md": "\n".join([*index, *toctree])}


def _page(title: str, names: list[str]) -> str:
    blocks = [f"# {title}", ""]
    for name in names:
        blocks += [
            f"## {name}",
            "",
            "```{eval-rst}",
            ".. currentmodule:: pyspice_models",
            "",
            *_directive(name),
            "```",
            "",
        ]
    return "\n".join(blocks)


def _table(names: list[str]) -> list[str]:
    return [*table("name", "what it is"), *(row(f"{{py:obj}}`~pyspice_models.{name}`", _first(name)) for name in names)]


def _first(name: str) -> str:
    return plain(documented(name).partition("\n\n")[0])


def documented(name: str) -> str:
    """The docstring of a public name; of a constant the text below it in its module."""
    value = getattr(pyspice_models, name)
    if inspect.isclass(value) or inspect.isroutine(value):
        return inspect.getdoc(value) or ""
    return _below(name, value)


def _below(name: str, value: Any) -> str:
    from sphinx.pycode import ModuleAnalyzer

    lines = ModuleAnalyzer.for_module(import_module(module_of(name)).__name__).find_attr_docs().get(("", name), [])
    return "\n".join(lines).strip() or f"{type(value).__name__}: {inspect.getdoc(type(value)) or ''}".partition("\n")[0]


def _directive(name: str) -> list[str]:
    value = getattr(pyspice_models, name)
    if inspect.isclass(value):
        return [f".. autoclass:: {name}", "   :members:", *_inherited(value)]
    if inspect.isroutine(value):
        return [f".. autofunction:: {name}"]
    return [f".. py:data:: {name}", "", *(f"   {line}" for line in documented(name).splitlines())]


def _inherited(kind: type) -> list[str]:
    """What it has from classes of the package itself, but for the common root of all parameters."""
    ours = all(base.__module__.startswith("pyspice_models.") for base in kind.__mro__[:-1])
    return ["   :inherited-members: ParameterSet"] if ours and len(kind.__mro__) > 2 else []
