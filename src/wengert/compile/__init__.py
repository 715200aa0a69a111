"""The static graph: recording a function once for each signature, simplifying the list, and running it."""
