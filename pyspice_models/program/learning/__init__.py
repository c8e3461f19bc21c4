"""Training of a network whose weights are cells of crossbars."""
