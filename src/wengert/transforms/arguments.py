"""The arguments of a function with a rule of its own: its numbers, and what else it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.dtypes.kinds import is_inexact, result_type
from ..core.python.trees import flatten, unflatten
from ..ops.operands import is_foreign
from .derivatives import describe, first_difference
from .recorded import as_raw


class Arguments:
    """Positional arguments, flattened: a text, a flag, a function or another object among them is no operand.

    Attributes:
        leaves: the numbers and arrays, flat.
        structure: how everything is nested.
        others: by position among all leaves, what is no number.
    """

    leaves: list[Any]
    structure: Any

    def __init__(self, args: tuple[Any, ...], op: str) -> None:
        every, self.structure = flatten(args)
        self.others: dict[int, Any] = {i: leaf for i, leaf in enumerate(every) if _is_left_alone(leaf)}
        self.leaves = _in_one_precision([leaf for i, leaf in enumerate(every) if i not in self.others], op)

    @property
    def count(self) -> int:
        """How many numbers and arrays there are."""
        return self.structure.num_leaves - len(self.others)

    def handed_over(self) -> list[Any]:
        """The leaves, which are held no longer: what stands for them is in the list."""
        leaves, self.leaves = self.leaves, []
        return leaves

    def filled(self, leaves: Sequence[Any]) -> Any:
        """The arguments with other numbers."""
        return self._nested(leaves, self.others)

    def vectors(self, leaves: Sequence[Any]) -> Any:
        """Something for each number, nested as the arguments are, with ``None`` for what is no number."""
        return self._nested(leaves, dict.fromkeys(self.others))

    def _nested(self, leaves: Sequence[Any], others: dict[int, Any]) -> Any:
        following = iter(leaves)
        every = range(self.structure.num_leaves)
        return unflatten(self.structure, [others[i] if i in others else next(following) for i in every])

    def leaves_of(self, given: Any, giver: str) -> list[Any]:
        """The leaves of (co)tangents that belong to the numbers, whatever is there for the others.

        Args:
            given: one for each argument, nested like it; for a single argument also that one alone.
            giver: who returned it.

        Raises:
            TypeError: they are not nested as the arguments are.
        """
        alone, structure = flatten((given,))
        if structure == self.structure and not self.others:
            return alone
        if not self.others:
            return fitting_leaves(given, self.structure, giver, "the tuple of arguments")
        try:
            every = self.structure.flatten_up_to(given)
        except ValueError as error:
            raise _mismatch(flatten(given)[1], self.structure, giver, "the tuple of arguments") from error
        return [leaf for i, leaf in enumerate(every) if i not in self.others]


def _in_one_precision(leaves: Sequence[Any], op: str) -> list[Any]:
    """The leaves as arrays; a Python float takes the precision of the arrays beside it, as in an operation."""
    found = [as_raw(leaf, op) for leaf in leaves]
    is_weak = [type(leaf) is float for leaf in leaves]
    firm = [x.dtype for x, weak in zip(found, is_weak, strict=True) if not weak and is_inexact(x.dtype)]
    if not firm or not any(is_weak):
        return found
    precision = numpy.real(numpy.zeros(1, result_type(*firm))).dtype
    return [x.astype(precision) if weak else x for x, weak in zip(found, is_weak, strict=True)]


def _is_left_alone(leaf: Any) -> bool:
    """Whether a function gets a leaf as it is."""
    return isinstance(leaf, (str, bytes, bool)) or is_foreign(leaf)


def fitting_leaves(given: Any, structure: Any, giver: str, owner: str) -> list[Any]:
    """The leaves of (co)tangents that are nested as what they belong to.

    Raises:
        TypeError: they are nested differently.
    """
    leaves, own = flatten(given)
    if own != structure:
        raise _mismatch(own, structure, giver, owner)
    return leaves


def _mismatch(own: Any, wanted: Any, giver: str, owner: str) -> TypeError:
    return TypeError(
        f"[custom_derivative] {giver} returned the structure {describe(own)}, wanted that of {owner}, "
        f"{describe(wanted)}; the first difference is at {first_difference(own, wanted)}; write one entry for each, "
        "zeros where there is no derivative"
    )
