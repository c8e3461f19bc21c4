"""Files of a user, read with suspicion."""
