"""Schedule: a legalised Graph as stages, with the memory of each value."""
