"""Which names statements bind and read, and which of them matter later.

A name is a variable, or an attribute or item that is written as one would: ``self.rate``, ``sums['loss']``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
SCOPES = (*FUNCTIONS, ast.ClassDef)

GROWING = frozenset({"append", "extend", "insert", "pop", "remove", "clear", "add", "discard", "update", "setdefault"})
"""Methods by which lists, sets and dicts change."""


def own(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of statements, but not those within functions and classes that they define."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.comprehension):
            stack += [node.iter, *node.ifs]
        elif not isinstance(node, SCOPES):
            stack += ast.iter_child_nodes(node)


def bound(nodes: Sequence[ast.AST]) -> set[str]:
    """The names that statements bind; what belongs to an object that they make themselves does not count."""
    variables = {name for node in own(nodes) for name in _variables(node)}
    places = [node for node in own(nodes) if isinstance(getattr(node, "ctx", None), ast.Store) and _root(node)]
    return variables | {ast.unparse(place) for place in places if _root(place) not in variables}


def grown(nodes: Sequence[ast.AST]) -> set[str]:
    """The variables that hold lists, sets or dicts of which statements change the length."""
    found = set()
    for node in own(nodes):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in GROWING:
                found.add(name)
    return found


def _variables(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case ast.MatchMapping(rest=str(name)):
            return [name]
        case ast.alias(name=name, asname=other):
            return [other or name.partition(".")[0]]
    return []


def _root(place: ast.AST) -> str:
    """The variable from which a place is found; empty if it is found otherwise."""
    match place:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=holder) | ast.Subscript(value=holder, slice=ast.Constant(value=str())):
            return _root(holder)
    return ""


def loaded(nodes: Iterable[ast.AST]) -> set[str]:
    """The variables that are read, also by functions that are defined on the way."""
    found = set()
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
    return found


def read_later(body: Sequence[ast.AST]) -> set[str]:
    """The variables that matter at any time: those of functions within, and of other scopes."""
    inner = [node for node in own(body) if isinstance(node, (*SCOPES, ast.GeneratorExp))]
    return loaded(inner) | {name for node in own(body) for name in declared(node)}


def declared(node: ast.AST) -> list[str]:
    """The names in ``global`` and ``nonlocal``."""
    return node.names if isinstance(node, (ast.Global, ast.Nonlocal)) else []


# -- what is read before it is bound again ---------------------------------------------------------


def live(statements: Sequence[ast.stmt], after: set[str]) -> set[str]:
    """The variables whose values matter before statements, if those `after` matter after them."""
    for statement in reversed(statements):
        after = _live_one(statement, after)
    return after


def _live_one(statement: ast.stmt, after: set[str]) -> set[str]:
    match statement:
        case ast.If(test=test, body=body, orelse=orelse):
            return loaded([test]) | live(body, after) | live(orelse, after)
        case ast.While() | ast.For():
            return live_at_turn(statement, after) | (
                loaded([statement.iter]) if isinstance(statement, ast.For) else set()
            )
        case ast.With(items=items, body=body):
            return loaded(items) | live(body, after)
        case ast.Try() | ast.TryStar() | ast.Match() | ast.AsyncFor() | ast.AsyncWith():
            return after | loaded([statement])
    return (after - _replaced(statement)) | loaded([statement])


def live_at_turn(loop: ast.While | ast.For, after: set[str]) -> set[str]:
    """The variables whose values matter where a turn begins, or the loop ends."""
    test = loaded([loop.test]) if isinstance(loop, ast.While) else loaded(more(loop))
    target = bound([loop.target]) if isinstance(loop, ast.For) else set()
    head = after | test
    return head | (live(loop.body, head | (live(loop.body, head) - target)) - target)


def more(loop: ast.For) -> list[ast.expr]:
    """What must hold for another turn, besides another item (see `jumps`)."""
    return getattr(loop, "more", [])


def _replaced(statement: ast.stmt) -> set[str]:
    """The variables to which a simple statement certainly gives another value."""
    match statement:
        case ast.Assign(targets=targets):
            return {name for node in own(targets) for name in _variables(node)}
        case ast.AnnAssign(target=target, value=ast.expr()):
            return {name for node in own([target]) for name in _variables(node)}
        case ast.FunctionDef() | ast.Import() | ast.ImportFrom():
            return bound([statement])
    return set()
