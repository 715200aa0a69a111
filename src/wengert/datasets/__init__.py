"""Real data, shipped with the package (sources and licences in its README)."""

from .digits import Digits, load_digits

__all__ = ["Digits", "load_digits"]
