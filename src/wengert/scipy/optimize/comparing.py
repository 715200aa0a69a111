"""Gradients beside finite differences, and a search along a direction, as SciPy has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from scipy import optimize

import wengert as wg

from .functions import compiled, on_arrays, scalar

EPSILON = float(numpy.sqrt(numpy.finfo(float).eps))


def approx_fprime(xk: Any, f: Callable[..., Any], epsilon: Any = EPSILON, *args: Any) -> Any:
    """A gradient by finite differences, as ``scipy.optimize.approx_fprime``: half the digits of `wengert.grad`.

    Args:
        xk: where, of shape ``(n,)``.
        f: ``f(x, *args)`` gives a number or a vector.
        epsilon: the step.
        args: further arguments.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.optimize import approx_fprime
    >>> approx_fprime(np.array([1.0, 2.0]), lambda x: np.sum(x**2)).round(5).tolist()
    [2.0, 4.0]
    """
    return optimize.approx_fprime(numpy.asarray(xk), on_arrays(f), epsilon, *args)


def check_grad(func: Callable[..., Any], grad: Callable[..., Any] | None, x0: Any, *args: Any, **options: Any) -> Any:
    """How far a gradient is from finite differences, as ``scipy.optimize.check_grad``; `wengert.check` does more.

    Args:
        func: ``func(x, *args)`` gives a number.
        grad: its gradient; ``None`` for that of the engine.
        x0: where, of shape ``(n,)``.
        args: further arguments.
        options: as SciPy's.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.optimize import check_grad
    >>> bool(check_grad(lambda x: np.sum(x**2), None, np.array([1.0, 2.0])) < 1e-6)
    True
    """
    gradient = compiled(wg.grad, scalar, func) if grad is None else grad
    return optimize.check_grad(on_arrays(func), on_arrays(gradient), numpy.asarray(x0), *args, **options)


def line_search(f: Callable[..., Any], myfprime: Callable[..., Any] | None, xk: Any, pk: Any, **options: Any) -> Any:
    """A step with the strong Wolfe conditions, as ``scipy.optimize.line_search``.

    Args:
        f: ``f(x, *args)`` gives a number.
        myfprime: its gradient; ``None`` for that of the engine.
        xk, pk: the point and the direction, of shape ``(n,)``.
        options: as SciPy's, by keyword.

    Returns:
        ``(alpha, fc, gc, new_fval, old_fval, new_slope)``, with ``None`` for the step where there is none.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.optimize import line_search
    >>> line_search(lambda x: np.sum(x**2), None, np.array([1.0]), np.array([-1.0]))[0]
    1.0
    """
    gradient = compiled(wg.grad, scalar, f) if myfprime is None else myfprime
    value = lambda x, *args: float(scalar(f)(x, *args).item())
    return optimize.line_search(value, on_arrays(gradient), numpy.asarray(xk), numpy.asarray(pk), **options)
