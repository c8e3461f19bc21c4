"""What the lines of a crossbar end on, compiled for the transient."""
