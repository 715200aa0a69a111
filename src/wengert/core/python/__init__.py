"""What is Python's and not a derivative's: files, locks, trees, lines, searches. Knows nobody."""
