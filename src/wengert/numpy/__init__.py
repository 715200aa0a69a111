"""NumPy's functions on tensors: the same names, the same meaning, and derivatives in every mode."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

from ..core.python.recipes import published as _published
from ..names import (
    OF_NUMPY as _OF_NUMPY,
    missing_name as _missing_name,
    teach_keywords_of_axes as _teach_keywords_of_axes,
)
from . import emath, fft, lib, linalg
from .arrays.creation import *
from .arrays.files import *
from .arrays.joining import *
from .arrays.manipulation import *
from .arrays.padding import *
from .arrays.ranges import *
from .cumulative import *
from .differences import *
from .dtypes import *
from .elementwise import *
from .index_tricks import *
from .indexing import *
from .interpolation import *
from .methods.iteration import *
from .poly1d import *
from .polynomials import *
from .products import *
from .protocols.array_api import *
from .protocols.delegated import *
from .protocols.python_functions import *
from .protocols.ufuncs import *
from .reductions import *
from .sets import *
from .sorting import *
from .statistics.covariance import *
from .statistics.histograms import *
from .statistics.quantiles import *
from .windows import *

_teach_keywords_of_axes(globals())
_published(__name__, globals())

_ON_DEMAND = frozenset({"polynomial", "testing"})
"""Modules that are imported when they are first asked for."""

if TYPE_CHECKING:
    from . import polynomial, testing
else:

    def __getattr__(name):
        if name in _ON_DEMAND:
            return _import_module(f"{__name__}.{name}")
        raise _missing_name(__name__, name, _OF_NUMPY, "np")

    def __dir__():
        return sorted(_ON_DEMAND.union(globals()))
