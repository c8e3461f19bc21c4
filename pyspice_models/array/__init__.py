"""Node names, geometry to line R and C, crossbar description."""
