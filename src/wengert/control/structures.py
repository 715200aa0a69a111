"""Carried structures: flattening them, and errors that name what a body gave and what was wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy

from ..core.abstract import Abstract, form_of
from ..core.dtypes.kinds import is_of_numbers, result_type
from ..core.lending import lent
from ..core.python.source import at_line
from ..core.python.trees import flatten, paths, unflatten
from ..core.state import state
from ..core.tensor import Tensor
from ..ops.operands import unmasked
from ..transforms.derivatives import describe, first_difference
from ..transforms.recorded import handle


class Tree(NamedTuple):
    """Flat tensors with the structure that they had."""

    leaves: list[Tensor]
    structure: Any

    @property
    def forms(self) -> list[Abstract]:
        """The form of each leaf."""
        return [form_of(leaf._value) for leaf in self.leaves]

    @property
    def handles(self) -> list[Tensor]:
        """New handles on the leaves, for a form that shares none with others."""
        return list(map(handle, self.leaves))

    def whole(self, leaves: Sequence[Any]) -> Any:
        """The structure with other leaves."""
        return unflatten(self.structure, leaves)


def tree(value: Any, op: str, what: str) -> Tree:
    """A nesting of numbers and arrays, flattened.

    Raises:
        TypeError: something else is in it.
    """
    leaves, structure = flatten(value)
    return Tree([_number(leaf, structure, i, op, what) for i, leaf in enumerate(leaves)], structure)


def _number(leaf: Any, structure: Any, position: int, op: str, what: str) -> Tensor:
    tensor = leaf if type(leaf) is Tensor else lent(unmasked(leaf, op))
    if not is_of_numbers(tensor.dtype):
        raise TypeError(
            f"[{op}] {what}{paths(structure)[position]} is a {type(leaf).__name__}, wanted numbers and arrays, nested "
            f"as you like; let the function read everything else from outside{at_line()}"
        )
    return tensor


def fitted(value: Any, wanted: Tree, op: str, what: str, other: str | None = None) -> list[Tensor]:
    """New handles on what a function returned, which must fit others; Python numbers take on their dtype.

    Args:
        value: what it returned.
        wanted: the others: what was before, or what another function returned.
        op: the name of the form.
        what: how a message calls what was returned.
        other: the name of the other function.

    Raises:
        TypeError: they differ in structure, shape or dtype; the message names both.
    """
    leaves, structure = flatten(value)
    if structure != wanted.structure:
        raise TypeError(
            f"[{op}] {what} has the structure {describe(structure)}, wanted {describe(wanted.structure)}, "
            f"{_as(other)}; the first difference is at {first_difference(structure, wanted.structure)}; return it "
            f"nested like that{at_line()}"
        )
    tensors = [_number(leaf, structure, i, op, what) for i, leaf in enumerate(leaves)]
    every = [_fitted(tensors[i], leaf, wanted, i, f"[{op}] {what}", other) for i, leaf in enumerate(leaves)]
    return list(map(handle, every))


def _fitted(tensor: Tensor, leaf: Any, wanted: Tree, position: int, what: str, other: str | None) -> Tensor:
    form = wanted.forms[position]
    if (tensor.shape, tensor.dtype) == (form.shape, form.dtype):
        return tensor
    if type(leaf) in PYTHON_NUMBERS and result_type(form.dtype, leaf) == form.dtype and form.shape == ():
        return Tensor(numpy.asarray(leaf, form.dtype))
    place = f"{what}{paths(wanted.structure)[position]}"
    if tensor.shape != form.shape:
        raise TypeError(
            f"{place} has shape {tensor.shape}, wanted {form.shape}, {_as(other)}; {_change(other)} an array of "
            f"shape {tensor.shape}, or return one of shape {form.shape}{at_line()}"
        )
    raise TypeError(
        f"{place} has dtype {tensor.dtype}, wanted {form.dtype}, {_as(other)}; {_change(other)} one of dtype "
        f"{tensor.dtype}, or return x.astype({str(form.dtype)!r}){at_line()}"
    )


def _as(other: str | None) -> str:
    return f"as from {other}" if other else "as before"


def _change(other: str | None) -> str:
    return f"let {other} return" if other else "begin with"


PYTHON_NUMBERS = frozenset({bool, int, float, complex})
"""Types of numbers whose dtype gives way."""


def is_recorded(*leaves: Any) -> bool:
    """Whether a loop or branch over these values is recorded as one node, instead of being run as plain Python."""
    return state.recorder is not None or any(type(x) is Tensor and type(x._value) is Abstract for x in leaves)
