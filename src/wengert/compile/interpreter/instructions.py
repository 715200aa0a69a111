"""What the instructions of a piece of code say: the names that it reads and binds, and other names in their place."""

from __future__ import annotations

import dis
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import CodeType

MOST_NAMES = 127
"""So many names of a piece of code are told apart by one byte."""

_STORES = frozenset({"STORE_ATTR", "STORE_GLOBAL"})


@lru_cache(maxsize=64)
def instructions_of(code: CodeType) -> tuple[dis.Instruction, ...]:
    """The instructions of a piece of code: several ask for them while a function is recorded, and each takes long."""
    return tuple(dis.get_instructions(code))


@cache
def names_bound(code: CodeType) -> frozenset[str]:
    """The attributes, globals and variables of enclosing functions that a piece of code binds."""
    inner = [names_bound(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    names = {i.argval for i in instructions_of(code) if i.opname in _STORES or _is_outer(i, code)}
    return frozenset(names).union(*inner)


def _is_outer(instruction: dis.Instruction, code: CodeType) -> bool:
    return instruction.opname == "STORE_DEREF" and instruction.argval in code.co_freevars


def lines_reading(code: CodeType, names: frozenset[str]) -> Iterator[tuple[CodeType, int]]:
    """The pieces of code, and the lines in them, in which one of the names is read."""
    for instruction in instructions_of(code):
        if instruction.opname.startswith("LOAD") and instruction.argval in names:
            line = instruction.positions.lineno if instruction.positions is not None else None
            yield code, line or code.co_firstlineno
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from lines_reading(constant, names)


def calling_others(code: CodeType, others: Mapping[str, str]) -> CodeType:
    """The code, in which globals that are called by their names are called by others, and functions inside it likewise.

    It is the same where nothing is called so, or where it would have too many names.
    """
    inner = [calling_others(part, others) if isinstance(part, CodeType) else part for part in code.co_consts]
    found = list(_calls(code, others))
    names = list(dict.fromkeys((*code.co_names, *(others[name] for name, _ in found))))
    bytecode = bytearray(code.co_code)
    if len(names) > MOST_NAMES:
        found, names = [], list(code.co_names)
    for name, offset in found:
        bytecode[offset + 1] = names.index(others[name]) << 1 | 1
    if not found and inner == list(code.co_consts):
        return code
    return code.replace(co_code=bytes(bytecode), co_names=tuple(names), co_consts=tuple(inner))


def _calls(code: CodeType, names: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Where globals are called by their names: these, and the places of the instructions that load them.

    The lowest bit of such an instruction says that what is loaded is called.
    """
    for instruction in instructions_of(code):
        is_called = instruction.opname == "LOAD_GLOBAL" and (instruction.arg or 0) & 1
        if is_called and instruction.argval in names and (instruction.arg or 0) < 256:
            yield instruction.argval, instruction.offset
