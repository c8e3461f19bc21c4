"""A user's subcircuit as Verilog-A with the same equations, for what evaluates compiled modules alone."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pyspice_models.cells.model import Rewritten
from pyspice_models.foreign.source import Source
from pyspice_models.foreign.spec import Spec
from pyspice_models.foreign.spice.statements import statements
from pyspice_models.inputs.spice.circuit import Line
from pyspice_models.inputs.spice.flat import flat
from pyspice_models.inputs.spice.verilog_a import translated


@lru_cache(maxsize=64)
def rewritten(spec: Spec) -> Rewritten:
    """The module of a subcircuit.

    Raises:
        Untranslated: a statement that has no translation, with the line of the user's file.
    """
    lines = [Line(text, _where(spec, text)) for text in spec.text.split("\n") if text.strip()]
    terminals = tuple(name.lower() for name in spec.terminals)
    module = translated(
        flat(lines, spec.module), f"{spec.master}_rewritten", ports=terminals, signed_powers=bool(spec.behaviour)
    )  # fmt: skip
    states = {state.name: module.nodes[state.node.lower()] for state in spec.states}
    top, bottom = (module.nodes[name] for name in terminals)
    return Rewritten(module.text, module.module, (top, bottom), states, module.parameters)


def _where(spec: Spec, text: str) -> str:
    """Where a statement, maybe edited since, stands in the user's file."""
    found = _lines(spec)
    word = text.split(None, 1)[0].lower()
    line = found.get(" ".join(text.lower().split())) or found.get(word)
    return f"{spec.file}, line {line}" if line else spec.file


@lru_cache(maxsize=64)
def _lines(spec: Spec) -> dict[str, int]:
    """Lines of statements, by their text and by their first word."""
    count = spec.original.count("\n") + 1
    source = Source(Path(spec.file), spec.original, tuple((spec.file, n) for n in range(1, count + 1)))
    found: dict[str, int] = {}
    for one in statements(source):
        found.setdefault(" ".join(one.text.lower().split()), one.line)
        found.setdefault(one.word, one.line)
    return found
