"""Making public functions from operations: users may pass anything array-like, and always get tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...core.lending import lent
from ...core.recording import binary, named, unary
from ...core.tensor import Tensor
from ...ops.join import constant


def to_tensor(value: Any, op: str = "asarray") -> Tensor:
    """Anything array-like as a tensor; an array is shared, not copied, and a list with tensors stacked.

    Raises:
        TypeError: it is no array of numbers.
    """
    if type(value) is Tensor:
        return value
    array = constant(value, op)
    return array if type(array) is Tensor else lent(array)


def lift(operation: Callable[..., Any]) -> Callable[..., Tensor]:
    """The public function of an elementwise operation, with the options of NumPy's where that is a universal one."""
    from .ufuncs import dressed, with_options

    primitive = operation.primitive  # type: ignore[attr-defined]
    name = primitive.name
    theirs = getattr(numpy, name, None)
    loops = theirs if isinstance(theirs, numpy.ufunc) else None

    def optional(operands: tuple[Any, ...], options: tuple[Any, ...]) -> Any:
        return with_options(call, loops, operands, options)

    if len(primitive.operands) == 1:
        call: Any = _of_one(unary(primitive, lambda x: operation(to_tensor(x, name))), optional)
    elif len(primitive.operands) == 2:
        call = _of_two(binary(primitive, lambda a, b: operation(*_pair(a, b, name))), optional)
    else:
        call = lambda *operands: operation(*_several(operands, name))
    named(call, primitive)
    call.__doc__ = f"Elementwise, as ``numpy.{call.__name__}``: broadcasts, and promotes dtypes as NumPy does."
    return call if loops is None else dressed(call, loops)


Optional = Callable[[tuple[Any, ...], tuple[Any, ...]], Any]
"""What is done with the operands and the options: out, where, dtype, casting, order, subok and signature."""


def _of_one(plain: Callable[[Any], Any], optional: Optional) -> Any:
    def call(
        x: Any, out: Any = None, where: Any = None, dtype: Any = None, casting: Any = None, order: Any = None,
        subok: Any = None, signature: Any = None,
    ) -> Any:  # fmt: skip
        if (
            out is not None or where is not None or dtype is not None or casting is not None or order is not None
            or subok is not None or signature is not None
        ):  # fmt: skip
            return optional((x,), (out, where, dtype, casting, order, subok, signature))
        return plain(x)

    return call


def _of_two(plain: Callable[[Any, Any], Any], optional: Optional) -> Any:
    def call(
        a: Any, b: Any, out: Any = None, where: Any = None, dtype: Any = None, casting: Any = None, order: Any = None,
        subok: Any = None, signature: Any = None,
    ) -> Any:  # fmt: skip
        if (
            out is not None or where is not None or dtype is not None or casting is not None or order is not None
            or subok is not None or signature is not None
        ):  # fmt: skip
            return optional((a, b), (out, where, dtype, casting, order, subok, signature))
        return plain(a, b)

    return call


def _pair(a: Any, b: Any, op: str) -> tuple[Any, Any]:
    """Two operands, at least one a tensor; a Python number stays as it is, so that its dtype stays weak."""
    x, y = _constant(a, op), _constant(b, op)
    if type(x) is Tensor or type(y) is Tensor:
        return x, y
    return (x, to_tensor(y)) if _is_number(x) and not _is_number(y) else (to_tensor(x), y)


def _several(operands: Sequence[Any], op: str) -> list[Any]:
    """Operands of which the first is a tensor."""
    return [to_tensor(operands[0], op), *[_constant(o, op) for o in operands[1:]]]


def _constant(value: Any, op: str) -> Any:
    return value if _is_number(value) else constant(value, op)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, complex)) and not isinstance(value, numpy.generic)
