"""LLVM: from a module in its intermediate language to machine code for this processor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from llvmlite.binding.newpassmanagers import NewPassManager

from .cache import code_of


@cache
def target_machine() -> Any:
    """Code generation for the processor that we run on."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.initialize_native_asmparser()
    return new_machine()


def new_machine() -> Any:
    """Another one (an engine takes possession of its own), with all the processor's instructions."""
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2, jit=True
    )


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


class NativeModule:
    """A compiled module; it must live as long as its functions are called."""

    def __init__(self, module: ir.Module) -> None:
        module.triple = target_machine().triple
        self._source = str(module)
        code = code_of(self._source, self._compile)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), new_machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def _compile(self) -> bytes:
        return target_machine().emit_object(optimized(self._source))

    def address(self, name: str) -> int:
        """Where a function is."""
        return self._engine.get_function_address(name)

    def llvm(self) -> str:
        """The optimised module in LLVM's language."""
        return str(optimized(self._source))

    def assembly(self) -> str:
        """The machine code as text."""
        return target_machine().emit_assembly(optimized(self._source))


def optimized(source: str) -> Any:
    """A module in LLVM's language, optimised: equal functions are made one; all are simplified and vectorised.

    At last the vector forms are inlined that loops have come to call. The module has a context of its own, since
    constants and types live as long as their context.
    """
    module = llvm.parse_assembly(source, context=llvm.create_context())
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
