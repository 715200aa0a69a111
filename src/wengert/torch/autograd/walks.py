"""Walks backwards through what was recorded: ``backward`` and ``grad``."""

from __future__ import annotations

from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import behind, listed

from ..tensor import Tensor

__all__ = ["backward", "grad"]


def backward(
    tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
    inputs: Any = None,
) -> None:  # fmt: skip
    """Accumulate derivatives of tensors into ``.grad`` of the leaves that they were computed from."""
    results = listed(tensors)
    weights = [None] * len(results) if grad_tensors is None else listed(grad_tensors)
    if inputs is not None:
        _accumulate(results, weights, listed(inputs), bool(retain_graph), create_graph)
        return
    retain = create_graph if retain_graph is None else retain_graph
    for place, (result, weight) in enumerate(zip(results, weights, strict=True)):
        _check(result, place)
        later = place + 1 < len(results)
        result._tensor.backward(behind(weight), retain or later, create_graph)


def _accumulate(results: Any, weights: Any, inputs: list[Any], retain: bool, create_graph: bool) -> None:
    found = grad(results, inputs, weights, retain, create_graph, allow_unused=True)
    for leaf, gradient in zip(inputs, found, strict=True):
        if gradient is not None:
            leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient


def _check(result: Any, place: int) -> None:
    if not result.requires_grad:
        raise RuntimeError(
            f"[backward] tensor {place} does not require grad and has no grad_fn, wanted a result of tensors that do; "
            "write x.requires_grad_() before the computation, and no detach(), .data or no_grad() on the way"
        )


def grad(
    outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
    only_inputs: bool = True, allow_unused: bool | None = None, is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """The derivatives of the sum of outputs (weighted by `grad_outputs`) by inputs.

    >>> from wengert import torch
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> torch.autograd.grad(x**3, x)
    (tensor(12.),)
    """
    results, given = listed(outputs), listed(inputs)
    for place, result in enumerate(results):
        _check(result, place)
    weights = None if grad_outputs is None else behind(listed(grad_outputs))
    retain = create_graph if retain_graph is None else retain_graph
    found = wg.gradients(
        behind(results), behind(given), weights, retain_graph=retain, create_graph=create_graph, allow_unused=True
    )
    return tuple(
        _found(gradient, x, bool(allow_unused), materialize_grads) for gradient, x in zip(found, given, strict=True)
    )


def _found(gradient: Any, x: Tensor, allow_unused: bool, materialize: bool) -> Tensor | None:
    if gradient is not None:
        return Tensor.of(gradient)
    if materialize:
        return Tensor.of(np.zeros_like(x._tensor.detach()))
    if not allow_unused:
        raise RuntimeError(
            "[grad] one of the inputs was not used for the outputs, wanted one that was; write "
            "torch.autograd.grad(..., allow_unused=True), which gives None for it"
        )
    return None
