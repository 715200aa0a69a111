"""Taking functions and their derivatives elsewhere, as source code and as files."""

from .c_files import CSource, c
from .python_source import python
from .stablehlo import stablehlo

__all__ = ["CSource", "c", "python", "stablehlo"]
