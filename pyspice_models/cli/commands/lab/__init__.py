"""Commands about one cell against data."""
