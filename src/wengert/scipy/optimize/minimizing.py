"""`minimize`, with the derivatives from the engine, and a minimum that differentiates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy
from scipy import optimize

import wengert as wg
import wengert.numpy as np

from ..recording import is_recorded
from .bounded import WITHIN_BOUNDS
from .conditions import Condition, both_bounds, check_order, conditions, multipliers, stationarity
from .functions import REMEMBERED, compiled, on_arrays, product, scalar, to_arrays
from .native import MESSAGES, METHODS, Function, minimized
from .solutions import Solution

GRADIENT = frozenset(
    [
        "cg",
        "bfgs",
        "newton-cg",
        "l-bfgs-b",
        "tnc",
        "slsqp",
        "dogleg",
        "trust-ncg",
        "trust-krylov",
        "trust-exact",
        "trust-constr",
    ]
)
"""SciPy's methods that take a gradient."""

MATRIX = frozenset({"dogleg", "trust-exact"})
"""Those that take the Hessian as a matrix alone."""

PRODUCT = frozenset({"newton-cg", "trust-ncg", "trust-krylov", "trust-constr"})
"""Those that take products with it, or the matrix."""

MATRIX_MOST = 50
"""Up to so many unknowns they get the matrix."""

NATIVE = "native-"

ANYWHERE = METHODS | WITHIN_BOUNDS
"""Our own methods, by SciPy's names, where nothing is bounded; all but `WITHIN_BOUNDS` want that."""

_SCIPYS = "; write method={!r} outside jit and vmap for SciPy's"


def minimize(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: str | Callable[..., Any] | None = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    derivative_tolerance: float | None = 1e-3,
) -> optimize.OptimizeResult:
    r"""Minimize a function, as ``scipy.optimize.minimize`` does; the engine gives the derivatives, compiled.

    The minimum is a function of `args`, of the bounds and of all tensors that `fun` and the constraints read from
    outside: it differentiates by the conditions of Karush, Kuhn and Tucker, in every mode and to any order, whatever
    method has found it.

    Args:
        fun: ``fun(x, *args)`` gives a number; x is a vector.
        x0: where to begin, of shape ``(n,)``.
        args: further arguments: arrays, or nestings of arrays.
        method: one of SciPy's, by name. Or one of our own, each a single compiled program: ``"native-bfgs"``,
            ``"native-newton-cg"``, ``"native-trust-ncg"``, and with bounds as well ``"native-l-bfgs-b"`` and
            ``"native-tnc"``. Within `jit`, `vmap` and loops these run where SciPy's of the same name is asked for,
            ``"bfgs"`` where none is, ``"l-bfgs-b"`` with bounds, and `vmap` over `x0` runs many starts at once; any
            other method is a step between native code there.
        jac: the gradient: from the engine by default; ``True`` if `fun` gives ``(value, gradient)``; or a function, or
            SciPy's ``"2-point"`` and so on. With a gradient that is given, and for methods that take none, `fun` is
            called on NumPy arrays as it is, and may be any code.
        hess: the Hessian, likewise, for the methods that take one.
        hessp: its product with a vector, likewise.
        bounds: ``Bounds``, or pairs ``(lower, upper)`` with ``None`` where there is none.
        constraints: ``LinearConstraint``, ``NonlinearConstraint``, dicts as for SciPy's SLSQP, or several.
        tol: tolerance; for our own methods the largest element of the gradient, or of ``x - clip(x - gradient)`` with
            bounds.
        callback: as SciPy's, of both kinds: ``callback(xk)`` or ``callback(intermediate_result)``.
        options: of the method. Of our own methods: ``gtol`` (1e-5) and ``maxiter`` (200 for each unknown).
        derivative_tolerance: how far x may be from a minimum where its derivative is asked for (`wengert.implicit`);
            ``None`` allows anything.

    Returns:
        SciPy's ``OptimizeResult``, whose ``x`` and ``fun`` are tensors that differentiate; with constraints also
        ``multipliers``, of one constraint after the other, which are positive where a lower bound holds. Within `jit`
        and `vmap` it has ``x``, ``fun``, ``nit``, ``nfev``, ``status`` and ``success``.

    Raises:
        ValueError: x0 is no vector, or an option of our own methods is unknown; or a derivative is asked for where
            there is no minimum.
        numpy.linalg.LinAlgError: a derivative is asked for where the Hessian (with what holds) is singular.

    >>> import wengert as wg, wengert.numpy as np
    >>> from wengert.scipy.optimize import minimize
    >>> def nearest(a):
    ...     ball = {"type": "ineq", "fun": lambda x: 1 - x @ x}
    ...     return minimize(lambda x: np.sum((x - a) ** 2), np.zeros(2), constraints=ball).x
    >>> nearest(np.array([3.0, 4.0])).round(6)
    tensor([0.6, 0.8])
    >>> wg.jacobian(nearest)(np.array([3.0, 4.0])).round(3)
    tensor([[ 0.128, -0.096],
            [-0.096,  0.072]])
    """
    x0 = _start(x0)
    how = {"method": method, "jac": jac, "hess": hess, "hessp": hessp, "tol": tol, "callback": callback}
    problem = _Problem(fun, conditions(constraints), {**how, "options": options})
    operands = {
        "x0": x0,
        "args": args if isinstance(args, tuple) else (args,),
        "bounds": both_bounds(bounds, x0),
        "constraints": [condition.operands for condition in problem.constraints],
    }
    if is_recorded(operands):
        return _recorded(problem, operands, derivative_tolerance)
    solution = _minimum(problem, problem.run, derivative_tolerance).at(operands)
    return problem.result(solution, operands, problem.last)


def _recorded(problem: _Problem, operands: Any, tolerance: float | None) -> optimize.OptimizeResult:
    """The minimum where nothing has a value: by a loop, or by a step between native code."""
    name = problem.recorded_name(operands)
    if name is not None:
        solution = _minimum(problem, partial(problem.by_loop, name), tolerance).at(operands)
    else:
        problem, operands = problem.converted(operands)
        solution = _minimum(problem, problem.run, tolerance, problem.like).at(operands)
    known = {key: solution[key] for key in ("nit", "nfev", "status", "success")}
    return problem.result(solution, operands, known)


def _start(x0: Any) -> Any:
    x0 = np.atleast_1d(np.asarray(x0))
    if x0.ndim != 1 or x0.size == 0:
        raise ValueError(
            f"[minimize] x0 has shape {x0.shape}, wanted a vector with at least one element; write x0.ravel(), and "
            "x.reshape(...) in the function"
        )
    return x0 if x0.dtype.kind == "f" else x0.astype(float)


def _minimum(problem: _Problem, run: Callable[..., Any], tolerance: float | None, like: Any = None) -> Solution:
    """The minimum as a function of its operands."""

    def reads(solution: Any, operands: Any) -> Any:
        x = solution["x"]
        bounded = [c.value(x, own) for c, own in zip(problem.constraints, operands["constraints"], strict=True)]
        return problem.objective(x, *operands["args"]), operands["bounds"], bounded

    residual = partial(stationarity, wg.grad(problem.objective), problem.constraints)
    return Solution("minimize", run, residual, reads, tolerance, like)


class _Problem:
    """What is minimized, and how; all but the operands.

    Attributes:
        fun, jac, hess, hessp, constraints, tol, callback, options: as `minimize` is given them.
        method: the name in small letters, or a function.
        objective: the value of `fun` alone.
        last: what SciPy returned in the last run.
    """

    def __init__(self, fun: Callable[..., Any], constraints: Sequence[Condition], how: Mapping[str, Any]) -> None:
        self.fun, self.constraints, self.how = fun, constraints, how
        self.jac, self.hess, self.hessp = how["jac"], how["hess"], how["hessp"]
        self.method = how["method"].lower() if isinstance(how["method"], str) else how["method"]
        self.tol, self.callback, self.options = how["tol"], how["callback"], dict(how["options"] or {})
        self.objective = scalar(fun, self.jac is True)
        self.last = optimize.OptimizeResult()

    def run(self, operands: Any) -> dict[str, Any]:
        """The minimum for operands that have values."""
        given = to_arrays(operands)
        if given["bounds"] is not None:
            check_order(*given["bounds"])
        name = self._native_name()
        self.last = self._by_scipy(given) if name is None else self._compiled(name, given)
        x = numpy.asarray(self.last.x)
        counts = {name: int(self.last.get(name, 0)) for name in ("nit", "nfev", "status")}
        return {"x": x, "multipliers": self._multipliers(x, given), **counts, "success": bool(self.last.success)}

    def result(self, solution: Any, operands: Any, begin: Any = ()) -> optimize.OptimizeResult:
        """What the user gets of a solution, and of what else is known."""
        found = optimize.OptimizeResult(begin)
        found.x = solution["x"]
        found.fun = self.objective(solution["x"], *operands["args"])
        if self.constraints:
            found.multipliers = np.concatenate(solution["multipliers"])
        return found

    def _multipliers(self, x: Any, given: Any) -> list[Any]:
        if not self.constraints:
            return []
        _, gradient = on_arrays(compiled(wg.value_and_grad, scalar, self.fun, self.jac is True))(x, *given["args"])
        return multipliers(gradient, x, self.constraints, given["constraints"], given["bounds"])

    # -- by SciPy --------------------------------------------------------------------------------

    def _by_scipy(self, given: Any) -> optimize.OptimizeResult:
        bounds = None if given["bounds"] is None else optimize.Bounds(*given["bounds"])
        pairs = zip(self.constraints, given["constraints"], strict=True)
        constraints = [condition.for_scipy(own) for condition, own in pairs]
        method = self._scipy_method(bounds, constraints)
        return optimize.minimize(
            x0=given["x0"],
            args=tuple(given["args"]),
            method=self.how["method"],
            bounds=bounds,
            constraints=constraints,
            tol=self.tol,
            callback=self.callback,
            options=self.options,
            **self._functions(method, given["x0"].size),
        )

    def _scipy_method(self, bounds: Any, constraints: Sequence[Any]) -> Any:
        """The method that SciPy takes."""
        if self.method is not None:
            return self.method
        return "slsqp" if constraints else "bfgs" if bounds is None else "l-bfgs-b"

    def _functions(self, method: Any, size: int) -> dict[str, Any]:
        """The function and its derivatives, as far as the method takes them."""
        if self.jac not in (None, False) or not (callable(method) or method in GRADIENT):
            return {"fun": self.fun, "jac": self.jac, **self._curvature(method, size)}
        both = on_arrays(compiled(wg.value_and_grad, scalar, self.fun))
        return {"fun": both, "jac": True, **self._curvature(method, size)}

    def _curvature(self, method: Any, size: int) -> dict[str, Any]:
        """The Hessian or its product: what the user gave, otherwise as the method takes it."""
        if self.hess is not None or self.hessp is not None or method not in MATRIX | PRODUCT:
            return {"hess": self.hess, "hessp": self.hessp}
        is_pair = self.jac is True
        if method in MATRIX or size <= MATRIX_MOST:
            return {"hess": on_arrays(compiled(wg.hessian, scalar, self.fun, is_pair)), "hessp": None}
        return {"hess": None, "hessp": on_arrays(compiled(product, scalar, self.fun, is_pair))}

    # -- by our own methods ----------------------------------------------------------------------

    def _native_name(self) -> str | None:
        """The name of our own method, if one was asked for.

        Raises:
            ValueError: there is none of that name.
        """
        if not isinstance(self.method, str) or not self.method.startswith(NATIVE):
            return None
        name = self.method.removeprefix(NATIVE)
        if name not in ANYWHERE:
            known = ", ".join(repr(NATIVE + known) for known in ANYWHERE)
            raise ValueError(f"[minimize] method is {self.how['method']!r}, wanted one of {known}; write 'native-bfgs'")
        return name

    def recorded_name(self, operands: Any) -> str | None:
        """The name of our own method that runs where nothing has a value; ``None`` if it is SciPy's."""
        if self.constraints or callable(self.method):
            return self._native_name()
        usual, known = ("bfgs", ANYWHERE) if operands["bounds"] is None else ("l-bfgs-b", WITHIN_BOUNDS)
        return self._native_name() or (usual if self.method is None else self.method if self.method in known else None)

    def by_loop(self, name: str, operands: Any) -> dict[str, Any]:
        """The minimum by our own method, as operations."""
        gtol, maxiter = self._native_options(name, operands)
        args, bounds, x0 = operands["args"], operands["bounds"], operands["x0"]
        methods = METHODS if bounds is None and name in METHODS else WITHIN_BOUNDS
        if bounds is None and methods is WITHIN_BOUNDS:
            bounds = np.full_like(x0, -numpy.inf), np.full_like(x0, numpy.inf)
        function = Function(
            lambda x: wg.value_and_grad(self.objective)(x, *args),
            lambda x, v: product(self.objective)(x, v, *args),
            bounds,
        )
        end, status = minimized(function, x0, methods[name], gtol, maxiter)
        counts = {"nit": end.nit, "nfev": end.nfev, "status": status, "success": status == 0}
        return {"x": end.x, "multipliers": [], **counts}

    def _native_options(self, name: str, operands: Any) -> tuple[float, int]:
        unknown = sorted(self.options.keys() - {"gtol", "maxiter"})
        what = [*(f"the option {option!r}" for option in unknown), *self._beyond(name, operands)]
        if what:
            bounded = "; write method='native-l-bfgs-b' or 'native-tnc' within bounds" if "bounds" in what else ""
            raise ValueError(
                f"[minimize] {NATIVE}{name}, which is compiled, was given {' and '.join(what)}, wanted the options "
                f"gtol and maxiter alone{bounded or _SCIPYS.format(name.upper())}"
            )
        default = 1e-5 if self.tol is None else self.tol
        return float(self.options.get("gtol", default)), int(self.options.get("maxiter", 200 * operands["x0"].size))

    def _beyond(self, name: str, operands: Any) -> list[str]:
        """What a method of our own does not know."""
        bounds = None if name in WITHIN_BOUNDS else operands["bounds"]
        given = {"a callback": self.callback, "bounds": bounds, "constraints": self.constraints or None}
        return [name for name, value in given.items() if value is not None]

    def _compiled(self, name: str, given: Any) -> optimize.OptimizeResult:
        self._native_options(name, given)
        program = _program(self.fun, self.jac is True, name, self.tol, tuple(sorted(self.options.items())))
        found = program(given)
        x, status = found["x"], int(found["status"])
        counts = {"nit": int(found["nit"]), "nfev": int(found["nfev"])}
        return optimize.OptimizeResult(x=x, status=status, success=status == 0, message=MESSAGES[status], **counts)

    # -- without values --------------------------------------------------------------------------

    def converted(self, operands: Any) -> tuple[_Problem, Any]:
        """The problem, and its operands, with all that its functions read from outside among their arguments."""
        fun, captured = wg.closure_convert(self.fun, operands["x0"], *operands["args"])
        constraints = []
        for condition, own in zip(self.constraints, operands["constraints"], strict=True):
            own_fun, read = wg.closure_convert(condition.fun, operands["x0"], *own["args"])
            constraints.append(Condition(condition.given, own_fun, {**own, "args": (*own["args"], *read)}))
        given = {
            **operands,
            "args": (*operands["args"], *captured),
            "constraints": [condition.operands for condition in constraints],
        }
        return _Problem(fun, constraints, self.how), given

    def like(self, operands: Any) -> dict[str, Any]:
        """Arrays as `run` gives them."""
        x, zero = operands["x0"], np.zeros((), int)
        pairs = zip(self.constraints, operands["constraints"], strict=True)
        empty = [0 * condition.value(x, own) for condition, own in pairs]
        return {"x": x, "multipliers": empty, "nit": zero, "nfev": zero, "status": zero, "success": zero == 0}


@lru_cache(maxsize=REMEMBERED)
def _program(fun: Any, is_pair: bool, name: str, tol: Any, options: tuple[Any, ...]) -> Callable[..., Any]:
    """Our own method for a function, compiled."""
    how = {"jac": is_pair or None, "method": NATIVE + name, "tol": tol, "options": dict(options)}
    problem = _Problem(fun, [], {**how, "hess": None, "hessp": None, "callback": None})
    return wg.jit(lambda operands: problem.by_loop(name, operands))
