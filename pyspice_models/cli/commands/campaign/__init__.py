"""Commands that simulate many times."""
