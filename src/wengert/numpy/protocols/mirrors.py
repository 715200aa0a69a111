"""Modules of NumPy whose functions are no derivative's business: the same names, on the values of tensors.

They are made when they are first asked for, since ``numpy.testing`` alone takes long to import.
"""

from __future__ import annotations

import inspect
import sys
from types import ModuleType
from typing import Any

from .delegated import delegated


class Mirror(ModuleType):
    """A module of NumPy, whose functions take tensors for arrays; its classes and constants are NumPy's own.

    A tensor whose derivative is being recorded is refused where a result could have carried it on.
    """

    def __init__(self, theirs: ModuleType) -> None:
        name = theirs.__name__.replace("numpy", "wengert.numpy", 1)
        super().__init__(name, f"As ``{theirs.__name__}``, on the values of tensors.")
        self._theirs = theirs
        sys.modules[name] = self  # so that what is in it can be imported
        for part, value in vars(theirs).items():
            if isinstance(value, ModuleType) and value.__name__ == f"{theirs.__name__}.{part}" and part[0] != "_":
                setattr(self, part, Mirror(value))

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._theirs, name)
        return delegated(value) if inspect.isfunction(value) and name not in CALLERS else value

    def __dir__(self) -> list[str]:
        return dir(self._theirs)


CALLERS = frozenset({"assert_no_warnings", "assert_raises", "assert_raises_regex", "assert_warns", "decorate_methods"})
"""Functions that call what they are given, with tensors as they are."""
