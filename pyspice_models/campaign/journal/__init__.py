"""Results of many runs as they come: each on its own line, in a folder that is whole at the end."""
