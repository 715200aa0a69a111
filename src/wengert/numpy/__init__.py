"""NumPy's functions on tensors: the same names, the same meaning, and derivatives in every mode."""

from . import fft, linalg
from .array_api import *
from .creation import *
from .dtypes import *
from .elementwise import *
from .index_tricks import *
from .indexing import *
from .manipulation import *
from .polynomials import *
from .products import *
from .reductions import *
from .sorting import *
