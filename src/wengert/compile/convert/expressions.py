"""Expressions that ask for a truth value: ``and``, ``or``, ``not``, ``a if b else c``, ``a < b < c``."""

from __future__ import annotations

import ast

from .names import own
from .templates import OPERATORS_NAME, delayed, expression

SUSPENDED = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
"""What cannot be moved into a function of its own."""

METHODS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
"""What of a class has a scope of its own."""


class Expressions(ast.NodeTransformer):
    """Puts calls of operators in place of what Python would decide.

    Attributes:
        first: the first parameter of the function around, for ``super()``.
    """

    def __init__(self) -> None:
        self.first: str = ""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        before = self.first
        if not node.name.startswith(OPERATORS_NAME):
            self.first = next((argument.arg for argument in (*node.args.posonlyargs, *node.args.args)), "")
        self.generic_visit(node)
        self.first = before
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Functions in a class change; what it computes itself does not, since a function would not find its names."""
        node.body = [self.visit(part) if isinstance(part, METHODS) else part for part in node.body]
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        name = "and_" if isinstance(node.op, ast.And) else "or_"
        return self._delayed(node, name, "values")

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self._delayed(node, "choose", "test", "body", "orelse")

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return _call("not_", [node.operand], node) if isinstance(node.op, ast.Not) else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) == 1 or _is_suspended(node):
            return node
        links = [(ast.Constant(type(o).__name__), delayed(c)) for o, c in zip(node.ops, node.comparators, strict=True)]
        return _call("chain", [node.left, *(part for link in links for part in link)], node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """``super()`` finds nothing in a function within a method."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args and self.first:
            node.args = [expression("__class__", node), expression(self.first, node)]
        return node

    def _delayed(self, node: ast.expr, name: str, *fields: str) -> ast.AST:
        self.generic_visit(node)
        found = [getattr(node, field) for field in fields]
        first, *rest = [value for part in found for value in (part if isinstance(part, list) else [part])]
        if any(map(_is_suspended, rest)):
            return node
        at_once = _call("given", [first], node) if _is_suspended(first) else delayed(first)
        return _call(name, [at_once, *map(delayed, rest)], node)


def _is_suspended(node: ast.AST) -> bool:
    return any(isinstance(inner, SUSPENDED) for inner in own([node]))


def _call(name: str, values: list[ast.expr], at: ast.AST) -> ast.expr:
    found = expression(f"{OPERATORS_NAME}.{name}()", at)
    assert isinstance(found, ast.Call)
    found.args = values
    return ast.fix_missing_locations(found)
