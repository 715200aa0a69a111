"""Expressions as MathML: elements as lists of their name and children, whose texts are never markup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...core.primitive import Primitive, by_primitive
from ...ops import elementwise as ops
from ...ops.contract import matmul
from ...ops.factors import GUARDED_PRODUCTS, conjugate
from ..notation import BETWEEN, SPELLED
from .model import Formula

Terms = Sequence[tuple[Formula, int]]
"""Operands that are written already, each with how tightly it binds."""

ATOM = 10
PREFIX = 6
SUM, PRODUCT, POWER = 4, 5, 7


def name(text: str) -> Formula:
    return ["mi", text]


def number(text: str) -> Formula:
    return ["mn", text]


def sign(text: str) -> Formula:
    return ["mo", text]


def row(*parts: Formula) -> Formula:
    return ["mrow", *parts]


def bracketed(part: Formula, left: str = "(", right: str = ")") -> Formula:
    return row(sign(left), part, sign(right))


def call(function: Formula, operands: Sequence[Formula]) -> Formula:
    """A function of its operands."""
    listed: list[Formula] = []
    for operand in operands:
        listed += [sign(","), operand] if listed else [operand]
    return row(function, bracketed(row(*listed)))


def within(term: tuple[Formula, int], tightness: int) -> Formula:
    """An operand, in brackets if what is around binds more tightly."""
    formula, own = term
    return formula if own > tightness else bracketed(formula)


def written(primitive: Primitive, terms: Terms) -> tuple[Formula, int]:
    """An operation on operands, and how tightly the whole binds."""
    if primitive in FORMS and len(terms) == FORMS[primitive][1]:
        form, _, tightness = FORMS[primitive]
        return form(*terms), tightness
    if primitive in BETWEEN and len(terms) == 2:
        between = BETWEEN[primitive]
        parts = within(terms[0], between.tightness - 1), within(terms[1], between.tightness)
        return row(parts[0], sign(SIGNS.get(between.text.strip(), between.text.strip())), parts[1]), between.tightness
    return call(name(SPELLED.get(primitive, primitive.name)), [formula for formula, _ in terms]), ATOM


MINUS = "\u2212"
SIGNS = {"-": MINUS, "<=": "≤", ">=": "≥", "!=": "≠", "==": "=", "@": "·"}
"""How mathematics writes a sign of Python's."""


def _product(x: Any, y: Any) -> Formula:
    return row(within(x, PRODUCT - 1), sign("·"), within(y, PRODUCT - 1))


def _fraction(x: Any, y: Any) -> Formula:
    return ["mfrac", x[0], y[0]]


def _sum(x: Any, y: Any) -> Formula:
    """A sum; a difference where the second term is a negative."""
    is_negative = y[0][:2] == ["mrow", sign(MINUS)]
    return row(x[0], *y[0][1:]) if is_negative else row(x[0], sign("+"), within(y, SUM - 1))


def _power(x: Any, y: Any) -> Formula:
    return ["msup", within(x, ATOM - 1), y[0]]


def _to_the(exponent: str) -> Callable[[Any], Formula]:
    return lambda x: ["msup", within(x, ATOM - 1), number(exponent)]


def _sech_squared(x: Any) -> Formula:
    return row(["msup", name("sech"), number("2")], bracketed(x[0]))


def _conjugate(x: Any) -> Formula:
    return ["mover", x[0], sign("¯")]


Form = tuple[Callable[..., Formula], int, int]

FORMS: dict[Primitive, Form] = by_primitive(
    {
        ops.add: (_sum, 2, SUM),
        ops.multiply: (_product, 2, PRODUCT),
        **dict.fromkeys(GUARDED_PRODUCTS, (_product, 2, PRODUCT)),
        ops.divide: (_fraction, 2, ATOM),
        ops.power: (_power, 2, POWER),
        ops.square: (_to_the("2"), 1, POWER),
        ops.reciprocal: (lambda x: _fraction((number("1"), ATOM), x), 1, ATOM),
        ops.negative: (lambda x: row(sign(MINUS), within(x, PRODUCT - 1)), 1, PREFIX - 1),
        ops.exp: (lambda x: ["msup", name("e"), x[0]], 1, POWER),
        ops.sech_squared: (_sech_squared, 1, ATOM),
        ops.sqrt: (lambda x: ["msqrt", x[0]], 1, ATOM),
        ops.absolute: (lambda x: bracketed(x[0], "|", "|"), 1, ATOM),
        **{cast: (lambda x: within(x, ATOM - 1), 1, ATOM) for cast in ops.CASTS},
        conjugate: (_conjugate, 1, ATOM),
        matmul: (lambda x, y: row(within(x, PRODUCT - 1), within(y, PRODUCT - 1)), 2, PRODUCT),
    }
)
"""How operations are written that have a form of their own: with so many operands, and how tightly it binds."""
