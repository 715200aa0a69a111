"""Walks backwards through what was recorded."""

from __future__ import annotations

from typing import Any

from wengert.fronts.face import behind

__all__ = ["backward"]


def backward(tensor: Any, gradient: Any, retain_graph: bool | None, create_graph: bool, inputs: Any) -> None:
    """Accumulate derivatives of one tensor into ``.grad`` of leaves."""
    if not tensor.requires_grad:
        raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
    retain = create_graph if retain_graph is None else retain_graph
    tensor._tensor.backward(behind(gradient), retain, create_graph)
