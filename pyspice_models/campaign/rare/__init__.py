"""Failures too rare to be met by chance: their odds, with an interval, and what the likeliest of them looks like."""
