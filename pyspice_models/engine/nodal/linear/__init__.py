"""Linear algebra along lines: what the static and the transient solution both rest on."""
