"""What autodoc is told of the package: sets of parameters show their declarations instead of endless signatures."""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, fields
from typing import Any

from docutils import nodes
from sphinx.roles import XRefRole

import pyspice_models
from pyspice_models.declare.quantity import Choice, ParameterSet, Quantity
from pyspice_models.units import show


def connect(app: Any) -> None:
    """Bind to Sphinx's events; give docstrings their role."""
    app.add_role("name", NameRole(innernodeclass=nodes.literal))
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-process-docstring", _docstring)


class NameRole(XRefRole):
    """Of what stands in single backquotes: a link to a public name of the package, code otherwise."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """What stands in the page."""
        name = self.text.removesuffix("()")
        if name.partition(".")[0] not in pyspice_models.__all__:
            return [nodes.literal(self.rawtext, self.text)], []
        self.refdomain, self.reftype, self.classes = "py", "obj", ["xref", "py", "py-obj"]
        self.target = f"pyspice_models.{name}"
        self.title, self.has_explicit_title = self.text, True
        return self.create_xref_node()


def declared_of(kind: type) -> dict[str, Quantity | Choice]:
    """Declared parameters of a class by name; none of a class that is no set of parameters."""
    return {**kind.quantities(), **kind.choices()} if issubclass(kind, ParameterSet) else {}


def _signature(
    app: object, what: str, name: str, value: Any, options: object, signature: str | None, returns: str | None
) -> tuple[str | None, str | None] | None:
    if what == "class" and inspect.isclass(value) and len(declared_of(value)) > 3:
        return "(**parameters)", None
    return _readable(signature), _readable(returns)


def _readable(signature: str | None) -> str | None:
    """What Sphinx can read as Python, and people, too: Python's own text of a default, of an alias, is neither."""
    if signature is None:
        return None
    return re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", signature.replace("<factory>", "..."))


def _docstring(app: object, what: str, name: str, value: Any, options: object, lines: list[str]) -> None:
    if what == "class" and inspect.isclass(value) and (declared := declared_of(value)):
        lines += ["", *parameter_table(value, declared), ""]


def parameter_table(kind: type, declared: dict[str, Quantity | Choice]) -> list[str]:
    """A table in reStructuredText: name, default, range, meaning."""
    defaults = {one.name: one.default for one in fields(kind)}  # type: ignore[arg-type]
    rows = [["parameter", "default", "range", "what it is"]]
    for name, what in declared.items():
        rows.append([f"``{name}``", _shown(defaults[name], what), _allowed(what), _escaped(what.about)])
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for cells in rows:
        lines += [f"   {'*' if not number else ' '} - {cell}" for number, cell in enumerate(cells)]
    return lines


def _shown(default: object, what: Quantity | Choice) -> str:
    if default is MISSING or default is None:
        return "to be stated" if default is MISSING else "left out"
    if isinstance(what, Choice) or what.whole:
        return _escaped(str(default))
    return _escaped(show(float(str(default)), what.unit))


def _allowed(what: Quantity | Choice) -> str:
    if isinstance(what, Choice):
        return _escaped(", ".join(map(str, what.options)))
    return _escaped(f"{what.allowed} {what.unit}".rstrip())


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\*`_|<>" else letter for letter in text) or "\\ "
