"""Frozen parameter sets: cell, wire, driver, variability."""
