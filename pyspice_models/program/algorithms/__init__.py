"""Algorithms of closed-loop programming, one file each: from reads to the pulses of the next round."""
