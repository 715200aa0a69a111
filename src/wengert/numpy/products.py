"""Products of arrays: dot, matmul, einsum, tensordot, kron, convolve, under NumPy's names."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from string import ascii_letters
from typing import Any, Final

import numpy

from ..core.dtypes.kinds import as_dtype
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..ops import contract
from ..ops.einsum import einsum as contract_terms
from ..ops.elementwise import astype, conjugate, multiply
from ..ops.indexing.gather import block
from ..ops.indexing.views import arranged
from ..ops.join import stack
from ..ops.matrices.known import products
from ..ops.matrices.parts import diagonal as matrix_diagonal
from ..ops.matrices.spectral_products import function_by_einsum
from ..ops.shape import reshape, transpose
from ..ops.windows.convolve import convolved, mirrored
from .arrays.manipulation import expand_dims, moveaxis, normal_axis
from .protocols.lift import to_tensor
from .protocols.output import into
from .protocols.ufuncs import dressed, in_loop
from .reductions import sum as sum_over
from .subscripts import Terms, from_lists, read

__all__ = [
    "convolve",
    "correlate",
    "cross",
    "dot",
    "einsum",
    "inner",
    "kron",
    "matmul",
    "matvec",
    "outer",
    "tensordot",
    "trace",
    "vdot",
    "vecdot",
    "vecmat",
]


# -- matrices and vectors --------------------------------------------------------------------------


def _general(theirs: numpy.ufunc, product: Callable[[Any, Any], Tensor], cores: tuple[int, int, int], doc: str) -> Any:
    """A product of stacks with the options of NumPy's; `cores` says how many axes of each operand and the result are
    multiplied, which are the last ones."""
    name = theirs.__name__

    @teaches_keywords
    def optional(
        x1: Any, x2: Any, out: Any = None, axes: Any = None, axis: Any = None, keepdims: bool = False,
        dtype: Any = None, casting: Any = None, order: Any = None, subok: Any = None, signature: Any = None,
    ) -> Tensor:  # fmt: skip
        x1, x2 = to_tensor(x1, name), to_tensor(x2, name)
        if dtype is not None or casting is not None or signature is not None:
            x1, x2 = in_loop(name, theirs, (x1, x2), dtype, signature, casting or "same_kind")
        made = _along_axes(name, product, x1, x2, _core_axes(name, axes, axis, cores))
        if keepdims:
            made = expand_dims(made, -1 if axis is None else axis)
        return made if out is None else into(out[0] if isinstance(out, tuple) else out, made, name)

    def call(*inputs: Any, **options: Any) -> Tensor:
        if options or len(inputs) != 2:
            return optional(*inputs, **options)
        x1, x2 = inputs
        return product(x1 if type(x1) is Tensor else to_tensor(x1, name), x2)

    call.__name__ = call.__qualname__ = optional.__name__ = name
    call.__doc__ = f"As ``numpy.{name}``{doc}."
    call.__signature__ = inspect.signature(optional)  # type: ignore[attr-defined]
    return dressed(call, theirs)


def _core_axes(name: str, axes: Any, axis: Any, cores: tuple[int, int, int]) -> list[tuple[int, ...]]:
    """The axes that are multiplied, of both operands and of the result."""
    if axis is not None:
        if cores != (1, 1, 0):
            raise TypeError(f"{name}: axis can only be used with a single shared core dimension")
        axes = [axis, axis, ()]
    if axes is None:
        return [tuple(range(-count, 0)) for count in cores]
    given = [tuple(a) if numpy.iterable(a) else (a,) for a in axes]
    given += [tuple(range(-cores[i], 0)) for i in range(len(given), 3)]
    if [len(a) for a in given] != list(cores):
        raise ValueError(
            f"[{name}] axes={axes!r} was given, wanted {cores[0]}, {cores[1]} and {cores[2]} axes of the first "
            "operand, the second and the result; write a list of three tuples"
        )
    return given


def _along_axes(
    name: str, product: Callable[[Any, Any], Tensor], x1: Tensor, x2: Tensor, axes: list[tuple[int, ...]]
) -> Tensor:
    """The product with these axes moved to the end, and those of the result to their places."""
    last = [tuple(range(-len(a), 0)) for a in axes]
    x1, x2 = (moveaxis(x, a, end) if a != end else x for x, a, end in zip((x1, x2), axes, last, strict=False))
    made = product(x1, x2)
    return moveaxis(made, last[2], axes[2]) if axes[2] != last[2] else made


def dot(a: Any, b: Any, out: Any = None) -> Tensor:
    """As ``numpy.dot``: a product with a scalar, or a sum over the last axis of `a` and the last but one of `b`."""
    found = _dot(a, b)
    return found if out is None else into(out, found, "dot")


def _dot(a: Any, b: Any) -> Tensor:
    a, b = to_tensor(a), to_tensor(b)
    if a.ndim == 0 or b.ndim == 0:
        return multiply(a, b)
    if b.ndim <= 2:
        return contract.matmul(a, b)
    return tensordot(a, b, axes=(-1, -2))


def vdot(a: Any, b: Any) -> Tensor:
    """As ``numpy.vdot``: the sum of ``conj(a) * b`` over all elements."""
    return contract.matmul(_flat(conjugated(to_tensor(a))), _flat(to_tensor(b)))


def inner(a: Any, b: Any) -> Tensor:
    """As ``numpy.inner``: a product with a scalar, or a sum over the last axes (nothing is conjugated)."""
    a, b = to_tensor(a), to_tensor(b)
    if a.ndim == 0 or b.ndim == 0:
        return multiply(a, b)
    return contract.matmul(a, b) if a.ndim == b.ndim == 1 else tensordot(a, b, axes=(-1, -1))


def outer(a: Any, b: Any, out: Any = None) -> Tensor:
    """As ``numpy.outer``: every product of an element of `a` and one of `b`, both flattened."""
    found = multiply(_column(_flat(to_tensor(a))), _flat(to_tensor(b)))
    return found if out is None else into(out, found, "outer")


def _vecdot(x1: Tensor, x2: Any) -> Tensor:
    x2 = to_tensor(x2)
    if not x1.ndim or not x2.ndim:
        raise ValueError(
            f"[vecdot] the shapes are {x1.shape} and {x2.shape}, wanted vectors or stacks of them; write x * y "
            "for scalars"
        )
    if x1.ndim == x2.ndim == 1:
        return contract.matmul(conjugated(x1), x2)
    product = contract.matmul(_row(conjugated(x1)), _column(x2))
    return reshape(product, shape=product.shape[:-2])


def _matvec(x1: Tensor, x2: Any) -> Tensor:
    x2 = to_tensor(x2)
    if x1.ndim == 2 and x2.ndim:
        return contract.product_by_rows(x2, x1)
    product = contract.matmul(x1, _column(x2))
    return reshape(product, shape=product.shape[:-1])


def _vecmat(x1: Tensor, x2: Any) -> Tensor:
    product = contract.matmul(_row(conjugated(x1)), to_tensor(x2))
    return reshape(product, shape=(*product.shape[:-2], product.shape[-1]))


def conjugated(x: Tensor) -> Tensor:
    """The complex conjugate; a real tensor as it is."""
    return conjugate(x) if x.dtype.kind == "c" else x


def _flat(x: Tensor) -> Tensor:
    return x if x.ndim == 1 else reshape(x, shape=(x.size,))


def _row(x: Tensor) -> Tensor:
    return reshape(x, shape=(*x.shape[:-1], 1, *x.shape[-1:]))


def _column(x: Tensor) -> Tensor:
    return reshape(x, shape=(*x.shape, 1))


matmul: Final = _general(
    numpy.matmul,
    contract.matmul,
    (2, 2, 2),
    ", and the operator ``@``: vectors, matrices, and stacks of matrices that broadcast",
)
vecdot: Final = _general(numpy.vecdot, _vecdot, (1, 1, 0), ": the sum of ``conj(x1) * x2`` over one axis")
matvec: Final = _general(numpy.matvec, _matvec, (2, 1, 1), ": stacks of matrices times stacks of vectors")
vecmat: Final = _general(numpy.vecmat, _vecmat, (1, 2, 1), ": stacks of vectors, conjugated, times stacks of matrices")


# -- sums over chosen axes -------------------------------------------------------------------------


def einsum(
    subscripts: Any,
    *operands: Any,
    out: Any = None,
    optimize: Any = False,
    dtype: Any = None,
    order: str = "K",
    casting: Any = "safe",
) -> Tensor:
    """As ``numpy.einsum``, in both calling forms.

    `optimize` is accepted and not needed: a long sum is always done pair by pair in a good order. What sums nothing is
    a view, as NumPy's is: ``np.einsum("ii->i", x)[:] = 1`` writes to the diagonal.
    """
    if not isinstance(subscripts, str):
        subscripts, operands = from_lists((subscripts, *operands))  # type: ignore[assignment]
    tensors = [to_tensor(x) for x in operands]
    if dtype is not None:
        tensors = [_cast_safely(x, as_dtype(dtype), casting) for x in tensors]
    terms = read(subscripts, tuple([x.shape for x in tensors]))
    if out is None and _sums_nothing(terms) and tensors[0].shape == terms.shapes[0]:
        return arranged(tensors[0], terms.inputs[0], terms.output)
    fitted = [
        x if x.shape == shape else reshape(x, shape=shape) for x, shape in zip(tensors, terms.shapes, strict=True)
    ]
    found = function_by_einsum(fitted, terms.inputs, terms.output) if products else None
    if found is None:
        found = contract_terms(*fitted, inputs=terms.inputs, output=terms.output)
    return found if out is None else into(out, found, "einsum", "unsafe" if casting == "unsafe" else "same_kind")


def _sums_nothing(terms: Terms) -> bool:
    """Whether each element of the result is one of the one operand."""
    return len(terms.inputs) == 1 and set(terms.inputs[0]) == set(terms.output)


def _cast_safely(x: Tensor, dtype: Any, casting: Any) -> Tensor:
    if not numpy.can_cast(x.dtype, dtype, casting):
        raise TypeError(
            f"[einsum] an operand has dtype {x.dtype}, wanted one that casts to {dtype} by the rule {casting!r}; write "
            "casting='unsafe' to do it all the same"
        )
    return astype(x, dtype=dtype)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Tensor:
    """As ``numpy.tensordot``: the sum over `axes` of `a` and of `b`, given as a count or as two lists."""
    a, b = to_tensor(a), to_tensor(b)
    a_axes, b_axes = _contracted(axes, a.ndim, b.ndim)
    if [a.shape[i] for i in a_axes] != [b.shape[i] for i in b_axes]:
        raise ValueError(
            f"[tensordot] the shapes are {a.shape} and {b.shape} and the axes to sum over {a_axes} and {b_axes}, "
            "wanted axes of equal lengths; write axes=([axes of a], [axes of b])"
        )
    if len({*a_axes}) < len(a_axes) or len({*b_axes}) < len(b_axes):
        raise ValueError(
            f"[tensordot] the axes to sum over are {a_axes} and {b_axes}, wanted each axis once; write np.einsum for a "
            "diagonal, such as np.einsum('ii,ij->j', a, b)"
        )
    a_letters, rest = ascii_letters[: a.ndim], iter(ascii_letters[a.ndim :])
    shared = {j: a_letters[i] for i, j in zip(a_axes, b_axes, strict=True)}
    b_letters = "".join(shared.get(j) or next(rest) for j in range(b.ndim))
    kept = [x for x in a_letters if x not in b_letters] + [x for x in b_letters if x not in a_letters]
    return contract_terms(a, b, inputs=(a_letters, b_letters), output="".join(kept))


def _contracted(axes: Any, a_count: int, b_count: int) -> tuple[list[int], list[int]]:
    """The axes of each operand to sum over, non-negative."""
    if isinstance(axes, int):
        return list(range(a_count - axes, a_count)), list(range(axes))
    first, second = ([x] if isinstance(x, int) else list(x) for x in axes)
    if len(first) != len(second):
        raise ValueError(
            f"[tensordot] axes={axes!r} has two lists of different lengths, wanted one axis of b for each of a"
        )
    return [normal_axis(x, a_count) for x in first], [normal_axis(x, b_count) for x in second]


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Tensor:
    """As ``numpy.trace``: the sum of a diagonal."""
    a = to_tensor(a)
    if a.ndim < 2:
        raise ValueError(f"[trace] the shape is {a.shape}, wanted at least two axes")
    first, second = normal_axis(axis1, a.ndim), normal_axis(axis2, a.ndim)
    if first == second:
        raise ValueError(f"[trace] axis1={axis1} and axis2={axis2} are the same axis, wanted two")
    order = [i for i in range(a.ndim) if i not in (first, second)]
    diagonal = matrix_diagonal(transpose(a, axes=(*order, first, second)), offset)
    return sum_over(diagonal, -1, dtype, out)


# -- products of every element with every other ----------------------------------------------------


def kron(a: Any, b: Any) -> Tensor:
    """As ``numpy.kron``: the block matrix of all ``a[i, j] * b``."""
    a, b = to_tensor(a), to_tensor(b)
    count = max(a.ndim, b.ndim)
    left, right = ((1,) * (count - x.ndim) + x.shape for x in (a, b))
    product = multiply(
        reshape(a, shape=tuple(n for length in left for n in (length, 1))),
        reshape(b, shape=tuple(n for length in right for n in (1, length))),
    )
    return reshape(product, shape=tuple(m * n for m, n in zip(left, right, strict=True)))


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Tensor:
    """As ``numpy.cross``; vectors of length 2 have a third component of 0, and two of them a scalar product."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moveaxis(to_tensor(a), axisa, -1), moveaxis(to_tensor(b), axisb, -1)
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ValueError(
            f"[cross] the vectors have lengths {a.shape[-1]} and {b.shape[-1]}, wanted 3 (or 2); "
            "write axis= for the axis along which the components lie"
        )
    u, v = _components(a), _components(b)
    third = u[0] * v[1] - u[1] * v[0]
    if len(u) == len(v) == 2:
        return third
    u, v = (w if len(w) == 3 else [*w, 0] for w in (u, v))
    parts = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], third)
    return moveaxis(stack(*parts, axis=parts[2].ndim), -1, axisc)


def _components(x: Tensor) -> list[Any]:
    return [block(x, index=(..., i)) for i in range(x.shape[-1])]


# -- convolution -----------------------------------------------------------------------------------


def convolve(a: Any, v: Any, mode: str = "full") -> Tensor:
    """As ``numpy.convolve``, with derivatives in both arguments."""
    a, v = _sequences(a, v, "convolve")
    return _central(a, v, mode, "convolve")


def correlate(a: Any, v: Any, mode: str = "valid") -> Tensor:
    """As ``numpy.correlate``: c[k] is the sum of ``a[n + k] * conj(v[n])``."""
    a, v = _sequences(a, v, "correlate")
    return _central(a, mirrored(v), mode, "correlate")


def _sequences(a: Any, v: Any, op: str) -> tuple[Tensor, Tensor]:
    a, v = (_column(x) if x.ndim == 0 else x for x in (to_tensor(a), to_tensor(v)))
    if a.ndim != 1 or v.ndim != 1 or not a.size or not v.size:
        raise ValueError(
            f"[{op}] the shapes are {a.shape} and {v.shape}, wanted two vectors that are not empty; "
            f"write wengert.scipy.signal.{op} for more axes"
        )
    return a, v


def _central(a: Tensor, v: Tensor, mode: str, op: str) -> Tensor:
    """The part of the full convolution of two vectors that `mode` asks for."""
    shorter, longer = sorted((a.shape[0], v.shape[0]))
    parts = {
        "full": (0, shorter + longer - 1),
        "same": ((shorter - 1) // 2, longer),
        "valid": (shorter - 1, longer - shorter + 1),
    }
    if mode not in parts:
        raise ValueError(f"[{op}] mode={mode!r}, wanted 'full', 'same' or 'valid'")
    start, length = parts[mode]
    return convolved(a, v, (start,), (length,))
