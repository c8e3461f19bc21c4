"""How a cell forgets and wears out: stated laws of states from 0 to 1, whatever the cell."""
