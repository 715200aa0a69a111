"""A graph that is simplified when it is asked for: who finds on disk what is made of it never asks."""

from __future__ import annotations

from collections.abc import Callable

from ...core.graph import Graph
from ...core.python.once import once


class LaterGraph:
    """A graph to be made executable.

    Attributes:
        origin: the graph by which it is known.
        is_simplified: whether that is the graph itself; else it is simplified first.
    """

    def __init__(self, origin: Graph, simplify: Callable[[], Graph] | None = None) -> None:
        self.origin = origin
        self.is_simplified = simplify is None
        self._simplify = simplify

    @once
    def graph(self) -> Graph:
        return self.origin if self._simplify is None else self._simplify()
