"""SciPy's functions on tensors."""

from . import linalg, signal, special, stats

__all__ = ["linalg", "signal", "special", "stats"]
