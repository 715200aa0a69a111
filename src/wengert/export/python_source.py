"""`python`: a function or its derivative as a readable function of NumPy arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core.python.files import write_whole
from .numpy_source.writing import source_of
from .recorded import exported


def python(f: Callable[..., Any], *args: Any, path: str | os.PathLike[str] | None = None) -> str:
    """The source of a module with a function that computes what `f` does, in NumPy alone.

    A derivative is shown as the program that it is: ``python(wg.grad(f), x)``. Comments name the lines of `f`, also
    where their derivatives are computed; a variable of `f` keeps its name where the operation that makes it is left.

    Args:
        f: a function of arrays or nestings of arrays, or a graph, whose arguments need not be given.
        args: arguments of the shapes and dtypes for which the source is to be.
        path: a file to write it to as well, whole or not at all.

    Raises:
        TypeError: `f` decides by values or writes to what is outside, or an operation has no form in NumPy here.

    >>> import wengert as wg, wengert.numpy as np
    >>> def f(x):
    ...     return np.sum((x - 1) ** 2)
    >>> print(wg.export.python(wg.grad(f), np.zeros(3)))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def f(x):
        x = np.asarray(x, 'float64')
        return 2 * (x - 1)
    <BLANKLINE>

    Source: B. van Merriënboer, D. Moldovan, A. Wiltschko, "Tangent: automatic differentiation using source-code
    transformation for dynamically typed array programming" (2018), for the idea of a derivative that is read.
    """
    text = source_of(exported(f, args, "python"))
    if path is not None:
        write_whole(Path(path), text.encode())
    return text
