"""What makes measured devices, cycles, pulses and readings differ."""
