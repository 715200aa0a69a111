"""Taking functions and their derivatives elsewhere, as source code and as files."""

from .c_files import CSource, c
from .python_source import python

__all__ = ["CSource", "c", "python"]
