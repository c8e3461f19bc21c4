"""What stands at the crossings of a crossbar, compiled for the transient: one module for each sort of device."""
