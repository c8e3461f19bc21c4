"""Declared numbers: unit, range, tag, source."""
