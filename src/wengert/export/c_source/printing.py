"""From blocks to text: terms that are read once are written where they are read, others get a variable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from .terms import ATOM, CTYPES, Assign, Compound, Define, Statement, Term, Text

WIDEST = 80
"""The longest expression that is put into another, in characters."""
INDENT = "    "
WORDS = """
    auto bool break case char const continue default do double else enum extern false float for goto if inline int
    long main register restrict return short signed sizeof static struct switch true typedef union unsigned void
    volatile while assert acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1
    fabs floor fmod gamma hypot index isfinite isinf isnan j0 j1 jn lgamma log log10 log1p log2 pow rint signgam sin
    sinh sqrt tan tanh tgamma trunc y0 y1 yn
"""
RESERVED = frozenset(WORDS.split())
"""Words of C, and functions that may be called."""


class Printer:
    """The lines of the body of a function.

    Attributes:
        uses: how often each term is read.
        where: for each term that is read once the block in which it is.
        taken: the names that are in use.
    """

    def __init__(self, body: Compound, taken: set[str]) -> None:
        self.uses: Counter[Term] = Counter()
        self.readers: dict[Term, Compound] = {}
        self.homes: dict[Term, Compound] = {}
        self.taken = taken
        self.number = 0
        self.comment: str | None = None
        self._live(body)
        self.lines: list[str] = list(self._block(body, 1))

    # -- what is read ------------------------------------------------------------------------------

    def _live(self, body: Compound) -> None:
        """Count the uses of what is assigned somewhere, and of what that is made of."""
        waiting: list[tuple[Term, Compound]] = []
        for block in _blocks(body):
            for statement in block.statements:
                if isinstance(statement, Assign):
                    waiting.append((statement.term, block))
                elif isinstance(statement, Define):
                    self.homes[statement.term] = block
        while waiting:
            term, reader = waiting.pop()
            self.uses[term] += 1
            self.readers[term] = reader
            if self.uses[term] == 1:
                waiting += [(operand, self.homes.get(term, reader)) for operand in term.operands]

    def _is_part(self, term: Term, text: str) -> bool:
        is_read_here = self.uses[term] == 1 and self.readers[term] is self.homes[term]
        return is_read_here and not term.wanted and len(text) <= WIDEST

    # -- what is written ---------------------------------------------------------------------------

    def _block(self, block: Compound, depth: int) -> Iterator[str]:
        margin = INDENT * depth
        for statement in block.statements:
            for line in self._statement(statement, depth):
                yield margin + line

    def _statement(self, statement: Statement, depth: int) -> Iterator[str]:
        if isinstance(statement, Compound):
            yield from self._compound(statement)
        elif isinstance(statement, Text):
            yield statement.text
        elif isinstance(statement, Assign):
            yield f"{statement.head} {self.expression(statement.term)};"
        elif self.uses[statement.term]:
            yield from self._define(statement.term)

    def _compound(self, compound: Compound) -> Iterator[str]:
        inside = list(self._block(compound, 1))
        if inside:
            yield compound.head
            yield from inside
            yield compound.end

    def _define(self, term: Term) -> Iterator[str]:
        text = self.expression(term)
        if self._is_part(term, text):
            return
        if term.line is not None and term.line != self.comment:
            yield f"/* {term.line} */"
            self.comment = term.line
        term.name = self._named(term.wanted)
        yield f"const {CTYPES[term.dtype.name]} {term.name} = {text};"

    def _named(self, wanted: str) -> str:
        if not wanted:
            self.number += 1
            wanted = f"v{self.number}"
        wanted = f"{wanted}_" if wanted in RESERVED else wanted
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        self.taken.add(name)
        return name

    def expression(self, term: Term) -> str:
        """A term as text: its variable, if it has one."""
        if term.name is not None:
            return term.name
        if term.is_leaf:
            return term.text
        return term.text.format(*[self._operand(term, place) for place in range(len(term.operands))])

    def _operand(self, term: Term, place: int) -> str:
        """An operand, in brackets where it binds less tightly, or as tightly on the right side."""
        operand = term.operands[place]
        text = self.expression(operand)
        if operand.name is not None or operand.binding == ATOM or term.binding == ATOM:
            return text
        is_looser = operand.binding > term.binding or (operand.binding == term.binding and place > 0)
        return f"({text})" if is_looser or operand.binding > 3 else text


def _blocks(body: Compound) -> Iterator[Compound]:
    """A block, and all within it."""
    yield body
    for statement in body.statements:
        if isinstance(statement, Compound):
            yield from _blocks(statement)
