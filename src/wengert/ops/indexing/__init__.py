"""Primitives that take elements by index, what an index means, and views."""
