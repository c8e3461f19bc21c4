"""Figures of the device sheet and of the maps of a cell."""
