"""Results of many runs as reports."""
