"""`implicit`: what an outside solver finds, as a function that differentiates by what it solves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

from ..core.abstract import Abstract, NoValueError
from ..core.dtypes.kinds import finfo, is_inexact
from ..core.graph import form_of_operand
from ..core.python.recipes import made
from ..core.python.source import name_of
from ..core.python.trees import flatten, unflatten
from ..core.state import InUsersHands, recording_watches, state
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..ops.axes.reduce import max as largest
from ..ops.elementwise import absolute, add, less_equal, multiply, where
from ..walks.point import zeros
from .asked import check_function
from .closures import subgraph_at
from .custom import (
    Solvers,
    custom_derivative,
    dense_solve,
    handed_on,
    implicit_rules,
    linear_solve,
    pushing,
    raveled,
    unwatched,
)
from .recorded import as_tensor
from .stopping import stop_gradient

DENSE_MOST = 1000
"""So many unknowns are solved for with a matrix, more without one, if nothing is said."""


@teaches_keywords
def implicit(
    solver: Callable[..., Any],
    residual: Callable[..., Any],
    *,
    solve: str | Callable[..., Any] | None = None,
    transpose_solve: Callable[..., Any] | None = None,
    derivative_tolerance: float | None = 1e-3,
    like: Callable[..., Any] | None = None,
) -> Callable[..., Any]:
    r"""A function that a solver evaluates and equations define: it differentiates by the implicit function theorem.

    With :math:`F(x, a) = 0` is :math:`\dot x = -(\partial F / \partial x)^{-1} (\partial F / \partial a) \dot a`, in
    forward and reverse mode and to any order, in the arguments and in all tensors that `residual` reads from outside.
    The solver is never differentiated: it may be SciPy, C, or a loop of one's own.

    Args:
        solver: ``solver(*args)`` gives x: an array, or a nesting of arrays, of which integers and truth values (counts,
            whether it has converged) are handed on as they are. No derivative watches it, also not
            ``backward()``: a solver that calls that itself does so within `wengert.enable_grad`.
        residual: ``residual(x, *args)`` is 0 there, with as many elements as x has numbers that are no integers; of
            operations of this library.
        solve: how linear equations in the Jacobian are solved: ``"dense"``, which builds it, by SciPy's ``"gmres"``
            or (where it is symmetric and positive definite) ``"cg"``, which take products with it alone, or
            ``solve(matvec, b)`` of one's own. By default dense up to 1000 unknowns, GMRES beyond.
        transpose_solve: ``transpose_solve(matvec, b)`` for equations in the transposed Jacobian, by which cotangents
            are found; by default `solve` does both.
        derivative_tolerance: how far x may be from the solution where a derivative is asked for, as a fraction of
            ``1 + max(abs(x))`` and as Newton's step tells it. ``None`` allows anything.
        like: ``like(*args)`` gives arrays of the shapes and dtypes of x. For a solver that asks for values, within
            `jit`, `vmap` and loops: it is called for one example after the other, as a step between native code.
            A solver of array operations needs none, and is compiled and batched with what is around it.

    Returns:
        The function of `args` that gives x.

    Raises:
        numpy.linalg.LinAlgError: a derivative is asked for where the Jacobian is singular.
        ValueError: a derivative is asked for at what is no solution. In compiled and batched code, where nothing can
            be raised, the derivative is NaN instead.

    >>> import wengert as wg
    >>> from scipy.optimize import brentq
    >>> kepler = wg.implicit(
    ...     lambda mean, e: brentq(lambda x: x - float(e) * math.sin(x) - float(mean), -10, 10),
    ...     lambda x, mean, e: x - e * np.sin(x) - mean,
    ... )
    >>> import math, wengert.numpy as np
    >>> x = kepler(1.0, 0.3)
    >>> slope = wg.grad(kepler)(1.0, 0.3)
    >>> round(slope.item() * (1 - 0.3 * math.cos(x.item())), 9)
    1.0

    Source: A. Griewank and A. Walther, "Evaluating derivatives" (2008), section 15.5.
    """
    check_function(solver, "implicit", "solver")
    check_function(residual, "implicit", "residual")
    if transpose_solve is not None:
        check_function(transpose_solve, "implicit", "transpose_solve")
    if not (solve is None or callable(solve) or solve in ITERATIONS or solve == "dense"):
        raise ValueError(
            f"[implicit] solve is {solve!r}, wanted 'dense', 'gmres', 'cg' or a function of (matvec, b); write "
            "solve='gmres'"
        )
    return made(_solved, solver, _Equations(residual, solve, transpose_solve, derivative_tolerance), like)


class _Equations:
    """What defines a solution, and how derivatives are solved for.

    Attributes:
        residual, solve, transpose_solve, tolerance: as `implicit` is given them.
    """

    def __init__(
        self,
        residual: Callable[..., Any],
        solve: Any,
        transpose_solve: Callable[..., Any] | None,
        tolerance: float | None,
    ) -> None:
        self.residual = residual
        self.solve = solve
        self.transpose_solve = transpose_solve
        self.tolerance = tolerance

    def solvers_for(self, size: int) -> Solvers:
        """How linear equations in so many unknowns are solved."""
        solve = self._solver_for(size)
        return Solvers(solve, self.transpose_solve or solve)

    def _solver_for(self, size: int) -> Callable[..., Any]:
        if callable(self.solve):
            return self.solve
        name = self.solve or ("dense" if size <= DENSE_MOST else "gmres")
        return dense_solve if name == "dense" else ITERATIONS[name]


def _solved(
    solver: Callable[..., Any], equations: _Equations, like: Callable[..., Any] | None, /, *args: Any, **kwargs: Any
) -> Any:
    with unwatched():
        x = stop_gradient(_found(made(_with_keywords, solver, kwargs), like, stop_gradient(args)))
    if not recording_watches() or not any(is_inexact(leaf.dtype) for leaf in flatten(x)[0]):
        return x
    return _attached(x, lambda x, *given: equations.residual(x, *given, **kwargs), equations, args, name_of(solver))


def _with_keywords(solver: Callable[..., Any], kwargs: dict[str, Any], /, *args: Any) -> Any:
    return solver(*args, **kwargs)


def _found(solver: Callable[..., Any], like: Callable[..., Any] | None, args: tuple[Any, ...]) -> Any:
    """What a solver gives, as tensors; one that asks for values is a single operation where there are none."""
    if like is not None and (state.recordings or state.recorder is not None):
        solver = custom_derivative(solver, jvp=lambda primals, out, tangents: _zeros_like(out), like=like)
    try:
        with InUsersHands():
            leaves, structure = flatten(solver(*args))
    except NoValueError as error:
        raise _asks_for_values(name_of(solver)) from error
    return unflatten(structure, list(map(as_tensor, leaves)))


def _asks_for_values(name: str) -> TypeError:
    return TypeError(
        f"[implicit] {name} asks for values, wanted a solver of array operations where there are none (within jit, "
        "vmap and loops); write implicit(..., like=lambda *args: ...) with arrays of the shapes and dtypes of the "
        "solution, and give the solver all that it reads as arguments"
    )


def _zeros_like(tree: Any) -> Any:
    leaves, structure = flatten(tree)
    return unflatten(structure, [zeros(leaf) for leaf in leaves])


def _attached(x: Any, residual: Callable[..., Any], equations: _Equations, args: tuple[Any, ...], name: str) -> Any:
    """The solution as a function of the arguments and of what the residual reads from outside."""
    vector, rebuild = _unknowns(x)
    leaves, structure = flatten(args)
    operands = {i: leaf for i, leaf in enumerate(leaves) if type(leaf) is Tensor}

    def flat(point: Any, *values: Any) -> list[Any]:
        given = dict(zip(operands, values, strict=True))
        with InUsersHands():
            found = residual(rebuild(point), *unflatten(structure, [given.get(i, x) for i, x in enumerate(leaves)]))
        return [raveled(found)[0]]

    graph, captured = subgraph_at("implicit", flat, [vector._value, *(tensor._value for tensor in operands.values())])
    _check_count(graph.outputs[0], vector, name)

    def root(out: Any, x: Any, captured: Any, operands: Any) -> Any:
        return graph(*captured, out, *operands)[0]

    solvers = equations.solvers_for(vector.size)
    rules = _trusted(*implicit_rules(root, solvers), _Trust(root, solvers, equations.tolerance, name))
    return rebuild(handed_on(*rules)(vector, captured, list(operands.values())))


def _unknowns(x: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The numbers of a solution that are no integers as one vector, and the way back."""
    leaves, structure = flatten(x)
    is_unknown = [is_inexact(leaf.dtype) for leaf in leaves]
    vector, split = raveled([leaf for leaf, is_one in zip(leaves, is_unknown, strict=True) if is_one])

    def rebuild(vector: Any) -> Any:
        following = iter(split(vector))
        every = zip(leaves, is_unknown, strict=True)
        return unflatten(structure, [next(following) if is_one else leaf for leaf, is_one in every])

    return vector, rebuild


def _check_count(residual: Any, x: Tensor, name: str) -> None:
    size = form_of_operand(residual).size
    if size != x.size:
        raise ValueError(
            f"[implicit] the residual has {size} elements and what {name} returned {x.size}, wanted as many equations "
            "as unknowns; write a residual that is nested as the solution is"
        )


# -- trust -----------------------------------------------------------------------------------------


class _Trust(NamedTuple):
    """What tells whether a solution is one.

    Attributes:
        root: the equations of a vector, and of the arguments of `handed_on`.
        solvers: of linear equations in their Jacobian.
        tolerance: as `implicit` is given it.
        name: of the solver.
    """

    root: Callable[..., Any]
    solvers: Solvers
    tolerance: float | None
    name: str

    def at(self, primals: tuple[Any, ...], out: Any) -> Any:
        """1 at a solution; where there are no values NaN elsewhere.

        Raises:
            ValueError: it is none.
        """
        if self.tolerance is None or out.size == 0:
            return 1
        with unwatched():
            step = _largest(linear_solve(pushing(self.root), self.solvers)(primals, out, self.root(out, *primals)))
            length = add(_largest(out), 1)
        if type(step._value) is Abstract or type(length._value) is Abstract:
            return where(less_equal(step, multiply(length, self.tolerance)), numpy.ones((), step.dtype), numpy.nan)
        self._check(float(step._value) / float(length._value))
        return 1

    def _check(self, distance: float) -> None:
        if self.tolerance is not None and not distance <= self.tolerance:
            raise ValueError(
                f"[implicit] {self.name} returned what is no solution: Newton's step from there is {distance:.1e} of "
                f"its size, wanted at most {self.tolerance:g} where a derivative is asked for; solve to a smaller "
                "tolerance, or write derivative_tolerance=None to differentiate anyway"
            )


def _largest(vector: Any) -> Tensor:
    return largest(absolute(as_tensor(vector)), axis=(0,), keepdims=False)


def _trusted(jvp: Callable[..., Any], vjp: Callable[..., Any], trust: _Trust) -> tuple[Any, Any]:
    """The rules, which ask first."""

    def trusted_jvp(primals: tuple[Any, ...], out: Any, tangents: tuple[Any, ...]) -> Any:
        is_solution = trust.at(primals, out)
        return multiply(jvp(primals, out, tangents), is_solution)

    def trusted_vjp(primals: tuple[Any, ...], out: Any, cotangent: Any) -> tuple[Any, ...]:
        return vjp(primals, out, multiply(cotangent, trust.at(primals, out)))

    return trusted_jvp, trusted_vjp


# -- linear equations of which only products are known ---------------------------------------------


class _Products(NamedTuple):
    """A matrix of which only products are known, as SciPy asks for it."""

    shape: tuple[int, int]
    dtype: Any
    matvec: Callable[[Any], Any]


def _by_iterations(name: str) -> Callable[..., Any]:
    """SciPy's iterations of that name, as a `solve`."""

    def solve(matvec: Callable[..., Any], b: Any) -> Any:
        from scipy.sparse import linalg

        vector = numpy.asarray(b)
        product = lambda v: numpy.asarray(matvec(v.astype(vector.dtype).reshape(-1)))
        operator: Any = linalg.aslinearoperator(_Products((vector.size, vector.size), vector.dtype, product))
        x, failed = getattr(linalg, name)(operator, vector, rtol=_closeness(vector.dtype), atol=0.0)
        if failed:
            raise numpy.linalg.LinAlgError(
                f"[implicit] {name} did not solve the equations for the derivative ({failed} iterations, "
                f"{vector.size} unknowns), wanted a Jacobian with an inverse that it converges for; write "
                "solve=lambda matvec, b: ... with a preconditioner, or solve='dense'"
            )
        return x.astype(vector.dtype)

    return solve


def _closeness(dtype: Any) -> float:
    return float(100 * finfo(dtype).eps)


ITERATIONS = {"gmres": _by_iterations("gmres"), "cg": _by_iterations("cg")}
"""How equations are solved by products alone."""
