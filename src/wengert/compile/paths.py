"""The programs of a function for one signature of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy

from ..core.source import at_line
from ..core.tensor import Tensor
from ..core.trees import unflatten
from .program import Program
from .recorder import WEAK
from .tracing import record

FIXED = frozenset({bool, str, bytes})
"""Types of arguments that a function gets as they are; each value of them is compiled for itself."""


def as_array(leaf: Any, position: int) -> Any:
    """The array that an argument is.

    Raises:
        TypeError: it is none.
    """
    value = numpy.asarray(leaf)
    if value.dtype.kind not in "biufc":
        raise TypeError(
            f"[jit] argument {position} is of type {type(leaf).__name__}, wanted arrays, numbers, texts, or nestings "
            "of them (dict, list, tuple, dataclass); name it in static_argnames if it can be hashed, or let the "
            f"function read it from outside{at_line()}"
        )
    return value


class Paths(Sequence[Program]):
    """The programs recorded for one signature.

    Attributes:
        f: the function.
        structure: how the arguments are nested; ``None`` if they are not.
        fixed: the arguments that are no arrays, by position.
        static: the static arguments, by name.
        programs: one for each state of the surroundings that was met.
    """

    def __init__(
        self, f: Callable[..., Any], structure: Any, fixed: Mapping[int, Any], static: Mapping[str, Any]
    ) -> None:
        self.f = f
        self.structure = structure
        self.fixed = fixed
        self.static = static
        self.programs: list[Program] = []

    def __len__(self) -> int:
        return len(self.programs)

    def __getitem__(self, index: Any) -> Any:
        return self.programs[index]

    def program(self, leaves: Sequence[Any]) -> Program:
        """The program for the surroundings as they are."""
        for program in self.programs:
            if program.fits(leaves):
                return program
        program = self.record(leaves)
        self.programs.append(program)
        return program

    def record(self, leaves: Sequence[Any]) -> Program:
        """A new program, for these arguments."""
        raw = [leaf if type(leaf) is Tensor or type(leaf) in WEAK else numpy.asarray(leaf) for leaf in leaves]
        return Program(record(self.run, raw, self.f))

    def run(self, *leaves: Any) -> Any:
        """Call the function plainly."""
        following = iter(leaves)
        count = len(leaves) + len(self.fixed)
        flat = [self.fixed[i] if i in self.fixed else next(following) for i in range(count)]
        args, kwargs = (flat, {}) if self.structure is None else unflatten(self.structure, flat)
        return self.f(*args, **kwargs, **self.static)
