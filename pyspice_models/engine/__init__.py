"""Runs a deck in a simulator and returns waves."""
