"""The front for PyTorch: scripts beside PyTorch itself, and steps beside the same in plain Wengert."""
