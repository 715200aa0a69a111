"""NumPy's functions on tensors: the same names, the same meaning, and derivatives in every mode."""

from typing import TYPE_CHECKING

from ..names import OF_NUMPY, missing_name
from . import fft, linalg
from .array_api import *
from .covariance import *
from .creation import *
from .cumulative import *
from .differences import *
from .dtypes import *
from .elementwise import *
from .histograms import *
from .index_tricks import *
from .indexing import *
from .interpolation import *
from .manipulation import *
from .polynomials import *
from .products import *
from .quantiles import *
from .reductions import *
from .sets import *
from .sorting import *
from .ufuncs import *

if not TYPE_CHECKING:

    def __getattr__(name):
        raise missing_name(__name__, name, OF_NUMPY, "np")
