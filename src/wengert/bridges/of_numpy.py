"""NumPy, SciPy and all else that computes with arrays: a function with a derivative that is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

__all__ = ["from_numpy"]


def from_numpy(
    function: Callable[..., Any],
    *,
    vjp: Callable[..., Any] | None = None,
    jvp: Callable[..., Any] | None = None,
    like: Callable[..., Any] | None = None,
) -> Callable[..., Any]:
    """A function of NumPy's arrays as an operation of this engine.

    Args:
        function: of arrays, which it must not write to, with an array or a nesting of arrays as result.
        vjp: ``vjp(primals, out, cotangent)`` gives the cotangents of the arguments (see `wengert.custom_derivative`);
            written with `wengert.numpy` it can be differentiated in its turn.
        jvp: ``jvp(primals, out, tangents)`` gives the tangent of the result, in place of `vjp` or beside it.
        like: from arguments to arrays of the shapes and dtypes of the result, for `jit`, `vmap` and loops; by default
            the function itself is called with ones.

    Raises:
        TypeError: neither `vjp` nor `jvp` is given.

    >>> import numpy, wengert as wg, wengert.numpy as np
    >>> sine = wg.from_numpy(numpy.sin, vjp=lambda primals, out, cotangent: cotangent * np.cos(primals[0]))
    >>> wg.grad(wg.grad(sine))(0.5), wg.jit(sine)(np.zeros(2))
    (tensor(-0.47942554), tensor([0., 0.]))
    """

    def evaluate(*args: Any) -> Any:
        return function(*[a.numpy() if isinstance(a, wg.Tensor) else a for a in args])

    def by_ones(*args: Any) -> Any:
        found = function(*(numpy.ones(a.shape, a.dtype) if isinstance(a, wg.Tensor) else a for a in args))
        return wg.trees.map(lambda each: np.zeros(numpy.shape(each), numpy.asarray(each).dtype), found)

    return wg.custom_derivative(evaluate, vjp=vjp, jvp=jvp, like=like or by_ones)
