"""The backend: what makes something that runs of a graph. Machine code where there is LLVM, NumPy otherwise.

Nothing else in the compiler knows which backend runs. Another one is a folder beside `native`, whose programs are
`Executable`, and a choice in `lowered`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Protocol

from numpy import ndarray

from ..core.graph import Graph
from ..core.locks import Line
from ..core.replay import Interpreted

_writing_code = Line(holds_up_forks=True)
"""Modules are imported on the way, and machine code is half written: a fork waits, as other threads do."""


class Executable(Protocol):
    """A graph that runs.

    Attributes:
        overwritten: the inputs, by position, whose memory is written to.
    """

    @property
    def overwritten(self) -> Sequence[int]: ...

    def __call__(self, inputs: Sequence[Any], spare: Mapping[int, Any] | None = None) -> list[Any]:
        """The raw outputs; in the memory of `spare` where there is some for an output."""
        ...

    def facts(self) -> list[str]:
        """What is worth to be reported, a line each."""
        ...


def lowered(graph: Graph, donors: Mapping[int, int] | None = None) -> Executable:
    """The graph in machine code; node by node in NumPy where there is no LLVM, nothing to do, or foreign byte order.

    `donors` gives for outputs (by position) the inputs whose memory they may take.
    """
    is_foreign = any(0 in f.shape or not f.dtype.isnative for f in _forms(graph))
    if find_spec("llvmlite") is None or is_foreign or any(not c.dtype.isnative for c in _constants(graph)):
        return Interpreted(graph)
    with _writing_code.lock, collector_paused():
        from .native.native_program import NativeProgram

        return NativeProgram(graph, donors)


def door_to(program: Any, cls: type, leaves: Sequence[Any], values: Sequence[Any]) -> Any:
    """A way into a program, without Python, for calls of objects of a class on arguments like these, if there is one.

    The raw values of the arguments are given with them.
    """
    if find_spec("llvmlite") is None:
        return None
    with _writing_code.lock:
        from .call.door import new_door
        from .call.method import doors_open

        door = new_door(program, leaves, values)
        return door if door is not None and doors_open(cls) else None


def facts_in_memory(expected: Any) -> Any:
    """What is expected, as machine code can look for it, if there is LLVM."""
    if find_spec("llvmlite") is None:
        return None
    from .call.conditions import facts_of

    with collector_paused():
        return facts_of(expected)


def why_no_doors() -> str | None:
    """Why no call can be without Python here; ``None`` if some can."""
    if find_spec("llvmlite") is None:
        return "there is no llvmlite"
    from .interpreter.layouts import difference

    return difference()


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without searching for cycles: compiling makes many objects, none of which is garbage before it ends."""
    was_enabled = gc.isenabled()
    try:
        gc.disable()
        yield
    finally:
        if was_enabled:
            gc.enable()


def _constants(graph: Graph) -> list[Any]:
    return [o for node in graph.nodes for o in node.operands if isinstance(o, ndarray)]


def _forms(graph: Graph) -> list[Any]:
    return [form for node in (*graph.inputs, *graph.nodes) for form in node.result_forms]
