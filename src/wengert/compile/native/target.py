"""LLVM: from a module in its intermediate language to machine code for this processor."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import llvmlite.binding as llvm
from llvmlite.binding.newpassmanagers import NewPassManager

from .cache import Code, code_of


@cache
def _target() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.initialize_native_asmparser()
    return llvm.Target.from_default_triple()


def new_machine() -> Any:
    """Code generation for the processor that we run on, with all its instructions; an engine wants one of its own."""
    features = llvm.get_host_cpu_features().flatten()
    return _target().create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=2, jit=True)


@cache
def target_machine() -> Any:
    """One that all modules are compiled with."""
    return new_machine()


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
    return Registers(16 if "x86" in target_machine().triple else 32, 16)


def processor() -> str:
    """The name of the processor that we compile for."""
    return llvm.get_host_cpu_name()


class Source(NamedTuple):
    """A program in LLVM's language, and numbers that whoever runs it must know."""

    text: str
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
        return Code([target_machine().emit_object(optimized(source.text))], source.facts)

    def address(self, name: str) -> int:
        """Where a function is."""
        return self._engine.get_function_address(name)

    def word(self, name: str) -> Any:
        """A global variable of 64 bits, to be read and written."""
        return ctypes.c_int64.from_address(self._engine.get_global_value_address(name))

    def llvm(self) -> str:
        """The optimised program in LLVM's language."""
        return str(optimized(self._write().text))

    def assembly(self) -> str:
        """The machine code as text."""
        return target_machine().emit_assembly(optimized(self._write().text))


def optimized(source: str) -> Any:
    """A module in LLVM's language, optimised: equal functions are made one; all are simplified and vectorised.

    At last the vector forms are inlined that loops have come to call. The module has a context of its own, since
    constants and types live as long as their context.
    """
    module = llvm.parse_assembly(source, context=llvm.create_context())
    module.triple = target_machine().triple
    module.verify()
    first = llvm.create_new_module_pass_manager()
    first.add_merge_functions_pass()
    _run(first, module, _pass_builder())
    builder = _pass_builder()
    passes = builder.getModulePassManager()
    passes.add_always_inliner_pass()
    _run(passes, module, builder)
    return module


def _pass_builder() -> Any:
    """What knows the passes that suit us; good for one run, since it keeps references to that run's instruments.

    (Unrolling and the vectoriser of straight-line code double the time to compile, and were measured to gain
    nothing on fused loops.)
    """
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = True
    options.slp_vectorization = False
    options.loop_unrolling = False
    return llvm.create_pass_builder(target_machine(), options)


def _run(passes: Any, module: Any, builder: Any) -> None:
    """Run passes, and free them: closing them does not, because of the order of llvmlite's base classes."""
    try:
        passes.run(module, builder)
    finally:
        NewPassManager._dispose(passes)
