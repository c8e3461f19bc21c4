"""Selectors in series with a cell: transistors and threshold switches."""
