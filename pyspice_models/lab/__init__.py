"""Cells against data: published numbers, calibration, the device sheet, maps, fits; an array's from its terminals."""
