"""Products of vectors and matrices."""

from __future__ import annotations

from typing import Any

import wengert.numpy as np

from ..promotion import promoted
from ..registry import function, offer
from ..tensor import Tensor, of, tensor_of
from .elementwise import with_out

__all__: list[str] = []


def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of vectors, matrices, or stacks of matrices."""
    x, y = tensor_of(input, "matmul"), tensor_of(other, "matmul", "other")
    if x.dtype != y.dtype:
        raise RuntimeError(
            f"[matmul] the dtypes are {input.dtype!r} and {other.dtype!r}, wanted the same; write x @ y.to(x.dtype)"
        )
    return with_out(np.matmul(x, y), out)


def _of_ranks(name: str, one: int, other: int) -> Any:
    def multiply(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
        ranks = tensor_of(input, name).ndim, tensor_of(mat2, name, "the second").ndim
        if ranks != (one, other):
            raise RuntimeError(
                f"[{name}] tensors of {ranks[0]} and {ranks[1]} axes were given, wanted {one} and {other}; write "
                "torch.matmul(x, y) for others"
            )
        return matmul(input, mat2, out=out)

    multiply.__name__, multiply.__doc__ = name, f"The product of tensors of {one} and {other} axes."
    return multiply


offer(matmul)
for _name, _one, _other in (("mm", 2, 2), ("mv", 2, 1), ("bmm", 3, 3), ("dot", 1, 1)):
    offer(_of_ranks(_name, _one, _other), _name)
offer(_of_ranks("dot", 1, 1), "inner")
Tensor.__matmul__ = matmul  # type: ignore[attr-defined]


def _plus(name: str) -> Any:
    def add(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        product = matmul(mat1, mat2)
        return (input if beta == 1 else beta * input) + (product if alpha == 1 else alpha * product)

    add.__name__, add.__doc__ = name, "`beta` `input` + `alpha` times a product."
    return add


for _name in ("addmm", "addmv", "baddbmm"):
    offer(_plus(_name), _name, writes=True)


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The products of all pairs of elements of two vectors."""
    return of(np.outer(*promoted(input, vec2)))


offer(outer, "outer", "ger")


@function
def einsum(equation: str, *operands: Any) -> Tensor:
    """Sums of products over axes named by letters."""
    given = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    return of(np.einsum(equation, *(tensor_of(each, "einsum", "an operand") for each in given)))


@function
def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Sums of products over axes."""
    return of(np.tensordot(tensor_of(a, "tensordot", "a"), tensor_of(b, "tensordot", "b"), dims))


def kron(input: Tensor, other: Tensor) -> Tensor:
    """The products of all pairs of elements, in blocks."""
    return of(np.kron(*promoted(input, other)))


def cross(input: Tensor, other: Tensor, dim: int = -1) -> Tensor:
    """The cross product along an axis of length 3."""
    return of(np.cross(*promoted(input, other), axis=dim))


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The product of two vectors, the first conjugated."""
    return of(np.vdot(tensor_of(input, "vdot"), tensor_of(other, "vdot", "other")))


def matrix_power(input: Tensor, n: int) -> Tensor:
    """A square matrix times itself, `n` times in all."""
    return of(np.linalg.matrix_power(tensor_of(input, "matrix_power"), n))


for _function in (kron, cross, vdot, matrix_power):
    offer(_function)


@function
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0) -> Tensor:
    """The distances of all pairs of rows of two matrices."""
    x, y = tensor_of(x1, "cdist", "x1"), tensor_of(x2, "cdist", "x2")
    return of(np.linalg.norm(x[..., :, None, :] - y[..., None, :, :], ord=p, axis=-1))
