"""Which guards never act, and which limits are never taken, known from how two values were made.

Derivatives of derivatives guard what is guarded already: without this, the list of each further order would be three
times as long. Only recorded values without numbers are looked at, as functions of one another. If `v` is a function of
`u` alone, its numbers where `u` is infinite or NaN tell whether it is ever zero there; if `u` is one of `v`, its
number where `v` is zero tells whether it is ever infinite there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.node import Node
from ..core.placed import is_placed
from ..core.recording import named_by
from ..core.state import state
from ..core.tensor import Tensor
from .facts import Facts, facts_of

NESTED = 3
"""So many derivatives have to be open: below, the search would take longer than what it saves."""

DEEPEST = 64
"""So many operations one behind the other are looked at, at most."""

ZEROS = ("0.0", "-0.0")
NOT_FINITE = ("inf", "-inf", "nan")


def is_idle(x: Any, by: Any) -> bool:
    """Whether ``clear(x, by)`` is `x` whatever the input: `x` is finite wherever `by` is zero."""
    if _is_elsewhere(x) or _is_elsewhere(by):
        return False
    if not _is_abstract(x):
        return _is_abstract(by) and bool(numpy.isfinite(_value(x)).all())
    if not _is_abstract(by):
        return bool(numpy.all(_value(by) != 0))
    u, v = named_by(x._node), named_by(by._node)
    if u is v or _is_cleared(u, v):
        return True
    if state.kept is None or state.depth < NESTED or not x.dtype.kind == by.dtype.kind == "f":
        return False
    return _is_finite_where_zero(u, x._value, v, by._value)


def is_never_zero_with(x: Any, y: Any) -> bool:
    """Whether `x` is known not to be zero where `y` is, of which it is a function."""
    if state.kept is None or not _is_abstract(x) or not _is_abstract(y) or not x.dtype.kind == y.dtype.kind == "f":
        return False
    u, v = named_by(x._node), named_by(y._node)
    return all(_is_not_zero(_at(v, y._value, zero).value(u)) for zero in ZEROS)


def bare(x: Any, by: Any) -> Any:
    """`x`, or what it was before it was cleared, if the product with `by` is guarded anyway."""
    if not _is_abstract(x) or not _is_abstract(by):
        return x
    node = named_by(x._node)
    return Tensor(node.residuals[0], node.parents[0]) if _is_cleared(node, named_by(by._node)) else x


def is_one(x: Any) -> bool:
    """Whether `x` is a number, and that number is 1."""
    if _is_abstract(x) or _is_elsewhere(x):
        return False
    return numpy.ndim(_value(x)) == 0 and bool(_value(x) == 1)


def _is_abstract(x: Any) -> bool:
    return type(x) is Tensor and type(x._value) is Abstract


def _is_elsewhere(x: Any) -> bool:
    """Whether the numbers are on a device, which is not waited for."""
    return type(x) is Tensor and is_placed(x._value)


def _value(x: Any) -> Any:
    return numpy.asarray(x._value if type(x) is Tensor else x)


def _is_cleared(u: Node, v: Node) -> bool:
    return facts_of(u.primitive).is_guard and named_by(u.parents[1]) is v


def _is_finite_where_zero(u: Node, form: Abstract, v: Node, form_of_v: Abstract) -> bool:
    v, form_of_v = _innermost(v, form_of_v, lambda facts: facts.is_zero_of_zero)
    if u is v or facts_of(v.primitive).is_never_zero:
        return True
    if all(_is_finite(_at(v, form_of_v, zero).value(u)) for zero in ZEROS):
        return True
    u, form = _innermost(u, form, lambda facts: facts.is_finite_of_finite)
    return all(_is_not_zero(_at(u, form, number).value(v)) for number in NOT_FINITE)


def _innermost(node: Node, form: Abstract, passes: Callable[[Facts], bool]) -> tuple[Node, Abstract]:
    """What a chain of such functions of one operand begins with, and its form."""
    while passes(facts_of(node.primitive)) and type(node.residuals[0]) is Abstract:
        node, form = named_by(node.parents[0]), node.residuals[0]
    return node, form


def _is_finite(number: Any) -> bool:
    return number is not None and bool(numpy.isfinite(number))


def _is_not_zero(number: Any) -> bool:
    return number is not None and bool(number != 0)


class _At:
    """The numbers of other nodes where one has a given number."""

    def __init__(self, node: Node, form: Abstract, number: str) -> None:
        self.shape = form.shape
        self.known: dict[Node, Any] = {node: form.dtype.type(number)}

    def value(self, node: Node, left: int = DEEPEST) -> Any:
        """The number of a node; ``None`` if it is not a function of the first alone, element by element."""
        if node not in self.known:
            if left == 0:
                return None
            self.known[node] = self._computed(node, left - 1)
        return self.known[node]

    def _computed(self, node: Node, left: int) -> Any:
        if not facts_of(node.primitive).is_pointwise or node.residuals[-1].shape != self.shape:
            return None
        operands = []
        for parent, value in zip(node.parents, node.residuals, strict=False):
            number = self.value(named_by(parent), left) if type(value) is Abstract else _number(value)
            if number is None:
                return None
            operands.append(number)
        with numpy.errstate(all="ignore"):
            return node.primitive.evaluate(*operands, **node.params)


def _at(node: Node, form: Abstract, number: str) -> _At:
    """What is known so far, while derivatives are open."""
    assert state.kept is not None
    key = (_At, node, number)
    if key not in state.kept:
        state.kept[key] = _At(node, form, number)
    return state.kept[key]


def _number(value: Any) -> Any:
    """A constant of one element; a Python number as it is, since its dtype is weak."""
    return value if numpy.size(value) == 1 and numpy.ndim(value) == 0 else None
