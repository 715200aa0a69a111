"""Names of the lines of a list, of which no two are the same.

Inputs keep the names that the function gives them; operations are ``v1``, ``v2``, ..., the result is ``y``, a tangent
``dv1``, an adjoint ``av1``. Where an input is called like one of these, the others make way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count

from ..core.python.search import first


@dataclass(frozen=True, slots=True)
class Names:
    """What everything in a list is called.

    Attributes:
        lines: the inputs, then the operations.
        result: what the function returns.
        tangent: put before a name for its tangent.
        adjoint: put before a name for its adjoint.
    """

    lines: tuple[str, ...]
    result: str
    tangent: str
    adjoint: str


def names_for(inputs: Sequence[str], operations: int) -> Names:
    """Names for a list of so many operations on inputs that have theirs."""
    letter = first(letter for letter in candidates("vwust", "v_") if not any(map(_is_numbered(letter), inputs)))
    lines = (*distinct(inputs), *(f"{letter}{i}" for i in range(1, operations + 1)))
    result = first(name for name in candidates(["y", "result"], "result_") if not any(map(_is_of(name), inputs)))
    taken = {*lines, result}
    tangent = first(prefix for prefix in candidates("d", "d_") if _is_free(prefix, taken))
    taken |= {tangent + name for name in taken}
    adjoint = first(prefix for prefix in candidates("a", "a_") if _is_free(prefix, taken))
    return Names(lines, result, tangent, adjoint)


def distinct(inputs: Sequence[str]) -> list[str]:
    """The names, of which those that were there before are numbered."""
    found: dict[str, None] = {}
    for name in inputs:
        found[first(new for new in chain([name], (f"{name}#{i}" for i in count(2))) if new not in found)] = None
    return list(found)


def candidates(favourites: Iterable[str], stem: str) -> Iterator[str]:
    """The favourites, and then as many as are wanted."""
    yield from favourites
    yield from (stem + "_" * i for i in count())


def _is_numbered(letter: str) -> Callable[[str], bool]:
    """Whether an input is called by the letter and a number."""
    return lambda given: re.match(rf"{letter}\d+\b", given) is not None


def _is_of(name: str) -> Callable[[str], bool]:
    """Whether an input has the name, or is a part of what has it: ``y[0]``."""
    return lambda given: re.match(rf"{name}(\W|$)", given) is not None


def _is_free(prefix: str, taken: set[str]) -> bool:
    return not any(prefix + name in taken for name in taken)
