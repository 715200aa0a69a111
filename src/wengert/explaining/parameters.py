"""Parameters: tensors with ``requires_grad`` that a function finds outside, watched while it is explained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import unwrap
from typing import Any

from ..compile.state.survey import Survey
from ..core.node import Leaf
from ..core.search import first
from ..core.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Parameter:
    """A leaf, and how the function calls it."""

    name: str
    tensor: Tensor
    node: Leaf


def parameters_of(f: Callable[..., Any]) -> list[Parameter]:
    """The leaves that a function may read, in the order in which they are found from it."""
    survey = Survey(unwrap(f))
    return [
        Parameter(_name(found, survey), found, found._node)
        for found in survey.met.values()
        if type(found) is Tensor and type(found._node) is Leaf and found.dtype.kind in "fc"
    ]


def _name(found: Any, survey: Survey) -> str:
    """As the function writes it: what is found from the object of a method begins with its first parameter."""
    way = survey.incoming[id(found)][0]
    if isinstance(way.owner, tuple) and id(way.owner) in survey.incoming:
        place = first(i for i, item in enumerate(way.owner) if item is found)
        return f"{_name(way.owner, survey)}[{place}]"
    return f"self{way.name}" if way.name.startswith(".") else way.name


@contextmanager
def watched(parameters: Sequence[Parameter], bit: int) -> Iterator[None]:
    """Within it, a watch depends on the parameters; what is written to them keeps nothing of it."""
    for parameter in parameters:
        parameter.node.watch |= bit
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.node.watch &= ~bit
            _forget(parameter.tensor, bit)


def _forget(tensor: Tensor, bit: int) -> None:
    node = tensor._node
    if node.watch & bit:
        node.watch &= ~bit
    if type(node) is Leaf and node.grad is not None:
        node.grad._node.watch &= ~bit
