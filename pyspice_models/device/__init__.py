"""The Ag2S cell in three forms of one model: Verilog-A, subcircuit, NumPy twin."""
