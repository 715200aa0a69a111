"""LLVM: from a module in its intermediate language to machine code for this processor."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir

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

    @cached_property
    def _optimized(self) -> Any:
        parsed = llvm.parse_assembly(self._source)
        parsed.verify()
        optimize(parsed)
        return parsed

    def _compile(self) -> bytes:
        return target_machine().emit_object(self._optimized)

    def address(self, name: str) -> int:
        """Where a function is."""
        return self._engine.get_function_address(name)

    def llvm(self) -> str:
        """The optimised module in LLVM's language."""
        return str(self._optimized)

    def assembly(self) -> str:
        """The machine code as text."""
        return target_machine().emit_assembly(self._optimized)


def optimize(module: Any) -> None:
    """Inline, simplify and vectorise; then inline the vector forms that loops have come to call.

    (Unrolling and the vectoriser of straight-line code double the time to compile, and were measured to gain
    nothing on fused loops.)
    """
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = True
    options.slp_vectorization = False
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(target_machine(), options)
    builder.getModulePassManager().run(module, builder)
    late = llvm.create_new_module_pass_manager()
    late.add_always_inliner_pass()
    late.run(module, builder)
