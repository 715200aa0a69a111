"""Least squares and the fit of curves, which differentiate in the data."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy
from scipy import optimize

import wengert as wg
import wengert.numpy as np

from ..linalg import solve_triangular
from ..recording import is_recorded
from .conditions import projected
from .functions import REMEMBERED, compiled, itself, on_arrays, to_arrays, vector
from .solutions import Solution

LOSSES: dict[str, Callable[[Any], Any]] = {
    "linear": lambda z: z,
    "soft_l1": lambda z: 2 * (np.sqrt(1 + z) - 1),
    "huber": lambda z: np.where(z <= 1, z, 2 * np.sqrt(np.where(z <= 1, 1.0, z)) - 1),
    "cauchy": lambda z: np.log1p(z),
    "arctan": lambda z: np.arctan(z),
}
"""Robust losses of the square of a residual, as SciPy has them."""

NATIVE = "native-lm"


def least_squares(
    fun: Callable[..., Any],
    x0: Any,
    jac: Any = None,
    bounds: Any = (-numpy.inf, numpy.inf),
    method: str = "trf",
    ftol: float | None = 1e-8,
    xtol: float | None = 1e-8,
    gtol: float | None = 1e-8,
    x_scale: Any = 1.0,
    loss: Any = "linear",
    f_scale: float = 1.0,
    args: Any = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    derivative_tolerance: float | None = 1e-3,
    **options: Any,
) -> optimize.OptimizeResult:
    """Minimize a sum of squares, as ``scipy.optimize.least_squares`` does; the engine gives the Jacobian, compiled.

    The minimum is a function of `args`, of the bounds and of all tensors that `fun` reads from outside: it
    differentiates by what holds at it (the whole Hessian, not that of Gauss and Newton), in every mode, to any order.

    Args:
        fun: ``fun(x, *args, **kwargs)`` gives the vector of residuals.
        x0: where to begin, of shape ``(n,)``.
        jac: the Jacobian: from the engine by default, a function, or SciPy's ``"2-point"`` and so on.
        bounds: ``Bounds``, or lower and upper ones.
        method: ``"trf"``, ``"dogbox"`` or ``"lm"``. Or ``"native-lm"``, Levenberg and Marquardt's as one compiled
            program, which takes no bounds and no loss, and runs within `jit`, `vmap` and loops where neither is given.
        ftol, xtol, gtol, x_scale: as SciPy's.
        loss: ``"linear"``, ``"soft_l1"``, ``"huber"``, ``"cauchy"`` or ``"arctan"``.
        f_scale: what counts as a large residual.
        args, kwargs: further arguments.
        derivative_tolerance: how far x may be from a minimum where its derivative is asked for (`wengert.implicit`).
        options: others of SciPy's: ``max_nfev``, ``verbose``, ``callback``, ...

    Returns:
        SciPy's ``OptimizeResult``, whose ``x``, ``fun`` and ``cost`` are tensors. Within `jit` and `vmap` it has these
        alone.

    Raises:
        ValueError: the loss is unknown, or a derivative is asked for where there is no minimum.
        numpy.linalg.LinAlgError: a derivative is asked for where the Hessian is singular.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.optimize import least_squares
    >>> t = np.array([0.0, 1.0, 2.0, 3.0])
    >>> slope = lambda y: least_squares(lambda p: p[0] * t + p[1] - y, np.zeros(2)).x[0]
    >>> wg.grad(slope)(np.array([1.0, 3.0, 5.0, 7.0])).round(6)
    tensor([-0.3, -0.1,  0.1,  0.3])

    Source of our own method: as of `wengert.optim.levenberg_marquardt`.
    """
    if not (callable(loss) or loss in LOSSES):
        raise ValueError(
            f"[least_squares] loss is {loss!r}, wanted one of {', '.join(map(repr, LOSSES))}; write loss='huber'"
        )
    x0 = np.atleast_1d(np.asarray(x0))
    x0 = x0 if x0.dtype.kind == "f" else x0.astype(float)
    how = {"ftol": ftol, "xtol": xtol, "gtol": gtol, "x_scale": x_scale, "loss": loss, "f_scale": f_scale, **options}
    squares = _Squares(partial(fun, **kwargs) if kwargs else fun, jac, method, how)
    operands = {"x0": x0, "args": args if isinstance(args, tuple) else (args,), "bounds": _bounds(bounds, x0)}
    return squares.minimized(operands, derivative_tolerance)


def _bounds(bounds: Any, x0: Any) -> Any:
    """Lower and upper bounds of each element; ``None`` if there is none."""
    lower, upper = (bounds.lb, bounds.ub) if isinstance(bounds, optimize.Bounds) else bounds
    if all(isinstance(b, float) and numpy.isinf(b) for b in (lower, upper)):
        return None
    return tuple(np.broadcast_to(np.asarray(bound, dtype=float), x0.shape) for bound in (lower, upper))


class _Squares(NamedTuple):
    """What is minimized, and how. Attributes are as `least_squares` is given them."""

    fun: Callable[..., Any]
    jac: Any
    method: str
    how: dict[str, Any]

    def minimized(self, operands: Any, tolerance: float | None) -> optimize.OptimizeResult:
        """The minimum as a function of its operands."""
        found: dict[str, Any] = {}
        squares, solver, like = self, None, None
        if is_recorded(operands):
            squares, operands, solver, like = self._recorded(operands)

        def least_squares(operands: Any) -> Any:
            found.update(squares._run(to_arrays(operands)))
            return found["x"]

        def reads(x: Any, operands: Any) -> Any:
            return vector(squares.fun)(x, *operands["args"]), operands["bounds"]

        solve = solver or least_squares
        x = Solution("least_squares", solve, squares.stationarity, reads, tolerance, like).at(operands)
        residuals = vector(squares.fun)(x, *operands["args"])
        known = {} if like else found
        return optimize.OptimizeResult({**known, "x": x, "fun": residuals, "cost": squares.cost(x, operands["args"])})

    def _recorded(self, operands: Any) -> tuple[Any, ...]:
        """How it is minimized where nothing has a value: the squares, operands, solver, and form of the minimum."""
        if self._is_native(operands):
            loop = lambda o: marquardt(lambda x: vector(self.fun)(x, *o["args"]), o["x0"], self.how["xtol"])
            return self, operands, loop, None
        fun, captured = wg.closure_convert(self.fun, operands["x0"], *operands["args"])
        given = {**operands, "args": (*operands["args"], *captured)}
        squares = self._replace(fun=fun)
        return squares, given, lambda o: squares._run(to_arrays(o))["x"], lambda o: o["x0"]

    def _is_native(self, operands: Any) -> bool:
        return operands["bounds"] is None and self.how["loss"] == "linear" and self.jac is None

    def _run(self, given: Any) -> Mapping[str, Any]:
        if self.method == NATIVE:
            x = _program(self.fun, self.how["xtol"])(given["x0"], given["args"])
            return {"x": numpy.asarray(x), "success": True}
        fun, jac = self.fun, self.jac
        if jac is None:
            fun, jac = on_arrays(compiled(itself, vector, fun)), on_arrays(compiled(wg.jacobian, vector, fun))
        bounds = given["bounds"] or (-numpy.inf, numpy.inf)
        how = {"jac": jac, "bounds": bounds, "method": self.method, **self.how}
        return optimize.least_squares(on_arrays(fun), given["x0"], args=tuple(given["args"]), **how)

    def cost(self, x: Any, args: tuple[Any, ...]) -> Any:
        """Half the sum of what the loss makes of the squares."""
        scale, loss = self.how["f_scale"], self.how["loss"]
        squares = (vector(self.fun)(x, *args) / scale) ** 2
        rho = LOSSES[loss](squares) if isinstance(loss, str) else np.asarray(loss(squares))[0]
        return 0.5 * scale**2 * np.sum(rho)

    def stationarity(self, x: Any, operands: Any) -> Any:
        """What is 0 at a minimum."""
        return projected(x, wg.grad(self.cost)(x, operands["args"]), operands["bounds"])


@lru_cache(maxsize=REMEMBERED)
def _program(fun: Any, xtol: float) -> Callable[..., Any]:
    return wg.jit(lambda x0, args: marquardt(lambda x: vector(fun)(x, *args), x0, xtol))


MOST_STEPS = 1000


def marquardt(residuals: Callable[[Any], Any], x0: Any, xtol: float | None) -> Any:
    """A least sum of squares by the steps of `wengert.optim.levenberg_marquardt`, as a loop."""
    rule = wg.optim.levenberg_marquardt()
    least = 1e-8 if xtol is None else xtol

    def goes_on(now: Any) -> Any:
        _, state, length = now
        return (length > least) & (state["step"] < MOST_STEPS)

    def turn(now: Any) -> Any:
        x, state, length = now
        after, kept = rule.step(residuals, state, x)
        moved = np.max(np.abs(after - x)) / (1 + np.max(np.abs(x)))
        is_rejected = kept["damping"] > state["damping"]
        return after, kept, np.where(is_rejected & (kept["damping"] < 1e16), length, moved)

    return wg.while_loop(goes_on, turn, (x0, rule.init(x0), np.full((), np.inf, x0.dtype)))[0]


# -- curves ----------------------------------------------------------------------------------------


def curve_fit(
    f: Callable[..., Any],
    xdata: Any,
    ydata: Any,
    p0: Any = None,
    sigma: Any = None,
    absolute_sigma: bool = False,
    bounds: Any = (-numpy.inf, numpy.inf),
    method: str | None = None,
    *,
    derivative_tolerance: float | None = 1e-3,
    **options: Any,
) -> tuple[Any, Any]:
    r"""Fit a curve to data by least squares, as ``scipy.optimize.curve_fit`` does; the engine gives the Jacobian.

    Parameters and covariance are functions of all data (and of what `f` reads from outside), and differentiate.

    Args:
        f: ``f(xdata, *parameters)``.
        xdata: where the curve is known: an array, or a nesting of arrays.
        ydata: what it is there, of shape ``(m,)``.
        p0: where to begin; ones by default, or the middle of two finite bounds.
        sigma: the uncertainties of `ydata`, of shape ``(m,)``, or their covariance, ``(m, m)``.
        absolute_sigma: whether `sigma` is meant absolutely, or as proportions.
        bounds, method, options: as of `least_squares`; by default ``"lm"`` without bounds and ``"trf"`` with them.
        derivative_tolerance: how far the parameters may be from a minimum where their derivative is asked for.

    Returns:
        ``(parameters, covariance)``, of shapes ``(n,)`` and ``(n, n)``: :math:`(J^\top J)^{-1}`, without absolute
        `sigma` times the sum of squares over :math:`m - n`; infinite where it cannot be known.

    Raises:
        ValueError: the number of parameters is not known from `f`, and no `p0` is given.
        RuntimeError: it does not converge.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.optimize import curve_fit
    >>> t = np.linspace(0.0, 2.0, 5)
    >>> parameters, _ = curve_fit(lambda t, a, k: a * np.exp(-k * t), t, 3.0 * np.exp(-0.5 * t))
    >>> parameters.round(6)
    tensor([3. , 0.5])
    """
    low, high = (bounds.lb, bounds.ub) if isinstance(bounds, optimize.Bounds) else bounds
    start = _starting(f, p0, low, high)
    is_bounded = _bounds(bounds, start) is not None
    args = (xdata, np.asarray(ydata) * 1.0, None if sigma is None else np.asarray(sigma) * 1.0)
    result = least_squares(
        _deviations(f),
        start,
        bounds=bounds,
        method=method or ("trf" if is_bounded else "lm"),
        args=args,
        derivative_tolerance=derivative_tolerance,
        **options,
    )
    if result.get("success") is False:
        raise RuntimeError(
            f"[curve_fit] the fit has not converged: {result.message}; write p0=[...] nearer to the parameters, or "
            "max_nfev=10000"
        )
    return result.x, _covariance(f, result, args, absolute_sigma)


@lru_cache(maxsize=REMEMBERED)
def _deviations(f: Callable[..., Any]) -> Callable[..., Any]:
    """What a curve is off by, in units of the uncertainties; the same function for the same curve."""

    def deviations(parameters: Any, xdata: Any, ydata: Any, sigma: Any) -> Any:
        off = np.ravel(f(xdata, *(parameters[i] for i in range(parameters.size))) - ydata)
        if sigma is None:
            return off
        if sigma.ndim == 1:
            return off / sigma
        return solve_triangular(np.linalg.cholesky(sigma), off, lower=True)

    return deviations


def _starting(f: Callable[..., Any], p0: Any, low: Any, high: Any) -> Any:
    if p0 is not None:
        return np.atleast_1d(np.asarray(p0)) * 1.0
    parameters = list(inspect.signature(f).parameters.values())
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        raise ValueError(
            "[curve_fit] the function takes any number of parameters and no p0 is given, wanted to know how many; "
            "write p0=[...]"
        )
    low, high = (numpy.broadcast_to(numpy.asarray(b, float), len(parameters) - 1) for b in (low, high))
    one_side = numpy.where(numpy.isfinite(low), low + 1, numpy.where(numpy.isfinite(high), high - 1, 1.0))
    with numpy.errstate(invalid="ignore"):
        return np.asarray(numpy.where(numpy.isfinite(low) & numpy.isfinite(high), (low + high) / 2, one_side))


def _covariance(f: Callable[..., Any], result: Any, args: tuple[Any, ...], absolute: bool) -> Any:
    jacobian = wg.jacobian(lambda p: _deviations(f)(p, *args))(result.x)
    rows, columns = jacobian.shape
    if not absolute and rows <= columns:
        return np.full((columns, columns), np.inf)
    scale = 1.0 if absolute else 2 * result.cost / (rows - columns)
    return np.linalg.inv(jacobian.T @ jacobian) * scale
