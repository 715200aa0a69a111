"""How an operation is written: with the signs of Python, and parameters that are off left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy

from ..core.node import LEAF
from ..core.primitive import Primitive
from ..ops import elementwise as ops
from ..ops.contract import matmul
from ..ops.indexing.gather import block
from .text import constant


class Sign(NamedTuple):
    """What stands between two operands, and how tightly it binds them."""

    text: str
    tightness: int


BETWEEN: dict[Primitive, Sign] = {
    ops.less.primitive: Sign(" < ", 0),
    ops.less_equal.primitive: Sign(" <= ", 0),
    ops.greater.primitive: Sign(" > ", 0),
    ops.greater_equal.primitive: Sign(" >= ", 0),
    ops.equal.primitive: Sign(" == ", 0),
    ops.not_equal.primitive: Sign(" != ", 0),
    ops.bitwise_or.primitive: Sign(" | ", 1),
    ops.bitwise_xor.primitive: Sign(" ^ ", 2),
    ops.bitwise_and.primitive: Sign(" & ", 3),
    ops.add.primitive: Sign(" + ", 4),
    ops.subtract.primitive: Sign(" - ", 4),
    ops.multiply.primitive: Sign(" * ", 5),
    ops.divide.primitive: Sign(" / ", 5),
    ops.floor_divide.primitive: Sign(" // ", 5),
    ops.remainder.primitive: Sign(" % ", 5),
    matmul.primitive: Sign(" @ ", 5),
    ops.power.primitive: Sign("**", 7),
}
"""The signs of operations on two operands."""

NAME = re.compile(r"(?!(float|int|uint|complex|bool)\d*\[)[^\W\d]\w*([.\[].*)?")
"""A name, with attributes and items; not what stands for an array of numbers."""
ARITHMETIC = 4
"""How tightly a sign binds, at least, beside which another looks odd: ``x - -y``."""
TIGHTNESS_BEFORE = 6

BEFORE: dict[Primitive, str] = {ops.negative.primitive: "-", ops.positive.primitive: "+", ops.invert.primitive: "~"}
"""The signs of operations on one."""

SPELLED: dict[Primitive, str] = {ops.absolute.primitive: "abs", LEAF: "parameter"}
"""What users call an operation that the list calls otherwise."""


def needs_brackets(inner: Primitive, outer: Primitive) -> bool:
    """Whether an operation that is an operand of another is written in brackets."""
    return _tightness(inner, CALL) <= _tightness(outer, -1)


CALL = 10
"""How tightly the name of a function binds its operands."""


def _tightness(primitive: Primitive, otherwise: int) -> int:
    if primitive in BETWEEN:
        return BETWEEN[primitive].tightness
    return TIGHTNESS_BEFORE if primitive in BEFORE else otherwise


def written(primitive: Primitive, operands: Sequence[str], params: Mapping[str, Any], ndim: int | None = None) -> str:
    """An operation on operands that are written already; `ndim` is of the first of them, where it is known."""
    params = {name: value for name, value in params.items() if _says_something(name, value, ndim)}
    if primitive in BETWEEN and len(operands) == 2 and not params:
        sign = BETWEEN[primitive]
        clearly = (primitive is ops.power.primitive, sign.tightness >= ARITHMETIC)
        return sign.text.join(map(_bracketed, operands, clearly))
    if primitive in BEFORE and not params:
        return BEFORE[primitive] + _bracketed(operands[0])
    if primitive is block.primitive:
        array = operands[0] if NAME.fullmatch(operands[0]) else f"({operands[0]})"
        return f"{array}[{index_text(params['index'])}]"
    named = [f"{name}={_param(name, value)}" for name, value in params.items()]
    return f"{SPELLED.get(primitive, primitive.name)}({', '.join([*operands, *named])})"


def _bracketed(operand: str, is_meant: bool = True) -> str:
    """An operand, in brackets if its own sign would be read as another's."""
    return f"({operand})" if is_meant and operand.startswith("-") else operand


def _says_something(name: str, value: Any, ndim: int | None) -> bool:
    if value is None or value is False:
        return False
    return not (name == "axis" and ndim is not None and value == tuple(range(ndim)))


def _param(name: str, value: Any) -> str:
    if name == "index":
        return index_text(value)
    if isinstance(value, numpy.dtype):
        return str(value)
    is_one = isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], int)
    return str(value[0]) if is_one else constant(value)


def index_text(index: Any) -> str:
    """An index as it stands between the brackets: ``0, 1:, ::2``."""
    parts = index if isinstance(index, tuple) else (index,)
    return ", ".join(map(_index_part, parts)) or "()"


def _index_part(part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if end is None else str(end) for end in (part.start, part.stop, part.step)]
        return ":".join(ends if part.step is not None else ends[:2])
    return "..." if part is Ellipsis else constant(part)
