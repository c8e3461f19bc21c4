"""Commands about what no transient is long enough for."""
