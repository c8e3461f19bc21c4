"""How the weights of one layer are changed: in numbers, by pulses on their own array, or by way of a second array."""
