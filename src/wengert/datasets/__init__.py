"""Real data, shipped with the package or with Python (sources and licences in its README)."""

from .digits import Digits, load_digits
from .ngrams import KneserNey
from .topics import Topics, load_topics

__all__ = ["Digits", "KneserNey", "Topics", "load_digits", "load_topics"]
