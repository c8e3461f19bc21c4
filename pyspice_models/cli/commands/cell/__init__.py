"""`ag2s cell`: models that a user brings."""
