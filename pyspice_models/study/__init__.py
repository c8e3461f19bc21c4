"""Whole questions asked of a crossbar or a cell."""
