"""Scalar terms of C, each made once, and the blocks of statements that they are in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy

CTYPES = {
    "float64": "double", "float32": "float", "bool": "bool", "int64": "int64_t", "int32": "int32_t", "int16": "int16_t",
    "int8": "int8_t", "uint64": "uint64_t", "uint32": "uint32_t", "uint16": "uint16_t", "uint8": "uint8_t",
}  # fmt: skip
"""The types of C, by the names of NumPy's dtypes."""

ATOM, UNARY, PRODUCT, SUM, SHIFT, COMPARISON, BITWISE, LOGICAL, CHOICE = range(9)
"""How tightly an expression binds, from the tightest on; those that are seldom seen side by side are bracketed."""


class Term:
    """A scalar value: a literal, a place in memory, or an operation on terms.

    Attributes:
        text: what is written, with ``{}`` for each operand.
        operands: the terms that it is made of.
        dtype: NumPy's dtype of it.
        binding: how tightly its outermost operation binds.
        number: what it is, if that is known.
        name: the variable that holds it, once it has one.
        wanted: what that is to be called; empty where that does not matter.
        line: a comment that names the user's line.
    """

    __slots__ = ("binding", "dtype", "line", "name", "number", "operands", "text", "wanted")

    def __init__(
        self, text: str, operands: Sequence[Term], dtype: numpy.dtype, binding: int = ATOM, number: Any = None
    ) -> None:
        self.text: str = text
        self.operands: tuple[Term, ...] = tuple(operands)
        self.dtype: numpy.dtype[Any] = dtype
        self.binding: int = binding
        self.number: Any = number
        self.name: str | None = None
        self.wanted: str = ""
        self.line: str | None = None

    @property
    def is_leaf(self) -> bool:
        return not self.operands


class Assign(NamedTuple):
    """``place operator term;`` with ``=``, ``+=`` or a declaration before it."""

    head: str
    term: Term


class Text(NamedTuple):
    """A line as it stands."""

    text: str


class Define(NamedTuple):
    """The place where a term gets a variable, if it needs one."""

    term: Term


class Compound:
    """A loop or a branch: a head, a block, and what ends it."""

    def __init__(self, head: str, end: str = "}") -> None:
        self.head = head
        self.end = end
        self.statements: list[Statement] = []


Statement = Assign | Text | Define | Compound


class Blocks:
    """The statements of a function in the making: terms are noted in the block that is open.

    Attributes:
        taken: the names that the function has from elsewhere.
        body: the outermost block.
        line: the comment for what is being made.
        declarations: the arrays of the function.
        status: the variable that says whether all loops have ended, once there is a loop that might not.
        tables: constant arrays of the file, by name.
        stored: by the identity of an array the memory that it was brought to, the block where, and the array.
    """

    def __init__(self, prefix: str, taken: set[str]) -> None:
        self.taken = taken
        self.prefix = prefix
        self.declarations: list[str] = []
        self.status: str | None = None
        self.tables: dict[str, Any] = {}
        self.stored: dict[int, tuple[Any, Compound, Any]] = {}
        self.body: Compound = Compound("", "")
        self.open: list[Compound] = [self.body]
        self.known: list[dict[Any, Term]] = [{}]
        self.line: str | None = None
        self.counts: Counter[str] = Counter()

    def fresh(self, stem: str) -> str:
        """A name that no other has: the stem and a number."""
        self.counts[stem] += 1
        name = f"{stem}{self.counts[stem]}"
        return self.fresh(stem) if name in self.taken else name

    def term(self, text: str, operands: Sequence[Term], dtype: Any, binding: int = ATOM) -> Term:
        """The term of an operation; the one that is known, if it was made in this block or around it."""
        key = text, tuple(map(id, operands)), numpy.dtype(dtype)
        for known in reversed(self.known):
            if key in known:
                return known[key]
        made = self.known[-1][key] = Term(text, operands, numpy.dtype(dtype), binding)
        made.line = self.line
        if not made.is_leaf:
            self.add(Define(made))
        return made

    def place(self, text: str, dtype: Any) -> Term:
        """What is in a variable or an element of memory."""
        return self.term(text, (), dtype)

    def literal(self, number: Any, dtype: Any) -> Term:
        """A number."""
        dtype = numpy.dtype(dtype)
        value = numpy.asarray(number).astype(dtype)[()]
        key = "literal", dtype, value.tobytes()
        found = self.known[0].get(key)
        if found is None:
            text = literal_text(value, dtype)
            binding = UNARY if text.startswith("-") else ATOM
            found = self.known[0][key] = Term(text, (), dtype, binding, value)
        return found

    def names(self) -> set[str]:
        """The names that `fresh` has given."""
        return {f"{stem}{number}" for stem, count in self.counts.items() for number in range(1, count + 1)}

    def declare(self, text: str) -> None:
        self.declarations.append(text)

    def need_status(self) -> str:
        """The name of the variable that says whether all loops have ended."""
        if self.status is None:
            self.status = self.fresh("has_ended")
            self.declare(f"bool {self.status} = true;")
        return self.status

    def table(self, value: Any) -> str:
        """The name of a constant array."""
        for name, known in self.tables.items():
            if known is value:
                return name
        name = f"{self.prefix}_table{len(self.tables) + 1}"
        self.tables[name] = value
        return name

    def add(self, statement: Statement) -> None:
        self.open[-1].statements.append(statement)

    def assign(self, head: str, term: Term) -> None:
        self.add(Assign(head, term))

    def write(self, text: str) -> None:
        self.add(Text(text))

    @contextmanager
    def within(self, head: str, end: str = "}") -> Iterator[None]:
        """A context in which all that is made is in a loop or a branch."""
        compound = Compound(head, end)
        self.add(compound)
        self.open.append(compound)
        self.known.append({})
        try:
            yield
        finally:
            self.open.pop()
            self.known.pop()

    @contextmanager
    def loop(self, length: int | str, reverse: bool = False) -> Iterator[Term]:
        """A context of a loop of so many turns; gives their number."""
        i = self.fresh("i")
        turns = f"int {i} = {length} - 1; {i} >= 0; {i}--" if reverse else f"int {i} = 0; {i} < {length}; {i}++"
        with self.within(f"for ({turns}) {{"):
            yield self.place(i, "int32")


def literal_text(value: Any, dtype: numpy.dtype) -> str:
    """A number as C writes it, to the last bit."""
    if dtype.kind == "b":
        return "true" if value else "false"
    if dtype.kind in "iu":
        suffix = (
            {"int64": "LL", "uint64": "ULL", "uint32": "U"}.get(dtype.name, "") if abs(int(value)) > 2**31 - 1 else ""
        )
        return f"({int(value) + 1}LL - 1)" if int(value) == -(2**63) else f"{int(value)}{suffix}"
    if numpy.isnan(value):
        return "NAN"
    if numpy.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    text = repr(float(value)) if dtype.name == "float64" else str(value)
    return f"{text}{'f' if dtype.name == 'float32' else ''}"
