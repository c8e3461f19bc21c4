"""Crossbars that products are read from and pulses are written into, in two ways: by a table and by the circuit."""
