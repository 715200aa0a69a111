"""Users' code is looked at while it is recorded; what the engine does in between is not: that would take as long again.

The lookout is the function that `sys.setprofile` has been given, for the thread that records.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from .state import state

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def looking_on(lookout: Callable[..., None]) -> Iterator[None]:
    """Tell a function of all calls within the block, unless somebody else is told of them already."""
    if sys.getprofile() is not None:
        yield
        return
    try:
        state.lookout = lookout
        sys.setprofile(lookout)
        yield
    finally:
        state.lookout = None
        sys.setprofile(None)


def unseen(f: Callable[P, R]) -> Callable[P, R]:
    """The function, which calls nothing of the user's, without being looked at."""

    @wraps(f)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        lookout: Any = state.lookout
        if lookout is None:
            return f(*args, **kwargs)
        sys.setprofile(None)
        state.lookout = None
        try:
            return f(*args, **kwargs)
        finally:
            state.lookout = lookout
            sys.setprofile(lookout)

    return call
