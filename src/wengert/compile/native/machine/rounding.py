"""The mode in which a processor computes: rounded to nearest, with all small numbers.

Each thread has one, and whoever calls may have changed it (`fesetround`, libraries compiled with ``-ffast-math``,
``torch.set_flush_denormal``). Elementary functions are right in the usual one only: they round to integers by adding a
large number, and make powers of two of bits. So a program computes in the usual mode, and leaves that of the caller as
it was.

Sources: Intel's and Arm's manuals of their architectures, on MXCSR and FPCR.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from ..ir.types import BYTES, I32, I64, Builder, Value
from .host import host

MXCSR_MODE, MXCSR_USUAL = 0xFFC0, 0x1F80
"""The bits that are no flags of what has happened: no traps, to nearest, small numbers as they are."""


def in_usual_mode(builder: Builder, compute: Callable[[], Value]) -> Value:
    """What is computed in the usual mode, whatever the mode of the caller is, which is as it was afterwards."""
    register = _register()
    if register is None:
        return compute()
    mode = register.read(builder)
    is_usual = register.is_usual(builder, mode)
    with builder.if_then(builder.not_(is_usual), likely=False):
        register.write(builder, register.usual)
    result = compute()
    with builder.if_then(builder.not_(is_usual), likely=False):
        register.write(builder, mode)
    return result


def set_usual_mode(builder: Builder) -> None:
    """Set it for a thread, which begins with that of whoever has made it."""
    register = _register()
    if register is not None:
        register.write(builder, register.usual)


def _register() -> Any:
    """Where the mode is on this machine; ``None`` where that is not known."""
    architecture = host().triple.partition("-")[0]
    return {"x86_64": _X86, "aarch64": _Arm, "arm64": _Arm}.get(architecture)


class _X86:
    usual = I32(MXCSR_USUAL)

    @staticmethod
    def read(builder: Builder) -> Value:
        place = builder.alloca(I32)
        builder.call(_intrinsic(builder, "llvm.x86.sse.stmxcsr", ir.VoidType(), BYTES), [builder.bitcast(place, BYTES)])
        return builder.load(place)

    @staticmethod
    def is_usual(builder: Builder, mode: Value) -> Value:
        return builder.icmp_unsigned("==", builder.and_(mode, I32(MXCSR_MODE)), I32(MXCSR_USUAL))

    @staticmethod
    def write(builder: Builder, mode: Value) -> None:
        place = builder.alloca(I32)
        builder.store(mode, place)
        builder.call(_intrinsic(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), BYTES), [builder.bitcast(place, BYTES)])


class _Arm:
    usual = I64(0)

    @staticmethod
    def read(builder: Builder) -> Value:
        return builder.call(_intrinsic(builder, "llvm.aarch64.get.fpcr", I64), [])

    @staticmethod
    def is_usual(builder: Builder, mode: Value) -> Value:
        return builder.icmp_unsigned("==", mode, I64(0))

    @staticmethod
    def write(builder: Builder, mode: Value) -> None:
        builder.call(_intrinsic(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), I64), [mode])


def _intrinsic(builder: Builder, name: str, kind: ir.Type, *arguments: ir.Type) -> ir.Function:
    found: Any = builder.module.globals.get(name)
    return found or ir.Function(builder.module, ir.FunctionType(kind, arguments), name)
