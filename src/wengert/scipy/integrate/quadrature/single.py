"""Integrals over an interval, under the names of ``scipy.integrate``: `quad`, `quad_vec`, `fixed_quad`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy
from numpy.polynomial.legendre import leggauss

import wengert.numpy as np

from ....names import teaches_keywords
from .adaptive import Outcome, Search, largest
from .integral import integral
from .messages import edges_between, warn_of
from .quadpack import by_quadpack


@teaches_keywords
def quad(
    func: Callable[..., Any],
    a: Any,
    b: Any,
    args: Any = (),
    full_output: bool = False,
    epsabs: float = 1.49e-8,
    epsrel: float = 1.49e-8,
    limit: int = 50,
    points: Any = None,
    weight: str | None = None,
    wvar: Any = None,
    complex_func: bool = False,
) -> tuple[Any, ...]:
    """The integral of a function from `a` to `b`, and an estimate of its error; as ``scipy.integrate.quad``.

    Adaptive, by the pair of rules of Gauss and Kronrod with 10 and 21 nodes, after a substitution that weakens
    singularities at the limits and brings infinite ones to 0 and 1; by SciPy's QUADPACK where it is content, and where
    nothing is recorded or differentiated. It differentiates in `args`, in all that `func`
    reads from outside and in the limits, in both modes and to any order: the derivative of the integral is the integral
    of the derivative, adaptive in its turn, with Leibniz' terms at the limits. Under `wengert.jit` it is one native
    loop.

    Args:
        func: a function of a number that returns a number, written in array operations. One that
            asks for values (by ``if``, ``float``, ``math.sin``) has an integral as well, but no derivative.
        a: the lower limit, also ``-np.inf``.
        b: the upper limit, also ``np.inf``.
        args: further arguments of `func`; anything but a tuple is one argument.
        full_output: whether to return a dictionary as well, with ``neval``, how often `func` was evaluated, and
            ``last``, the number of intervals.
        epsabs: the error may be as large as this,
        epsrel: or this times the integral.
        limit: the greatest number of intervals.
        points: where between finite limits the integrand has jumps, kinks or singularities.
        weight: not understood; write the weight as a factor of the integrand.
        wvar: parameters of `weight`.
        complex_func: whether `func` returns complex numbers.

    Returns:
        The integral and the estimate of its error, tensors of shape ().

    Raises:
        TypeError: `func` returns no number, or a limit is none.
        ValueError: the limits are no interval, points do not fit them, or a weight was given.

    Warns:
        IntegrationWarning: the error is larger than was wanted, or the integrand is not finite. Compiled code cannot
            warn: look at the error there.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.integrate import quad
    >>> value, error = quad(lambda x: np.exp(-(x**2)), -np.inf, np.inf)
    >>> value, bool(error < 1.49e-8)
    (tensor(1.77245385), True)
    >>> wg.grad(lambda w: quad(lambda x: np.exp(-w * x), 0.0, np.inf)[0])(2.0)
    tensor(-0.25)
    >>> wg.grad(lambda b: quad(np.cos, 0.0, b)[0])(0.0)
    tensor(1.)

    Sources: R. Piessens et al., "QUADPACK" (1983); L. F. Shampine, "Vectorized adaptive quadrature in MATLAB" (2008).
    """
    if weight is not None or wvar is not None:
        raise ValueError(
            f"[quad] weight={weight!r}, wanted none; write the weight as a factor of func, and points=[...] where it "
            "is singular"
        )

    def of_one(x: Any) -> Any:
        return np.reshape(_one_number(func(x, *_as_tuple(args)), complex_func), (1,))

    search = Search(epsabs, epsrel, limit)
    edges = _edges(a, b, points, search, "quad")
    quick = by_quadpack(lambda x: func(x, *_as_tuple(args)), edges, search)
    if quick:
        found = (np.asarray(quick.value), np.asarray(quick.error))
        return (*found, {"neval": quick.evaluations, "last": quick.count}) if full_output else found
    outcome = _integrated(of_one, edges, search, "quad")
    found = (outcome.value[0], outcome.error)
    return (*found, _information(outcome, points)) if full_output else found


def _as_tuple(args: Any) -> tuple[Any, ...]:
    return args if isinstance(args, tuple) else (args,)


def _one_number(value: Any, complex_func: bool) -> Any:
    value = np.asarray(value)
    if value.shape != ():
        raise TypeError(
            f"[quad] func returned an array of shape {value.shape}, wanted a number; write quad_vec(func, a, b) for "
            "several integrals at once"
        )
    if value.dtype.kind == "c" and not complex_func:
        raise TypeError("[quad] func returned a complex number, wanted a real one; write complex_func=True")
    return value


def _edges(a: Any, b: Any, points: Any, search: Search, op: str) -> list[Any]:
    if type(search.limit) is not int or search.limit < 1:
        raise ValueError(f"[{op}] limit={search.limit!r}, wanted an integer of at least 1; write limit=50")
    return edges_between(a, b, points, op)


def _integrated(f: Callable[[Any], Any], edges: Sequence[Any], search: Search, op: str) -> Outcome:
    outcome = integral(f, edges, search)
    warn_of(outcome, f, edges, search, op)
    return outcome


def _information(outcome: Outcome, points: Any) -> dict[str, Any]:
    """How much work it was: each turn halves an interval, and reads the integrand at 42 nodes."""
    return {"neval": 42 * (outcome.count - (1 if points is None else 1 + numpy.size(points))), "last": outcome.count}


@teaches_keywords
def quad_vec(
    f: Callable[..., Any],
    a: Any,
    b: Any,
    epsabs: float = 1e-200,
    epsrel: float = 1e-8,
    norm: str = "2",
    limit: int = 500,
    points: Any = None,
    full_output: bool = False,
    *,
    args: Any = (),
) -> tuple[Any, ...]:
    """The integral of a function with values in arrays, and an estimate of its error; as ``scipy.integrate.quad_vec``.

    All elements have their intervals in common. Derivatives, and what is done, as `quad`.

    Args:
        f: a function of a number that returns an array of any shape, real or complex.
        a: the lower limit, also ``-np.inf``.
        b: the upper limit, also ``np.inf``.
        epsabs: the norm of the error may be as large as this,
        epsrel: or this times the norm of the integral.
        norm: "2" or "max", of the array as one vector.
        limit: the greatest number of intervals.
        points: where between finite limits the integrand has jumps, kinks or singularities.
        full_output: whether to return a dictionary as well, with ``neval`` and ``last``.
        args: further arguments of `f`.

    Returns:
        The integral, of the shape that `f` returns, and the estimate of the norm of its error.

    Raises:
        TypeError: a limit is no number.
        ValueError: the limits are no interval, points do not fit them, or the norm is another one.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.integrate import quad_vec
    >>> quad_vec(lambda x: x ** np.arange(3.0), 0.0, 1.0)[0]
    tensor([1.        , 0.5       , 0.33333333])
    """
    shapes: list[tuple[int, ...]] = []

    def flat(x: Any) -> Any:
        value = np.asarray(f(x, *_as_tuple(args)))
        shapes.append(value.shape)
        return np.ravel(value)

    search = Search(epsabs, epsrel, limit, _norm(norm))
    outcome = _integrated(flat, _edges(a, b, points, search, "quad_vec"), search, "quad_vec")
    found = (np.reshape(outcome.value, shapes[0]), outcome.error)
    return (*found, _information(outcome, points)) if full_output else found


def _norm(name: str) -> Callable[[Any], Any]:
    match name:
        case "2":
            return lambda errors: numpy.linalg.norm(errors, axis=-1)
        case "max":
            return largest
    raise ValueError(f"[quad_vec] norm={name!r}, wanted '2' or 'max'; write norm='max' for the largest error")


@cache
def _gauss(n: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    nodes, weights = leggauss(n)
    return (nodes + 1) / 2, weights / 2


def fixed_quad(func: Callable[..., Any], a: Any, b: Any, args: Sequence[Any] = (), n: int = 5) -> tuple[Any, None]:
    """The integral by the rule of Gauss and Legendre with `n` nodes; as ``scipy.integrate.fixed_quad``.

    Exact for polynomials of degree ``2 n - 1``; its derivatives are those of the sum.

    Args:
        func: a function of an array of shape (n,) that returns one of shape (..., n).
        a: the lower limit, finite.
        b: the upper limit, finite.
        args: further arguments of `func`.
        n: the number of nodes.

    Returns:
        The integral, of shape (...), and ``None``, as there is no estimate of its error.

    Raises:
        ValueError: a limit is infinite.

    >>> import wengert as wg
    >>> from wengert.scipy.integrate import fixed_quad
    >>> fixed_quad(lambda x: x**8, 0.0, 3.0)
    (tensor(2187.), None)
    >>> wg.grad(lambda b: fixed_quad(lambda x: x**2, 0.0, b)[0])(3.0)
    tensor(9.)
    """
    a, b = edges_between(a, b, None, "fixed_quad")
    if any(type(edge) is float and numpy.isinf(edge) for edge in (a, b)):
        raise ValueError(f"[fixed_quad] the limits are {a} and {b}, wanted finite ones; write quad(func, a, b)")
    nodes, weights = _gauss(n)
    return (b - a) * np.sum(weights * np.asarray(func(a + (b - a) * nodes, *args)), axis=-1), None
