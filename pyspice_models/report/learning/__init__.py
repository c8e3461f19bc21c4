"""Pictures of networks whose weights are cells."""
