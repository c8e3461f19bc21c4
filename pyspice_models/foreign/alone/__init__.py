"""A foreign cell by itself: what it does under pulses, and what closed-loop programming learns of that."""
