"""``if``, ``while`` and ``for`` as calls of operators, their bodies as functions of their own."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .jumps import without_jumps
from .names import (
    bound,
    declared,
    grown,
    live,
    live_at_turn,
    loaded,
    more,
    own,
    read_later,
)
from .templates import (
    OPERATORS_NAME,
    delayed,
    expression,
    function,
    statements,
)

SUSPENDING = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)


def convert(definition: ast.FunctionDef) -> None:
    """Convert the statements of a function, in place."""
    if not any(isinstance(node, SUSPENDING) for node in own(definition.body)):
        definition.body = without_jumps(definition.body)
        definition.body = _Function(definition).block(definition.body, set())


class _Function:
    """The statements of one function.

    Attributes:
        variables: the names that it binds.
        everywhere: those that matter at any time.
        outside: those that it shares with the module.
    """

    def __init__(self, definition: ast.FunctionDef) -> None:
        self.variables = bound([*ast.walk(definition.args), *definition.body])
        self.everywhere = read_later(definition.body)
        self.outside = {n for node in own(definition.body) if isinstance(node, ast.Global) for n in declared(node)}

    def block(self, body: Sequence[ast.stmt], after: set[str]) -> list[ast.stmt]:
        """Converted statements, if the variables `after` matter after them."""
        found: list[ast.stmt] = []
        for statement in reversed(body):
            found = [*self._one(statement, after), *found]
            after = live([statement], after)
        return found

    def _one(self, statement: ast.stmt, after: set[str]) -> list[ast.stmt]:
        match statement:
            case ast.FunctionDef():
                convert(statement)
            case ast.If() if not any(isinstance(node, ast.Raise) for node in own([statement])):
                return self._if(statement, after)
            case ast.While() if not any(isinstance(node, ast.NamedExpr) for node in own([statement.test])):
                return self._while(statement, after)
            case ast.For():
                return self._for(statement, after)
            case ast.Try() | ast.TryStar():
                self._inner(statement, after | loaded([statement]))
            case ast.While():
                self._inner(statement, live_at_turn(statement, after))
            case ast.Assert():
                statement.test = _known(statement.test)
            case ast.If():
                statement.test = _known(statement.test)
                self._inner(statement, after)
            case ast.With() | ast.Match():
                self._inner(statement, after)
        return [statement]

    def _inner(self, statement: ast.stmt, after: set[str]) -> None:
        """Convert the bodies of a statement that stays."""
        for holder in (statement, *getattr(statement, "cases", []), *getattr(statement, "handlers", [])):
            for name in ("body", "orelse", "finalbody"):
                if getattr(holder, name, None):
                    setattr(holder, name, self.block(getattr(holder, name), after))

    def _if(self, statement: ast.If, after: set[str]) -> list[ast.stmt]:
        sides = [*statement.body, *statement.orelse]
        results = self._state(sides, after)
        names = (*results, *(name for name in self._state(sides, live([statement], after)) if name not in results))
        at = statement.test
        shared = self._shared(names, at)
        call = f"{OPERATORS_NAME}.if_stmt(0, _wg_body, _wg_else, {_variables(names)}, {len(results)})"
        return [
            *self._access(names, at),
            function("_wg_body", "", [*shared, *self.block(statement.body, after)], at),
            function("_wg_else", "", [*shared, *self.block(statement.orelse, after)], at),
            _called(call, statement.test, at),
        ]

    def _while(self, loop: ast.While, after: set[str]) -> list[ast.stmt]:
        head = live_at_turn(loop, after)
        names = self._state(loop.body, head)
        at = loop.test
        call = f"{OPERATORS_NAME}.while_stmt(0, _wg_body, {_variables(names)})"
        return [
            *self._access(names, at),
            function("_wg_body", "", [*self._shared(names, at), *self.block(loop.body, head)], at),
            _called(call, delayed(loop.test), at),
        ]

    def _for(self, loop: ast.For, after: set[str]) -> list[ast.stmt]:
        head = live_at_turn(loop, after)
        names = self._state([loop.target, *loop.body], head)
        at = loop.iter
        (take,) = statements("_wg_target = _wg_item", at)
        assert isinstance(take, ast.Assign)
        take.targets = [loop.target]
        goes_on = "lambda: 0" if more(loop) else "None"
        call = _called(
            f"{OPERATORS_NAME}.for_stmt(0, {goes_on}, _wg_body, {_variables(names)})",
            _items(loop.iter),
            at,
        )
        for condition in more(loop):
            call.value.args[1].body = condition  # type: ignore[attr-defined]
        return [
            *self._access(names, at),
            function("_wg_body", "_wg_item", [*self._shared(names, at), take, *self.block(loop.body, head)], at),
            call,
        ]

    # -- names -------------------------------------------------------------------------------------

    def _state(self, body: Sequence[ast.AST], after: set[str]) -> tuple[str, ...]:
        """The names that a body binds and that matter after it."""
        matters = after | self.everywhere
        names = bound(body) | (grown(body) & self.variables)
        return tuple(sorted(name for name in names if name in matters or not name.isidentifier()))

    def _shared(self, names: Sequence[str], at: ast.AST) -> list[ast.stmt]:
        """The declarations with which a body binds the variables of the function around."""
        variables = [name for name in names if name.isidentifier()]
        shared = [name for name in variables if name not in self.outside]
        texts = [f"nonlocal {', '.join(shared)}"] if shared else []
        if len(shared) < len(variables):
            texts.append(f"global {', '.join(name for name in variables if name in self.outside)}")
        return [node for text in texts for node in statements(text, at)]

    def _access(self, names: Sequence[str], at: ast.AST) -> list[ast.stmt]:
        """What gives the names their variables, and the functions that read and bind them."""
        mine = [name for name in names if name.isidentifier() and name not in self.outside]
        getters = "".join(f"{OPERATORS_NAME}.read(lambda: {name}), " for name in names)
        body = [
            *self._shared(names, at),
            *(node for i, name in enumerate(names) for node in statements(_BIND.format(name=name, i=i), at)),
        ]
        return [
            *(statements(f"if 0: {' = '.join(mine)} = None", at) if mine else []),
            function("_wg_get", "", statements(f"return ({getters})", at), at),
            function("_wg_set", "_wg_values", body, at),
        ]


_BIND = """
if _wg_values[{i}] is not _wg.MISSING:
    {name} = _wg_values[{i}]
elif _wg.read(lambda: {name}) is not _wg.MISSING:
    del {name}
"""


def _variables(names: Sequence[str]) -> str:
    return f"{OPERATORS_NAME}.Variables({names!r}, _wg_get, _wg_set)"


def _called(text: str, first: ast.expr, at: ast.AST) -> ast.Expr:
    """A call with another first argument."""
    call = expression(text, at)
    assert isinstance(call, ast.Call)
    call.args[0] = first
    return ast.copy_location(ast.Expr(call), at)


def _known(test: ast.expr) -> ast.expr:
    """The test of a statement that may raise."""
    found = expression(f"{OPERATORS_NAME}.known(0)", test)
    assert isinstance(found, ast.Call)
    found.args = [test]
    return found


def _items(value: ast.expr) -> ast.expr:
    """What a loop runs over; a range may have ends that are not known."""
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id == "range"
        and not value.keywords
    ):
        value.args = [value.func, *value.args]
        value.func = expression(f"{OPERATORS_NAME}.turns", value)
    return value
