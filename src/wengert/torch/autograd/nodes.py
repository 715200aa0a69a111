"""What PyTorch calls the nodes of the list."""

from __future__ import annotations

from typing import Any

__all__ = ["Node", "name_of", "node_of"]


class Node:
    """The node of a result: what users look at of it, its name."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def name(self) -> str:
        """What PyTorch calls it."""
        return self._name

    def __repr__(self) -> str:
        return f"<{self._name}>"


def node_of(tensor: Any) -> Node | None:
    """The node that a tensor comes from; ``None`` for a leaf."""
    name = name_of(tensor)
    return None if name is None else Node(name)


NAMES = {
    "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "power": "Pow", "negative": "Neg",
    "matmul": "Mm", "exp": "Exp", "log": "Log", "sin": "Sin", "cos": "Cos", "tanh": "Tanh", "sqrt": "Sqrt",
    "sum": "Sum", "mean": "Mean", "maximum": "Maximum", "minimum": "Minimum", "where": "Where", "reshape": "View",
    "transpose": "Permute", "block": "Slice", "absolute": "Abs", "max": "Max", "min": "Min", "relu": "Relu",
    "concatenate": "Cat", "expit": "Sigmoid", "softmax": "Softmax", "copy": "Clone",
}  # fmt: skip
"""The name of the node of an operation in PyTorch, by that of the operation here; others are named as they are here."""


def name_of(tensor: Any) -> str | None:
    """What PyTorch calls the node that a tensor comes from; ``None`` for a leaf."""
    operation = tensor._tensor.operation
    return None if operation is None else f"{NAMES.get(operation, operation)}Backward0"
