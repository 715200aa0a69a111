"""Taking functions and their derivatives elsewhere, as source code and as files."""

from .c_files import CSource, c
from .onnx_files import onnx
from .python_source import python
from .stablehlo import stablehlo

__all__ = ["CSource", "c", "onnx", "python", "stablehlo"]
