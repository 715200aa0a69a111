"""Following what is computed: every operation, and every node that a walk passes, with the user's line."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.dtypes.kinds import is_inexact
from ..core.node import UNTRACKED, Node
from ..core.primitive import Primitive
from ..core.python.source import SourceLine, user_line
from ..core.state import observers, state, walk_observers
from ..core.tensor import Tensor


@dataclass(frozen=True, eq=False, slots=True)
class Made:
    """An operation that was performed.

    Attributes:
        primitive: which.
        operands: their raw values.
        watches: for each operand the watches that depend on it.
        params: the keyword parameters.
        result: the raw result; a tuple if there are many.
        node: its place in the list.
        line: the user's line that called it; for an operation of a walk, the line of the node it passed.
        within: in the derivative of which primitive it was performed, if a walk performed it.
    """

    primitive: Primitive
    operands: tuple[Any, ...]
    watches: tuple[int, ...]
    params: dict[str, Any]
    result: Any
    node: Node
    line: SourceLine | None
    within: str | None

    @property
    def is_abstract(self) -> bool:
        """Whether it was recorded without values."""
        return any(type(o) is Abstract for o in self.operands)

    @property
    def title(self) -> str:
        """The name, and what it belongs to."""
        name = self.primitive.name
        return f"{name} in the derivative of {self.within}" if self.within else name

    @property
    def is_origin(self) -> bool:
        """Whether it made a number that is not finite of finite ones."""
        return becomes_non_finite(self.operands, self.result)

    def operand_names(self) -> list[str]:
        """What the primitive calls its operands; those of a variadic one are numbered."""
        names = self.primitive.operands
        if names and names[0].startswith("*"):
            return [f"{names[0][1:]}[{i}]" for i in range(len(self.operands))]
        return list(names)


class Tracer:
    """Within it, follows what this thread computes.

    It keeps every operation (and so every value) until the block ends. Subclasses say what they make of it
    in `performed` and `walked`.
    """

    def __enter__(self) -> Any:
        self.thread: int = threading.get_ident()
        self.made: dict[Node, Made] = {}
        self.visiting: list[Node] = []
        observers.append(self._note)
        state.followers += 1
        walk_observers.append(self)
        return self

    def __exit__(self, *exception: Any) -> None:
        observers.remove(self._note)
        state.followers -= 1
        walk_observers.remove(self)
        del self.made, self.visiting

    def performed(self, made: Made) -> None:
        """An operation was performed."""

    def walked(self, walk: str, made: Made, arrived: Any, left: Any) -> None:
        """A walk met `arrived` at a node, and made `left` of it."""

    def _note(self, primitive: Primitive, operands: Sequence[Any], params: dict[str, Any], result: Any) -> None:
        if threading.get_ident() == self.thread:
            node = node_of(result)
            line, within = self._line()
            made = Made(
                primitive,
                tuple([raw(o) for o in operands]),
                tuple([o._node.watch if type(o) is Tensor else 0 for o in operands]),
                params,
                raw(result),
                node,
                line,
                within,
            )
            if node is not UNTRACKED:
                self.made[node] = made
            self.performed(made)

    def _line(self) -> tuple[SourceLine | None, str | None]:
        line = user_line()
        if line is not None or not self.visiting:
            return line, None
        visited = self.visiting[-1]
        outer = self.made.get(visited)
        return (outer.line if outer else None), visited.primitive.name

    def enter(self, node: Node) -> None:
        if threading.get_ident() == self.thread:
            self.visiting.append(node)

    def leave(self, node: Node) -> None:
        if threading.get_ident() == self.thread:
            self.visiting.pop()

    def passed(self, walk: str, node: Node, arrived: Any, left: Any) -> None:
        if threading.get_ident() == self.thread:
            self.walked(walk, self.made.get(node) or _earlier(node), arrived, left)


class Listed(Tracer):
    """Collects every operation, in order."""

    def __enter__(self) -> Listed:
        self.operations: list[Made] = []
        return super().__enter__()

    def performed(self, made: Made) -> None:
        self.operations.append(made)


def _earlier(node: Node) -> Made:
    """A node that was made before the block."""
    operands = node.residuals[:-1]
    return Made(node.primitive, tuple(operands), (), node.params, node.residuals[-1], node, None, None)


def node_of(result: Any) -> Node:
    """The node that made a result (or all of many results)."""
    if type(result) is not tuple:
        return result._node
    pick = result[0]._node if result else UNTRACKED
    return pick if pick is UNTRACKED else pick.parents[0]


def nodes_of(value: Any) -> list[Node]:
    """The nodes of the tensors in a value, which may be nested in tuples or hold ``None``."""
    if isinstance(value, (tuple, list)):
        return [node for part in value for node in nodes_of(part)]
    return [value._node] if type(value) is Tensor else []


def raw(value: Any) -> Any:
    """The value without its handle; lists and tuples element by element."""
    if isinstance(value, (tuple, list)):
        return tuple([raw(v) for v in value])
    return value._value if type(value) is Tensor else value


def has_numbers(value: Any) -> bool:
    """Whether there is anything to show: not a value that was not kept, nor one that is abstract."""
    return any(True for _ in arrays(value))


def arrays(value: Any) -> Iterator[numpy.ndarray]:
    """The arrays and numbers in a value, which may be nested in tuples, hold ``None``, or be abstract."""
    if isinstance(value, (tuple, list)):
        for part in value:
            yield from arrays(part)
    elif isinstance(value, (int, float, complex, numpy.ndarray, numpy.generic)):
        yield numpy.asarray(value)


def first_not_finite(value: Any) -> tuple[numpy.ndarray, tuple[int, ...]] | None:
    """The first array in a value with a number that is not finite, and where in it."""
    for array in arrays(value):
        if is_inexact(array.dtype):
            bad = ~numpy.isfinite(array)
            if bad.any():
                return array, tuple(int(i) for i in numpy.argwhere(bad)[0])
    return None


def becomes_non_finite(given: Any, result: Any) -> bool:
    """Whether a result has a number that is not finite, and what was given has none."""
    return first_not_finite(result) is not None and first_not_finite(given) is None
