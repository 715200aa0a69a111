"""What converted code calls: Python's own way for values that are known, one node for those that are not."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy

from ...control import (
    cond,
    fori_loop,
    scan,
    while_loop,
)
from ...core.abstract import Abstract, NoValueError
from ...core.python.source import at_line
from ...core.recording import current, decided, stood_in
from ...core.state import state
from ...core.tensor import Tensor
from ...ops.elementwise import (
    add,
    floor_divide,
    logical_not,
    logical_or,
    maximum,
    multiply,
    sign,
)
from ..state.body_writes import SharedInABodyError
from .branches import branch
from .loops import LoopRecording, loop
from .variables import MISSING, UndecidedError, Variables, mark_number, read

__all__ = [
    "MISSING",
    "Variables",
    "and_",
    "chain",
    "choose",
    "clear",
    "for_stmt",
    "given",
    "if_stmt",
    "known",
    "not_",
    "or_",
    "read",
    "turns",
    "while_stmt",
]


def is_open(value: Any) -> bool:
    """Whether a value is a tensor that a recording knows the shape of only."""
    return type(value) is Tensor and type(stood_in(value)._value) is Abstract


# -- truth values ----------------------------------------------------------------------------------


def given(value: Any) -> Callable[[], Any]:
    """An operand that was evaluated at once, since it binds a name (``:=``)."""
    return lambda: value


def and_(first: Callable[[], Any], *rest: Callable[[], Any]) -> Any:
    value = first()
    if not rest:
        return value
    if not is_open(value):
        return and_(*rest) if value else value
    return cond(value, lambda: and_(*rest), lambda: value)


def or_(first: Callable[[], Any], *rest: Callable[[], Any]) -> Any:
    value = first()
    if not rest:
        return value
    if not is_open(value):
        return value if value else or_(*rest)
    return cond(value, lambda: value, lambda: or_(*rest))


def not_(value: Any) -> Any:
    return logical_not(value) if is_open(value) else not value


def choose(test: Callable[[], Any], if_true: Callable[[], Any], if_false: Callable[[], Any]) -> Any:
    """``if_true if test else if_false``."""
    held: list[Any] = [None]

    def take(values: Sequence[Any]) -> None:
        held[0] = values[0]

    variables = Variables(("the value",), lambda: [*held], take)
    if_stmt(test(), lambda: take([if_true()]), lambda: take([if_false()]), variables, 1, if_true)
    return held[0]


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "Is": operator.is_,
    "IsNot": operator.is_not,
    "In": lambda a, b: a in b,
    "NotIn": lambda a, b: a not in b,
}


def chain(left: Any, name: str, right: Callable[[], Any], *rest: Any) -> Any:
    """``left < right < ...``."""
    value = right()
    found = COMPARISONS[name](left, value)
    return and_(lambda: found, lambda: chain(value, *rest)) if rest else found


def known(test: Any) -> bool:
    """What decides whether an error is raised, which takes a value.

    Raises:
        NoValueError: there is none, as in the body of a loop.
    """
    try:
        return bool(test)
    except NoValueError:
        raise NoValueError(
            "[raise] whether an error is raised depends on a value that is not known, as in a loop that is recorded "
            "once for all turns, wanted a test of what is known; write the test for all turns at once, before the loop "
            f"or after it (if np.any(x < 0): raise ...), or let x be np.nan where it fails{at_line()}"
        ) from None


def clear(*flags: Any) -> Any:
    """That none of the flags of jumps is set."""
    unknown = [flag for flag in flags if is_open(flag)]
    if any(flag for flag in flags if not is_open(flag)):
        return False
    if not unknown:
        return True
    found = unknown[0]
    for flag in unknown[1:]:
        found = logical_or(found, flag)
    return logical_not(found)


# -- statements ------------------------------------------------------------------------------------


OF_THE_WAY = (NameError, AttributeError, LookupError, ValueError, ArithmeticError)
"""Errors that a way through a statement may raise that is not taken, as of names, indices and shapes."""


def as_one(test: Any, record: Callable[[], None], statement: Any = None) -> bool:
    """Record a statement as one node; whether it is one: if not, the value of its test decides, as without structure.

    Raises:
        UndecidedError: it is none, and the test has no value, as in the body of a loop.
        SharedInABodyError: the same.
    """
    try:
        if state.recorder is not None and statement in state.recorder.undecided:
            raise UndecidedError(
                "[jit] a tensor has two names where values decide, and is written in place, wanted a value that is "
                f"known there; write y = x.clone() instead of y = x, or y = y + 1 instead of y += 1{at_line()}"
            )
        record()
    except (UndecidedError, SharedInABodyError, *OF_THE_WAY):
        if is_open(test) and decided(current(test), "bool") is None:
            raise
        return False
    return True


def if_stmt(
    test: Any,
    body: Callable[[], None],
    orelse: Callable[[], None],
    variables: Variables,
    results: int,
    written: Any = None,
) -> None:
    """``if``; the first of the variables, so many, matter after it, and what was `written` tells it from others."""
    statement = _code_of(written or body)

    def record() -> None:
        _recorded(test, body, orelse, variables, results, statement)

    if is_open(test) and as_one(test, record, statement):
        return
    if test:
        body()
    else:
        orelse()


def _code_of(function: Any) -> Any:
    """The code of a function, or of what it calls first."""
    return getattr(getattr(function, "func", function), "__code__", None)


def _recorded(
    test: Any,
    body: Callable[[], None],
    orelse: Callable[[], None],
    variables: Variables,
    results: int,
    statement: Any,
) -> None:
    try:
        branch(test, body, orelse, variables, results, statement)
    except RecursionError as error:
        if str(error).startswith("[jit]"):
            raise
        raise RecursionError(
            "[jit] a function calls itself on one side of an `if` that values decide, of which structured=True records "
            "both sides, so that there is no end, wanted calls whose number is known; write a while loop, or "
            f"wg.jit without structured=True{at_line()}"
        ) from None


def while_stmt(test: Callable[[], Any], body: Callable[[], None], variables: Variables) -> None:
    statement = _code_of(body)

    def drive(one: LoopRecording) -> Any:
        return while_loop(lambda c: one.test(c, test), lambda c: one.turn(c, body), one.first)

    def record() -> None:
        loop(drive, variables, statement=statement)

    while True:
        value = test()
        if (is_open(value) and as_one(value, record, statement)) or not value:
            return
        body()


class Turns(NamedTuple):
    """A range whose ends are not known."""

    first: Any
    last: Any
    step: Any

    @property
    def count(self) -> Any:
        """The number of turns."""
        if not any(map(is_open, self)):
            return len(range(*map(int, self)))
        return maximum(floor_divide(self.last - self.first + self.step - sign(self.step), self.step), 0)

    def item(self, turn: Any) -> Any:
        """The number of a turn, which is one of Python's."""
        number = add(self.first, multiply(turn, self.step))
        return mark_number(number) if type(number) is Tensor else int(number)

    def rest(self) -> Turns:
        """Without the first."""
        return Turns(self.first + self.step, self.last, self.step)

    def run(self, goes_on: Callable[[], Any] | None, body: Callable[[Any], None], variables: Variables) -> None:
        _counted(self.count, self.item, goes_on, body, variables)


class TensorRows(NamedTuple):
    """The rows of a tensor, from one on."""

    items: Tensor
    begin: int

    @property
    def count(self) -> int:
        return len(self.items) - self.begin

    def item(self, turn: Any) -> Any:
        return self.items[turn + self.begin] if self.begin else self.items[turn]

    def rest(self) -> TensorRows:
        return TensorRows(self.items, self.begin + 1)

    def run(self, goes_on: Callable[[], Any] | None, body: Callable[[Any], None], variables: Variables) -> None:
        if goes_on is not None or self.begin or not _over_rows(self.items, body, variables):
            _counted(self.count, self.item, goes_on, body, variables, self.items)


def turns(f: Callable[..., Any], *ends: Any) -> Any:
    """``range(...)``, if that is what `f` is."""
    if f is not range or not any(map(is_open, ends)):
        return f(*ends)
    first, last, step = (0, *ends, 1) if len(ends) == 1 else (*ends, 1)[:3]
    return Turns(first, last, step)


def for_stmt(items: Any, goes_on: Callable[[], Any] | None, body: Callable[[Any], None], variables: Variables) -> None:
    if isinstance(items, Turns):
        _as_loop(items, goes_on, body, variables)
    elif is_open(items) and items.ndim:
        _as_loop(TensorRows(items, 0), goes_on, body, variables)
    else:
        _plain(items, goes_on, body, variables)


def _as_loop(
    items: Turns | TensorRows, goes_on: Callable[[], Any] | None, body: Callable[[Any], None], variables: Variables
) -> None:
    """One node, or first turns of which each is decided by values, and one for the others."""
    going: Any = True
    while not _is_one_loop(items, goes_on, body, variables) and items.count > 0:
        going = _turn(going, items.item(0), goes_on, body, variables)
        if not is_open(going) and not going:
            return
        items = items.rest()


def _is_one_loop(
    items: Turns | TensorRows, goes_on: Callable[[], Any] | None, body: Callable[[Any], None], variables: Variables
) -> bool:
    return as_one(items.count > 0, lambda: items.run(goes_on, body, variables), _code_of(body))


def _turn(
    going: Any, item: Any, goes_on: Callable[[], Any] | None, body: Callable[[Any], None], variables: Variables
) -> Any:
    """One turn, if the loop is still going; whether it goes on."""
    if_stmt(going, partial(body, item), _nothing, variables, len(variables.names))
    return True if goes_on is None else goes_on()


class Overwritten(BaseException):
    """The body of a loop writes to the tensor that it runs over, or to a row, which is a view of it."""


def _over_rows(items: Tensor, body: Callable[[Any], None], variables: Variables) -> bool:
    """A loop over rows that are read before it, as one node; whether they are, and stay, what each turn finds."""

    def turn(one: LoopRecording, carry: Any, row: Any) -> Any:
        before = current(items)._node, row._node
        one.run_over(items, row)
        after = one.turn(carry, partial(body, row))
        if (current(items)._node, row._node) != before:
            raise Overwritten
        return after, None

    try:
        loop(lambda one: scan(partial(turn, one), one.first, items)[0], variables, items, statement=_code_of(body))
    except Overwritten:
        return False
    return True


def _plain(items: Any, goes_on: Callable[[], Any] | None, body: Callable[[Any], None], variables: Variables) -> None:
    """Turn by turn; as soon as it is not known whether there is another one, what is left of a range is one loop."""
    going: Any = True
    for position, item in enumerate(items):
        if is_open(going) and isinstance(items, range):
            rest = Turns(items[position], items.stop, items.step)
            _as_loop(rest, goes_on, body, variables)
            return
        going = _turn(going, item, goes_on, body, variables)
        if not is_open(going) and not going:
            return


def _nothing() -> None:
    pass


def _counted(
    count: Any,
    item: Callable[[Any], Any],
    goes_on: Callable[[], Any] | None,
    body: Callable[[Any], None],
    variables: Variables,
    *read: Tensor,
) -> None:
    """A loop of so many turns, or fewer."""
    statement = _code_of(body)

    def turn(one: LoopRecording, k: Any, carry: Any) -> Any:
        return one.turn(carry, lambda: body(item(k)))

    if goes_on is None:
        return loop(
            lambda one: fori_loop(0, count, lambda k, c: turn(one, k, c), one.first),
            variables,
            *read,
            statement=statement,
        )

    def drive(one: LoopRecording) -> Any:
        def test(state: Any) -> Any:
            return and_(lambda: state[0] < count, lambda: one.test(state[1], goes_on))

        start = Tensor(numpy.asarray(0, numpy.int64))
        return while_loop(test, lambda s: (add(s[0], 1), turn(one, s[0], s[1])), (start, one.first))[1]

    return loop(drive, variables, *read, statement=statement)
