"""``torch.nn.utils``: gradients clipped, parameters in one vector, sequences of different lengths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import wengert as wg
from wengert.fronts.face import behind, listed

from ...tensor import Tensor, of
from . import rnn as rnn

__all__ = [
    "clip_grad_norm_", "clip_grad_value_", "get_total_norm", "parameters_to_vector", "rnn", "vector_to_parameters",
]  # fmt: skip


def _behind(parameters: Any) -> list[Any]:
    return behind(listed(parameters))


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False, **_: Any
):
    """Scale all gradients so that their norm together is at most `max_norm`; their norm before."""
    return of(wg.nn.utils.clip_grad_norm_(_behind(parameters), max_norm, norm_type, error_if_nonfinite))


def clip_grad_value_(parameters: Any, clip_value: float, **_: Any) -> None:
    """Let no element of a gradient be further from 0 than a bound."""
    wg.nn.utils.clip_grad_value_(_behind(parameters), clip_value)


def get_total_norm(tensors: Iterable[Tensor], norm_type: float = 2.0, **_: Any) -> Tensor:
    """The norm of tensors together."""
    return of(wg.nn.utils.get_total_norm(_behind(tensors), norm_type))


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of tensors in one row."""
    return of(wg.nn.utils.parameters_to_vector(_behind(parameters)))


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write the elements of one row to tensors."""
    wg.nn.utils.vector_to_parameters(behind(vec), _behind(parameters))
