"""SciPy's functions on tensors."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

from . import linalg, signal, special, stats

_ON_DEMAND = {"integrate", "ndimage", "optimize", "sparse"}
"""What is built on the rest of the library, imported when it is first asked for."""

if TYPE_CHECKING:
    from . import integrate, ndimage, optimize, sparse
else:

    def __getattr__(name):
        if name in _ON_DEMAND:
            return _import_module(f".{name}", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted(_ON_DEMAND | globals().keys())


__all__ = ["integrate", "linalg", "ndimage", "optimize", "signal", "sparse", "special", "stats"]
