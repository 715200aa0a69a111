"""``autograd.scipy``: `wengert.scipy`, which gives NumPy's arrays where it is given no tensor."""

from importlib import import_module as _import_module
from types import SimpleNamespace as _SimpleNamespace
from typing import Any

import wengert.scipy as _scipy

from ..plain import meeting as _meeting


class _Space:
    """A module of the engine, or a distribution, whose functions give NumPy's arrays where they are given no tensor."""

    def __init__(self, below: Any) -> None:
        self._below = below

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._below, name)
        if hasattr(found, "logpdf") or hasattr(found, "logpmf"):
            return _Space(found)
        return _meeting(found) if callable(found) and not isinstance(found, type) else found


def __getattr__(name: str) -> Any:
    if name in ("integrate", "signal"):
        return _import_module(f".{name}", __name__)
    if name == "misc":
        return _SimpleNamespace(logsumexp=_Space(_scipy.special).logsumexp)
    return _Space(getattr(_scipy, name))
