"""Objects that all tests of this folder share."""

from shown_cases import drawn_by_lot, objects, outcome, shown, swept

__all__ = ["drawn_by_lot", "objects", "outcome", "shown", "swept"]
