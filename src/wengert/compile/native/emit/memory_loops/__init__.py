"""Loops and branches on memory, by frames of addresses."""
