"""Deterministic netlist text, one dialect per tool."""
