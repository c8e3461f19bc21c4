"""SPICE subcircuits of a user: read, made fit for ngspice, and wrapped for an array."""
