"""Programming algorithms side by side: the same array, draws, levels and tolerance for each."""
