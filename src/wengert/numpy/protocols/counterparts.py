"""Our functions for those of NumPy and SciPy: each is looked up in the namespace of the same name here."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy

from ... import numpy as np


@functools.cache
def numpy_counterparts() -> dict[Any, Callable[..., Any]]:
    pairs = [(numpy, np), (numpy.linalg, np.linalg), (numpy.fft, np.fft)]
    return {theirs: ours for pair in pairs for theirs, ours in _same_names(*pair)}


@functools.cache
def _scipy_counterparts() -> dict[Any, Callable[..., Any]]:
    from scipy import special as theirs

    from ...scipy import special as ours

    return dict(_same_names(theirs, ours))


def _same_names(theirs: ModuleType, ours: ModuleType) -> Iterator[tuple[Any, Callable[..., Any]]]:
    for name in dir(theirs):
        function, own = getattr(theirs, name), getattr(ours, name, None)
        if inspect.isroutine(own) and own is not function and not inspect.isclass(function) and callable(function):
            yield function, own


def counterpart(function: Any) -> Callable[..., Any] | None:
    """Our function of the same name, or ``None``."""
    own = numpy_counterparts().get(function)
    if own is None and not _module_of(function).startswith("numpy"):
        own = _scipy_counterparts().get(function) or _public(function)
    return own


def _public(function: Any) -> Callable[..., Any] | None:
    """Our function for the inner one of SciPy's: ``lambertw`` for ``_lambertw``."""
    from scipy.special import _ufuncs

    from ...scipy import special

    name = function.__name__
    is_inner = name.startswith("_") and getattr(_ufuncs, name, None) is function
    return getattr(special, name[1:], None) if is_inner else None


def _module_of(function: Any) -> str:
    if isinstance(function, numpy.ufunc):
        return "numpy" if getattr(numpy, function.__name__, None) is function else "elsewhere"
    return getattr(function, "__module__", None) or ""
