"""Cells of other people: Verilog-A and SPICE subcircuits that a user brings, read, checked and evaluated."""
