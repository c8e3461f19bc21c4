"""The gap model of filamentary oxides: parameters, equations, presets."""
