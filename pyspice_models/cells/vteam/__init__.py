"""VTEAM, a cell whose state moves beyond threshold voltages: parameters, equations, presets."""
