"""Which tensors are one and the same: it matters to what is written in place, and to code that asks with ``is``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.tensor import Tensor
from ..state.bindings import Binding
from ..state.nesting import tensors_in
from .kinship import aliases_of


class Aliases:
    """Which arguments are tensors that the function finds outside, or the same one.

    Attributes:
        handles: by identity, the tensors that are found outside, by names that lead to them at each call.
        named: names that lead to others at each call, whose tensors are told apart as well.
        found: for each tensor among the arguments and under those names, which one it is.
    """

    def __init__(self, leaves: Sequence[Any], handles: Mapping[int, Tensor], named: Sequence[Binding]) -> None:
        self.handles = handles
        self.named = named
        self.found = self._of(leaves, [binding.value for binding in named])

    def are_found(self, leaves: Sequence[Any]) -> bool:
        """Whether the same tensors are the same in a call."""
        if not self.named:
            return self.found == aliases_of(leaves, self.handles)
        return self.found == self._of(leaves, [binding.read() for binding in self.named])

    def _of(self, leaves: Sequence[Any], named: Sequence[Any]) -> tuple[Any, ...]:
        return aliases_of([*leaves, *(tensor for value in named for tensor in tensors_in(value))], self.handles)

    @property
    def are_none(self) -> bool:
        """Whether all tensors are others."""
        return not self.named and self.found == tuple(range(len(self.found)))
