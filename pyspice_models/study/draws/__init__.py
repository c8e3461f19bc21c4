"""Arrays that are drawn otherwise than each by its own seed: evenly, one cause at a time, or at a stated place."""
