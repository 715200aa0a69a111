"""Modules in parts: each function is somewhere, equal kernels once, and together they do what the module does."""

from __future__ import annotations

import ctypes
import re
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

pytest.importorskip("llvmlite")

import llvmlite.binding as llvm
from llvmlite import ir
from tests.compile.native.compiled import array, assert_compiled_is_eager

from wengert.compile.native.emit import segments
from wengert.compile.native.machine import llvm as target, module_parts as parts
from wengert.compile.native.machine.llvm import (
    ModulePart,
    NativeModule,
    Source,
    compiled,
    new_machine,
)
from wengert.compile.native.machine.module_parts import Module, parts_of

LONG = ir.IntType(64)


def function(module: Any, name: str, body: Any, *attributes: str, linkage: str = "internal") -> Any:
    """``body(builder, x)`` as a function from a number to a number."""
    made = ir.Function(module, ir.FunctionType(LONG, [LONG]), name)
    made.linkage = linkage
    made.attributes.update(attributes)
    builder = ir.IRBuilder(made.append_basic_block())
    builder.ret(body(builder, made.args[0]))
    return made


def example() -> Module:
    """f(x) = 3 (x + 1) + 5 (x + 2) + 7 (x + 2), by kernels of which two differ in their names only."""
    module = Module("example")
    one = function(module, "one", lambda b, x: b.add(x, LONG(1)))
    two = function(module, "two", lambda b, x: b.add(x, LONG(2)))
    kernels = [
        function(module, f"kernel.{n}", lambda b, x, h=h, n=n: b.mul(b.call(h, [x]), LONG(n)), "noinline")
        for n, h in ((3, one), (5, two), (7, two))
    ]
    equal = function(module, "kernel.8", lambda b, x: b.mul(b.call(two, [x]), LONG(7)), "noinline")

    def total(b: Any, x: Any) -> Any:
        return b.add(b.add(b.call(kernels[0], [x]), b.call(kernels[1], [x])), b.call(equal, [x]))

    function(module, "f", total, linkage="")
    return module


def call(module: Module) -> Any:
    native = NativeModule(lambda: Source(parts_of(module), {}))
    f = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(native.address("f"))
    return [f(x) for x in (0, 10)]


@pytest.mark.parametrize("most", [1, 2, 3, 6])
def test_parts_together_do_what_the_module_does(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART", 1)
    monkeypatch.setattr(parts, "MOST_PARTS", most)
    found = parts_of(example())
    assert len(found) == min(most, 4)
    assert sum("define" in part.text and 'i64 @"f"' in part.text for part in found) == 1
    assert call(example()) == [3 * 1 + 5 * 2 + 7 * 2, 3 * 11 + 5 * 12 + 7 * 12]


@pytest.mark.parametrize("most", [1, 2, 6])
def test_kernels_may_call_kernels(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART", 1)
    monkeypatch.setattr(parts, "MOST_PARTS", most)
    module = Module("example")
    last = function(module, "kernel.0", lambda b, x: b.add(x, LONG(1)), "noinline")
    for n in range(1, 6):
        last = function(module, f"kernel.{n}", lambda b, x, f=last, n=n: b.mul(b.call(f, [x]), LONG(n)), "noinline")
    function(module, "f", lambda b, x: b.call(last, [x]), linkage="")
    assert call(module) == [120, 11 * 120]


def test_equal_kernels_are_one() -> None:
    text = "".join(part.text for part in parts_of(example()))
    assert re.findall(r'define[^@]*@"(kernel[^"]*)"', text) == ["kernel.3", "kernel.5", "kernel.7"]
    assert '@"kernel.8"' not in text


def test_small_modules_are_one_part() -> None:
    assert len(parts_of(example())) == 1


def test_the_library_is_a_part_that_is_not_optimised() -> None:
    module = Module("example")
    there = function(module.library, "there", lambda b, x: b.add(b.add(x, LONG(0)), LONG(1)), linkage="")
    here = module.import_from_library(there)
    function(module, "f", lambda b, x: b.call(here, [x]), linkage="")
    program, library = parts_of(module)
    assert (program.is_finished, library.is_finished) == (False, True)
    assert call(module) == [1, 11]
    (shown,) = target.shown([library], lambda module, machine: str(module))
    assert shown.count(" = add") == 2


def test_parts_are_compiled_in_their_order_whoever_is_first() -> None:
    sources = [ModulePart(f"define i64 @f{n}(i64 %x) {{\n" + "; longer\n" * n + f"ret i64 {n}\n}}") for n in range(7)]
    objects = compiled(sources)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), new_machine())
    for contents in objects:
        engine.add_object_file(llvm.ObjectFileRef.from_data(contents))
    engine.finalize_object()
    calls = [ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(engine.get_function_address(f"f{n}")) for n in range(7)]
    assert [f(0) for f in calls] == list(range(7))
    assert compiled(sources[3:4]) == [objects[3]]


def test_what_fails_in_a_thread_is_raised() -> None:
    with pytest.raises(RuntimeError, match="parsing"):
        compiled([ModulePart("define i64 @f() {\nret i64 1\n}"), ModulePart("nonsense"), ModulePart("nonsense")])


def test_threads_compile_the_same_code_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART", 1)

    def f(x: Any) -> Any:
        return np.sum(np.exp(x) @ np.tanh(x).T), np.cumsum(x, axis=0), np.log1p(x * x), np.sqrt(x * x).T

    source = wg.jit(f).lower(array((40, 50)))._program.run.construction.source()
    assert len(source.parts) > 2
    first = compiled(source.parts)
    assert all(compiled(source.parts) == first for _ in range(10))


def test_functions_with_vector_forms_stay_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART", 1)
    x = array((7, 50)) * 1e8

    def f(x: Any) -> Any:
        return np.sin(x), np.sum(np.cos(x), axis=0), np.exp(-x * x), np.cumsum(np.tan(x), axis=1), np.max(x, axis=0)

    assert_compiled_is_eager(f, x, rtol=1e-11)
    assert_compiled_is_eager(f, x.astype(numpy.float32), rtol=1e-2)


def test_functions_that_are_finished_are_texts() -> None:
    module, wanted = example(), parts_of(example())
    module.finish(unless=module.globals["f"])
    assert list(module.finished) == [name for name in module.globals if name != "f"]
    assert not any(block.instructions for name in module.finished for block in module.globals[name].blocks)
    assert parts_of(module) == wanted


def test_a_program_keeps_no_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []

    def counted(module: Module) -> Any:
        functions = [value for value in module.globals.values() if isinstance(value, ir.Function)]
        kept.append(sum(len(block.instructions) for function in functions for block in function.blocks))
        return parts_of(module)

    monkeypatch.setattr(segments, "parts_of", counted)
    wg.jit(lambda x: np.sum(np.tanh(np.sin(x) @ x.T), axis=0))(array((30, 31)))
    assert kept
    assert max(kept) < 200  # the calls of the stages, one after the other
