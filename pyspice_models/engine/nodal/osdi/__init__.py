"""Cells that are compiled Verilog-A: each an object's equations, solved where it stands."""
