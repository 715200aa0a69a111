"""LLVM: from a module in its intermediate language to machine code for this processor."""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import llvmlite.binding as llvm
from llvmlite.binding import ffi

from .apart import apart, free_with
from .disk_cache import Code, code_of
from .host import cores, host


def new_machine() -> Any:
    """Code generation for the processor that we run on, with all its instructions: one for a thread or an engine."""
    return host().target.create_target_machine(cpu=host().processor, features=host().feature_text, opt=2, jit=True)


class ModulePart(NamedTuple):
    """Some functions in LLVM's language.

    Attributes:
        is_finished: whether they are written as the processor is to do them, and not to be optimised.
    """

    text: str
    is_finished: bool = False


class Source(NamedTuple):
    """A program in LLVM's language, and numbers that whoever runs it must know."""

    parts: Sequence[ModulePart]
    facts: Mapping[str, int]


class NativeModule:
    """A compiled program; it must live as long as its functions are called.

    Args:
        write: gives the source; called if the code is not on disk, and to show it.
        key: the name of the code on disk; ``None`` if it is not to be kept there.
        code: the code itself, where it has been read before.

    Attributes:
        facts: those of the source.
    """

    def __init__(self, write: Callable[[], Source], key: str | None = None, code: Code | None = None) -> None:
        self._write = write
        code = code or code_of(key, self._compile)
        self.facts = code.facts
        (self._engine,) = apart(lambda: engine_of(code.objects))
        free_with(self, self._engine.close)

    def _compile(self) -> Code:
        source = self._write()
        return Code(compiled(source.parts), source.facts)

    def address(self, name: str) -> int:
        """Where a function is."""
        return _unlocked(ffi.lib.LLVMPY_GetFunctionAddress)(self._engine, name.encode())

    def word(self, name: str) -> Any:
        """A global variable of 64 bits, to be read and written."""
        place = _unlocked(ffi.lib.LLVMPY_GetGlobalValueAddress)(self._engine, name.encode())
        return ctypes.c_int64.from_address(place)

    def llvm(self) -> str:
        """The optimised program in LLVM's language."""
        return self._shown(lambda module, machine: str(module))

    def assembly(self) -> str:
        """The machine code as text."""
        return self._shown(lambda module, machine: machine.emit_assembly(module))

    def _shown(self, show: Callable[[Any, Any], str]) -> str:
        parts = self._write().parts
        return "\n".join(apart(lambda: shown(parts, show))[0])


def engine_of(objects: Sequence[bytes]) -> Any:
    """Object files as code that can run, until the engine is closed."""
    machine = new_machine()  # which becomes the engine's
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly("", context=llvm.create_context()), machine)
    for contents in objects:
        with llvm.ObjectFileRef.from_data(contents) as file:
            engine.add_object_file(file)
    engine.finalize_object()
    return engine


# -- compiling -------------------------------------------------------------------------------------


def compiled(parts: Sequence[ModulePart]) -> list[bytes]:
    """The machine code of each part; as many threads as there are cores compile them, the longest first."""
    waiting = deque(sorted(range(len(parts)), key=lambda i: -len(parts[i].text)))
    objects: dict[int, bytes] = {}

    def work() -> None:
        with new_machine() as machine:
            while True:
                try:
                    index = waiting.popleft()
                except IndexError:
                    return
                objects[index] = machine_code(parts[index], machine)

    try:
        apart(work, min(len(parts), cores()))
    finally:
        waiting.clear()  # nobody waits any more for what is left when something fails or is interrupted
    return [objects[i] for i in range(len(parts))]


def machine_code(part: ModulePart, machine: Any) -> bytes:
    """The machine code of a part, as an object file."""
    with optimized(part, machine) as module, ffi.OutputString() as error:
        buffer = _unlocked(ffi.lib.LLVMPY_TargetMachineEmitToMemory)(machine, module, 1, error)
        if not buffer:
            raise RuntimeError(str(error))
        try:
            return ctypes.string_at(ffi.lib.LLVMPY_GetBufferStart(buffer), ffi.lib.LLVMPY_GetBufferSize(buffer))
        finally:
            ffi.lib.LLVMPY_DisposeMemoryBuffer(buffer)


def shown(parts: Sequence[ModulePart], show: Callable[[Any, Any], str]) -> list[str]:
    """What is shown of each part, optimised."""
    texts = []
    for part in parts:
        with new_machine() as machine, optimized(part, machine) as module:
            texts.append(show(module, machine))
    return texts


@contextmanager
def optimized(part: ModulePart, machine: Any) -> Iterator[Any]:
    """A part, optimised: all functions are simplified and vectorised.

    At last the vector forms are inlined that loops have come to call. The module has a context of its own, since
    constants and types live as long as their context, and so that several threads can compile. It is closed before its
    context is, whatever happens: the other order frees it twice.
    """
    with llvm.create_context() as context, llvm.parse_assembly(part.text, context=context) as module:
        module.triple = machine.triple
        module.verify()
        if not part.is_finished:
            with _pass_builder(machine) as builder:
                passes = builder.getModulePassManager()
                passes.add_always_inliner_pass()
                _run(passes, module, builder)
        yield module


@contextmanager
def _pass_builder(machine: Any) -> Iterator[Any]:
    """What knows the passes that suit us; good for one run, since it keeps references to that run's instruments.

    One for each part: llvmlite loses 1,500 bytes with each, what such a builder calls back.

    (Unrolling and the vectoriser of straight-line code double the time to compile, and were measured to gain
    nothing on fused loops.)
    """
    with llvm.create_pipeline_tuning_options(speed_level=2) as options:
        options.loop_vectorization = True
        options.slp_vectorization = False
        options.loop_unrolling = False
        with llvm.create_pass_builder(machine, options) as builder:
            yield builder


def _run(passes: Any, module: Any, builder: Any) -> None:
    """Run passes, and free them: closing them does not, because of the order of llvmlite's base classes."""
    try:
        _unlocked(ffi.lib.LLVMPY_RunNewModulePassManager)(passes, module, builder)
    finally:
        ffi.lib.LLVMPY_DisposeNewModulePassManger(passes)
        passes.detach()


def _unlocked(function: Any) -> Any:
    """A function of LLVM that other threads need not wait for.

    llvmlite lets in one thread at a time, because most of its users share a context. Here everything that is
    compiled has a context and a target machine of its own, as LLVM wants it of threads.
    """
    return getattr(function, "_cfn", function)
