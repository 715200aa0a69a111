"""Gradients made shorter where they are: between ``backward()`` and ``step()``, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import wengert as wg
import wengert.numpy as np


def clip_grad_norm_(
    parameters: Iterable[Any], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Any:
    """Multiply all gradients by one factor, in place, so that the norm of all their elements is at most `max_norm`.

    The factor is ``max_norm / (norm + 1e-6)``, as in PyTorch.

    Args:
        parameters: tensors, of whose ``.grad`` those that are there are taken.
        max_norm: the largest norm.
        norm_type: the order of the norm; ``float("inf")`` for the largest element.
        error_if_nonfinite: raise if the norm is NaN or infinite.

    Returns:
        The norm before.

    >>> import wengert as wg
    >>> x = wg.tensor([0.0, 0.0], requires_grad=True)
    >>> x.grad = wg.tensor([3.0, 4.0])
    >>> wg.optim.clip_grad_norm_([x], max_norm=1.0), x.grad.round(3)
    (tensor(5.), tensor([0.6, 0.8]))
    """
    gradients = _gradients(parameters)
    norm = _clipped_norm(gradients, max_norm, norm_type)
    return _checked(norm, error_if_nonfinite, "clip_grad_norm_")


def _checked(norm: Any, error_if_nonfinite: bool, op: str) -> Any:
    """A norm; refused if it is not finite and that is asked for."""
    if error_if_nonfinite and not np.isfinite(norm):
        raise RuntimeError(
            f"[{op}] the norm of the gradients is {float(norm)}, wanted a finite one; write "
            "wg.trace_nans(loss, params) to see where it began"
        )
    return norm


def get_total_norm(tensors: Iterable[Any], norm_type: float = 2.0, error_if_nonfinite: bool = False) -> Any:
    """The norm of all elements of tensors, as of one vector.

    Args:
        tensors: such as the gradients of parameters.
        norm_type: the order of the norm; ``float("inf")`` for the largest element.
        error_if_nonfinite: raise if the norm is NaN or infinite.

    >>> import wengert as wg
    >>> wg.optim.get_total_norm([wg.tensor([3.0]), wg.tensor([0.0, 4.0])])
    tensor(5.)
    """
    norm = _norm([np.asarray(t) for t in ([tensors] if isinstance(tensors, wg.Tensor) else tensors)], norm_type)
    return _checked(norm, error_if_nonfinite, "get_total_norm")


def clip_grads_with_norm_(parameters: Iterable[Any], max_norm: float, total_norm: Any) -> None:
    """Multiply all gradients by ``max_norm / (total_norm + 1e-6)``, in place, if that is below 1.

    >>> import wengert as wg
    >>> x = wg.tensor([0.0, 0.0], requires_grad=True)
    >>> x.grad = wg.tensor([3.0, 4.0])
    >>> wg.optim.clip_grads_with_norm_([x], 1.0, total_norm=10.0)
    >>> x.grad.round(3)
    tensor([0.3, 0.4])
    """
    _shorten(_gradients(parameters), max_norm, total_norm)


@wg.jit(static_argnames="norm_type")
def _clipped_norm(gradients: list[Any], max_norm: Any, norm_type: float) -> Any:
    """The norm of gradients, which are made shorter where they are."""
    norm = _norm(gradients, norm_type)
    _shorten(gradients, max_norm, norm)
    return norm


@wg.jit
def _shorten(gradients: list[Any], max_norm: Any, norm: Any) -> None:
    """Make gradients shorter, where they are, that have a norm all together."""
    factor = np.minimum(max_norm / (norm + 1e-6), 1.0)
    for gradient in gradients:
        gradient.copy_(gradient * factor.astype(gradient.dtype))


def _norm(gradients: list[Any], order: float) -> Any:
    """The norm of all elements, in the widest of the dtypes."""
    start = np.zeros((), np.float32)
    if order == float("inf"):
        return max((np.max(np.abs(g)) for g in gradients), default=start)
    return sum((np.sum(np.abs(g) ** order) for g in gradients), start=start) ** (1.0 / order)


def clip_grad_value_(parameters: Iterable[Any], clip_value: float) -> None:
    """Bring each element of each gradient between ``-clip_value`` and `clip_value`, in place.

    >>> import wengert as wg
    >>> x = wg.tensor([0.0, 0.0], requires_grad=True)
    >>> x.grad = wg.tensor([3.0, -0.5])
    >>> wg.optim.clip_grad_value_([x], 1.0)
    >>> x.grad
    tensor([ 1. , -0.5])
    """
    _clip(_gradients(parameters), clip_value)


@wg.jit
def _clip(gradients: list[Any], limit: Any) -> None:
    for gradient in gradients:
        gradient.copy_(np.clip(gradient, -limit, limit).astype(gradient.dtype))


def _gradients(parameters: Any) -> list[Any]:
    if hasattr(parameters, "parameters"):
        raise TypeError(
            f"[clip_grad_norm_] a {type(parameters).__name__} was given, wanted its parameters; write "
            "clip_grad_norm_(net.parameters(), max_norm)"
        )
    listed = [parameters] if isinstance(parameters, wg.Tensor) else list(parameters)
    return [p.grad for p in listed if p.grad is not None]


def decay_groups(named_parameters: Iterable[tuple[str, Any]], weight_decay: float) -> list[dict[str, Any]]:
    """Two groups for an optimizer: matrices, which decay, and biases, scales and other vectors, which do not.

    >>> import wengert as wg
    >>> weight, bias = wg.tensor([[1.0]], requires_grad=True), wg.tensor([1.0], requires_grad=True)
    >>> groups = wg.optim.decay_groups([("weight", weight), ("bias", bias)], 0.1)
    >>> [(group["weight_decay"], len(group["params"])) for group in groups]
    [(0.1, 1), (0.0, 1)]
    >>> optimizer = wg.optim.AdamW(groups, lr=1e-3)
    """
    listed = [p for _, p in named_parameters]
    groups = [([p for p in listed if p.ndim > 1], weight_decay), ([p for p in listed if p.ndim <= 1], 0.0)]
    return [{"params": params, "weight_decay": decay} for params, decay in groups if params]
