"""Mutation testing: small faults are written into copies of the package, and the tests should notice each.

Run by `scripts/mutate`; not part of the suite. mutmut 3 leaves out decorated functions (compiled loops, properties) and
cosmic-ray changes the working tree, runs the whole suite for every mutant and draws no samples; neither exchanges word
lines for bit lines.
"""
