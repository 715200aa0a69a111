"""A builder of functions on machine words: enough of C for the routine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llvmlite import ir

from ..interpreter.layouts import WORD as BYTES_OF_WORD
from ..interpreter.process_table import World
from ..native.ir.types import Builder, Value

WORD_TYPE = ir.IntType(64)
HALF_TYPE = ir.IntType(32)


class Writing:
    """A function of words (integers or addresses) to a word, under construction.

    Attributes:
        arguments: what it is given.
    """

    def __init__(self, module: ir.Module, name: str, count: int, linkage: str = "internal") -> None:
        self.function = ir.Function(module, ir.FunctionType(WORD_TYPE, [WORD_TYPE] * count), name)
        self.function.linkage = linkage
        self.arguments = self.function.args
        self.builder: Builder = ir.IRBuilder(self.function.append_basic_block())

    # -- memory ------------------------------------------------------------------------------------

    def at(self, address: Value, offset: Value | int) -> Value:
        """An address at an offset in bytes."""
        return self.builder.add(address, WORD_TYPE(offset) if isinstance(offset, int) else offset)

    def nth(self, address: Value, index: Value, size: int = BYTES_OF_WORD) -> Value:
        """The address of an element of an array of this element size."""
        return self.at(address, self.builder.mul(index, WORD_TYPE(size)))

    def word(self, address: Value, offset: int = 0) -> Value:
        return self.builder.load(self._pointer(address, offset, WORD_TYPE))

    def half(self, address: Value, offset: int = 0) -> Value:
        """Load 32 bits, sign-extended to a word."""
        return self.builder.sext(self.builder.load(self._pointer(address, offset, HALF_TYPE)), WORD_TYPE)

    def local(self, count: int = 1) -> Value:
        """Allocate words on the stack."""
        return self.builder.ptrtoint(self.builder.alloca(WORD_TYPE, count), WORD_TYPE)

    def put(self, value: Value | int, address: Value, offset: int = 0) -> None:
        self.builder.store(
            WORD_TYPE(value) if isinstance(value, int) else value, self._pointer(address, offset, WORD_TYPE)
        )

    def _pointer(self, address: Value, offset: int, kind: ir.Type) -> Value:
        return self.builder.inttoptr(self.at(address, offset), kind.as_pointer())

    # -- calls -------------------------------------------------------------------------------------

    def of_world(self, place: World) -> Value:
        """Load the address of an object of this process."""
        world = self.builder.load(self.builder.module.globals["world"])
        return self.word(world, place * BYTES_OF_WORD)

    def ask(self, place: World, *arguments: Value | int) -> Value:
        """Call a function of CPython or NumPy."""
        return self.call(self.of_world(place), WORD_TYPE, *arguments)

    def ask_half(self, place: World, *arguments: Value | int) -> Value:
        """Call such a function whose result has 32 bits."""
        return self.builder.zext(self.call(self.of_world(place), HALF_TYPE, *arguments), WORD_TYPE)

    def call(self, address: Value, kind: ir.Type, *arguments: Value | int) -> Value:
        """Call the function at an address."""
        words = [WORD_TYPE(a) if isinstance(a, int) else a for a in arguments]
        pointer = ir.FunctionType(kind, [WORD_TYPE] * len(words)).as_pointer()
        return self.builder.call(self.builder.inttoptr(address, pointer), words)

    def do(self, other: Writing, *arguments: Value) -> Value:
        """Call another function of this module."""
        return self.builder.call(other.function, arguments)

    # -- control -----------------------------------------------------------------------------------

    def equal(self, a: Value, b: Value | int) -> Value:
        return self.builder.icmp_unsigned("==", a, WORD_TYPE(b) if isinstance(b, int) else b)

    def differ(self, a: Value, b: Value | int) -> Value:
        return self.builder.not_(self.equal(a, b))

    def either(self, first: Value, *others: Value) -> Value:
        for other in others:
            first = self.builder.or_(first, other)
        return first

    def give(self, value: Value | int) -> None:
        self.builder.ret(WORD_TYPE(value) if isinstance(value, int) else value)

    def give_if(self, condition: Value, value: Value | int) -> None:
        """Return a value early, on a condition."""
        with self.builder.if_then(condition):
            self.give(value)

    @contextmanager
    def each(self, count: Value) -> Iterator[Value]:
        """A counted loop from 0."""
        builder, start = self.builder, self.builder.block
        look, turn, after = (builder.append_basic_block(name) for name in ("look", "turn", "after"))
        builder.branch(look)
        builder.position_at_end(look)
        index = builder.phi(WORD_TYPE)
        index.add_incoming(WORD_TYPE(0), start)
        builder.cbranch(builder.icmp_signed("<", index, count), turn, after)
        builder.position_at_end(turn)
        yield index
        index.add_incoming(builder.add(index, WORD_TYPE(1)), builder.block)
        builder.branch(look)
        builder.position_at_end(after)

    @contextmanager
    def each_row(self, table: Value, place: int, length: int) -> Iterator[Value]:
        """A loop over rows of so many words, of which a table has the number in a place, and then their address."""
        first = self.word(table, (place + 1) * BYTES_OF_WORD)
        with self.each(self.word(table, place * BYTES_OF_WORD)) as index:
            yield self.nth(first, index, length * BYTES_OF_WORD)
