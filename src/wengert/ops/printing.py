"""Printing and calling back as an operation: what `wengert.debug` appends to the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general


@dataclass(frozen=True, eq=False)
class Layout:
    """How values become a line.

    Attributes:
        template: as of ``str.format``.
        arguments: what fills it by position, without the tensors.
        named: what fills it by name, without the tensors.
        places: for each tensor its position, or its name.
    """

    template: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    places: tuple[int | str, ...]

    def line(self, values: Sequence[Any]) -> str:
        """The line for some values of the tensors; scalars appear as numbers."""
        arguments, named = list(self.arguments), dict(self.named)
        for place, value in zip(self.places, values, strict=True):
            shown = value.item() if value.shape == () else value
            if isinstance(place, int):
                arguments[place] = shown
            else:
                named[place] = shown
        return self.template.format(*arguments, **named)

    def tell(self, values: Sequence[Any]) -> None:
        """Print the line."""
        print(self.line(values), flush=True)


@dataclass(frozen=True, eq=False)
class Call:
    """How a function is called with values.

    Attributes:
        function: of the leaves of its arguments.
        leaves: the leaves, of which those at `places` are the values.
        places: for each tensor its place among them.
    """

    function: Callable[[Sequence[Any]], Any]
    leaves: tuple[Any, ...]
    places: tuple[int, ...]

    def tell(self, values: Sequence[Any]) -> None:
        """Call the function, with arrays of its own."""
        given = dict(zip(self.places, values, strict=True))
        self.function([numpy.array(given[place]) if place in given else leaf for place, leaf in enumerate(self.leaves)])


def _evaluate(count: Any, *values: Any, layout: Layout | Call) -> Any:
    layout.tell(values)
    return (numpy.asarray(count + 1),)


PRINT = Primitive(
    "print",
    _evaluate,
    ("count", "*values"),
    lambda count, *values, layout: (Abstract((), count.dtype),),
    many=True,
    moves=True,
)
printed: Final = general(PRINT)
PRINT.operation = printed
"""``printed(count, *values, layout=)``: ``(count + 1,)``, when the values were told; so lines keep their order.

It has many results, as loops and branches have, so that its operands come as they are.
"""
