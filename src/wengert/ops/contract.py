"""The matrix product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy
from numpy import multiply as multiply_arrays

from ..core.abstract import Abstract, form_of
from ..core.dtypes.kinds import WIDER, is_inexact
from ..core.dtypes.short import evaluated, has_short
from ..core.lending import apart
from ..core.node import UNTRACKED, Node
from ..core.primitive import Primitive
from ..core.recording import NO_PARAMS, is_plain_array, named, record
from ..core.state import RECORDING, observers, records
from ..core.tensor import Tensor
from .broadcast import sum as sum_over
from .elementwise import multiply
from .factors import adjoint, scale
from .facts import HARMLESS, state_facts
from .join import constant
from .linear_maps import Map
from .matrices.known import first_known, products
from .matrices.sparse import is_sparse, product_with_sparse
from .operands import is_foreign, refused
from .shape import reshape, transpose

outer_of_arrays: Final = multiply_arrays.outer


def matrix_transpose(x: Any) -> Any:
    """Swap the last two axes."""
    count = len(x.shape)
    return transpose(x, axes=(*range(count - 2), count - 1, count - 2))


def adjoint_matrix(x: Any) -> Any:
    """The conjugate transpose of the last two axes."""
    return adjoint(matrix_transpose(x))


def _row_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1, *shape) if len(shape) == 1 else shape


def _column_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape, 1) if len(shape) == 1 else shape


def _as_column(x: Any) -> Any:
    return reshape(x, shape=(*x.shape, 1))


def _times_vector(x: Any, v: Any) -> Any:
    """Matrices times vectors, of stacks of the same shape."""
    product = matmul(x, _as_column(v))
    return reshape(product, shape=product.shape[:-1])


def _of_left(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    """The cotangent of x: ct y^H. The ranks of ct and y tell whether x is a vector; the walk sums over its stack."""
    y = residuals[1]
    if len(y.shape) == 1:
        return scale(_as_column(ct), adjoint(y))
    if len(ct.shape) < len(y.shape):
        return _times_vector(adjoint(y), ct)
    return matmul(ct, adjoint_matrix(y))


def _of_right(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    """The cotangent of y: x^H ct. The ranks of ct and x tell whether y is a vector; the walk sums over its stack.

    Of one matrix and arrays the sum is part of a single product.
    """
    x = residuals[0]
    if len(x.shape) == 1:
        row = reshape(ct, shape=(*ct.shape[:-1], 1, *ct.shape[-1:]))
        return scale(row, _as_column(adjoint(x))) if ct.shape else scale(ct, adjoint(x))
    if len(ct.shape) < len(x.shape):
        return _times_vector(adjoint_matrix(x), ct)
    if is_plain_array(x) and is_plain_array(ct) and len(x.shape) > 2 == len(node.forms[1].shape) and x.size and ct.size:
        return _summed_over_stacks(x, ct)
    return matmul(adjoint_matrix(x), ct)


def _of_left_array(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    y = residuals[1]
    if y.ndim < 3 and ct.ndim < 3:
        if y.dtype.kind == "c":
            y = y.conj()
        return ct.dot(y.T) if y.ndim == 2 else outer_of_arrays(ct, y)
    return _of_left(ct, residuals, node)


def _of_right_array(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    x = residuals[0]
    if x.ndim < 3 and ct.ndim <= x.ndim:
        if x.dtype.kind == "c":
            x = x.conj()
        return x.T.dot(ct) if x.ndim == 2 else outer_of_arrays(x, ct)
    return _of_right(ct, residuals, node)


def _of_stacks(x: Any, y: Any) -> Any:
    """The product of arrays; matrices in a stack times one matrix are a single product."""
    if y.ndim == 2 < x.ndim and x.size:
        return x.reshape(-1, x.shape[-1]).dot(y).reshape(*x.shape[:-1], y.shape[1])
    return numpy.matmul(x, y)


def _summed_over_stacks(x: Any, ct: Any) -> Any:
    """The cotangent of one matrix by which all matrices of a stack are multiplied."""
    rows = (x.conj() if x.dtype.kind == "c" else x).reshape(-1, x.shape[-1])
    return rows.T.dot(ct.reshape(-1, ct.shape[-1]))


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
    if len(x.shape) == len(y.shape) == 1 and is_inexact(node.forms[-1].dtype):  # a sum of others has another dtype
        return sum_over(multiply(*operands), axis=(1,), keepdims=False)
    rank = max(len(x.shape), len(y.shape), 2)
    left, right = (
        reshape(o, shape=(size, *(1,) * (rank - len(shape)), *shape)) if is_batched else reshape(o, shape=shape)
        for o, shape, is_batched in zip(operands, (_row_shape(x.shape), _column_shape(y.shape)), batched, strict=True)
    )
    return reshape(matmul(left, right), shape=(size, *node.forms[-1].shape))


def _product(x: Any, y: Any) -> Any:
    try:
        return numpy.matmul(x, y)
    except ValueError as error:
        raise _mismatch(x, y) from error


_MATMUL = Primitive(
    "matmul",
    _product,
    ("x", "y"),
    _matmul_shape,
    [
        Map(lambda dx, residuals, node: matmul(dx, residuals[1]), _of_left, frozenset({1}), _of_left_array),
        Map(lambda dy, residuals, node: matmul(residuals[0], dy), _of_right, frozenset({0}), _of_right_array),
    ],
    batch=_matmul_batch,
)


def matmul(a: Any, b: Any) -> Any:
    """``matmul(x, y)`` as NumPy's: of vectors, matrices and stacks of matrices.

    A layer of a small network costs little more than its product, so this is as flat as
    `wengert.core.recording.binary`. Without stacks the rules need no forms, and none are made.
    """
    if type(a) is Tensor:
        left = a._node
        x = a._value
    elif is_plain_array(a):
        left = UNTRACKED
        x = a
    else:
        return _matmul_of_any(a, b)
    if type(b) is Tensor:
        right = b._node
        y = b._value
    elif is_plain_array(b) and x is not a:
        right = UNTRACKED
        y = b
    else:
        return _matmul_of_any(a, b)
    watch = left.watch | right.watch
    if watch:
        watch &= records()
        if products and type(a) is type(b) is Tensor:
            known = first_known(products, a, b)
            if known is not None:
                return known
    if observers or watch >= RECORDING or (WIDER and has_short((x, y))):
        return record(_MATMUL, (a, b), NO_PARAMS)
    without_stacks = 0 < x.ndim < 3 and 0 < y.ndim < 3
    try:
        out = x.dot(y) if without_stacks else _of_stacks(x, y)
    except ValueError as error:
        raise _mismatch(x, y) from error
    if watch:
        node = Node(
            _MATMUL,
            (left, right),
            (
                None if not right.watch & watch else x if left.watch & watch else apart(a, x),
                None if not left.watch & watch else y if right.watch & watch else apart(b, y),
                None,
            ),
            NO_PARAMS,
            None if without_stacks and x.dtype is y.dtype else (form_of(x), form_of(y), form_of(out)),
            watch,
        )
        return Tensor(out, node)
    return Tensor(out, UNTRACKED)


def _matmul_of_any(a: Any, b: Any) -> Any:
    """What `matmul` does with raw values and with constants that are not arrays."""
    if type(a) is Tensor or type(b) is Tensor:
        if is_foreign(a) or is_foreign(b):
            return product_with_sparse(a, b) if is_sparse(a) or is_sparse(b) else refused("matmul", a, b)
        return matmul(*(o if type(o) is Tensor else numpy.asarray(o) for o in (constant(a), constant(b))))
    if WIDER and has_short((a, b)):
        return evaluated(_MATMUL, (a, b), NO_PARAMS)
    return _of_stacks(a, b) if is_plain_array(a) and is_plain_array(b) else numpy.matmul(a, b)


_MATMUL.operation = matmul
named(matmul, _MATMUL)

# -- rows ------------------------------------------------------------------------------------------


def _by_rows(x: Any, w: Any) -> Any:
    return (x.reshape(-1, x.shape[-1]) if x.ndim > 2 else x).dot(w.T).reshape(*x.shape[:-1], w.shape[0])


def _of_rows(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    return matmul(ct, residuals[1])


def _of_matrix(ct: Any, residuals: Sequence[Any], node: Any) -> Any:
    """The cotangent of w, which lies in memory as w does."""
    ct, x = (reshape(o, shape=(-1, o.shape[-1])) for o in (ct, residuals[0]))
    return matmul(matrix_transpose(ct), x)


_BY_ROWS = Primitive(
    "product_by_rows",
    _by_rows,
    ("x", "w"),
    lambda x, w: Abstract((*x.shape[:-1], w.shape[0]), x.dtype),
    [
        Map(lambda dx, residuals, node: product_by_rows(dx, residuals[1]), _of_rows, frozenset({1})),
        Map(lambda dw, residuals, node: product_by_rows(residuals[0], dw), _of_matrix, frozenset({0})),
    ],
)


def product_by_rows(x: Any, w: Any) -> Any:
    """``x @ w.T``, of an array of rows, of shape (..., n), and a matrix of shape (m, n), as a layer has it.

    In eager mode, on real arrays, it is one operation, which gives w a gradient that lies in memory as w does.
    """
    if type(x) is Tensor and type(w) is Tensor and not observers:
        left, right, rows, matrix = x._node, w._node, x._value, w._value
        watch = (left.watch | right.watch) & records()
        if watch < RECORDING and _are_rows(rows, matrix):
            if watch and products and (known := first_known(products, x, matrix_transpose(w))) is not None:
                return known
            out = _by_rows(rows, matrix)
            if not watch:
                return Tensor(out, UNTRACKED)
            kept = (
                _kept(x, rows, left.watch & watch, right.watch & watch),
                _kept(w, matrix, right.watch & watch, left.watch & watch),
            )
            return Tensor(out, Node(_BY_ROWS, (left, right), (*kept, None), NO_PARAMS, None, watch))
    return matmul(x, matrix_transpose(w))


def _are_rows(x: Any, w: Any) -> bool:
    """Whether these are a real array of rows and a matrix of one dtype, neither of them empty."""
    are_arrays = type(x) is numpy.ndarray and type(w) is numpy.ndarray and x.ndim > 0 and w.ndim == 2
    if not are_arrays or x.dtype is not w.dtype or x.dtype.kind != "f":
        return False
    return x.shape[-1] == w.shape[1] and x.size > 0 and w.size > 0


def _kept(operand: Tensor, value: Any, is_tracked: int, is_needed: int) -> Any:
    """What a node keeps of an operand, if the other one is tracked."""
    if not is_needed:
        return None
    return value if is_tracked else apart(operand, value)


_BY_ROWS.operation = product_by_rows
named(product_by_rows, _BY_ROWS)


state_facts(HARMLESS, matmul, product_by_rows)
