"""Warnings that name the user's line."""

from __future__ import annotations

import sys
import warnings

from .source import PACKAGE


class LostDerivativeWarning(UserWarning):
    """A tensor that ``backward()`` follows became a number of Python, which it does not follow."""


class ImpureWarning(UserWarning):
    """A compiled function asks something of the world, or does something to it, when it is recorded, and only then."""


class NotALeafWarning(UserWarning):
    """``.grad`` was read of a tensor that ``backward()`` passes, and leaves nothing at."""


def warn_at_line(message: str, category: type[Warning]) -> None:
    """Warn at the innermost line outside this package: as Python filters warnings by default, once for each line."""
    depth, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, category, stacklevel=depth + 1)
