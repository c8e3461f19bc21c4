"""The Ag2S cell, whole: parameters, equations, the NumPy twin, presets."""
