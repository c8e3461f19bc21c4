"""A volatile threshold switch as a cell: parameters, equations, presets."""
