"""Taking functions and their derivatives elsewhere, as source code and as files."""

from .python_source import python

__all__ = ["python"]
