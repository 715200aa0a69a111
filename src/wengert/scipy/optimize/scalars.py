"""Roots, fixed points and minima of functions of one number (or of many, each for itself)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy
from scipy import optimize

import wengert as wg
import wengert.numpy as np

from ..recording import is_recorded
from .conditions import projected
from .functions import compiled, on_arrays, scalar, to_arrays
from .solutions import Solution

BRACKETED = {
    "brentq": optimize.brentq,
    "brenth": optimize.brenth,
    "ridder": optimize.ridder,
    "bisect": optimize.bisect,
    "toms748": optimize.toms748,
}
"""SciPy's methods that begin with an interval in which the sign changes."""

XTOL, RTOL = 2e-12, 4 * float(numpy.finfo(float).eps)


class _Equation(NamedTuple):
    """An equation of one unknown, or of many each for itself.

    Attributes:
        fun: ``fun(x, *args)`` is 0 at the root.
        solve: ``solve(fun, *start, args)`` gives the root where values are known.
        loop: the same as operations, which are recorded.
    """

    fun: Callable[..., Any]
    solve: Callable[..., Any]
    loop: Callable[..., Any]

    def root(self, start: tuple[Any, ...], args: tuple[Any, ...], name: str, tolerance: float | None) -> Any:
        """The root as a function of the arguments."""

        def root(operands: Any) -> Any:
            start, args = operands
            if is_recorded(operands):
                return self.loop(lambda x: self.fun(x, *args), *start)
            return self.solve(self.fun, *to_arrays(start), to_arrays(args))

        def residual(x: Any, operands: Any) -> Any:
            return self.fun(x, *operands[1])

        return Solution(name, root, residual, residual, tolerance).at((start, args))


def _tuple(args: Any) -> tuple[Any, ...]:
    return args if isinstance(args, tuple) else (args,)


def _number(fun: Callable[..., Any]) -> Callable[..., float]:
    """The function as SciPy's solvers in C call it."""
    return lambda x, *args: float(np.asarray(fun(x, *args)).item())


# -- in an interval --------------------------------------------------------------------------------


def _bracketed(name: str) -> Callable[..., Any]:
    """SciPy's function of that name, with a root that differentiates."""
    of_scipy = BRACKETED[name]

    def find(
        f: Callable[..., Any],
        a: Any,
        b: Any,
        args: Any = (),
        xtol: float = XTOL,
        rtol: float = RTOL,
        maxiter: int = 100,
        full_output: bool = False,
        disp: bool = True,
        *,
        derivative_tolerance: float | None = 1e-3,
    ) -> Any:
        reports: list[Any] = []
        options = {"xtol": xtol, "rtol": rtol, "maxiter": maxiter, "full_output": True, "disp": disp}

        def solve(fun: Callable[..., Any], a: Any, b: Any, args: Any) -> Any:
            x, report = of_scipy(_number(fun), float(a), float(b), args=tuple(args), **options)
            reports.append(report)
            return numpy.float64(x)

        def loop(fun: Callable[..., Any], a: Any, b: Any) -> Any:
            return between(fun, a, b, xtol, rtol, max(maxiter, 100))

        x = _Equation(f, solve, loop).root((a, b), _tuple(args), name, derivative_tolerance)
        if not full_output:
            return x
        return x, _report(x, reports)

    find.__name__ = find.__qualname__ = name
    find.__doc__ = f"""A root between two points where signs are different, as ``scipy.optimize.{name}`` finds it.

    The root is a function of `args` and of all tensors that `f` reads from outside: it differentiates by the implicit
    function theorem, in every mode and to any order. Within `jit`, `vmap` and loops, where there are no values, a loop
    of inverse quadratic interpolation and bisection takes the place of SciPy's, with the same tolerances.

    Args:
        f: ``f(x, *args)`` gives a number; it is called with a float.
        a, b: the ends of the interval.
        args: further arguments: arrays, or nestings of arrays.
        xtol, rtol: how far the root may be off, absolutely and relatively.
        maxiter: so many iterations at most.
        full_output: give ``(root, RootResults)``.
        disp: raise if it does not converge.
        derivative_tolerance: how far x may be from a root where its derivative is asked for (`wengert.implicit`).

    Raises:
        ValueError: the signs at both ends are the same.
        RuntimeError: it does not converge.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.optimize import {name}
    >>> f = lambda a: {name}(lambda x: x**3 - a, 0.0, 4.0)
    >>> f(8.0).round(6), wg.grad(f)(8.0).round(6)
    (tensor(2.), tensor(0.083333))

    Source of the loop: T. R. Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a
    nonlinear function without using derivatives" (1997).
    """
    return find


def _report(x: Any, reports: Sequence[Any]) -> optimize.RootResults:
    """SciPy's report, of the root as a tensor; of what was recorded, the root alone."""
    if reports:
        reports[-1].root = x
        return reports[-1]
    return optimize.RootResults(root=x, iterations=None, function_calls=None, flag=0, method="recorded")


class _Interval(NamedTuple):
    """An interval in which the sign changes.

    Attributes:
        a, fa: the last point, and the function there.
        b, fb: the other end.
        c, fc: the point before.
        share: where the next point is, counted from a.
        turn: how many points were tried.
    """

    a: Any
    fa: Any
    b: Any
    fb: Any
    c: Any
    fc: Any
    share: Any
    turn: Any


def between(fun: Callable[[Any], Any], a: Any, b: Any, xtol: float, rtol: float, most: int) -> Any:
    """A root by Chandrupatla's method, as a loop; NaN if the signs at both ends are the same."""
    a, b = (np.asarray(end) * 1.0 for end in (a, b))
    fa, fb = fun(a), fun(b)
    start = _Interval(b, fb, a, fa, a, fa, 0.5 + 0 * a, np.zeros((), int))

    def width(now: _Interval) -> Any:
        best = np.where(np.abs(now.fa) < np.abs(now.fb), now.a, now.b)
        return (xtol + rtol * np.abs(best)) / np.abs(now.b - now.a)

    def goes_on(now: _Interval) -> Any:
        is_hit = (now.fa == 0) | (now.fb == 0)
        return ~is_hit & (2 * width(now) < 1) & (now.turn < most)

    def turn(now: _Interval) -> _Interval:
        x = now.a + now.share * (now.b - now.a)
        fx = fun(x)
        is_same = np.sign(fx) == np.sign(now.fa)
        b, fb = np.where(is_same, now.b, now.a), np.where(is_same, now.fb, now.fa)
        c, fc = np.where(is_same, now.a, now.b), np.where(is_same, now.fa, now.fb)
        after = _Interval(x, fx, b, fb, c, fc, now.share, now.turn + 1)
        least = np.clip(width(after), 0.0, 0.5)
        return after._replace(share=np.clip(_interpolated(after), least, 1 - least))

    end = wg.while_loop(goes_on, turn, start)
    best = np.where(np.abs(end.fa) < np.abs(end.fb), end.a, end.b)
    return np.where(np.sign(fa) * np.sign(fb) <= 0, best, np.nan)


def _interpolated(now: _Interval) -> Any:
    """Where the inverse quadratic through three points is 0, if it is monotonic there; the middle otherwise."""
    xi = (now.a - now.b) / (now.c - now.b)
    phi = (now.fa - now.fb) / (now.fc - now.fb)
    is_good = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
    alpha = (now.c - now.a) / (now.b - now.a)
    share = now.fa / (now.fb - now.fa) * now.fc / (now.fb - now.fc)
    share = share + alpha * now.fa / (now.fc - now.fa) * now.fb / (now.fc - now.fb)
    return np.where(is_good & np.isfinite(share), share, 0.5)


brentq: Final = _bracketed("brentq")
brenth: Final = _bracketed("brenth")
ridder: Final = _bracketed("ridder")
bisect: Final = _bracketed("bisect")
toms748: Final = _bracketed("toms748")


# -- from a point ----------------------------------------------------------------------------------


def newton(
    func: Callable[..., Any],
    x0: Any,
    fprime: Callable[..., Any] | None = None,
    args: Any = (),
    tol: float = 1.48e-8,
    maxiter: int = 50,
    *,
    derivative_tolerance: float | None = 1e-3,
) -> Any:
    """A root by Newton's method, as ``scipy.optimize.newton`` finds it; of an array each element for itself.

    The engine gives the derivative if `fprime` does not. The root differentiates as that of `brentq`.

    Args:
        func: ``func(x, *args)``, of the shape of x.
        x0: where to begin.
        fprime: the derivative.
        args: further arguments: arrays, or nestings of arrays.
        tol: how far the root may be off.
        maxiter: so many iterations at most.
        derivative_tolerance: how far x may be from a root where its derivative is asked for (`wengert.implicit`).

    Raises:
        RuntimeError: it does not converge. Within `jit` and `vmap` its derivative is NaN instead.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.optimize import newton
    >>> newton(lambda x, a: x**2 - a, np.ones(2), args=(np.array([4.0, 9.0]),)).round(6)
    tensor([2., 3.])
    >>> wg.grad(lambda a: newton(lambda x: x**2 - a, 1.0))(4.0).round(6)
    tensor(0.25)
    """
    total = lambda x, *args: np.sum(np.asarray(func(x, *args)))

    def solve(fun: Callable[..., Any], x0: Any, args: Any) -> Any:
        slope = on_arrays(fprime) if fprime is not None else on_arrays(compiled(wg.grad, scalar, total))
        x0 = numpy.asarray(x0, dtype=float)
        how = {"fprime": slope, "args": tuple(args), "tol": tol, "maxiter": maxiter}
        return numpy.asarray(optimize.newton(on_arrays(fun), x0, **how))

    def loop(fun: Callable[..., Any], x0: Any) -> Any:
        return _from(fun, np.asarray(x0) * 1.0, tol, maxiter)

    return _Equation(func, solve, loop).root((x0,), _tuple(args), "newton", derivative_tolerance)


def _from(fun: Callable[[Any], Any], x0: Any, tol: float, maxiter: int) -> Any:
    """A root of each element by Newton's method, as a loop."""

    def goes_on(now: Any) -> Any:
        return (np.max(np.abs(now[1])) > tol) & (now[2] < maxiter)

    def turn(now: Any) -> Any:
        value, slope = wg.jvp(fun, (now[0],), (np.ones_like(now[0]),))
        step = value / slope
        return now[0] - step, step, now[2] + 1

    return wg.while_loop(goes_on, turn, (x0, np.full_like(x0, np.inf), np.zeros((), int)))[0]


def fixed_point(
    func: Callable[..., Any],
    x0: Any,
    args: Any = (),
    xtol: float = 1e-8,
    maxiter: int = 500,
    method: str = "del2",
    *,
    derivative_tolerance: float | None = 1e-3,
) -> Any:
    """A point that a function leaves where it is, as ``scipy.optimize.fixed_point`` finds it; it differentiates.

    Args:
        func: ``func(x, *args)``, of the shape of x.
        x0: where to begin.
        args: further arguments: arrays, or nestings of arrays.
        xtol: how far the point may be off, relatively.
        maxiter: so many iterations at most.
        method: ``"del2"``, with Steffensen's acceleration, or ``"iteration"``.
        derivative_tolerance: how far x may be from the point where its derivative is asked for (`wengert.implicit`).

    Raises:
        RuntimeError: it does not converge. Within `jit` and `vmap` its derivative is NaN instead.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.optimize import fixed_point
    >>> f = lambda a: fixed_point(lambda x: np.cos(a * x), 0.5)
    >>> f(1.0).round(6), wg.grad(f)(1.0).round(6)
    (tensor(0.739085), tensor(-0.297474))
    """

    def solve(moved: Callable[..., Any], x0: Any, args: Any) -> Any:
        x0 = numpy.asarray(x0, dtype=float)
        return numpy.asarray(optimize.fixed_point(on_arrays(func), x0, tuple(args), xtol, maxiter, method))

    def loop(moved: Callable[[Any], Any], x0: Any) -> Any:
        return _iterated(lambda x: moved(x) + x, np.asarray(x0) * 1.0, xtol, maxiter, method == "del2")

    equation = _Equation(lambda x, *args: np.asarray(func(x, *args)) - x, solve, loop)
    return equation.root((x0,), _tuple(args), "fixed_point", derivative_tolerance)


def _iterated(fun: Callable[[Any], Any], x0: Any, xtol: float, maxiter: int, accelerated: bool) -> Any:
    def goes_on(now: Any) -> Any:
        return (np.max(np.abs(now[1])) > xtol) & (now[2] < maxiter)

    def turn(now: Any) -> Any:
        x, first = now[0], fun(now[0])
        after = _extrapolated(x, first, fun(first)) if accelerated else first
        return after, (after - x) / np.where(x == 0, 1.0, x), now[2] + 1

    return wg.while_loop(goes_on, turn, (x0, np.full_like(x0, np.inf), np.zeros((), int)))[0]


def _extrapolated(x: Any, first: Any, second: Any) -> Any:
    """Aitken's limit of three iterates."""
    bend = second - 2 * first + x
    return np.where(bend == 0, second, x - (first - x) ** 2 / np.where(bend == 0, 1.0, bend))


def root_scalar(
    f: Callable[..., Any],
    args: Any = (),
    method: str | None = None,
    bracket: Sequence[Any] | None = None,
    fprime: Callable[..., Any] | None = None,
    x0: Any = None,
    xtol: float | None = None,
    rtol: float | None = None,
    maxiter: int | None = None,
    *,
    derivative_tolerance: float | None = 1e-3,
) -> optimize.RootResults:
    """Find a root of a function of one number, as ``scipy.optimize.root_scalar`` does; it differentiates.

    Args:
        f: ``f(x, *args)`` gives a number.
        args: further arguments: arrays, or nestings of arrays.
        method: ``"brentq"`` (by default with a bracket), ``"brenth"``, ``"ridder"``, ``"bisect"``, ``"toms748"``, or
            ``"newton"`` (by default with `x0`), for which the engine gives the derivative.
        bracket: two points where `f` has different signs.
        fprime: the derivative.
        x0: where to begin.
        xtol, rtol, maxiter: as of the method.
        derivative_tolerance: how far x may be from a root where its derivative is asked for (`wengert.implicit`).

    Returns:
        SciPy's ``RootResults``, whose ``root`` is a tensor.

    Raises:
        ValueError: neither `bracket` nor `x0` is given, or the method is unknown.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.optimize import root_scalar
    >>> root_scalar(lambda x: np.cos(x) - x, bracket=(0.0, 1.0)).root.round(6)
    tensor(0.739085)
    """
    name = method or ("newton" if bracket is None else "brentq")
    options: dict[str, Any] = {"args": args, "derivative_tolerance": derivative_tolerance}
    options |= {} if maxiter is None else {"maxiter": maxiter}
    if name in BRACKETED and bracket is not None:
        given = {"xtol": xtol, "rtol": rtol}
        options |= {key: value for key, value in given.items() if value is not None}
        return METHODS[name](f, *bracket, **options, full_output=True, disp=False)[1]
    if name != "newton" or x0 is None:
        raise ValueError(
            f"[root_scalar] method is {name!r} with bracket={bracket!r} and x0={x0!r}, wanted a bracket for one of "
            f"{', '.join(map(repr, BRACKETED))}, or x0 for 'newton'; write root_scalar(f, bracket=(a, b))"
        )
    options |= {} if xtol is None else {"tol": xtol}
    x = newton(f, x0, fprime, **options)
    return optimize.RootResults(root=x, iterations=None, function_calls=None, flag=0, method="newton")


METHODS = {"brentq": brentq, "brenth": brenth, "ridder": ridder, "bisect": bisect, "toms748": toms748}


# -- minima ----------------------------------------------------------------------------------------


def minimize_scalar(
    fun: Callable[..., Any],
    bracket: Sequence[float] | None = None,
    bounds: tuple[Any, Any] | None = None,
    args: Any = (),
    method: str | None = None,
    tol: float | None = None,
    options: dict[str, Any] | None = None,
    *,
    derivative_tolerance: float | None = 1e-3,
) -> optimize.OptimizeResult:
    """Minimize a function of one number, as ``scipy.optimize.minimize_scalar`` does; the minimum differentiates.

    Args:
        fun: ``fun(x, *args)`` gives a number; it is called with a float.
        bracket, bounds, method, tol, options: as SciPy's. The minimum is a function of the bounds too.
        args: further arguments: arrays, or nestings of arrays.
        derivative_tolerance: how far x may be from a minimum where its derivative is asked for (`wengert.implicit`).

    Returns:
        SciPy's ``OptimizeResult``, whose ``x`` and ``fun`` are tensors; within `jit` and `vmap`, where the method is a
        step between native code, with these alone.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.optimize import minimize_scalar
    >>> f = lambda a: minimize_scalar(lambda x: (x - a) ** 2 + x**4).x
    >>> f(3.0).round(5), wg.grad(f)(3.0).round(5)
    (tensor(1.), tensor(0.14286))
    """
    found: dict[str, Any] = {}
    operands = {"args": _tuple(args), "bounds": bounds}
    like = None
    if is_recorded(operands):
        fun, captured = wg.closure_convert(fun, 0.0, *operands["args"])
        operands["args"] = (*operands["args"], *captured)
        like = lambda operands: np.zeros(())

    def solve(operands: Any) -> Any:
        given = to_arrays(operands)
        limits = None if given["bounds"] is None else tuple(map(float, given["bounds"]))
        how = {"bracket": bracket, "bounds": limits, "method": method, "tol": tol, "options": options}
        result: Any = optimize.minimize_scalar(_number(fun), args=tuple(given["args"]), **how)
        found.update(result if like is None else {})
        return numpy.float64(result.x)

    def residual(x: Any, operands: Any) -> Any:
        return projected(x, wg.grad(scalar(fun))(x, *operands["args"]), operands["bounds"])

    def reads(x: Any, operands: Any) -> Any:
        return scalar(fun)(x, *operands["args"]), operands["bounds"]

    x = Solution("minimize_scalar", solve, residual, reads, derivative_tolerance, like).at(operands)
    return optimize.OptimizeResult({**found, "x": x, "fun": scalar(fun)(x, *operands["args"])})
