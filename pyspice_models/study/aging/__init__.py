"""Studies whose cells forget and wear: a run in parts, with what time does to the states in between."""
