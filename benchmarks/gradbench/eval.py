"""What an eval of GradBench is: inputs, functions of them, and how a result is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from .libraries import Function, Library

Input = Mapping[str, Any]
"""What the messages of GradBench carry: numbers, and lists of them."""

Make = Callable[[Library, Input], Function]
"""From a library and an input (of which only its sizes are looked at) to a function of arrays."""


@dataclass(frozen=True)
class Case:
    """An input with its description; `is_quick` if it is among the few that a quick look takes."""

    description: str
    input: Input
    is_quick: bool = False


def told(result: Any) -> Any:
    """A result as a message has it: a number, or lists of numbers."""
    return numpy.asarray(result).tolist()


def nothing(_: Input) -> Sequence[Any]:
    return ()


@dataclass(frozen=True)
class Eval:
    """An eval.

    Attributes:
        name: that of GradBench's module.
        functions: what is computed, under GradBench's names.
        arrays: the operands of the functions, from an input.
        integers: what the C++ version is told of sizes and places.
        constants: arrays that it takes beside the operands.
        cases: the inputs of the table, which are made as GradBench's generators make them.
        answer: from a function's name, its result (arrays) and the input to what a message has.
        in_loops: names of functions that take a derivative in reverse mode of a loop with a test.
        too_long: libraries that are left out of the table, since one call takes them minutes.
    """

    name: str
    functions: Mapping[str, Make]
    arrays: Callable[[Input], Sequence[numpy.ndarray]]
    cases: Callable[[], Iterable[Case]]
    integers: Callable[[Input], Sequence[int]] = nothing
    constants: Callable[[Input], Sequence[numpy.ndarray]] = nothing
    answer: Callable[[str, Any, Input], Any] = lambda _name, result, _input: told(result)
    in_loops: frozenset[str] = frozenset()
    too_long: frozenset[str] = frozenset()
