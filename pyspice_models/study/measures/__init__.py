"""Measures of a study: which of them its program gives rise to."""
