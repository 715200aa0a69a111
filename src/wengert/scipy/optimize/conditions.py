r"""What holds at a minimum: bounds, constraints and their multipliers.

With :math:`l \le c(x) \le u`, multipliers :math:`y` and the force :math:`g = \nabla f - \sum_j J_j^\top y_j`, a minimum
is where nothing moves when it is projected onto what is allowed: :math:`x = P(x - g)` and :math:`c = P(c - y)`. That
says all of Karush, Kuhn and Tucker in as many equations as unknowns.

Source: J. Nocedal, S. J. Wright, "Numerical optimization" (2006), section 12.3; for the projection F. Facchinei,
J.-S. Pang, "Finite-dimensional variational inequalities and complementarity problems" (2003), section 1.5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy
from scipy import optimize

import wengert as wg
import wengert.numpy as np

from .functions import compiled, itself, on_arrays, to_arrays, vector

TOUCHES = 1e-5
"""So near a constraint is met with equality, as a fraction of 1 and the bound."""


class Condition(NamedTuple):
    """What is to hold: ``lower <= fun(x, *args) <= upper``.

    Attributes:
        given: how the user wrote it.
        fun: the function.
        operands: arguments and bounds, of which the minimum is a function.
    """

    given: Any
    fun: Callable[..., Any]
    operands: dict[str, Any]

    def value(self, x: Any, operands: Any) -> Any:
        """What is bounded, as a vector."""
        return vector(self.fun)(x, *operands["args"])

    def for_scipy(self, operands: Any) -> Any:
        """The condition as SciPy wants it, with its Jacobian."""
        jacobian = on_arrays(compiled(wg.jacobian, vector, self.fun))
        args = tuple(operands["args"])
        if isinstance(self.given, optimize.LinearConstraint):
            return self.given
        if isinstance(self.given, Mapping):
            jac = self.given.get("jac")
            values = on_arrays(compiled(itself, vector, self.fun))
            return {**self.given, "fun": values, "jac": jac if callable(jac) else jacobian, "args": args}
        jac = self.given.jac if callable(self.given.jac) else lambda x: jacobian(x, *args)
        values = on_arrays(compiled(itself, vector, self.fun))
        lower, upper = (numpy.asarray(operands[name]) for name in ("lower", "upper"))
        held: dict[str, Any] = {"jac": jac, "hess": self.given.hess, "keep_feasible": self.given.keep_feasible}
        return optimize.NonlinearConstraint(lambda x: values(x, *args), lower, upper, **held)


def conditions(constraints: Any) -> list[Condition]:
    """The constraints that a user wrote, one by one.

    Raises:
        TypeError: one is of no kind that is known.
        ValueError: the type of one is neither ``"eq"`` nor ``"ineq"``.
    """
    several = list(constraints) if isinstance(constraints, Sequence) else [constraints]
    return list(map(_condition, several))


def _condition(given: Any) -> Condition:
    if isinstance(given, Mapping):
        return _by_type(given)
    if isinstance(given, optimize.LinearConstraint):
        matrix: Any = given.A
        matrix = matrix.toarray() if hasattr(matrix, "toarray") else matrix
        return Condition(given, _times, {"args": (matrix,), "lower": given.lb, "upper": given.ub})
    if isinstance(given, optimize.NonlinearConstraint):
        return Condition(given, given.fun, {"args": (), "lower": given.lb, "upper": given.ub})
    raise TypeError(
        f"[minimize] a constraint is a {type(given).__name__}, wanted a dict, LinearConstraint or NonlinearConstraint; "
        "write {'type': 'ineq', 'fun': lambda x: ...} for what is to be 0 or more"
    )


def _by_type(given: Mapping[str, Any]) -> Condition:
    kinds = {"eq": 0.0, "ineq": numpy.inf}
    kind = str(given.get("type", "")).lower()
    if kind not in kinds or not callable(given.get("fun")):
        raise ValueError(
            f"[minimize] a constraint has type {given.get('type')!r}, wanted 'eq' or 'ineq' and a function; write "
            "{'type': 'ineq', 'fun': lambda x: ...} for what is to be 0 or more"
        )
    args = given.get("args", ())
    operands = {"args": args if isinstance(args, tuple) else (args,), "lower": 0.0, "upper": kinds[kind]}
    return Condition(given, given["fun"], operands)


def _times(x: Any, matrix: Any) -> Any:
    return np.asarray(matrix) @ x


# -- what is 0 at a minimum ------------------------------------------------------------------------


def projected(value: Any, force: Any, bounds: Any) -> Any:
    """0 where a value that is pulled by ``-force`` stays where it is within its bounds."""
    if bounds is None:
        return force
    lower, upper = bounds
    pulled = value - force
    return np.where(pulled <= lower, value - lower, np.where(pulled >= upper, value - upper, force))


def stationarity(
    gradient: Callable[..., Any], constraints: Sequence[Condition], solution: Mapping[str, Any], operands: Any
) -> list[Any]:
    """What is 0 at a minimum, nested as its numbers are: first for x, then for the multipliers."""
    x, forces = solution["x"], [gradient(solution["x"], *operands["args"])]
    rows = []
    for condition, y, own in zip(constraints, solution["multipliers"], operands["constraints"], strict=True):
        value, pull = wg.vjp(lambda x, c=condition, own=own: c.value(x, own), x)
        forces.append(-pull(y)[0])
        rows.append(projected(value, y, (own["lower"], own["upper"])))
    return [projected(x, sum(forces[1:], forces[0]), operands["bounds"]), *rows]


# -- multipliers -----------------------------------------------------------------------------------


def multipliers(
    gradient: Any, x: Any, constraints: Sequence[Condition], operands: Sequence[Any], bounds: Any
) -> list[Any]:
    """The multipliers that balance the gradient best, where a minimum was found.

    A constraint that is not met with equality has none, and x counts where it is free. At a lower bound a multiplier
    is positive, at an upper one negative.
    """
    values, jacobians, signs = [], [], []
    for condition, own in zip(constraints, operands, strict=True):
        fun = compiled(wg.jacobian, vector, condition.fun)
        values.append(numpy.asarray(condition.value(x, own)))
        jacobians.append(numpy.asarray(fun(x, *own["args"])).reshape(values[-1].size, x.size))
        signs.append(_signs(values[-1], own))
    low, high = (numpy.concatenate(part) for part in zip(*signs, strict=True))
    found = numpy.zeros(low.size)
    is_active = low < high
    is_free = ~_touching(x, bounds)
    if is_active.any() and is_free.any():
        matrix = numpy.concatenate(jacobians)[is_active][:, is_free].T
        limits = (low[is_active], high[is_active])
        found[is_active] = optimize.lsq_linear(matrix, gradient[is_free], limits, tol=1e-14, lsq_solver="exact").x
    return numpy.split(found, numpy.cumsum([value.size for value in values])[:-1])


def _touches(value: Any, bound: Any) -> Any:
    return numpy.abs(value - bound) <= TOUCHES * (1 + numpy.abs(numpy.where(numpy.isfinite(bound), bound, 0)))


def _signs(value: Any, operands: Any) -> tuple[Any, Any]:
    """Least and largest multipliers."""
    at_lower, at_upper = (_touches(value, to_arrays(operands[name])) for name in ("lower", "upper"))
    return numpy.where(at_upper, -numpy.inf, 0.0), numpy.where(at_lower, numpy.inf, 0.0)


def _touching(x: Any, bounds: Any) -> Any:
    if bounds is None:
        return numpy.zeros(x.shape, bool)
    return numpy.logical_or(*(_touches(x, numpy.asarray(bound)) for bound in bounds))


def both_bounds(bounds: Any, x: Any, op: str = "minimize") -> Any:
    """Lower and upper bounds of the elements of x, infinite where there are none; ``None`` if nothing is bounded.

    Raises:
        ValueError: there are not as many as elements.
    """
    if bounds is None:
        return None
    if isinstance(bounds, optimize.Bounds):
        lower, upper = bounds.lb, bounds.ub
    else:
        pairs = list(bounds)
        if len(pairs) != x.size:
            raise ValueError(
                f"[{op}] {len(pairs)} bounds were given for {x.size} unknowns, wanted a pair for each; write "
                "[(lower, upper), ...] with None where there is none"
            )
        lower, upper = (np.stack([np.asarray(b, dtype=float) for b in side]) for side in _sides(pairs))
    return np.broadcast_to(np.asarray(lower), x.shape), np.broadcast_to(np.asarray(upper), x.shape)


def check_order(lower: Any, upper: Any) -> None:
    """See that there is something within bounds.

    Raises:
        ValueError: a lower one is above the upper one.
    """
    wrong = numpy.flatnonzero(~(lower <= upper))
    if wrong.size:
        raise ValueError(
            f"[minimize] the bounds of x[{wrong[0]}] are {lower[wrong[0]]} and {upper[wrong[0]]}, wanted lower <= "
            "upper; write (lower, upper) with None where there is none"
        )


def _sides(pairs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    lower = [-numpy.inf if low is None else low for low, _ in pairs]
    return lower, [numpy.inf if high is None else high for _, high in pairs]
