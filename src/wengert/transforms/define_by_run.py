"""The dynamic graph: ``requires_grad``, ``backward()`` and `gradients`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.dtypes.kinds import is_floating, is_inexact
from ..core.lending import apart
from ..core.node import Leaf
from ..core.state import DEFINE_BY_RUN, state
from ..core.tensor import Tensor, gradient_at, set_gradient_at
from ..names import teaches_keywords
from ..walks.backward import backward as walk_backward
from ..walks.point import plus
from .derivatives import matching_leaves
from .recorded import as_result


def require_grad(x: Tensor, requires: bool = True) -> Tensor:
    """Begin (or end) the define-by-run watch of a tensor, in place."""
    if requires and not is_inexact(x.dtype):
        raise TypeError(
            f"[requires_grad] the tensor has dtype {x.dtype}, wanted real or complex floating point, since an "
            "integer has no derivative; write tensor(value, dtype=float, requires_grad=True)"
        )
    if requires and not x.requires_grad:
        x._value = apart(x, x._value)
        x._node = Leaf(DEFINE_BY_RUN | x._node.watch, x._node)
    elif not requires and x.requires_grad:
        if not x.is_leaf:
            raise RuntimeError(
                "[requires_grad] the tensor is a result, wanted a leaf to stop watching; write x.detach() for a "
                "tensor that is not watched"
            )
        x._node = x._node.parents[0]
    return x


def backward(output: Tensor, cotangent: Any = None, retain_graph: bool = False, create_graph: bool = False) -> None:
    """Accumulate into ``.grad`` of every leaf the derivative of `output`.

    Args:
        output: a scalar, or any shape if `cotangent` is given.
        cotangent: of the shape and dtype of `output`; 1 by default.
        retain_graph: keep the values, so that ``backward()`` can be called again.
        create_graph: record the walk itself, so that the gradients can be differentiated.

    Raises:
        RuntimeError: nothing watched the output, its graph was freed, or it is not a scalar.
    """
    seed = _seed(output, cotangent, "backward")
    if state.recorder is not None:
        state.recorder.refuse_outside(output)
    found = walk_backward(
        [(output._node, seed)],
        (),
        DEFINE_BY_RUN,
        free=not (retain_graph or create_graph),
        create_graph=create_graph,
    )
    if state.recorder is not None and not (retain_graph or create_graph):
        state.recorder.consumed.add(output._node)
    for node, arrived in found.items():
        if type(node) is Leaf:
            set_gradient_at(node, as_result(plus(gradient_at(node), arrived)))


def _seed(output: Tensor, cotangent: Any, op: str) -> Any:
    if not output._node.watch & DEFINE_BY_RUN:
        raise RuntimeError(
            f"[{op}] the output does not depend on a tensor with requires_grad, wanted one that does; "
            "write tensor(value, requires_grad=True) for the inputs, and compute outside no_grad() and detach()"
        )
    if cotangent is not None:
        return matching_leaves(cotangent, [output], None, op, "cotangent")[0]
    if output.shape != ():
        raise RuntimeError(
            f"[{op}] the output has shape {output.shape}, wanted a scalar; write z.sum().backward(), or "
            "z.backward(v) with a cotangent v of that shape"
        )
    if not is_floating(output.dtype):
        raise RuntimeError(
            f"[{op}] the output has dtype {output.dtype}, wanted a real scalar; write abs(z), z.real or z.imag, or "
            "z.backward(v) with a cotangent v of that dtype"
        )
    return numpy.array(1, output.dtype)


@teaches_keywords
def gradients(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    cotangents: Any = None,
    create_graph: bool = False,
    allow_unused: bool = False,
    retain_graph: bool | None = None,
) -> tuple[Tensor | None, ...]:
    """The derivatives of (the sum of) outputs with respect to inputs, without touching ``.grad``.

    Args:
        outputs: tensors of the define-by-run graph.
        inputs: tensors that they depend on, leaves or not.
        cotangents: one for each output; 1 for a scalar by default.
        create_graph: record the walk, so that the result can be differentiated.
        allow_unused: give ``None`` for an input that no output depends on, instead of an error.
        retain_graph: keep the values for another walk; by default, as `create_graph`.

    >>> import wengert as wg
    >>> x = wg.tensor(3.0, requires_grad=True)
    >>> (slope,) = wg.gradients(x**3, x, create_graph=True)
    >>> (curvature,) = wg.gradients(slope, x)
    >>> slope.item(), curvature.item()
    (27.0, 18.0)
    """
    ends, starts = _tensors(outputs, "output"), _tensors(inputs, "input")
    seeds = [(o._node, _seed(o, c, "gradients")) for o, c in zip(ends, _one_each(cotangents, outputs), strict=True)]
    retain = create_graph if retain_graph is None else retain_graph
    found = walk_backward(seeds, [t._node for t in starts], DEFINE_BY_RUN, free=not retain, create_graph=create_graph)
    return tuple(_gradient_of(t, i, found, allow_unused) for i, t in enumerate(starts))


def _tensors(given: Any, what: str) -> tuple[Tensor, ...]:
    listed = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    for i, tensor in enumerate(listed):
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"[gradients] {what} {i} is of type {type(tensor).__name__}, wanted a tensor of the define-by-run "
                "graph; write tensor(value, requires_grad=True) where it begins"
            )
    return listed


def _one_each(cotangents: Any, outputs: Tensor | Sequence[Tensor]) -> Sequence[Any]:
    """One cotangent (or ``None``, for 1) for each output."""
    if type(outputs) is Tensor:
        return cotangents if isinstance(cotangents, tuple) and len(cotangents) == 1 else (cotangents,)
    if cotangents is None:
        return (None,) * len(outputs)
    if not isinstance(cotangents, (tuple, list)) or len(cotangents) != len(outputs):
        count = len(cotangents) if isinstance(cotangents, (tuple, list)) else 1
        raise TypeError(
            f"[gradients] {len(outputs)} outputs and {count} cotangent(s) were given, wanted one for each; write a "
            "tuple, with None for 1"
        )
    return cotangents


def _gradient_of(t: Tensor, position: int, found: dict[Any, Any], allow_unused: bool) -> Tensor | None:
    if t._node in found:
        return as_result(found[t._node])
    if allow_unused:
        return None
    raise RuntimeError(
        f"[gradients] no output depends on input {position} (shape {t.shape}), wanted a path from it to an "
        "output; write allow_unused=True to get None there, and check for detach(), no_grad() or a leaf made later"
    )
