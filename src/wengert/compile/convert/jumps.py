"""``return``, ``break`` and ``continue`` within statements, as flags and what is done if none of them is set."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from .names import own
from .templates import OPERATORS_NAME, expression, statements

RETURNED = "_wg_returned"
"""The flag of a function that has returned."""

RESULT = "_wg_result"
"""What it has returned."""

COMPOUND = (ast.If, ast.While, ast.For, ast.With, ast.Try, ast.TryStar, ast.Match)
JUMPS = (ast.Return, ast.Break, ast.Continue)


def without_jumps(body: list[ast.stmt]) -> list[ast.stmt]:
    """The body of a function, of which at most the last statement returns."""
    inner = [statement for statement in body if isinstance(statement, COMPOUND)]
    if not any(isinstance(node, ast.Return) for node in own(inner)):
        return _Lowering(returns=False).block(body)[0]
    if not _ends(body):
        body = [*body, *statements("return None", body[-1])]
    return [
        *statements(f"{RETURNED} = False\n{RESULT} = None", body[0]),
        *_Lowering(returns=True).block(body)[0],
        *statements(f"return {RESULT}", body[-1]),
    ]


class _Lowering:
    """The rewriting of one function.

    Attributes:
        returns: whether a flag stands for ``return``.
        loops: the numbers of the loops around, the innermost last.
        count: how many loops there were.
    """

    def __init__(self, returns: bool) -> None:
        self.returns = returns
        self.loops: list[int] = []
        self.count = 0

    def block(self, body: Sequence[ast.stmt]) -> tuple[list[ast.stmt], set[str]]:
        """The statements without jumps, and the flags that they may set."""
        result: list[ast.stmt] = []
        flags: set[str] = set()
        for statement in reversed(_with_rest_on_a_side(body)):
            if _ends_one(statement):
                result, flags = [], set()
            found, set_here = self._one(statement)
            result = [*found, *_unless(set_here, result)]
            flags |= set_here
        return result, flags

    def _one(self, statement: ast.stmt) -> tuple[list[ast.stmt], set[str]]:
        match statement:
            case ast.Return() if self.returns:
                value = ast.Constant(None) if statement.value is None else statement.value
                (assignment,) = statements(f"{RESULT} = 0", statement)
                assert isinstance(assignment, ast.Assign)
                assignment.value = ast.copy_location(value, value if statement.value else statement)
                return [assignment, *statements(f"{RETURNED} = True", statement)], {RETURNED}
            case ast.Break():
                return _set(_broken(self.loops[-1]), statement)
            case ast.Continue():
                return _set(_skipped(self.loops[-1]), statement)
            case ast.While() | ast.For():
                return self._loop(statement)
            case ast.Try() | ast.TryStar():
                return self._try(statement)
        return [statement], self._inner(statement)

    def _inner(self, statement: Any) -> set[str]:
        """Rewrite the bodies of a statement, in place."""
        flags: set[str] = set()
        for holder in (statement, *getattr(statement, "cases", []), *getattr(statement, "handlers", [])):
            for name in ("body", "orelse", "finalbody"):
                if isinstance(statement, COMPOUND) and getattr(holder, name, None):
                    body, set_here = self.block(getattr(holder, name))
                    setattr(holder, name, body)
                    flags |= set_here
        return flags

    def _try(self, statement: Any) -> tuple[list[ast.stmt], set[str]]:
        jumps = any(isinstance(node, JUMPS) for node in own(statement.body))
        flags = self._inner(statement)
        if jumps:
            statement.orelse = _unless(flags, statement.orelse)
        return [statement], flags

    def _loop(self, loop: Any) -> tuple[list[ast.stmt], set[str]]:
        self.count += 1
        number = self.count
        self.loops.append(number)
        body, flags = self.block(_with_test_inside(loop))
        self.loops.pop()
        broken, skipped = _broken(number), _skipped(number)
        loop.body = [*(_set(skipped, loop, False)[0] if skipped in flags else []), *body]
        stops = flags - {skipped}
        if stops:
            _stop(loop, stops)
        before = _set(broken, loop, False)[0] if broken in stops else []
        after, set_after = self.block(loop.orelse)
        loop.orelse = []
        return [*before, loop, *_unless(stops, after)], (stops - {broken}) | set_after


def is_flag(name: str) -> bool:
    """Whether a variable is the flag of a jump."""
    return name.startswith((RETURNED, "_wg_broken_", "_wg_skipped_"))


def _broken(loop: int) -> str:
    return f"_wg_broken_{loop}"


def _skipped(loop: int) -> str:
    return f"_wg_skipped_{loop}"


def _set(flag: str, at: ast.stmt, value: bool = True) -> tuple[list[ast.stmt], set[str]]:
    return statements(f"{flag} = {value}", at), {flag}


def _clear(flags: set[str], at: ast.AST) -> ast.expr:
    """That none of the flags is set."""
    return expression(f"{OPERATORS_NAME}.clear({', '.join(sorted(flags))})", at)


def _unless(flags: set[str], body: list[ast.stmt]) -> list[ast.stmt]:
    """Statements that run if none of the flags is set."""
    if not flags or not body:
        return body
    return [ast.copy_location(ast.If(_clear(flags, body[0]), body, []), body[0])]


def _stop(loop: ast.While | ast.For, flags: set[str]) -> None:
    """Let a loop end when a flag is set."""
    if isinstance(loop, ast.For):
        loop.more = [_clear(flags, loop.iter)]  # type: ignore[attr-defined]
    else:
        loop.test = ast.copy_location(ast.BoolOp(ast.And(), [_clear(flags, loop.test), loop.test]), loop.test)


def _with_test_inside(loop: ast.While | ast.For) -> list[ast.stmt]:
    """The body of a loop; where the test binds names for it (``:=``), it begins with the test."""
    if isinstance(loop, ast.For) or loop.orelse or not any(isinstance(n, ast.NamedExpr) for n in own([loop.test])):
        return loop.body
    leave = ast.copy_location(ast.If(ast.UnaryOp(ast.Not(), loop.test), [ast.Break()], []), loop.test)
    loop.test = ast.copy_location(ast.Constant(True), loop.test)
    return [ast.fix_missing_locations(leave), *loop.body]


def _with_rest_on_a_side(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """``if a: return b`` and what follows, as ``if a: return b``, ``else:`` what follows."""
    for position, statement in enumerate(body[:-1]):
        if isinstance(statement, ast.If):
            rest = list(body[position + 1 :])
            if _leaves(statement.body):
                statement.orelse = [*statement.orelse, *rest]
            elif _leaves(statement.orelse):
                statement.body = [*statement.body, *rest]
            else:
                continue
            return body[: position + 1]
    return body


def _leaves(side: list[ast.stmt]) -> bool:
    """Whether a side surely jumps, and raises nothing."""
    return _ends(side) and not any(isinstance(node, ast.Raise) for node in own(side))


def _ends(body: Sequence[ast.stmt]) -> bool:
    """Whether what follows is never reached, whatever the tests give."""
    return any(_ends_one(statement) for statement in body)


def _ends_one(statement: ast.stmt) -> bool:
    match statement:
        case ast.Return() | ast.Raise() | ast.Break() | ast.Continue():
            return True
        case ast.If(body=body, orelse=orelse):
            return _ends(body) and _ends(orelse)
        case ast.While(test=ast.Constant(value=value), body=body):
            return bool(value) and not _breaks(body)
        case ast.With(body=body):
            return _ends(body)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=last):
            return _ends(last) or (_ends([*body, *orelse]) and all(_ends(handler.body) for handler in handlers))
    return False


def _breaks(body: Sequence[ast.stmt]) -> bool:
    """Whether a body leaves its loop."""
    return any(isinstance(s, ast.Break) or any(map(_breaks, _blocks(s))) for s in body)


def _blocks(statement: Any) -> list[list[ast.stmt]]:
    """The bodies of a statement that belong to the loop around it."""
    if isinstance(statement, (ast.While, ast.For)):
        return [statement.orelse]
    if not isinstance(statement, COMPOUND):
        return []
    parts = [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]
    bodies = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    return [*bodies, *(part.body for part in parts)]
