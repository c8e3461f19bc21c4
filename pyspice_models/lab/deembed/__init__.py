"""De-embedding: the cells of an array from the currents at its terminals."""
