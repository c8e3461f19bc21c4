"""Yield against a key of the design: at each of its values the share of arrays that keep to all limits."""
