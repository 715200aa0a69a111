"""Pieces of code from text, placed where the user wrote what they stand for."""

from __future__ import annotations

import ast

OPERATORS_NAME = "_wg"
"""The variable by which converted code finds `operators`. All variables of ours begin like this."""


def statements(text: str, at: ast.AST) -> list[ast.stmt]:
    """Statements, as if they were written at a place."""
    body = ast.parse(text).body
    for top in body:
        for node in ast.walk(top):
            if "lineno" in node._attributes:
                ast.copy_location(node, at)
    return body


def expression(text: str, at: ast.AST) -> ast.expr:
    """An expression, as if it was written at a place."""
    (statement,) = statements(text, at)
    assert isinstance(statement, ast.Expr)
    return statement.value


def function(name: str, arguments: str, body: list[ast.stmt], at: ast.AST) -> ast.stmt:
    """A function with a body that the user wrote."""
    (definition,) = statements(f"def {name}({arguments}):\n pass", at)
    assert isinstance(definition, ast.FunctionDef)
    definition.body = body or definition.body
    return definition


def delayed(value: ast.expr) -> ast.expr:
    """A function that computes a value when it is asked for."""
    found = expression("lambda: 0", value)
    assert isinstance(found, ast.Lambda)
    found.body = value
    return found
