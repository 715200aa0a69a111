"""Alias guards: which tensors of a call are one object, on which in-place writes and tests with ``is`` depend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.tensor import Tensor
from ..state.bindings import Binding
from ..state.nesting import tensors_in
from .kinship import aliases_of


class Aliases:
    """A guard: which arguments are captured tensors, or one another.

    Attributes:
        handles: by identity, the tensors that are found outside, by names that lead to them at each call.
        named: names that lead to others at each call, whose tensors are told apart as well.
        found: for each tensor among the arguments and under those names, which one it is.
    """

    def __init__(self, leaves: Sequence[Any], handles: Mapping[int, Tensor], named: Sequence[Binding]) -> None:
        self.handles = handles
        self.named = named
        self.found: tuple[Any, ...] = self._of(leaves, [binding.value for binding in named])

    def are_found(self, leaves: Sequence[Any]) -> bool:
        """The guard: whether a call has the aliases that were recorded, and no others."""
        if not self.named:
            return self.found == aliases_of(leaves, self.handles)
        return self.found == self._of(leaves, [binding.read() for binding in self.named])

    def _of(self, leaves: Sequence[Any], named: Sequence[Any]) -> tuple[Any, ...]:
        return aliases_of([*leaves, *(tensor for value in named for tensor in tensors_in(value))], self.handles)

    @property
    def are_none(self) -> bool:
        """Whether no two of the tensors are aliases."""
        return not self.named and self.found == tuple(range(len(self.found)))
