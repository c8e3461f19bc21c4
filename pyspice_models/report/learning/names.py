"""What methods are called and coloured in all pictures."""

from __future__ import annotations

from pyspice_models.report import style

NAMES = {"fp": "floating point", "sgd": "SGD", "ttv1": "TTv1", "ttv2": "TTv2", "c-ttv2": "c-TTv2", "agad": "AGAD"}
_COLOURS = {
    "fp": style.BLACK, "sgd": style.RED, "ttv1": style.ORANGE, "ttv2": style.BLUE, "c-ttv2": style.GREEN,
    "agad": style.PURPLE,
}  # fmt: skip


def name_of(method: object) -> str:
    """The name of a method."""
    return NAMES.get(str(method), str(method))


def colour_of(method: object) -> str:
    """Its colour."""
    return _COLOURS.get(str(method), style.SKY)
