"""Programs that are found, started and watched; Verilog-A compiled and kept."""
