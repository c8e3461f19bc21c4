"""What stands at a crossing: memristor cells and selectors."""
