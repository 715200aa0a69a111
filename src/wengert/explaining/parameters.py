"""Parameters: tensors with ``requires_grad`` that a function finds outside, watched while it is explained."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import unwrap
from typing import Any

from ..compile.state.survey import Survey
from ..core.dtypes.kinds import is_inexact
from ..core.node import Leaf
from ..core.python.search import first
from ..core.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Parameter:
    """A leaf, and how the function calls it."""

    name: str
    tensor: Tensor
    node: Leaf


@contextmanager
def watched_parameters(f: Callable[..., Any], bit: int) -> Iterator[list[Parameter]]:
    """The leaves that a function may read, on which a watch depends within; nothing outside keeps anything of it."""
    survey = Survey(unwrap(f))
    _forget(survey, bit)  # what an earlier watch with this number may have left
    parameters = [
        Parameter(name_in(survey, found), found, found._node)
        for found in survey.met.values()
        if type(found) is Tensor and type(found._node) is Leaf and is_inexact(found.dtype)
    ]
    for parameter in parameters:
        parameter.node.watch |= bit
    try:
        yield parameters
    finally:
        for parameter in parameters:
            parameter.node.watch &= ~bit
        _forget(Survey(unwrap(f)), bit)


MEMBERS = re.compile(r"\._members\[(?:'(\d+)'\]|(?='))")
"""Where modules that are lists or dicts of others hold these."""


def name_in(survey: Survey, found: Any) -> str:
    """How the function calls what was found: ``self.net[0].weight``."""
    return MEMBERS.sub(lambda held: f"[{held[1]}]" if held[1] else "[", _name(survey, found))


def _name(survey: Survey, found: Any) -> str:
    """As the function writes it: what is found from the object of a method begins with its first parameter."""
    way = survey.incoming[id(found)][0]
    if isinstance(way.owner, tuple) and id(way.owner) in survey.incoming:
        place = first(i for i, item in enumerate(way.owner) if item is found)
        return f"{_name(survey, way.owner)}[{place}]"
    return f"self{way.name}" if way.name.startswith(".") else way.name


def _forget(survey: Survey, bit: int) -> None:
    """Take a watch from all tensors that were found, and from their gradients."""
    for found in survey.met.values():
        if type(found) is Tensor:
            gradient = found._node.grad if type(found._node) is Leaf else None
            for tensor in (found,) if gradient is None else (found, gradient):
                tensor._node.watch &= ~bit
