"""Current compliance in a deck: the library's text, and one element of it."""

from __future__ import annotations

from pyspice_models.device.sources import model_file

_SUBCIRCUIT = {"smooth": "compliance", "mos": "compliance_mos"}


def compliance_library() -> str:
    """Text of netlists/compliance.lib: the subcircuits `compliance` and `compliance_mos`."""
    return model_file("netlists", "compliance.lib").read_text(encoding="ascii").rstrip()


def compliance(name: str, a: str, b: str, *, r: float, i_limit: float, limiter: str = "smooth") -> str:
    """A limiter of `r` [ohm] and `i_limit` [A] between two nodes, limiting in both directions."""
    return f"xlim{name} {a} {b} {_SUBCIRCUIT[limiter]} r={r:.12g} i_limit={i_limit:.12g}"
