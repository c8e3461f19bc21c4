"""Matplotlib figures on given axes."""
