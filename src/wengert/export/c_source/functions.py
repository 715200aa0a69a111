"""A recorded function as a function of C: its declaration, its documentation, and its body."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy

from ...compile.native.legalize.expansions import by_formula
from ...compile.passes import simplified
from ...compile.passes.common import without_repetitions
from ...compile.passes.constant import with_constants_evaluated
from ...compile.passes.nested_graphs import with_simple_bodies
from ...compile.passes.rewriting import rewritten
from ...core.abstract import Abstract
from ...core.graph import Graph, GraphNode, form_of_operand
from ...core.recording import PICK
from ..recorded import Exported, distinct
from .arrays import Array, Memory, write
from .elementwise import Scalars
from .graphs import argument, outputs_of
from .printing import INDENT, RESERVED, Printer
from .terms import CTYPES, Blocks, literal_text

GUARDED = "_guarded"
"""The end of the name of a function with guards."""


UNENDED = "Returned: whether all loops ended within MOST_TURNS turns; if not, the results mean nothing."
"""What a header says of a function with a status."""


@dataclass(frozen=True)
class Parameter:
    """An argument or a result of a function of C.

    Attributes:
        name: what it is called.
        shape: its shape; a number, if it is empty, is given by its value, and returned by a pointer.
        dtype: NumPy's dtype of it.
    """

    name: str
    shape: tuple[int, ...]
    dtype: numpy.dtype

    @property
    def ctype(self) -> str:
        return CTYPES[self.dtype.name]

    @property
    def described(self) -> str:
        return f"{self.dtype.name}{list(self.shape)}" if self.shape else self.dtype.name


@dataclass(frozen=True, eq=False)
class CFunction:
    """A function of C.

    Attributes:
        name: what it is called.
        purpose: what it computes, in a sentence.
        arguments: what it takes.
        results: what it writes to, behind the arguments.
        nested: the results as the recorded function nests them, by their names.
        body: the lines between its braces.
        tables: the constant arrays that it reads.
        guarded: the lines of the same function with guards for products of zero and what is not finite, which are
            run where a result is not finite; ``None`` if there are no such products, or `body` has the guards.
        status: the variable that is returned: whether all loops have ended; ``None`` if their turns are known.
        constants: whole numbers that go with its results, for who calls it.
    """

    name: str
    purpose: str
    arguments: Sequence[Parameter]
    results: Sequence[Parameter]
    nested: Any
    body: Sequence[str]
    tables: Mapping[str, Any]
    guarded: Sequence[str] | None
    status: str | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)

    def head(self, restrict: str = "", end: str = "") -> str:
        """The declaration without its semicolon; `end` is put behind its name."""
        given = [f"const {a.ctype} *{restrict}{a.name}" if a.shape else f"{a.ctype} {a.name}" for a in self.arguments]
        taken = ", ".join([*given, *(f"{r.ctype} *{restrict}{r.name}" for r in self.results)])
        return f"{'bool' if self.status else 'void'} {self.name}{end}({taken})"

    def comment(self) -> str:
        """What it computes, of which arrays."""
        lines = [f"{self.purpose}", "", *(f"{a.name}: {a.described}" for a in self.arguments)]
        lines += [f"{r.name}: {r.described}, written" for r in self.results]
        lines += [UNENDED] * (self.status is not None)
        return "/* " + "\n   ".join(lines) + " */"

    def declarations(self) -> Iterator[str]:
        """What a header says of it."""
        yield f"{self.comment()}\n{'NODISCARD ' if self.status else ''}{self.head()};\n"
        for name, value in self.constants.items():
            yield f"extern const int32_t {name}[{value.size}];\n"

    def definition(self) -> str:
        tables = [_table(name, value) for name, value in self.tables.items()]
        for name, value in self.constants.items():
            tables.append(f"const int32_t {name}[{value.size}] = {{{', '.join(map(str, value.tolist()))}}};")
        told = [f"{INDENT}return {self.status};"] if self.status else []
        guarded = (
            []
            if self.guarded is None
            else [f"RARELY static {self.head('restrict ', GUARDED)} {{", *self.guarded, *told, "}", ""]
        )
        checks = [] if self.guarded is None else self._checks()
        return "\n".join([*tables, *guarded, f"{self.head('restrict ')} {{", *self.body, *checks, *told, "}"])

    def _checks(self) -> Iterator[str]:
        """Where a result is not finite, all is done again with guards."""
        passed = ", ".join(parameter.name for parameter in (*self.arguments, *self.results))
        again = f"{self.name}{GUARDED}({passed});"
        lines = [f"return {again}"] if self.status else [again, "return;"]
        for result in self.results:
            if result.dtype.kind == "f":
                size = math.prod(result.shape)
                yield f"{INDENT}for (int i = 0; i < {size}; i++) {{"
                yield f"{INDENT * 2}if (!isfinite({result.name}[i])) {{"
                yield from (f"{INDENT * 3}{line}" for line in lines)
                yield f"{INDENT * 2}}}"
                yield f"{INDENT}}}"


def function_of(exported: Exported, purpose: str, result: str) -> CFunction:
    """The function of C that computes a recorded one; its results are called `result`, numbered if there are many."""
    graph = legalised(simplified(exported.graph))
    taken = {exported.name, *RESERVED}
    arguments = [
        Parameter(distinct(a.name, taken), node.form.shape, node.form.dtype)
        for a, node in zip(exported.arguments, exported.graph.inputs, strict=True)
    ]
    forms = [Abstract(form.shape, form.dtype) for form in map(form_of_operand, graph.outputs)]
    names = [result] if len(forms) == 1 else [f"{result}_{i}" for i in range(1, len(forms) + 1)]
    results = [Parameter(distinct(n, taken), f.shape, f.dtype) for n, f in zip(names, forms, strict=True)]
    body = Body(exported.name, graph, arguments, results, taken, has_guards=False)
    guarded = None
    if body.left_out:
        guarded = Body(exported.name, graph, arguments, results, taken, has_guards=True)
    if guarded is not None and guarded.decides:
        body, guarded = guarded, None
    nested = exported.nested([parameter.name for parameter in results])
    lines, others = body.lines, None if guarded is None else guarded.lines
    return CFunction(exported.name, purpose, arguments, results, nested, lines, body.tables, others, body.status)


class Body:
    """The lines of a function, with guards for products of zero and what is not finite, or without.

    Attributes:
        lines: the lines.
        tables: constant arrays, by name.
        left_out: whether guards are missing.
        decides: whether something is chosen by a value.
        status: the variable that says whether all loops have ended, if there is one that might not.
    """

    def __init__(
        self,
        name: str,
        graph: Graph,
        arguments: Sequence[Parameter],
        results: Sequence[Parameter],
        taken: set[str],
        has_guards: bool,
    ) -> None:
        blocks = Blocks(name, taken)
        scalars = Scalars(blocks, has_guards)
        outputs = outputs_of(scalars, graph, [_given(blocks, a) for a in arguments])
        for parameter, output in zip(results, outputs, strict=True):
            write(blocks, argument(parameter.name, output.shape, output.dtype), output)
        printer = Printer(blocks.body, {*taken, *blocks.names()})
        self.lines: list[str] = [*(f"{INDENT}{line}" for line in blocks.declarations), *printer.lines]
        self.tables: dict[str, Any] = blocks.tables
        self.left_out: bool = scalars.left_out
        self.decides: bool = scalars.decides
        self.status: str | None = blocks.status


def legalised(graph: Graph) -> Graph:
    """The graph in operations that have a form in C, as far as formulas go."""
    graph = with_simple_bodies(graph, legalised)

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive is PICK and type(operands[0]) is tuple:
            return operands[0][node.params["index"]]
        if handed_on := getattr(node.primitive.joint, "handed_on", None):
            return tuple(operands[place] for place in handed_on)
        return by_formula(node, operands)

    return without_repetitions(with_constants_evaluated(rewritten(graph, rewrite)))


def _given(blocks: Blocks, parameter: Parameter) -> Array:
    if parameter.shape:
        return argument(parameter.name, parameter.shape, parameter.dtype)
    return Number(parameter.name, parameter.dtype)


class Number(Memory):
    """A number that is given by its value."""

    def __init__(self, name: str, dtype: numpy.dtype) -> None:
        super().__init__(name, argument(name, (), dtype).view, dtype)

    def at(self, blocks: Blocks, index: Any) -> Any:
        return blocks.place(self.name, self.dtype)


def _table(name: str, value: Any) -> str:
    numbers = ", ".join(literal_text(number, value.dtype) for number in value.reshape(-1))
    return f"static const {CTYPES[value.dtype.name]} {name}[{math.prod(value.shape)}] = {{{numbers}}};"
