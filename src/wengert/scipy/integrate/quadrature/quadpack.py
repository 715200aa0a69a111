"""SciPy's QUADPACK, for integrals of known numbers that nothing follows: it is many times quicker than a loop of ours.

Source: R. Piessens et al., "QUADPACK" (1983).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

from ..values import is_recorded, known
from .adaptive import Search


class Found(NamedTuple):
    """An integral, the estimate of its error, how many evaluations it took, and how many intervals there are."""

    value: float
    error: float
    evaluations: int
    count: int


def by_quadpack(f: Callable[[float], Any], edges: Sequence[Any], search: Search) -> Found | None:
    """The integral, if limits and integrand are plain numbers and QUADPACK is content with what it found."""
    if is_recorded() or any(type(edge) is not float for edge in edges):
        return None
    from scipy.integrate import quad

    first, *between, last = edges
    options = {"epsabs": search.epsabs, "epsrel": search.epsrel, "limit": search.limit, "points": between or None}
    try:
        value, error, information, *complaint = quad(lambda x: _number(f(x)), first, last, full_output=1, **options)
    except Exception:  # whatever it is, who comes next meets it again, and says what it is
        return None
    if complaint or not numpy.isfinite(value):
        return None
    return Found(value, error, information["neval"], information["last"])


def _number(value: Any) -> float:
    """A Python number.

    Raises:
        TypeError: it is followed, or of another shape or dtype.
    """
    value = known(value)
    if isinstance(value, float | int):
        return value
    if type(value) is numpy.ndarray and value.shape == () and value.dtype == numpy.float64:
        return value.item()
    raise TypeError(f"[quad] a {type(value).__name__} is no plain number")
