"""Analytic functions of square matrices.

Every analytic function f has its derivatives in a block of itself:

    f([[A, E], [0, A]]) = [[f(A), L(A, E)], [0, f(A)]]

where L(A, E) is the derivative at A in the direction E, and with a pair of such blocks for each further
direction, L(A, E, F, ...) is the derivative along all of them. It is what tr(G L(A, E, F, ...)) says:
symmetric in E, F, ... and G. So the transpose of each of its linear maps is itself, L(A, G^H, F, ...)^H, on the
side of a branch cut where A is (L(A^H, .) would be on the other).

A function that is not entire is evaluated in the Schur basis of A, so that all blocks have the very same
eigenvalues: else rounding moves those of a block away from those of A, and across the cut.

Sources: R. Mathias, "A chain rule for matrix functions and applications" (1996), theorem 2.1;
N. Higham, "Functions of Matrices" (2008), sections 3.2 and 3.3; N. Higham and S. Relton, "Higher order Frechet
derivatives of matrix functions and the level-2 condition number" (2014), theorem 3.5.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from ..contract import adjoint_matrix
from ..factors import batch_elementwise
from .parts import total
from .solving import same_form


def analytic(name: str, evaluate: Callable[..., Any]) -> tuple[Any, Any]:
    """Define an analytic function of stacks of square matrices: the operation, and its derivatives.

    Args:
        evaluate: ``evaluate(x, *directions, **params)`` for stacks of matrices gives the derivative along all
            directions, or the function if there are none; it may be complex where `x` is real.

    Returns:
        ``f(x, **params)`` and ``derivative(x, *directions, **params)``.

    Raises (the operation):
        ComplexResultError: it is.
    """

    def value(x: Any, **params: Any) -> Any:
        result = evaluate(x, **params)
        _check_real(x, result)
        return _in_dtype(result, x.dtype)

    def change(x: Any, *directions: Any, **params: Any) -> Any:
        return _in_dtype(evaluate(x, *directions, **params), numpy.result_type(x, *directions))

    joint = _DerivativeMap(lambda *operands, **params: derivative(*operands, **params))
    of_value = Primitive(name, value, ("x",), same_form, joint=joint, batch=batch_elementwise)
    of_change = Primitive(
        f"derivative_of_{name}", change, ("*operands",), _change_form, joint=joint, batch=batch_elementwise
    )
    of_value.operation = bind_general(of_value)
    of_change.operation = derivative = bind_general(of_change)
    return of_value.operation, derivative


class _DerivativeMap:
    """The joint linear map of L(x, *directions): along one more direction, or along another in the place of one."""

    needs = range(sys.maxsize)

    def __init__(self, derivative: Callable[..., Any]) -> None:
        self.derivative = derivative

    def apply(self, tangents: Sequence[Any], residuals: Sequence[Any], node: Any, bit: int) -> Any:
        operands = residuals[:-1]
        changes = [
            self.derivative(*_replaced(operands, place, tangent), **node.params)
            for place, tangent in enumerate(tangents)
            if tangent is not None
        ]
        return total(*changes)

    def transpose(
        self, cotangent: Any, residuals: Sequence[Any], node: Any, wanted: Sequence[Any], bit: int
    ) -> Sequence[Any]:
        operands, turned = residuals[:-1], adjoint_matrix(cotangent)
        return [
            adjoint_matrix(self.derivative(*_replaced(operands, place, turned), **node.params)) if is_wanted else None
            for place, is_wanted in enumerate(wanted)
        ]


def _replaced(operands: Sequence[Any], place: int, direction: Any) -> list[Any]:
    """The operands for a direction in the place of one; what moves the matrix itself is one more."""
    if place == 0:
        return [*operands, direction]
    return [*operands[:place], direction, *operands[place + 1 :]]


def _change_form(*forms: Any, **params: Any) -> Abstract:
    shape = numpy.broadcast_shapes(*[form.shape for form in forms])
    return Abstract(shape, numpy.result_type(*[form.dtype for form in forms]))


def _block(x: Any, directions: Sequence[Any]) -> Any:
    """The block matrix whose function has the derivative at its upper right corner."""
    for direction in directions:
        # The identity has as many blocks as `x` has by now.
        moved = numpy.kron(numpy.eye(x.shape[-1] // direction.shape[-1]), direction)
        x = numpy.block([[x, moved], [numpy.zeros_like(x), x]])
    return x


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


def _in_dtype(result: Any, dtype: Any) -> Any:
    if dtype.kind != "c" and result.dtype.kind == "c":
        result = result.real
    return result.astype(dtype, copy=False)


# -- evaluating ------------------------------------------------------------------------------------


def _each(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    """What evaluates for one matrix, for each of a stack, in double precision (single loses half the digits)."""

    def of_stacks(*operands: Any, **params: Any) -> Any:
        shape = numpy.broadcast_shapes(*[x.shape for x in operands])
        wide = [x.astype(numpy.result_type(x, numpy.float64), copy=False) for x in operands]
        if 0 in shape:
            return numpy.zeros(shape, numpy.result_type(*wide))
        stacks = [numpy.broadcast_to(x, shape).reshape(-1, *shape[-2:]) for x in wide]
        return numpy.stack([evaluate(*matrices, **params) for matrices in zip(*stacks, strict=True)]).reshape(shape)

    return of_stacks


def _along(evaluate: Callable[..., Any], x: Any, directions: Sequence[Any]) -> Any:
    """The derivative along directions: they are taken as long as `x` is, which keeps the block well scaled."""
    lengths = [numpy.linalg.norm(direction) for direction in directions]
    if not all(lengths):
        return numpy.zeros_like(x, dtype=numpy.result_type(x, *directions))
    unit = numpy.linalg.norm(x) or 1.0
    size = x.shape[-1]
    made = evaluate(_block(x, [e * (unit / length) for e, length in zip(directions, lengths, strict=True)]))
    return made[:size, -size:] * math.prod(float(length / unit) for length in lengths)


def _schur(x: Any) -> tuple[Any, Any]:
    """An upper triangular T and a unitary Z with x = Z T Z^H; real eigenvalues of a real matrix stay real."""
    from scipy.linalg import rsf2csf, schur

    if x.dtype.kind == "c" and x.imag.any():
        t, z, *_ = schur(x, output="complex")
        return t, z
    t, z, *_ = schur(x.real)
    if numpy.diagonal(t, -1).any():
        t, z = rsf2csf(t, z)
    return t, z


def _of_scipy(name: str) -> Callable[..., Any]:
    """SciPy's function, in the Schur basis."""

    def evaluate(x: Any, *directions: Any, **params: Any) -> Any:
        import scipy.linalg

        function = getattr(scipy.linalg, name)
        t, z = _schur(x)
        if directions and not numpy.diagonal(t).all():
            _refuse_singular(name, x, directions)
        zh = numpy.conj(z.T)
        made = _along(lambda block: function(_on_the_cut(block), **params), t, [zh @ e @ z for e in directions])
        return z @ made @ zh

    return _each(evaluate)


def _on_the_cut(block: Any) -> Any:
    """A triangular matrix, complex if an eigenvalue is negative, which is taken from above."""
    if block.dtype.kind != "c" and (numpy.diagonal(block) < 0).any():
        return block.astype(complex)
    return block + 0.0


def _refuse_singular(name: str, x: Any, directions: Sequence[Any]) -> None:
    if all(direction.any() for direction in directions):
        raise numpy.linalg.LinAlgError(
            f"[{name}] the derivative at a singular matrix of shape {x.shape} was asked for, which is infinite; wanted "
            f"no eigenvalue that is 0; write {name}(x + 1e-12 * np.eye({x.shape[-1]})) for a matrix near it"
        )


def _expm(x: Any, *directions: Any) -> Any:
    from scipy.linalg import expm as of_scipy

    if not directions:
        return of_scipy(x)
    return _each(lambda x, *directions: _along(of_scipy, x, directions))(x, *directions)


expm, derivative_of_expm = analytic("expm", _expm)
"""``expm(x)``: the exponential."""

logm, _ = analytic("logm", _of_scipy("logm"))
"""``logm(x)``: the principal logarithm."""

sqrtm, _ = analytic("sqrtm", _of_scipy("sqrtm"))
"""``sqrtm(x)``: the principal square root."""

fractional_matrix_power, _ = analytic("fractional_matrix_power", _of_scipy("fractional_matrix_power"))
"""``fractional_matrix_power(x, t=)``: the principal power with a real exponent."""
