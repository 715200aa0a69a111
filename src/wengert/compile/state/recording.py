"""What followed numbers and written state ask of the recording that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ...core.compilation import Compilation
from ...core.node import Node
from ...core.tensor import Tensor


class StateRecording(Compilation, Protocol):
    """A compilation in progress, as those see it who record numbers and state for it.

    Attributes:
        source: the function from which state is found; ``None`` if there is none.
        exports: whether a number was made that eager code refuses to make where a derivative is being recorded.
    """

    source: Callable[..., Any] | None
    exports: bool

    def as_read(self, value: Tensor, node: Node) -> Tensor:
        """A tensor with this value that a walk follows to the leaf, if the place is one."""
        ...

    def example(self, tensor: Tensor) -> Any:
        """The raw value of a tensor without one, at this call; ``None`` if there is none."""
        ...

    def number(self, value: Any) -> Tensor:
        """The input for a number or an array that is no tensor."""
        ...
