"""Studies as TOML tables."""
