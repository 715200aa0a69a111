"""The matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
from numpy import ndarray

from ..core.abstract import Abstract, form_of
from ..core.node import UNTRACKED, Node
from ..core.primitive import Primitive
from ..core.recording import NO_PARAMS, named, record
from ..core.state import RECORDING, observers, state
from ..core.tensor import Tensor
from .elementwise import conjugate
from .linear_maps import Map
from .operands import constant, is_foreign, refused
from .shape import reshape, transpose, unbroadcast


def matrix_transpose(x: Any) -> Any:
    """Swap the last two axes."""
    count = len(x.shape)
    return transpose(x, axes=(*range(count - 2), count - 1, count - 2))


def adjoint_matrix(x: Any) -> Any:
    """The conjugate transpose of the last two axes."""
    return conjugate(matrix_transpose(x)) if x.dtype.kind == "c" else matrix_transpose(x)


def _as_row(x: Any) -> Any:
    return reshape(x, shape=(1, *x.shape)) if len(x.shape) == 1 else x


def _as_column(y: Any) -> Any:
    return reshape(y, shape=(*y.shape, 1)) if len(y.shape) == 1 else y


def _row_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1, *shape) if len(shape) == 1 else shape


def _column_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape, 1) if len(shape) == 1 else shape


def _with_matrix_axes(ct: Any, x_is_vector: bool, y_is_vector: bool) -> Any:
    """Give a cotangent of a product the axes that vectors among the operands took from it."""
    shape = ct.shape
    if y_is_vector:
        shape = (*shape, 1)
    if x_is_vector:
        shape = (*shape[:-1], 1, shape[-1])
    return ct if shape == ct.shape else reshape(ct, shape=shape)


def _left_transpose(ct: Any, y: Any, like: Any) -> Any:
    if len(ct.shape) == 2 and len(y.shape) == 2:
        return matmul(ct, adjoint_matrix(y))
    ct = _with_matrix_axes(ct, len(like.shape) == 1, len(y.shape) == 1)
    product = unbroadcast(matmul(ct, adjoint_matrix(_as_column(y))), _row_shape(like.shape))
    return reshape(product, shape=like.shape) if len(like.shape) == 1 else product


def _right_transpose(ct: Any, x: Any, like: Any) -> Any:
    if len(ct.shape) == 2 and len(x.shape) == 2:
        return matmul(adjoint_matrix(x), ct)
    ct = _with_matrix_axes(ct, len(x.shape) == 1, len(like.shape) == 1)
    product = unbroadcast(matmul(adjoint_matrix(_as_row(x)), ct), _column_shape(like.shape))
    return reshape(product, shape=like.shape) if len(like.shape) == 1 else product


def _matmul_shape(x: Any, y: Any) -> Abstract:
    left, right = _row_shape(x.shape), _column_shape(y.shape)
    if not x.shape or not y.shape or left[-1] != right[-2]:
        raise _mismatch(x, y)
    lead = numpy.broadcast_shapes(left[:-2], right[:-2])
    rows = left[-2:-1] if len(x.shape) > 1 else ()
    columns = right[-1:] if len(y.shape) > 1 else ()
    return Abstract((*lead, *rows, *columns), numpy.result_type(x.dtype, y.dtype))


def _mismatch(x: Any, y: Any) -> ValueError:
    return ValueError(
        f"[matmul] the shapes are {numpy.shape(x)} and {numpy.shape(y)}, wanted the last axis of the first as long as "
        "the last but one of the second (or the only one of a vector), and leading axes that broadcast; "
        "write x.mT for a matrix transposed, or x * y for a product with a scalar"
    )


def _matmul_batch(size: int, operands: Any, batched: Any, node: Any) -> Any:
    x, y = node.forms[:2]
    rank = max(len(x.shape), len(y.shape), 2)
    left, right = (
        reshape(o, shape=(size, *(1,) * (rank - len(shape)), *shape)) if is_batched else reshape(o, shape=shape)
        for o, shape, is_batched in zip(operands, (_row_shape(x.shape), _column_shape(y.shape)), batched, strict=True)
    )
    return reshape(matmul(left, right), shape=(size, *node.forms[-1].shape))


def _of_left(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    return _left_transpose(ct, residuals[1], ct if node.forms is None else node.forms[0])


def _of_right(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    return _right_transpose(ct, residuals[0], ct if node.forms is None else node.forms[1])


def _of_left_matrix(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    y = residuals[1]
    if ct.ndim == 2 and y.ndim == 2:
        return ct.dot(y.conj().T if y.dtype.kind == "c" else y.T)
    return _of_left(ct, residuals, node)


def _of_right_matrix(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    x = residuals[0]
    if ct.ndim == 2 and x.ndim == 2:
        return (x.conj().T if x.dtype.kind == "c" else x.T).dot(ct)
    return _of_right(ct, residuals, node)


_MATMUL = Primitive(
    "matmul",
    numpy.matmul,
    ("x", "y"),
    _matmul_shape,
    [
        Map(lambda dx, residuals, node: matmul(dx, residuals[1]), _of_left, frozenset({1}), _of_left_matrix),
        Map(lambda dy, residuals, node: matmul(residuals[0], dy), _of_right, frozenset({0}), _of_right_matrix),
    ],
    batch=_matmul_batch,
)


def matmul(a: Any, b: Any) -> Any:
    """``matmul(x, y)`` as NumPy's: of vectors, matrices and stacks of matrices.

    A layer of a small network costs little more than its product, so this is as flat as
    `wengert.core.recording.binary`. Of two matrices the rules need no forms, and none are made.
    """
    if type(a) is Tensor:
        left = a._node
        x = a._value
    elif type(a) is ndarray:
        left = UNTRACKED
        x = a
    else:
        return _matmul_of_any(a, b)
    if type(b) is Tensor:
        right = b._node
        y = b._value
    elif type(b) is ndarray and x is not a:
        right = UNTRACKED
        y = b
    else:
        return _matmul_of_any(a, b)
    if observers:
        return record(_MATMUL, (a, b), NO_PARAMS)
    watch = left.watch | right.watch
    if watch:
        watch &= state.on
        if watch >= RECORDING:
            return record(_MATMUL, (a, b), NO_PARAMS)
    are_matrices = x.ndim == 2 and y.ndim == 2
    try:
        out = x.dot(y) if are_matrices else numpy.matmul(x, y)
    except ValueError as error:
        raise _mismatch(x, y) from error
    if watch:
        node = Node(
            _MATMUL,
            (left, right),
            (x if right.watch & watch else None, y if left.watch & watch else None, None),
            NO_PARAMS,
            None if are_matrices and x.dtype is y.dtype else (form_of(x), form_of(y), form_of(out)),
            watch,
        )
        return Tensor(out, node)
    return Tensor(out, UNTRACKED)


def _matmul_of_any(a: Any, b: Any) -> Any:
    """What `matmul` does with raw values and with constants that are not arrays."""
    if type(a) is Tensor or type(b) is Tensor:
        if is_foreign(a) or is_foreign(b):
            return refused("matmul", a, b)
        return matmul(*(o if type(o) is Tensor else numpy.asarray(o) for o in (constant(a), constant(b))))
    return numpy.matmul(a, b)


_MATMUL.operation = matmul
named(matmul, _MATMUL)
