"""Images to be classified: where they come from, and how they are split into training, validation and test."""
