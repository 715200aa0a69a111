"""The user's line behind each operation, also behind those of derivatives: the line of what is differentiated."""

from __future__ import annotations

import ast
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..core.graph import Graph, GraphNode, subgraphs
from ..core.node import Node
from ..core.primitive import Primitive
from ..core.python.source import SourceLine, user_line
from ..core.recording import PICK
from ..core.state import observers, state, walk_observers


@dataclass(frozen=True, slots=True)
class OriginLine(SourceLine):
    """Where an operation comes from.

    Attributes:
        is_derivative: it is in the derivative of what is written there.
        target: the variable that the operation makes there; ``None`` for what is on the way to it.
    """

    is_derivative: bool = False
    target: str | None = None


class LinesOfDerivatives:
    """Within it, a compilation that this thread records knows for what a walk computes the line of the node it passes.

    A recorder notes only lines that are not known yet, so that it does not undo what is noted here before it.
    """

    def __enter__(self) -> LinesOfDerivatives:
        self.thread: int = threading.get_ident()
        self.visited: list[Node] = []
        observers.append(self._note)
        walk_observers.append(self)
        return self

    def __exit__(self, *exception: Any) -> None:
        observers.remove(self._note)
        walk_observers.remove(self)

    @property
    def _is_here(self) -> bool:
        return threading.get_ident() == self.thread

    def _note(self, primitive: Primitive, operands: Sequence[Any], params: dict[str, Any], result: Any) -> None:
        if self.visited and self._is_here and state.recorder is not None and user_line() is None:
            lines = state.recorder.lines
            line = _of_derivative(lines.get(self.visited[-1]))
            for one in result if primitive.many else (result,):
                lines[one._node] = line
                if one._node.primitive is PICK:
                    lines[one._node.parents[0]] = line

    def enter(self, node: Node) -> None:
        if self._is_here:
            self.visited.append(node)

    def leave(self, node: Node) -> None:
        if self._is_here:
            self.visited.pop()

    def passed(self, walk: str, node: Node, arrived: Any, left: Any) -> None:
        """Nothing more is to be known."""


def _of_derivative(line: SourceLine | None) -> SourceLine | None:
    return None if line is None else OriginLine(line.file, line.number, line.function, is_derivative=True)


def note_targets(graph: Graph) -> None:
    """Note at the last operation of each line that assigns to a variable which that is.

    Passes hand on the lines of operations that they keep, so that no other value ever gets the name.
    """
    following = None
    for node in reversed(graph.nodes):
        line, after = node.line, following
        following = line or following
        if type(line) is SourceLine and line != after and line.function != "<lambda>":
            node.line = OriginLine(line.file, line.number, line.function, target=_target(line.text))
        for inner in subgraphs(node).values():
            note_targets(inner)


def _target(text: str) -> str | None:
    """The variable to which a statement assigns; ``None`` if it is no assignment to one, or not all of it is there."""
    try:
        (statement,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            return name
    return None


def shown(line: SourceLine | None) -> str | None:
    """The text of a comment that names the user's line; ``None`` if there is none, or no file that it is in."""
    if line is None or line.file.startswith("<"):
        return None
    of = "derivative of " if isinstance(line, OriginLine) and line.is_derivative else ""
    place = f"{of}{os.path.basename(line.file)}:{line.number}"
    return f"{place}: {line.text}" if line.text else place


def target_of(node: GraphNode) -> str | None:
    """The variable of the user's that an operation makes, if there is one."""
    return node.line.target if isinstance(node.line, OriginLine) else None
