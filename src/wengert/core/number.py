"""A Python number that a compilation follows: what is computed from it is computed anew at each call."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Protocol

NUMBERS = frozenset({int, float, complex})
"""Types of the numbers that are followed; a flag has two values, each of which is recorded for itself.

Their dtypes are weak: they give way to those of arrays.
"""


class Followers(Protocol):
    """What a compilation does with the numbers that it follows (see `wengert.compile.state.numbers`)."""

    is_open: bool

    def apply(self, operation: Callable[..., Any], operands: tuple[Any, ...]) -> Any: ...

    def decide(self, number: Number, question: Callable[[Any], Any]) -> Any: ...

    def tensor(self, number: Number) -> Any: ...


class Number:
    """Stands for a Python number that a recorded function reads from outside, or asks of a tensor.

    Operators give what they give for the number, and are followed. Whoever looks at the number itself (``if``, an
    index, a text, a key) is given it, and the recording then holds for the calls where the answer is the same. When
    the recording has ended it is the number that it was.

    Attributes:
        value: the number while it is recorded.
        source: where it comes from at each call, as `followers` know.
        followers: the compilation.
    """

    __slots__ = ("__weakref__", "followers", "source", "value")

    def __init__(self, value: Any, source: Any, followers: Followers) -> None:
        self.value: Any = value
        self.source: Any = source
        self.followers: Followers = followers

    @property
    def __class__(self) -> type:  # type: ignore[override]
        """That of the number, so that ``isinstance`` says what it says of the number."""
        return type(self.value)

    def asked(self, question: Callable[[Any], Any]) -> Any:
        """The answer to a question about the number."""
        return self.followers.decide(self, question) if self.followers.is_open else question(self.value)

    def tensor(self) -> Any:
        """What stands for it among arrays: a tensor whose dtype is weak, or the number when all is over."""
        return self.followers.tensor(self) if self.followers.is_open else self.value

    def with_source(self, source: Any) -> Number:
        """A number of the same type from somewhere else."""
        return Number(self.value, source, self.followers)

    def __getattr__(self, name: str) -> Any:
        held = getattr(self.value, name)  # raises for what no number has
        return getattr(self.asked(itself), name) if self.followers.is_open else held

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy

        return numpy.asarray(self.asked(itself), dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return getattr(ufunc, method)(*(x.tensor() if type(x) is Number else x for x in inputs), **options)

    def __bool__(self) -> bool:
        return self.asked(bool)

    def __int__(self) -> int:
        return self.asked(int)

    def __index__(self) -> int:
        return self.asked(operator.index)

    def __float__(self) -> float:
        return self.asked(float)

    def __complex__(self) -> complex:
        return self.asked(complex)

    def __str__(self) -> str:
        return self.asked(str)

    def __repr__(self) -> str:
        return self.asked(repr)

    def __format__(self, spec: str) -> str:
        return format(self.asked(itself), spec)

    def __hash__(self) -> int:
        return hash(self.asked(itself))

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other  # type: ignore[operator]

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __round__(self, digits: int | None = None) -> Any:
        return self.followed(round, *(() if digits is None else (digits,)))

    def __copy__(self) -> Number:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Number:
        return self

    def __reduce__(self) -> Any:
        return itself, (self.asked(itself),)

    def followed(self, operation: Callable[..., Any], *others: Any) -> Any:
        """What an operation gives, of this number and others."""
        if not self.followers.is_open:
            return operation(self.value, *others)
        return self.followers.apply(operation, (self, *others))

    def reflected(self, operation: Callable[..., Any], other: Any) -> Any:
        """What an operation gives, of another number and this one."""
        if not self.followers.is_open:
            return operation(other, self.value)
        return self.followers.apply(operation, (other, self))


def itself(number: Any) -> Any:
    """The number."""
    return number


def asked(value: Any) -> Any:
    """What stands for a number, as the number that it is."""
    return value.asked(itself) if type(value) is Number else value


def among_arrays(value: Any) -> Any:
    """What stands for a number, as a tensor."""
    return value.tensor() if type(value) is Number else value


def _forward(operation: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *others: self.followed(operation, *others)


def _backward(operation: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: self.reflected(operation, other)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "pow": operator.pow, "and": operator.and_,
    "or": operator.or_, "xor": operator.xor, "lshift": operator.lshift, "rshift": operator.rshift,
}  # fmt: skip
"""Operators of two numbers, which can also be reflected."""

OTHERS: dict[str, Callable[..., Any]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "neg": operator.neg, "pos": operator.pos, "abs": operator.abs, "invert": operator.invert,
    "trunc": math.trunc, "floor": math.floor, "ceil": math.ceil,
}  # fmt: skip
"""Comparisons, and what is done with one number."""

for _name, _operation in {**OPERATIONS, **OTHERS}.items():
    setattr(Number, f"__{_name}__", _forward(_operation))
for _name, _operation in OPERATIONS.items():
    setattr(Number, f"__r{_name}__", _backward(_operation))
