"""A recorded function: its list, what it reads and writes, and how its results are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy

from ...core.graph import Graph
from ...core.number import Number
from ...core.python.trees import unflatten
from ...core.tensor import Tensor
from ..state.arrays import ArrayPlace
from ..state.bindings import Binding
from ..state.expected import Expected
from ..state.nesting import (
    STATE,
    leaves_of,
)
from ..state.numbers import NumberProgram
from ..state.places import (
    Place,
    Writable,
)
from .aliases import Aliases
from .decisions import Decision
from .hints import Hint
from .kinship import (
    Tie,
)
from .recorder import Captured, Recorder


class Nested:
    """A returned or bound value, flattened.

    Attributes:
        leaves: its leaves; for tensors from outside, which are passed on as they are, what captured them; for Python
            numbers that are computed by the program, their tensors.
        structure: how they are nested; ``None`` for one tensor or number.
        types: by position, those of numbers that are computed by the program.
        inside: the identities of the tensors that are not from outside.
    """

    def __init__(self, recorder: Recorder, value: Any) -> None:
        given, self.structure = leaves_of(value)
        elements = {i: n for i, n in enumerate(given) if type(n) is Number and type(n.source) is Tensor}
        self.types = {i: type(number.value) for i, number in elements.items()}
        given = [elements[i].source if i in elements else leaf for i, leaf in enumerate(given)]
        self.leaves: list[Any] = [recorder.passed(leaf) if type(leaf) is Tensor else leaf for leaf in given]
        pairs = zip(given, self.leaves, strict=True)
        self.inside: set[int] = {id(leaf) for leaf, taken in pairs if type(taken) is Tensor}

    @property
    def steps(self) -> list[int]:
        """The steps by which Python computes those leaves that are numbers."""
        return [leaf.source for leaf in self.leaves if type(leaf) is Number]


class Results:
    """The structure of results, or of a bound value, and where each leaf comes from.

    Attributes:
        structure: ``None`` for one tensor or number.
        numbers: for each leaf, which output it is; ``None`` for others.
        types: by position, those of Python numbers among the outputs.
        steps: by position, the numbers that Python computes.
        others: by position, the leaves that are not computed: no tensors, or the places where a tensor is found.
    """

    def __init__(self, nested: Nested, numbers: Mapping[int, int]) -> None:
        self.structure: Any = nested.structure
        self.numbers: list[int | None] = [numbers.get(id(leaf)) for leaf in nested.leaves]
        self.types = nested.types
        self.steps: dict[int, Any] = {i: leaf.source for i, leaf in enumerate(nested.leaves) if type(leaf) is Number}
        every = enumerate(nested.leaves)
        self.others: dict[int, Any] = {
            i: leaf.found if isinstance(leaf, Captured) else leaf for i, leaf in every if type(leaf) not in STATE
        }

    def is_each(self, count: int) -> bool:
        """Whether the leaves are the outputs, in order."""
        return self.numbers == list(range(count)) and not self.types

    def rebuilt(self, outputs: Sequence[Any], numbers: Sequence[Any] = ()) -> Any:
        """Unflatten a value, from outputs of the program and numbers computed in Python."""
        leaves = [self.leaf(i, numbers) if n is None else outputs[n] for i, n in enumerate(self.numbers)]
        for i, kind in self.types.items():
            leaves[i] = kind(leaves[i]._value.item())
        return leaves[0] if self.structure is None else unflatten(self.structure, leaves)

    def leaf(self, position: int, numbers: Sequence[Any] = ()) -> Any:
        """A leaf that is no output."""
        if position in self.steps:
            return numbers[self.steps[position]]
        other = self.others[position]
        if isinstance(other, ArrayPlace):
            return other.array.copy()
        if isinstance(other, Place):
            return other.read()
        return other.copy() if isinstance(other, numpy.ndarray) else other


class Rebinding(NamedTuple):
    """A name that a call binds anew.

    Attributes:
        binding: the name.
        results: what it is bound to.
        kept: the number of the output that says whether it stays as it is; ``None`` if it does not.
    """

    binding: Binding
    results: Results
    kept: int | None


@dataclass
class RecordedFunction:
    """A recorded function: its graph, and how its inputs and outputs are bound to arguments and state.

    Attributes:
        graph: inputs are the arguments, then the places read; outputs the results and what names are bound to, then
            what is written to places, then what is written to arguments, then what nothing uses but may raise, then
            what decisions were taken on.
        results: how the results are nested.
        count: the number of results and of what names are bound to.
        reads: the places that hold something to be read, or nothing, as when the function was recorded.
        writes: the places written; their outputs are ``None`` where nothing is held.
        bound: the names that are bound to other tensors or nestings of them, and how these are nested.
        changed: the positions of the arguments that are written to.
        stored: the names that are bound to plain values.
        watched: for each output, whether ``backward()`` can start from it.
        followed: the graph that ``backward()`` outside follows; the graph itself, if nothing is computed under
            ``no_grad()``.
        expected: what must be found under the names by which state was found.
        aliases: which arguments are tensors read outside, or the same one, or share elements with others; ``None`` if
            that makes no difference.
        inner: the outputs from which ``backward()`` comes to leaves that the function has made, and nobody sees.
        ties: the outputs that are views of others, of arguments, or of tensors outside.
        decisions: what Python has asked for, in order.
        numbers: what Python computes of numbers; ``None`` if there is nothing.
        exports: whether eager code refuses to do the same where a derivative is being recorded.
        hints: what is to be said about it.
        resized: the identities of containers in which it leaves more or less than there was.
        undecided: statements that are not recorded as one node, whatever they could be.
    """

    graph: Graph
    results: Results
    count: int
    reads: list[Place]
    writes: list[Writable]
    bound: list[Rebinding]
    changed: list[int]
    stored: list[tuple[Binding, Any]]
    watched: list[bool]
    followed: Graph
    expected: Expected | None
    aliases: Aliases | None
    inner: list[int]
    ties: list[Tie]
    decisions: list[Decision]
    numbers: NumberProgram | None
    exports: bool
    hints: Sequence[Hint] = ()
    resized: Set[int] = frozenset()
    undecided: Set[Any] = frozenset()

    @property
    def has_effects(self) -> bool:
        """Whether a call writes anything outside."""
        return bool(self.writes or self.bound or self.changed or self.stored or self.inner or self.ties)
