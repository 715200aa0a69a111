"""The choice of a backend for a graph: LLVM where it is installed, else interpretation by NumPy.

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
from ..core.primitive import Primitive
from ..core.replay import Interpreted

_writing_code = Line(holds_up_forks=True)
"""The lock of the compiler: one thread compiles at a time, and a fork waits for it."""


class Executable(Protocol):
    """A graph that a backend has made executable.

    Attributes:
        overwritten: the inputs, by position, whose memory is written to.
    """

    @property
    def overwritten(self) -> Sequence[int]: ...

    def __call__(self, inputs: Sequence[Any], spare: Mapping[int, Any] | None = None) -> list[Any]:
        """Run: the raw outputs, in donated buffers of `spare` where there are some."""
        ...

    def facts(self) -> list[str]:
        """The entries of a report, a line each."""
        ...


def lowered(graph: Graph, donors: Mapping[int, int] | None = None) -> Executable:
    """Lower a graph to machine code; interpreted by NumPy without LLVM, if empty arrays or foreign byte orders occur.

    `donors` gives for outputs (by position) the inputs whose memory they may take.
    """
    is_foreign = any(0 in f.shape or not f.dtype.isnative for f in _forms(graph))
    if find_spec("llvmlite") is None or is_foreign or any(not c.dtype.isnative for c in _constants(graph)):
        return Interpreted(graph)
    with _writing_code.lock, collector_paused():
        from .native.native_program import NativeProgram

        return NativeProgram(graph, donors)


def correlation_routine() -> Any:
    """Machine code for correlations of raw arrays; ``None`` without LLVM."""
    if find_spec("llvmlite") is None:
        return None
    with _writing_code.lock, collector_paused():
        from .native.arrays import routine

        return routine()


def words_routine() -> Any:
    """Machine code for random words of raw keys; ``None`` without LLVM."""
    if find_spec("llvmlite") is None:
        return None
    with _writing_code.lock, collector_paused():
        from .native.words import words_routine

        return words_routine()


def array_routine(primitive: Primitive) -> Any:
    """Machine code for an operation on raw arrays: on rows, sparse ones too, or elements; ``None`` without LLVM."""
    if find_spec("llvmlite") is None:
        return None
    from .native import elementwise, rows, sparse

    def compiling(task_for: Any) -> Any:
        def task_of(*sizes: Any) -> Any:
            with _writing_code.lock, collector_paused():
                return task_for(primitive, *sizes)

        return task_of

    if primitive in sparse.SPARSE_PRODUCTS:
        return sparse.routine_with(primitive, compiling(sparse.task_for))
    if primitive in rows.ROW_FORMULAS:
        return rows.routine_with(compiling(rows.task_for))
    return elementwise.routine_with(compiling(elementwise.task_for))


def door_to(program: Any, cls: type, call: Any, leaves: Sequence[Any], values: Sequence[Any]) -> Any:
    """Make a native entry to a program, for calls of objects of a class that are like this one, if it can have one.

    The leaves of its arguments are given with their raw values.
    """
    if find_spec("llvmlite") is None:
        return None
    with _writing_code.lock:
        from .call.door import new_door
        from .call.method import doors_open

        door = new_door(program, call, leaves, values)
        return door if door is not None and doors_open(cls) else None


def facts_in_memory(expected: Any) -> Any:
    """Lower guards on state outside to a table for machine code, if there is LLVM."""
    if find_spec("llvmlite") is None:
        return None
    from .call.conditions import facts_of

    with collector_paused():
        return facts_of(expected)


def signatures_in_memory(pairs: Sequence[tuple[Any, Any]]) -> Any:
    """The signatures of places of the state, as machine code can check them, if there is LLVM."""
    if find_spec("llvmlite") is None:
        return None
    from .call.signatures import signatures_of

    with collector_paused():
        return signatures_of(pairs)


def why_no_doors() -> str | None:
    """Why there can be no native entries in this process; ``None`` if there can."""
    if find_spec("llvmlite") is None:
        return "there is no llvmlite"
    from .interpreter.layouts import difference

    return difference()


@contextmanager
def collector_paused() -> Iterator[None]:
    """A context without garbage collection: compilation makes many objects, none of which is garbage before it ends."""
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
