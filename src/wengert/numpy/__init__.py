"""NumPy's functions on tensors: the same names, the same meaning, and derivatives in every mode."""

from typing import TYPE_CHECKING

from ..core.recipes import published as _published
from ..names import OF_NUMPY as _OF_NUMPY, missing_name as _missing_name
from . import emath, fft, lib, linalg
from .array_api import *
from .covariance import *
from .creation import *
from .cumulative import *
from .delegated import *
from .differences import *
from .dtypes import *
from .elementwise import *
from .files import *
from .histograms import *
from .index_tricks import *
from .indexing import *
from .interpolation import *
from .iteration import *
from .manipulation import *
from .mirrors import polynomial, testing
from .poly1d import *
from .polynomials import *
from .products import *
from .python_functions import *
from .quantiles import *
from .reductions import *
from .sets import *
from .sorting import *
from .ufuncs import *
from .windows import *

_published(__name__, globals())

if not TYPE_CHECKING:

    def __getattr__(name):
        raise _missing_name(__name__, name, _OF_NUMPY, "np")
