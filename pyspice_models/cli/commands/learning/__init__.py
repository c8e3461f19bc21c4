"""Commands about networks whose weights are cells."""
