"""Linear maps of features, and what is looked up in a table of them."""

from __future__ import annotations

from typing import Any

import wengert as wg
import wengert.numpy as np

from .mixed import shortly

__all__ = ["as_input", "bilinear", "linear"]


def as_input(x: Any, like: wg.Tensor) -> wg.Tensor:
    """What a layer is given, as a tensor; numbers in the dtype of its parameters."""
    x = np.asarray(x)
    return x.astype(like.dtype) if x.dtype != like.dtype and x.dtype.kind in "fiub" else x


@shortly
def linear(x: Any, weight: Any, bias: Any = None) -> wg.Tensor:
    """x @ weight.T + bias.

    Args:
        x: of shape (..., in).
        weight: of shape (out, in), or (in,).
        bias: of shape (out,), or ().

    >>> import wengert as wg
    >>> wg.nn.functional.linear([1.0, 2.0], [[3.0, 4.0]], [0.5])
    tensor([11.5])
    """
    return affine(x, weight, bias)


def affine(x: Any, weight: Any, bias: Any) -> wg.Tensor:
    """`linear`, in the dtype of what is given."""
    weight = np.asarray(weight)
    product = np.matvec(weight, x) if weight.ndim == 2 else np.asarray(x) @ weight
    return product if bias is None else product + bias


@shortly
def bilinear(x1: Any, x2: Any, weight: Any, bias: Any = None) -> wg.Tensor:
    """x1 @ weight[k] @ x2 + bias[k], for each k.

    Args:
        x1: of shape (..., in1).
        x2: of shape (..., in2).
        weight: of shape (out, in1, in2).
        bias: of shape (out,).
    """
    product = np.einsum("...i,kij,...j->...k", x1, weight, x2)
    return product if bias is None else product + bias
