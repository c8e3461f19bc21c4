"""Many networks: methods compared over seeds, and parameters chosen by validation images."""
