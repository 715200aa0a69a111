"""From the syntax tree of a function over whole numbers to LLVM's language."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llvmlite import ir  # pyright: ignore[reportMissingImports]

from ...compile.native.machine.llvm import ModulePart, Source

if TYPE_CHECKING:
    from .native import Native

NUMBER, STORED, TRUTH = ir.IntType(64), ir.IntType(32), ir.IntType(1)

COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}

ARITHMETIC = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.BitAnd: "and_",
    ast.BitXor: "xor",
    ast.RShift: "lshr",
}


def translated(function: Native) -> Source:
    """A function and all that it calls, as one module."""
    module = ir.Module("whole_numbers")
    declared = {member: _declared(module, member) for member in function.family}
    for member, entry in declared.items():
        if member is not function:
            entry.linkage = "internal"
        _Writer(entry, member, {name: declared[callee] for name, callee in member.callees.items()}).write()
    return Source([ModulePart(str(module))], {})


def _declared(module: Any, function: Native) -> Any:
    kinds = [STORED.as_pointer() if is_array else NUMBER for is_array in function.arrays]
    return ir.Function(module, ir.FunctionType(NUMBER, kinds), function.f.__name__)


class _Writer:
    """Writes the code of one function.

    Attributes:
        places: where each variable is in memory, or what array a name stands for.
        ends: for each loop around, the block behind it.
    """

    def __init__(self, entry: Any, function: Native, callees: dict[str, Any]) -> None:
        self.function = function
        self.callees = callees
        self.builder: Any = ir.IRBuilder(entry.append_basic_block())
        names = [parameter.arg for parameter in function.tree.args.args]
        stored = [n.id for n in ast.walk(function.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        given = dict(zip(names, entry.args, strict=True))
        arrays = {name for name, is_array in zip(names, function.arrays, strict=True) if is_array}
        self.arrays = {name: given[name] for name in arrays}
        self.places = {name: self.builder.alloca(NUMBER) for name in dict.fromkeys([*names, *stored])}
        for name in given.keys() - arrays:
            self.builder.store(given[name], self.places[name])
        self.ends: list[Any] = []

    def write(self) -> None:
        self.run(self.function.tree.body)

    # -- statements --------------------------------------------------------------------------------

    def run(self, statements: Sequence[Any]) -> None:
        for statement in statements:
            if not self.builder.block.is_terminated:
                getattr(self, f"run_{type(statement).__name__}")(statement)

    def run_Expr(self, node: Any) -> None:  # noqa: N802 - named after the node
        if isinstance(node.value, ast.Call):
            self.number(node.value)

    def run_Assign(self, node: Any) -> None:  # noqa: N802
        self.store(node.targets[0], self.number(node.value))

    def run_AugAssign(self, node: Any) -> None:  # noqa: N802
        self.store(node.target, self.combined(node.op, self.number(node.target), self.number(node.value)))

    def run_Return(self, node: Any) -> None:  # noqa: N802
        self.builder.ret(self.number(node.value))

    def run_Break(self, node: Any) -> None:  # noqa: N802
        self.builder.branch(self.ends[-1])

    def run_If(self, node: Any) -> None:  # noqa: N802
        taken, other, after = (self.builder.append_basic_block() for _ in range(3))
        self.branch(node.test, taken, other)
        for block, statements in ((taken, node.body), (other, node.orelse)):
            self.builder.position_at_end(block)
            self.run(statements)
            if not self.builder.block.is_terminated:
                self.builder.branch(after)
        self.builder.position_at_end(after)

    def run_While(self, node: Any) -> None:  # noqa: N802
        test, body, after = (self.builder.append_basic_block() for _ in range(3))
        self.builder.branch(test)
        self.builder.position_at_end(test)
        self.branch(node.test, body, after)
        self.ends.append(after)
        self.builder.position_at_end(body)
        self.run(node.body)
        if not self.builder.block.is_terminated:
            self.builder.branch(test)
        self.ends.pop()
        self.builder.position_at_end(after)

    def store(self, target: Any, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.builder.store(value, self.places[target.id])
        else:
            self.builder.store(self.builder.trunc(value, STORED), self.element(target))

    def branch(self, test: Any, taken: Any, other: Any) -> None:
        """Go on by a test; ``and`` asks the second side only if the first holds."""
        if isinstance(test, ast.BoolOp):
            assert isinstance(test.op, ast.And)
            for part in test.values[:-1]:
                following = self.builder.append_basic_block()
                self.branch(part, following, other)
                self.builder.position_at_end(following)
            test = test.values[-1]
        left, right = self.number(test.left), self.number(test.comparators[0])
        self.builder.cbranch(self.builder.icmp_signed(COMPARISONS[type(test.ops[0])], left, right), taken, other)

    # -- numbers -----------------------------------------------------------------------------------

    def number(self, node: Any) -> Any:
        return getattr(self, f"number_{type(node).__name__}")(node)

    def number_Constant(self, node: Any) -> Any:  # noqa: N802
        return NUMBER(node.value)

    def number_Name(self, node: Any) -> Any:  # noqa: N802
        return self.builder.load(self.places[node.id], typ=NUMBER)

    def number_Subscript(self, node: Any) -> Any:  # noqa: N802
        return self.builder.sext(self.builder.load(self.element(node), typ=STORED), NUMBER)

    def number_BinOp(self, node: Any) -> Any:  # noqa: N802
        return self.combined(node.op, self.number(node.left), self.number(node.right))

    def number_UnaryOp(self, node: Any) -> Any:  # noqa: N802
        assert isinstance(node.op, ast.USub)
        return self.builder.neg(self.number(node.operand))

    def number_Call(self, node: Any) -> Any:  # noqa: N802
        callee = self.callees[node.func.id]
        given = [self.arrays.get(a.id) if isinstance(a, ast.Name) else None for a in node.args]
        values = [self.number(a) if array is None else array for a, array in zip(node.args, given, strict=True)]
        return self.builder.call(callee, values)

    def combined(self, operator: Any, left: Any, right: Any) -> Any:
        return getattr(self.builder, ARITHMETIC[type(operator)])(left, right)

    def element(self, node: Any) -> Any:
        """Where an element of an array is."""
        return self.builder.gep(self.arrays[node.value.id], [self.number(node.slice)], source_etype=STORED)
