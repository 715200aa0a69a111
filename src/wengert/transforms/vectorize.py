"""`vmap`: a function of one example becomes a function of a batch."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy
import optree

from ..core.abstract import Abstract, Recording
from ..core.lending import lent
from ..core.node import Node
from ..core.python.recipes import made
from ..core.python.trees import NAMESPACE, flatten, unflatten
from ..core.recording import abstract_alias
from ..core.state import DEFINE_BY_RUN, InUsersHands, Watch, state
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..ops.broadcast import broadcast_to
from ..ops.operands import is_number
from ..ops.shape import transpose
from ..walks.batch import batch
from ..walks.forward import ancestors
from .asked import check_function
from .recorded import as_raw, as_result


@teaches_keywords
def vmap(f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0, axis_name: Hashable = None) -> Callable[..., Any]:
    """Vectorise a function over a batch axis of its arguments.

    The function is recorded once on one example, without values; each operation is then evaluated for
    the whole batch at once. So Python ``if`` on a value inside `f` is an error: write ``np.where``.
    What a generator of `wengert.random` draws inside is independent for each example.

    Args:
        f: a function of one example.
        in_axes: the batch axis of each argument: an int, ``None`` for an argument that all examples
            share, or a tuple with one entry an argument, each of which may be nested like it. Arrays given by keyword
            are mapped over their first axis; numbers and what is no array are shared.
        out_axes: where the batch axis is in each result; ``None`` if it is the same for all examples.
        axis_name: a name by which `f` asks for what all examples have (see `all_examples`); any value that is hashed.

    Returns:
        A function of batches that returns batches.

    Raises:
        ValueError: the batch axes differ in length, or there is none.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.vmap(lambda row, v: np.sum(row * v), in_axes=(0, None))(np.ones((2, 3)), np.arange(3.0))
    tensor([3., 3.])

    Source: the batching of a recorded program, as in J. Bradbury et al., "JAX" (2018).
    """

    check_function(f, "vmap")
    return made(_vectorized, f, in_axes, out_axes, axis_name)


def _vectorized(
    f: Callable[..., Any], in_axes: Any, out_axes: Any, axis_name: Hashable, /, *args: Any, **kwargs: Any
) -> Any:
    leaves, structure = flatten((args, kwargs))
    axes = [*_axes_of(in_axes, args, "in_axes"), *map(_axis_by_name, flatten(kwargs)[0])]
    raw = [_lent(leaf if axis is None else as_raw(leaf, "vmap")) for leaf, axis in zip(leaves, axes, strict=True)]
    size = _batch_size(raw, axes)
    values = [_to_front(leaf, axis) for leaf, axis in zip(raw, axes, strict=True) if axis is not None]
    recording = Recording("vmap")
    outer, outer_axes = state.examples, state.axes
    with Watch(abstract=True) as bit:
        state.batches += 1
        numbers = _Numbers(size, bit, recording)
        state.examples = {**outer, bit: numbers.example}
        state.axes = outer_axes if axis_name is None else {**outer_axes, axis_name: numbers}
        try:
            examples = [_example(v, bit, recording) for v in values]
            inputs = [example._node for example in examples]
            given, named = unflatten(structure, _merged(raw, axes, examples))
            with InUsersHands():
                result = f(*given, **named)
            outputs, out_structure = flatten(result)
            found = _evaluate(outputs, [*inputs, *numbers.inputs], [*values, *numbers.values], size, bit)
        finally:
            state.batches -= 1
            state.examples, state.axes = outer, outer_axes
            recording.is_open = False
    destinations = _axes_of(out_axes, result, "out_axes")
    return unflatten(
        out_structure,
        [_place(out, found, size, axis) for out, axis in zip(outputs, destinations, strict=True)],
    )


class _Numbers:
    """The number of an example in the batch, as a further input for those who ask for it.

    Attributes:
        inputs: its node, once it was asked for.
        values: the numbers of all examples.
    """

    def __init__(self, size: int, bit: int, recording: Recording) -> None:
        self.size = size
        self.bit = bit
        self.recording = recording
        self.inputs: list[Node] = []
        self.values: list[Any] = []
        self.tensor: Tensor | None = None

    def example(self) -> Tensor:
        """The number of the example that is being recorded."""
        if self.tensor is None:
            batch = numpy.arange(self.size)
            self.tensor = _example(batch, self.bit, self.recording)
            self.inputs, self.values = [self.tensor._node], [lent(batch)]
        return self.tensor


def _example(batch: Any, bit: int, recording: Recording) -> Tensor:
    """One example without a value, which ``backward()`` follows as it does the batch."""
    followed = batch._node.watch & state.on & DEFINE_BY_RUN if type(batch) is Tensor else 0
    return abstract_alias(Abstract(batch.shape[1:], batch.dtype), bit | followed, recording)


def _lent(leaf: Any) -> Any:
    """A leaf; an array becomes a tensor, which can be indexed by one without a value."""
    return lent(leaf) if type(leaf) is numpy.ndarray else leaf


def _axis_by_name(leaf: Any) -> int | None:
    """The batch axis of a leaf that was given by keyword."""
    if type(leaf) is not Tensor and not is_number(leaf):
        return None
    return 0 if as_raw(leaf, "vmap").shape else None


_SHARED: Any = object()
"""Stands for the axis ``None`` where a ``None`` in a tree has no leaf."""


def _axes_of(axes: Any, tree: Any, name: str) -> list[int | None]:
    """One axis for each leaf, from a prefix of the tree."""
    if isinstance(axes, list):
        axes = tuple(axes)
    named = optree.tree_map(
        lambda axis: _SHARED if axis is None else axis, axes, none_is_leaf=True, namespace=NAMESPACE
    )
    try:
        spread: list[Any] = optree.broadcast_prefix(named, tree, namespace=NAMESPACE)
        return [None if axis is _SHARED else axis for axis in spread]
    except ValueError as error:
        raise ValueError(
            f"[vmap] {name}={axes!r} does not fit the structure of what it describes, wanted an int, None, or one "
            f"entry for each argument, nested like it; write {name}=0 for the first axis of everything"
        ) from error


def _batch_size(leaves: Sequence[Any], axes: Sequence[int | None]) -> int:
    sizes = {}
    for position, (leaf, axis) in enumerate(zip(leaves, axes, strict=True)):
        if axis is not None:
            if not isinstance(axis, int):
                raise TypeError(
                    f"[vmap] in_axes has {axis!r} for leaf {position} of the arguments, wanted an int or None; write "
                    "in_axes=0 for the first axis"
                )
            if not -len(leaf.shape) <= axis < len(leaf.shape):
                raise ValueError(
                    f"[vmap] leaf {position} of the arguments has shape {leaf.shape}, wanted an axis {axis} to map "
                    "over; write in_axes=None for an argument that all examples share"
                )
            sizes[position] = leaf.shape[axis]
    if not sizes:
        raise ValueError(
            "[vmap] no argument has a batch axis, wanted at least one; write in_axes=0 for the argument to map over"
        )
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"leaf {i}: {n}" for i, n in sizes.items())
        raise ValueError(
            f"[vmap] the batch axes have different lengths ({listed}), wanted the same for all; "
            "write in_axes=None for an argument that all examples share"
        )
    return next(iter(sizes.values()))


def _to_front(leaf: Any, axis: int) -> Any:
    return move_axis(leaf, axis % len(leaf.shape), 0)


def move_axis(x: Any, source: int, destination: int) -> Any:
    """`x` with one axis moved; both are non-negative."""
    if source == destination:
        return x
    order = [i for i in range(len(x.shape)) if i != source]
    order.insert(destination, source)
    return transpose(x, axes=tuple(order))


def _merged(leaves: Sequence[Any], axes: Sequence[int | None], examples: Sequence[Tensor]) -> list[Any]:
    following = iter(examples)
    return [leaf if axis is None else next(following) for leaf, axis in zip(leaves, axes, strict=True)]


def _evaluate(outputs: Sequence[Any], inputs: Sequence[Any], values: Sequence[Any], size: int, bit: int) -> Any:
    ends = [o._node for o in outputs if type(o) is Tensor]
    nodes = ancestors(ends, bit, max(node.sequence for node in inputs))
    return batch(nodes, inputs, values, size, bit)


def _place(output: Any, found: dict[Any, Any], size: int, axis: int | None) -> Tensor:
    """The batch of one output, with its batch axis in place."""
    node = output._node if type(output) is Tensor else None
    if node in found and len(found[node].shape) > output.ndim:
        value = found[node]
        if axis is None:
            raise ValueError(
                "[vmap] out_axes=None for a result that depends on a batched argument, wanted where its batch axis "
                "goes; write out_axes=0"
            )
        return as_result(_from_front(value, axis))
    constant = as_result(found.get(node, output))
    if axis is None:
        return constant
    repeated = broadcast_to(constant, shape=(size, *constant.shape))
    return _from_front(repeated, axis)


def _from_front(value: Any, axis: int) -> Any:
    rank = len(value.shape)
    if not -rank <= axis < rank:
        raise ValueError(
            f"[vmap] out_axes={axis} for a result of shape {value.shape[1:]}, wanted from {-rank} to {rank - 1}; "
            "write out_axes=0 for the first axis"
        )
    return move_axis(value, 0, axis % rank)
