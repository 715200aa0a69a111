"""State of a compiled function: where it finds what it reads and writes, and whether that is as it was."""
