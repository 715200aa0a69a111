"""Integrals over several variables, one within the other: `dblquad`, `tplquad`, `nquad`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import wengert.numpy as np

from ....names import teaches_keywords
from .adaptive import Outcome, Search, at_once, in_turn
from .integral import integral
from .messages import edges_between, warn_of


def dblquad(
    func: Callable[..., Any],
    a: Any,
    b: Any,
    gfun: Any,
    hfun: Any,
    args: Sequence[Any] = (),
    epsabs: float = 1.49e-8,
    epsrel: float = 1.49e-8,
) -> tuple[Any, Any]:
    """The integral of ``func(y, x)`` for x from `a` to `b` and y between two curves; as ``scipy.integrate.dblquad``.

    Args:
        func: a function of two numbers, y first.
        a: the lower limit of x.
        b: the upper limit of x.
        gfun: the lower limit of y: a function of x, or a number.
        hfun: the upper limit of y: a function of x, or a number.
        args: further arguments of `func`.
        epsabs: the error may be as large as this,
        epsrel: or this times the integral.

    Returns:
        The integral and an estimate of its error, in which those of the inner integrals are.

    Raises:
        TypeError: `func` returns no number, or a limit is none.
        ValueError: limits are no interval.

    >>> from wengert.scipy.integrate import dblquad
    >>> dblquad(lambda y, x: x * y**2, 0.0, 2.0, 0.0, lambda x: x)[0]
    tensor(2.13333333)
    """
    return nquad(func, [_between(gfun, hfun), (a, b)], args, {"epsabs": epsabs, "epsrel": epsrel})


def tplquad(
    func: Callable[..., Any],
    a: Any,
    b: Any,
    gfun: Any,
    hfun: Any,
    qfun: Any,
    rfun: Any,
    args: Sequence[Any] = (),
    epsabs: float = 1.49e-8,
    epsrel: float = 1.49e-8,
) -> tuple[Any, Any]:
    """The integral of ``func(z, y, x)``, z between surfaces and y between curves; as ``scipy.integrate.tplquad``.

    Args:
        func: a function of three numbers, z first.
        a: the lower limit of x.
        b: the upper limit of x.
        gfun: the lower limit of y: a function of x, or a number.
        hfun: the upper limit of y.
        qfun: the lower limit of z: a function of x and y, or a number.
        rfun: the upper limit of z.
        args: further arguments of `func`.
        epsabs: the error may be as large as this,
        epsrel: or this times the integral.

    Returns:
        The integral and an estimate of its error.

    Raises:
        TypeError: `func` returns no number, or a limit is none.
        ValueError: limits are no interval.

    >>> from wengert.scipy.integrate import tplquad
    >>> tplquad(lambda z, y, x: x * y * z, 0.0, 1.0, 0.0, 1.0, 0.0, lambda x, y: x)[0]
    tensor(0.0625)
    """

    def of_z(y: Any, x: Any, *_: Any) -> tuple[Any, ...]:
        return tuple(surface(x, y) if callable(surface) else surface for surface in (qfun, rfun))

    return nquad(func, [of_z, _between(gfun, hfun), (a, b)], args, {"epsabs": epsabs, "epsrel": epsrel})


def _between(low: Any, high: Any) -> Callable[..., tuple[Any, ...]]:
    """The range between two curves, as a function of where."""
    return lambda x, *_: tuple(curve(x) if callable(curve) else curve for curve in (low, high))


@teaches_keywords
def nquad(
    func: Callable[..., Any],
    ranges: Sequence[Any],
    args: Sequence[Any] | None = None,
    opts: Any = None,
    full_output: bool = False,
) -> tuple[Any, ...]:
    """The integral over any number of variables, the first innermost; as ``scipy.integrate.nquad``.

    Args:
        func: a function of ``n`` numbers and of `args` that returns a number.
        ranges: the limits of each variable: pairs, or functions of the variables that come after it and of `args` that
            return pairs.
        args: further arguments of `func`.
        opts: options of `quad` (``epsabs``, ``epsrel``, ``limit``, ``points``): a dictionary for all variables, or a
            list with one for each, of which each may be a function as in `ranges`.
        full_output: whether to return a dictionary as well, with ``last``, the number of intervals of the outermost.

    Returns:
        The integral and an estimate of its error, in which those of the inner integrals are.

    Raises:
        TypeError: `func` returns no number, or a limit is none.
        ValueError: limits are no interval, or `opts` does not fit `ranges`.

    >>> from wengert.scipy.integrate import nquad
    >>> nquad(lambda x, y: x * y, [lambda y: (0.0, y), (0.0, 1.0)])[0]
    tensor(0.125)
    """
    given = tuple(args or ())
    options = [opts or {}] * len(ranges) if opts is None or isinstance(opts, dict) else list(opts)
    if len(options) != len(ranges):
        raise ValueError(
            f"[nquad] opts has {len(options)} entries for {len(ranges)} ranges, wanted one for each; write a "
            "dictionary for all of them"
        )
    outcome = _over(func, ranges, options, (), given)
    found = (outcome.value[0], _error(outcome))
    return (*found, {"last": outcome.count}) if full_output else found


def _over(
    func: Callable[..., Any], ranges: Sequence[Any], options: Sequence[Any], outer: tuple[Any, ...], args: Any
) -> Outcome:
    """The integral over the last range, of the integrals over those before; its values are with their errors."""
    *inner, (a, b) = (*ranges[:-1], _called(ranges[-1], (*outer, *args)))
    asked = dict(_called(options[-1], (*outer, *args)))
    tolerances = (asked.get("epsabs", 1.49e-8), asked.get("epsrel", 1.49e-8), asked.get("limit", 50))
    search = Search(*tolerances, _of_value, in_turn if inner else at_once)

    def f(x: Any) -> Any:
        if not inner:
            return np.stack([_number(func(x, *outer, *args)), np.zeros(())])
        outcome = _over(func, inner, options[:-1], (x, *outer), args)
        return np.stack([outcome.value[0], _error(outcome)])

    edges = edges_between(a, b, asked.get("points"), "nquad")
    outcome = integral(f, edges, search)
    if not outer:
        warn_of(outcome, f, edges, search, "nquad")
    return outcome


def _called(given: Any, values: tuple[Any, ...]) -> Any:
    return given(*values) if callable(given) else given


def _of_value(found: Any) -> Any:
    """The size of the integral, the error of the inner ones apart."""
    return np.abs(found[..., 0])


def _error(outcome: Outcome) -> Any:
    return outcome.error + np.abs(outcome.value[1])


def _number(value: Any) -> Any:
    value = np.asarray(value)
    if value.shape != () or value.dtype.kind == "c":
        raise TypeError(
            f"[nquad] func returned {value.dtype} of shape {value.shape}, wanted a real number; write quad_vec within "
            "quad_vec for arrays"
        )
    return value.astype(float)
