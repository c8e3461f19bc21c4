"""Folders of results: they appear whole, or not at all, and never in the place of another result."""
