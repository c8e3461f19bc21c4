"""ngspice as a shared library, for users' own PySpice circuits."""
