"""The static solution of a crossbar, with bounds of its error."""
