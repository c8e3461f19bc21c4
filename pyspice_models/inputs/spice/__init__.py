"""SPICE files of a user: read whole with what they include, and looked through before any of it reaches a deck."""
