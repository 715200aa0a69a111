"""The backends that make graphs executable, and the choice among them.

Nothing else in the compiler knows which one runs. Another one is a folder beside `native` and `xla`, whose programs are
`Executable`, and a row of `BACKENDS`.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, ClassVar, Protocol

from numpy import ndarray

from ..core.graph import Graph
from ..core.placed import PLACED, Devices, common_device, current_device, device_of, is_placed
from ..core.primitive import Primitive
from ..core.python.locks import Line
from ..core.python.source import at_line
from ..core.replay import Interpreted
from .passes.later import LaterGraph

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


class Backend(Protocol):
    """What makes graphs executable.

    Attributes:
        name: by which users choose it.
        has_doors: whether calls of its programs may be without Python.
    """

    name: ClassVar[str]
    has_doors: ClassVar[bool]

    def lower(
        self, graph: LaterGraph, donors: Mapping[int, int] | None = None, kept: Collection[int] = ()
    ) -> Executable:
        """Compile a graph.

        Args:
            graph: the graph.
            donors: for outputs (by position) the inputs whose memory they may take.
            kept: the outputs that stay where the backend computes, since the next call reads them.

        Raises:
            NotImplementedError: the backend has no form of an operation.
        """
        ...

    def takes(self, value: Any) -> bool:
        """Whether a raw value is where programs can read it."""
        ...

    def settled(self) -> Backend:
        """The backend on a device of its own."""
        ...

    def rehearse(self, graph: Graph) -> Executable:
        """What runs a path of a function until it has been met so often that it is compiled."""
        ...


class Native:
    """The CPU: LLVM where it is installed, else interpretation by NumPy."""

    name: ClassVar[str] = "native"
    has_doors: ClassVar[bool] = True

    def lower(
        self, graph: LaterGraph, donors: Mapping[int, int] | None = None, kept: Collection[int] = ()
    ) -> Executable:
        """Compile to machine code."""
        return _lowered(graph, donors or {})

    def takes(self, value: Any) -> bool:
        """Whether it is in NumPy's memory."""
        return not is_placed(value)

    def settled(self) -> Backend:
        """Itself: there is one processor."""
        return self

    def rehearse(self, graph: Graph) -> Executable:
        """Interpret by NumPy."""
        return Interpreted(graph)


@dataclass(frozen=True)
class Xla:
    """XLA, by way of JAX.

    Attributes:
        device: where programs run; ``None`` for the default device of JAX.
    """

    device: str | None = None
    name: ClassVar[str] = "xla"
    has_doors: ClassVar[bool] = False

    def lower(
        self, graph: LaterGraph, donors: Mapping[int, int] | None = None, kept: Collection[int] = ()
    ) -> Executable:
        """Compile for the device."""
        xla_devices()
        with _writing_code.lock, collector_paused():
            from .xla.partitioned import lowered_for

            return lowered_for(graph.graph, self.device, donors, kept)

    def takes(self, value: Any) -> bool:
        """What is in NumPy's memory goes along."""
        return not is_placed(value) or self.device in (None, device_of(value))

    def settled(self) -> Backend:
        """On the default device, if none is named."""
        return self if self.device else Xla(xla_devices().names()[0])

    def rehearse(self, graph: Graph) -> Executable:
        """Compile at once: nothing is done elsewhere than on the device."""
        return self.lower(LaterGraph(graph))


def xla_devices() -> Devices:
    """The devices of JAX, whose values operations know from then on."""
    from .xla.devices import xla_devices

    return xla_devices()


NATIVE = Native()

BACKENDS: dict[str, Backend] = {backend.name: backend for backend in (NATIVE, Xla())}
"""Those that users can choose, by name."""


def backend_named(name: Any) -> Backend:
    """The backend that a user has chosen.

    Raises:
        ValueError: there is none of this name.
        ImportError: it is XLA, and JAX is not installed.
    """
    if not isinstance(name, str) or name not in BACKENDS:
        known = " or ".join(map(repr, BACKENDS))
        raise ValueError(f"[jit] backend={name!r} was given, wanted {known}; write backend='native'{at_line()}")
    if name == "xla" and find_spec("jax") is None:
        from .xla.imported import jax

        jax()
    return BACKENDS[name]


def backend_where(values: Iterable[Any], otherwise: Backend) -> Backend:
    """The backend of the device on which some of the values are; another one if none is."""
    device = common_device(values, "jit") if PLACED else None
    return otherwise.settled() if device is None else Xla(device)


def backend_here(otherwise: Backend) -> Backend:
    """The backend of the device that a block has chosen; another one outside such blocks."""
    device = current_device()
    return otherwise if device is None else Xla(device)


def _lowered(later: LaterGraph, donors: Mapping[int, int]) -> Executable:
    """Lower to machine code; interpreted by NumPy without LLVM, if empty arrays or foreign byte orders occur.

    What an earlier process has made of the same graph is found on disk, before the graph is simplified.
    """
    if find_spec("llvmlite") is None:
        return Interpreted(later.graph, "llvmlite is not installed; write pip install llvmlite")
    from .native.kept import found_on_disk, keep, name_on_disk
    from .native.native_program import NativeProgram

    name = name_on_disk(later, donors)
    with _writing_code.lock, collector_paused():
        if found := found_on_disk(name):
            return NativeProgram(later, donors, found)
    if reason := _why_interpreted(later.graph):
        return Interpreted(later.graph, reason)
    with _writing_code.lock, collector_paused():
        from .native.machine.progress import told_if_long

        with told_if_long(f"compiling {len(later.graph.nodes):,} operations"):
            program = NativeProgram(later, donors)
        keep(name, program.finished())
        return program


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


def _why_interpreted(graph: Graph) -> str | None:
    """Why a graph has no machine code at all, and what to do; ``None`` if it has."""
    if any(0 in form.shape for form in _forms(graph)):
        return "an array is empty; call a function without it"
    if any(not x.dtype.isnative for x in (*_forms(graph), *_constants(graph))):
        return "an array has the bytes of its numbers in another order; write x.astype(x.dtype.newbyteorder('='))"
    return None


def _constants(graph: Graph) -> list[Any]:
    return [o for node in graph.nodes for o in node.operands if isinstance(o, ndarray)]


def _forms(graph: Graph) -> list[Any]:
    return [form for node in (*graph.inputs, *graph.nodes) for form in node.result_forms]
