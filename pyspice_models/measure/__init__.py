"""Pure functions from a dataset to numbers with units."""
