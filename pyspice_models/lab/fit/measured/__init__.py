"""Measured data: what they are, how they are read, and what no measurement can be."""
