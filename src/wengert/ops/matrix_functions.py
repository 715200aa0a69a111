"""Analytic functions of square matrices.

Every analytic function f has its derivative in a block of itself:

    f([[A, E], [0, A]]) = [[f(A), L(A, E)], [0, f(A)]]

where L(A, E) is the derivative at A in the direction E. So L is evaluated by f, and the same identity for
the block matrix gives the derivative of L: any order follows. The transpose of L(A, .) is L(A^H, .).

Sources: R. Mathias, "A chain rule for matrix functions and applications" (1996), theorem 2.1;
N. Higham, "Functions of Matrices" (2008), sections 3.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from .contract import adjoint_matrix
from .elementwise import add
from .gather import block, unslice
from .linalg import same_form
from .linear_maps import Map, batch_elementwise


def analytic(name: str, evaluate: Callable[..., Any]) -> tuple[Any, Any]:
    """Define an analytic function of stacks of square matrices: the operation and its derivative L(x, dx).

    Args:
        evaluate: ``evaluate(x, **params)`` for a stack of matrices; it may be complex where `x` is real.

    Raises (the operation):
        ComplexResultError: it is.
    """

    def value(x: Any, **params: Any) -> Any:
        result = evaluate(x, **params)
        _check_real(x, result)
        return _in_dtype_of(x, result)

    def change(x: Any, dx: Any, **params: Any) -> Any:
        pair = _pair(x, dx)
        return _corner(_in_dtype_of(pair, evaluate(pair, **params)))

    def change_by_x(tangent: Any, residuals: Sequence[Any], node: Any) -> Any:
        x, dx, _ = residuals
        return _corner(derivative(_pair(x, dx), _pair(tangent, 0 * dx), **node.params))

    along = lambda place: _along(place, lambda *operands, **params: derivative(*operands, **params))
    of_value = Primitive(name, value, ("x",), same_form, [along(0)], batch=batch_elementwise)
    of_change = Primitive(
        f"derivative_of_{name}",
        change,
        ("x", "dx"),
        _change_form,
        [Map(change_by_x, None, frozenset({0, 1})), along(0)],
        batch=batch_elementwise,
    )
    of_value.operation = bind_general(of_value)
    of_change.operation = derivative = bind_general(of_change)
    return of_value.operation, derivative


def _along(place: int, derivative: Callable[..., Any]) -> Map:
    """The map of a tangent to the derivative in its direction, at the matrix at `place`."""
    return Map(
        lambda tangent, residuals, node: derivative(residuals[place], tangent, **node.params),
        lambda ct, residuals, node: derivative(adjoint_matrix(residuals[place]), ct, **node.params),
        frozenset({place}),
    )


def _change_form(x: Any, dx: Any, **params: Any) -> Abstract:
    return Abstract(numpy.broadcast_shapes(x.shape, dx.shape), numpy.result_type(x.dtype, dx.dtype))


def _pair(x: Any, dx: Any) -> Any:
    """[[X, dX], [0, X]]."""
    size = x.shape[-1]
    first, second = slice(size), slice(size, 2 * size)

    def at(part: Any, rows: slice, columns: slice) -> Any:
        return unslice(part, index=(..., rows, columns), shape=(*part.shape[:-2], 2 * size, 2 * size))

    return add(add(at(x, first, first), at(x, second, second)), at(dx, first, second))


def _corner(pair: Any) -> Any:
    """The block at the upper right."""
    size = pair.shape[-1] // 2
    return block(pair, index=(..., slice(size), slice(size, 2 * size)))


class ComplexResultError(ValueError):
    """A function of a real matrix is not real."""


def _check_real(x: Any, result: Any) -> None:
    """Refuse a complex result for a real matrix, except for imaginary parts that rounding left."""
    if x.dtype.kind == "c" or result.dtype.kind != "c":
        return
    bound = 1e3 * numpy.finfo(x.dtype).eps * numpy.max(numpy.abs(result), initial=1.0)
    if numpy.max(numpy.abs(result.imag), initial=0.0) > bound:
        raise ComplexResultError(
            "[matrix function] the result for a real matrix is complex, wanted a real one here, where the dtype of a "
            "result must be known before its value; write x.astype(complex)"
        )


def _in_dtype_of(x: Any, result: Any) -> Any:
    if x.dtype.kind != "c" and result.dtype.kind == "c":
        result = result.real
    return result.astype(x.dtype, copy=False)


def _of_scipy(name: str) -> Callable[..., Any]:
    """SciPy's function of a matrix, for each matrix of a stack, in double precision (single loses half the digits)."""

    def evaluate(x: Any, **params: Any) -> Any:
        import scipy.linalg

        function = getattr(scipy.linalg, name)
        x = x.astype(numpy.result_type(x, numpy.float64), copy=False)
        if x.ndim == 2:
            return numpy.asarray(function(x, **params))
        results = [function(matrix, **params) for matrix in x.reshape(-1, *x.shape[-2:])]
        return numpy.stack(results).reshape(x.shape)

    return evaluate


def _expm(x: Any) -> Any:
    from scipy.linalg import expm as of_scipy

    return of_scipy(x)


expm, derivative_of_expm = analytic("expm", _expm)
"""``expm(x)``: the exponential."""

logm, _ = analytic("logm", _of_scipy("logm"))
"""``logm(x)``: the principal logarithm."""

sqrtm, _ = analytic("sqrtm", _of_scipy("sqrtm"))
"""``sqrtm(x)``: the principal square root."""

fractional_matrix_power, _ = analytic("fractional_matrix_power", _of_scipy("fractional_matrix_power"))
"""``fractional_matrix_power(x, t=)``: the principal power with a real exponent."""
