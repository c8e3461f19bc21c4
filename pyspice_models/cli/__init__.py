"""The ag2s command line."""
