"""Roots and fixed points of systems, which differentiate by the equations that they solve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from scipy import optimize

import wengert as wg
import wengert.numpy as np

from ..recording import is_recorded
from .functions import REMEMBERED, compiled, itself, on_arrays, to_arrays, vector
from .solutions import Solution

JACOBIAN = frozenset({"hybr", "lm"})
"""SciPy's methods that take a Jacobian."""

NEWTON = "native-newton"


def root(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: str = "hybr",
    jac: Any = None,
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    derivative_tolerance: float | None = 1e-3,
) -> optimize.OptimizeResult:
    """Find a root of a system of equations, as ``scipy.optimize.root`` does; the engine gives the Jacobian, compiled.

    The root is a function of `args` and of all tensors that `fun` reads from outside: it differentiates by the implicit
    function theorem, in every mode and to any order.

    Args:
        fun: ``fun(x, *args)`` gives as many numbers as x has.
        x0: where to begin, of shape ``(n,)``.
        args: further arguments: arrays, or nestings of arrays.
        method: one of SciPy's; or ``"native-newton"``, Newton's method with shorter steps where the residual grows: one
            compiled program, which also runs within `jit`, `vmap` and loops instead of ``"hybr"`` and ``"lm"``.
        jac: the Jacobian: from the engine by default, or a function; ``True`` if `fun` gives ``(value, jacobian)``.
        tol: tolerance.
        callback: as SciPy's, for the methods that call one.
        options: of the method; of ``"native-newton"``: ``maxiter`` (100).
        derivative_tolerance: how far x may be from a root where its derivative is asked for (`wengert.implicit`).

    Returns:
        SciPy's ``OptimizeResult``, whose ``x`` and ``fun`` are tensors. Within `jit` and `vmap` it has ``x``, ``fun``,
        ``nit`` and ``success``.

    Raises:
        ValueError: x0 is no vector; or a derivative is asked for where there is no root.
        numpy.linalg.LinAlgError: a derivative is asked for where the Jacobian is singular.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.optimize import root
    >>> crossing = lambda r: root(lambda x: np.stack([x[0] ** 2 + x[1] ** 2 - r, x[0] - x[1]]), np.ones(2)).x
    >>> crossing(8.0), wg.jacobian(crossing)(8.0)
    (tensor([2., 2.]), tensor([0.125, 0.125]))
    """
    x0 = np.atleast_1d(np.asarray(x0))
    if x0.ndim != 1:
        raise ValueError(
            f"[root] x0 has shape {x0.shape}, wanted a vector; write x0.ravel(), and x.reshape(...) in the function"
        )
    system = _System(fun, method, jac, tol, callback, dict(options or {}))
    operands = {"x0": x0 if x0.dtype.kind in "fc" else x0.astype(float), "args": _tuple(args)}
    return system.solved(operands, derivative_tolerance)


def fsolve(func: Callable[..., Any], x0: Any, args: Any = (), fprime: Any = None, xtol: float = 1.49012e-8) -> Any:
    """The root of a system of equations, as ``scipy.optimize.fsolve``: the ``x`` of `root`.

    >>> import wengert.numpy as np
    >>> from wengert.scipy.optimize import fsolve
    >>> fsolve(lambda x: np.cos(x) - x, 1.0).round(6)
    tensor([0.739085])
    """
    return root(func, np.ravel(np.asarray(x0)), args, jac=fprime, tol=xtol).x


def _tuple(args: Any) -> tuple[Any, ...]:
    return args if isinstance(args, tuple) else (args,)


class _System(NamedTuple):
    """The equations, and how they are solved. Attributes are as `root` is given them."""

    fun: Callable[..., Any]
    method: str
    jac: Any
    tol: float | None
    callback: Any
    options: dict[str, Any]

    def value(self, x: Any, *args: Any) -> Any:
        """The residual alone."""
        result = self.fun(x, *args)
        return vector(itself)(result[0] if self.jac is True else result)

    def solved(self, operands: Any, tolerance: float | None) -> optimize.OptimizeResult:
        """The root as a function of its operands."""
        found: dict[str, Any] = {}

        def root(operands: Any) -> Any:
            found.update(self._run(operands))
            return found["x"]

        system, solve, like = self, root, None
        if is_recorded(operands) and not self._is_newton(True):
            system, operands = self._converted(operands)
            solve, like = (lambda o: system._by_scipy(to_arrays(o)).x), (lambda o: o["x0"])
        x = Solution("root", solve, system.residual, system.residual, tolerance, like).at(operands)
        return optimize.OptimizeResult({**found, "x": x, "fun": system.value(x, *operands["args"])})

    def residual(self, x: Any, operands: Any) -> Any:
        """What is 0 at the root."""
        return self.value(x, *operands["args"])

    def _is_newton(self, recorded: bool) -> bool:
        return self.method == NEWTON or (recorded and self.method in JACOBIAN and not self.options)

    def _converted(self, operands: Any) -> tuple[_System, Any]:
        """The equations with all that they read from outside among their arguments."""
        fun, captured = wg.closure_convert(self.fun, operands["x0"], *operands["args"])
        return self._replace(fun=fun), {**operands, "args": (*operands["args"], *captured)}

    def _run(self, operands: Any) -> Mapping[str, Any]:
        tolerance, most = self.tol or 1e-10, int(self.options.get("maxiter", 100))
        if is_recorded(operands):
            return newton_solve(self.value, operands["x0"], operands["args"], tolerance, most)
        given = to_arrays(operands)
        if not self._is_newton(False):
            return self._by_scipy(given)
        found = to_arrays(_newton_program(self.fun, self.jac is True, tolerance, most)(given["x0"], given["args"]))
        return {**found, "success": bool(found["success"]), "nit": int(found["nit"])}

    def _by_scipy(self, given: Any) -> optimize.OptimizeResult:
        fun, jac = self.fun, self.jac
        if jac is None and self.method in JACOBIAN:
            jac = on_arrays(compiled(wg.jacobian, vector, fun))
            fun = on_arrays(compiled(itself, vector, fun))
        options = {"callback": self.callback, "options": self.options}
        fun = on_arrays(fun)
        return optimize.root(fun, given["x0"], tuple(given["args"]), self.method, jac, self.tol, **options)


@lru_cache(maxsize=REMEMBERED)
def _newton_program(fun: Any, is_pair: bool, tolerance: float, most: int) -> Callable[..., Any]:
    system = _System(fun, NEWTON, is_pair or None, tolerance, None, {})
    return wg.jit(lambda x0, args: newton_solve(system.value, x0, args, tolerance, most))


# -- Newton's method as a loop ---------------------------------------------------------------------


class _Iterate(NamedTuple):
    """Newton's method under way.

    Attributes:
        x, value: the point, and the residual there.
        length: of the last step, as a fraction of 1 and the size of x.
        nit: how many steps were made.
        is_stuck: whether no step along the direction makes the residual smaller.
    """

    x: Any
    value: Any
    length: Any
    nit: Any
    is_stuck: Any


def newton_solve(
    fun: Callable[..., Any], x0: Any, args: tuple[Any, ...], tolerance: float, most: int
) -> dict[str, Any]:
    """A root by Newton's method, with steps halved until the residual falls.

    Source: J. E. Dennis, R. B. Schnabel, "Numerical methods for unconstrained optimization and nonlinear equations"
    (1983), section 6.3.
    """
    residual = lambda x: fun(x, *args)
    value = residual(x0)
    start = _Iterate(x0, value, np.full((), np.inf), np.zeros((), int), np.zeros((), bool))

    def goes_on(now: _Iterate) -> Any:
        return (now.length > tolerance) & (now.nit < most) & ~now.is_stuck & (_largest(now.value) > 0)

    def turn(now: _Iterate) -> _Iterate:
        step = np.linalg.solve(wg.jacobian(residual)(now.x), -now.value)
        share, value = _shortened(residual, now, step)
        x = now.x + share * step
        length = share * _largest(step) / (1 + _largest(x))
        return _Iterate(x, value, length, now.nit + 1, ~(_square(value) <= _square(now.value)))

    end = wg.while_loop(goes_on, turn, start)
    return {"x": end.x, "nit": end.nit, "success": (end.length <= tolerance) | (_largest(end.value) == 0)}


def _shortened(residual: Callable[[Any], Any], now: _Iterate, step: Any) -> tuple[Any, Any]:
    """The share of a step that is made, and the residual after it."""
    enough = _square(now.value)
    begin = (np.ones(()), residual(now.x + step))

    def too_far(tried: Any) -> Any:
        share, value = tried
        return ~(_square(value) <= (1 - 1e-4 * share) * enough) & (share > 1e-10)

    def halve(tried: Any) -> Any:
        return tried[0] / 2, residual(now.x + tried[0] / 2 * step)

    return wg.while_loop(too_far, halve, begin)


def _square(value: Any) -> Any:
    return np.sum(np.real(value * np.conj(value)))


def _largest(value: Any) -> Any:
    return np.max(np.abs(value))
