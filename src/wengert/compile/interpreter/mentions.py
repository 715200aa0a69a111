"""What a piece of code mentions: the attributes and variables that it may read, as its instructions say."""

from __future__ import annotations

import dis
from collections.abc import Iterator, Sequence
from functools import cache
from types import CodeType
from typing import NamedTuple

from .instructions import instructions_of

ATTRIBUTE_LOOKUPS = frozenset({"getattr", "hasattr"})
"""What looks up an attribute whose name is given as a text."""

COMPUTERS = frozenset({"vars", "__dict__", "dir", "attrgetter", "methodcaller", "asdict", "astuple", "fields", "eval"})
"""What may look up any attribute."""

FILLERS = frozenset({"append", "appendleft", "extend", "insert", "add", "update"})
"""Methods that put something into a container, and tell nothing of it."""

VARIABLES = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "STORE_NAME", "DELETE_GLOBAL", "DELETE_NAME"})
CELLS = frozenset({"LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"})
IDENTITIES = frozenset({"IS_OP", "CONTAINS_OP"})
SILENT = frozenset({"CACHE", "PRECALL", "EXTENDED_ARG", "PUSH_NULL", "NOT_TAKEN"})
MATCHES = frozenset({"CHECK_EXC_MATCH", "CHECK_EG_MATCH"})


class Mentions(NamedTuple):
    """The names in a piece of code, and in the functions defined in it.

    Attributes:
        attributes: names of attributes.
        variables: names of globals.
        looks_up: whether it may be asked whether something holds another.
        imports: names of modules that are imported there.
        asked: names of attributes that `getattr` and `hasattr` ask for, and that may be missing.
        filled: names of attributes and variables under which something is put into a container.
        used: those with which anything else is done.
        computes: whether names of attributes may be computed.
        catches: whether an attribute that is missing may go without an error.
        compares: whether it may be asked which objects are the same.
    """

    attributes: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    computes: bool = False
    catches: bool = False
    compares: bool = False
    looks_up: bool = False
    imports: frozenset[str] = frozenset()

    def joined(self, other: Mentions) -> Mentions:
        """What two pieces of code mention."""
        return Mentions(
            self.attributes | other.attributes,
            self.variables | other.variables,
            self.asked | other.asked,
            self.filled | other.filled,
            self.used | other.used,
            self.computes or other.computes,
            self.catches or other.catches,
            self.compares or other.compares,
            self.looks_up or other.looks_up,
            self.imports | other.imports,
        )


@cache
def mentions_of(code: CodeType) -> Mentions:
    """What a piece of code mentions."""
    instructions = [i for i in instructions_of(code) if i.opname not in SILENT]
    found = _mentions(code, instructions)
    for inner in _inner(code):
        found = found.joined(mentions_of(inner))
    return found


@cache
def names_in(code: CodeType) -> frozenset[str]:
    """All names that a piece of code mentions, attributes and variables alike: quicker to find."""
    return frozenset(code.co_names).union(*map(names_in, _inner(code)))


def _inner(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _mentions(code: CodeType, instructions: Sequence[dis.Instruction]) -> Mentions:
    variables = {i.argval for i in instructions if i.opname in VARIABLES}
    attributes = {i.argval for i in instructions if _is_attribute(i)}
    asked = [_asked(instructions[at:]) for at, i in enumerate(instructions) if _is_lookup(i)]
    uses = list(_uses(instructions))
    names = frozenset(name for name in asked if name is not None)
    return Mentions(
        attributes=names.union(attributes, set(code.co_names) - variables),
        variables=frozenset(variables),
        asked=names,
        filled=frozenset(name for name, is_filled in uses if is_filled),
        used=frozenset(name for name, is_filled in uses if not is_filled),
        computes=None in asked or not COMPUTERS.isdisjoint(code.co_names),
        catches=_catches(code, instructions),
        compares="id" in code.co_names
        or any(_compares(instructions[: at + 1]) for at, i in enumerate(instructions) if i.opname in IDENTITIES),
        looks_up=any(i.opname == "CONTAINS_OP" for i in instructions),
        imports=frozenset(i.argval for i in instructions if i.opname == "IMPORT_NAME"),
    )


def _is_attribute(instruction: dis.Instruction) -> bool:
    is_named = type(instruction.argval) is str  # not so of what sets a part of a function, from Python 3.13 on
    return is_named and ("ATTR" in instruction.opname or "METHOD" in instruction.opname)


def _is_lookup(instruction: dis.Instruction) -> bool:
    return (instruction.opname in VARIABLES or _is_attribute(instruction)) and instruction.argval in ATTRIBUTE_LOOKUPS


def _asked(instructions: Sequence[dis.Instruction]) -> str | None:
    """The name that `getattr` or `hasattr`, which is loaded first, asks for, if it is in the code as a text."""
    call = next((at for at, i in enumerate(instructions) if i.opname.startswith("CALL")), 0)
    name = instructions[call - (instructions[call].arg or 0) + 1] if call else None
    if name is None or name.opname != "LOAD_CONST" or type(name.argval) is not str:
        return None
    simple = all(i.opname.startswith("LOAD_") for i in instructions[1:call])
    return name.argval if simple else None


def _uses(instructions: Sequence[dis.Instruction]) -> Iterator[tuple[str, bool]]:
    """The names that are loaded, with whether that is for putting something into what they hold."""
    for at, i in enumerate(instructions):
        if i.opname in VARIABLES or i.opname in CELLS or "LOAD_ATTR" in i.opname:
            following = instructions[at + 1] if at + 1 < len(instructions) else None
            yield i.argval, following is not None and _is_attribute(following) and following.argval in FILLERS


def _compares(instructions: Sequence[dis.Instruction]) -> bool:
    """Whether the last of some instructions asks for identity, and of no constant such as a text."""
    for before in instructions[-2::-1]:
        if before.opname == "LOAD_CONST" or not before.opname.startswith("LOAD_"):
            return before.opname != "LOAD_CONST"
    return True


def _catches(code: CodeType, instructions: Sequence[dis.Instruction]) -> bool:
    """Whether an exception may end in a piece of code (one that leaves ``with`` or ``finally`` goes on)."""
    if "suppress" in code.co_names or any(i.opname in MATCHES for i in instructions):
        return True
    pushed = sum(i.opname == "PUSH_EXC_INFO" for i in instructions)
    return pushed > sum(i.opname == "WITH_EXCEPT_START" for i in instructions)
