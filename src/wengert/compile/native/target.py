"""LLVM: from a module in its intermediate language to machine code for this processor."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import llvmlite.binding as llvm
from llvmlite.binding import ffi
from llvmlite.binding.newpassmanagers import NewPassManager

from .cache import Code, code_of


@cache
def _target() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.initialize_native_asmparser()
    return llvm.Target.from_default_triple()


def new_machine() -> Any:
    """Code generation for the processor that we run on, with all its instructions: one for a thread or an engine."""
    features = llvm.get_host_cpu_features().flatten()
    return _target().create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=2, jit=True)


@dataclass(frozen=True)
class Registers:
    """The vector registers of a processor: how many there are, and their bytes."""

    count: int
    bytes: int


@cache
def registers() -> Registers:
    """Those of the processor that we run on."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return Registers(32, 64)
    if features.get("avx"):
        return Registers(16, 32)
    return Registers(16 if "x86" in llvm.get_default_triple() else 32, 16)


def processor() -> str:
    """The name of the processor that we compile for."""
    return llvm.get_host_cpu_name()


class Part(NamedTuple):
    """Some functions in LLVM's language.

    Attributes:
        is_finished: whether they are written as the processor is to do them, and not to be optimised.
    """

    text: str
    is_finished: bool = False


class Source(NamedTuple):
    """A program in LLVM's language, and numbers that whoever runs it must know."""

    parts: Sequence[Part]
    facts: Mapping[str, int]


class NativeModule:
    """A compiled program; it must live as long as its functions are called.

    Args:
        write: gives the source; called if the code is not on disk, and to show it.
        key: the name of the code on disk; ``None`` if it is not to be kept there.

    Attributes:
        facts: those of the source.
    """

    def __init__(self, write: Callable[[], Source], key: str | None = None) -> None:
        self._write = write
        code = code_of(key, self._compile)
        self.facts = code.facts
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), new_machine())
        for contents in code.objects:
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(contents))
        self._engine.finalize_object()

    def _compile(self) -> Code:
        source = self._write()
        return Code(compiled(source.parts), source.facts)

    def address(self, name: str) -> int:
        """Where a function is."""
        return self._engine.get_function_address(name)

    def word(self, name: str) -> Any:
        """A global variable of 64 bits, to be read and written."""
        return ctypes.c_int64.from_address(self._engine.get_global_value_address(name))

    def llvm(self) -> str:
        """The optimised program in LLVM's language."""
        return "\n".join([str(optimized(part, new_machine())) for part in self._write().parts])

    def assembly(self) -> str:
        """The machine code as text."""
        machine = new_machine()
        return "\n".join([machine.emit_assembly(optimized(part, machine)) for part in self._write().parts])


# -- compiling -------------------------------------------------------------------------------------


def compiled(parts: Sequence[Part]) -> list[bytes]:
    """The machine code of each part; as many threads as there are cores compile them, the longest first."""
    order = iter(sorted(range(len(parts)), key=lambda i: -len(parts[i].text)))
    objects: dict[int, bytes] = {}
    failures: list[BaseException] = []

    def work() -> None:
        machine = new_machine()
        try:
            for index in order:
                objects[index] = machine_code(parts[index], machine)
        except BaseException as failure:
            failures.append(failure)

    others = [threading.Thread(target=work) for _ in range(min(len(parts), cores()) - 1)]
    for thread in others:
        thread.start()
    work()
    for thread in others:
        thread.join()
    if failures:
        raise failures[0]
    return [objects[i] for i in range(len(parts))]


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_code(part: Part, machine: Any) -> bytes:
    """The machine code of a part, as an object file."""
    module = optimized(part, machine)
    with ffi.OutputString() as error:
        buffer = _unlocked(ffi.lib.LLVMPY_TargetMachineEmitToMemory)(machine, module, 1, error)
        if not buffer:
            raise RuntimeError(str(error))
    try:
        return ctypes.string_at(ffi.lib.LLVMPY_GetBufferStart(buffer), ffi.lib.LLVMPY_GetBufferSize(buffer))
    finally:
        ffi.lib.LLVMPY_DisposeMemoryBuffer(buffer)


def optimized(part: Part, machine: Any) -> Any:
    """A part, optimised: equal functions are made one; all are simplified and vectorised.

    At last the vector forms are inlined that loops have come to call. The module has a context of its own, since
    constants and types live as long as their context, and so that several threads can compile.
    """
    module = llvm.parse_assembly(part.text, context=llvm.create_context())
    module.triple = machine.triple
    module.verify()
    if part.is_finished:
        return module
    first = llvm.create_new_module_pass_manager()
    first.add_merge_functions_pass()
    _run(first, module, _pass_builder(machine))
    builder = _pass_builder(machine)
    passes = builder.getModulePassManager()
    passes.add_always_inliner_pass()
    _run(passes, module, builder)
    return module


def _pass_builder(machine: Any) -> Any:
    """What knows the passes that suit us; good for one run, since it keeps references to that run's instruments.

    (Unrolling and the vectoriser of straight-line code double the time to compile, and were measured to gain
    nothing on fused loops.)
    """
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = True
    options.slp_vectorization = False
    options.loop_unrolling = False
    return llvm.create_pass_builder(machine, options)


def _run(passes: Any, module: Any, builder: Any) -> None:
    """Run passes, and free them: closing them does not, because of the order of llvmlite's base classes."""
    try:
        _unlocked(ffi.lib.LLVMPY_RunNewModulePassManager)(passes, module, builder)
    finally:
        NewPassManager._dispose(passes)


def _unlocked(function: Any) -> Any:
    """A function of LLVM that other threads need not wait for.

    llvmlite lets in one thread at a time, because most of its users share a context. Here everything that is
    compiled has a context and a target machine of its own, as LLVM wants it of threads.
    """
    return getattr(function, "_cfn", function)
