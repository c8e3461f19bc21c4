"""Commands for a testbench of a user's own."""
