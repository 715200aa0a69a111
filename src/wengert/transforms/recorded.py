"""Running a function while a watch is open, on fresh aliases of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..core.dtypes.kinds import is_inexact, is_of_numbers
from ..core.lending import another
from ..core.node import Leaf, Node
from ..core.placed import raw
from ..core.python.trees import flatten, paths, unflatten
from ..core.recording import alias, current
from ..core.state import InUsersHands, recording_watches, state
from ..core.tensor import Tensor
from ..ops.operands import numbers, unmasked


class Recorded:
    """A function's list at a point: the nodes of its inputs and its outputs.

    Attributes:
        input_nodes: the node of each input leaf (the function may give the handle another value).
        outputs: the output leaves, tensors or constants.
        structure: that of the outputs.
    """

    __slots__ = ("bit", "input_nodes", "outputs", "structure")
    input_nodes: list[Node]
    outputs: list[Any]
    structure: Any

    def __init__(self, f: Callable[..., Any], inputs: Sequence[Tensor], structure: Any, bit: int) -> None:
        self.input_nodes = [tensor._node for tensor in inputs]
        self.bit: int = bit
        before, state.repeats = state.repeats, None
        try:
            with InUsersHands():
                result = f(*inputs) if structure is None else f(*unflatten(structure, inputs))
        finally:
            state.repeats = before
        if type(result) is Tensor:
            self.outputs = [result]
            self.structure = None
        else:
            self.outputs, self.structure = flatten(result)

    @property
    def oldest(self) -> int:
        return max((node.sequence for node in self.input_nodes), default=0)

    def rebuild(self, leaves: Sequence[Any]) -> Any:
        """The output tree with these leaves."""
        return leaves[0] if self.structure is None else unflatten(self.structure, leaves)


def record_at(f: Callable[..., Any], leaves: Sequence[Any], structure: Any, bit: int) -> Recorded:
    """Run ``f(*args)`` on fresh aliases of the leaves of `args`."""
    return Recorded(f, [alias(leaf, bit) for leaf in leaves], structure, bit)


def as_raw(value: Any, op: str) -> Any:
    """A leaf that a user gave: tensors stay, everything else becomes an array of numbers.

    Raises:
        TypeError: it is no array of numbers.
    """
    return value if type(value) is Tensor else numbers(value, op)


def released(tensor: Any, bit: int) -> Any:
    """The result without the watch that is about to close."""
    if type(tensor) is not Tensor:
        return tensor
    node = tensor._node
    if node.watch & bit and not node.watch & ~bit & recording_watches():
        return Tensor(tensor._value)
    return tensor


def as_tensor(value: Any) -> Tensor:
    return value if type(value) is Tensor else Tensor(raw(value))


def handle(tensor: Tensor) -> Tensor:
    """A new handle on what a tensor holds now: who writes to the one does not write to the other."""
    held = current(tensor)
    return alias(held, 0) if type(held._node) is Leaf else another(held)


def as_result(value: Any) -> Tensor:
    """What a walk found, as a tensor that nobody else holds: it may have found one for several, or been given it."""
    if type(value) is Tensor:
        return handle(value)
    return Tensor(value if type(value) is numpy.ndarray else raw(value))


def output_tensors(recorded: Recorded, op: str) -> list[Tensor]:
    """The outputs of a function, all of them numbers.

    Raises:
        TypeError: one is a string, a function or another object.
    """
    outputs = [as_tensor(output) for output in recorded.outputs]
    for given, output in zip(recorded.outputs, outputs, strict=True):
        if not is_of_numbers(output.dtype):
            raise TypeError(
                f"[{op}] the function returned a {type(given).__name__}, wanted arrays, or nestings of arrays; "
                "return everything else separately, as aux where has_aux=True is understood"
            )
    return outputs


def inexact_leaves(tree: Any, op: str, argument: str) -> tuple[list[Any], Any]:
    """The leaves of an argument that is to be differentiated, all of them real or complex.

    Raises:
        TypeError: a leaf is an integer, a boolean or not a number.
    """
    if type(tree) is Tensor or type(tree) is numpy.ndarray or type(tree) is float:
        leaves, structure = [tree], None
    else:
        leaves, structure = flatten(tree)
    leaves = [leaf if type(leaf) is Tensor else unmasked(leaf, op) for leaf in leaves]
    for i, leaf in enumerate(leaves):
        if not is_inexact(leaf.dtype):
            where = argument if structure is None else argument + paths(structure)[i]
            advice = (
                ", since an integer has no derivative; write it with a decimal point (3.0 for 3) or as x.astype(float)"
                if is_of_numbers(leaf.dtype)
                else "; write it as an argument that is not differentiated, as argnums tells, or as a keyword"
            )
            raise TypeError(f"[{op}] {where} has dtype {leaf.dtype}, wanted real or complex floating point{advice}")
    return leaves, structure
