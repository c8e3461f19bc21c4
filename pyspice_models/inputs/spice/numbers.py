"""Numbers as SPICE writes them: 1k, 10meg, 5u, with a unit behind that means nothing."""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(meg|mil|[tgkmunpfa])?[a-z%°²]*", re.IGNORECASE)
_SCALE = {
    "t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18,
    "mil": 25.4e-6, "": 1.0,
}  # fmt: skip


def spice_number(text: str) -> float | None:
    """The number that a text is; None for an expression, or what is beyond all numbers."""
    match = _NUMBER.fullmatch(text.strip().strip("{}'\"").strip())
    if match is None:
        return None
    # by the decimal text, so that 0.1u is the float nearest to 1e-7
    scale = _SCALE[(match[2] or "").lower()]
    power = round(math.log10(scale)) if scale != _SCALE["mil"] else None
    if power is None:
        return float(match[1]) * scale
    head, _, exponent = match[1].lower().partition("e")
    found = float(f"{head}e{int(exponent or 0) + power}")
    return found if math.isfinite(found) else None
