"""Compiled Verilog-A in memory: read by its layout, set up cell by cell, called from compiled loops.

Native code that others wrote runs here, and may take the process along: who opens an object is in a process of its own.
"""
