"""Waveforms of a user's own on lines: what they are, which lines have them, how they are laid out."""
