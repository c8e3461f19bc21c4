"""A crossbar whose cells are maps, compiled: IR drop by sweeps along the lines, states by looking up a pulse."""
