"""Compiled loops over a foreign module's own functions, which are called by their addresses."""
