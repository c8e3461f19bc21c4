"""What a study file says of its cells: [cell], [array.cells], and further kinds."""
