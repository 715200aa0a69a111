"""Universal functions: the options and the methods that NumPy's have besides their call, with derivatives.

A function of this kind is a plain function (so that its call costs nothing more) with the attributes of its namesake:
``np.add.reduce``, ``np.add.nin``, ... What NumPy does for its own functions with a tensor among the operands,
``numpy.add.reduce(t)``, comes here too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import wraps
from types import FunctionType
from typing import Any

import numpy

from ...core.recording import binary, named, unary
from ...core.tensor import Tensor
from ...ops.broadcast import broadcast_to
from ...ops.elementwise import astype
from ...ops.join import constant
from .lift import to_tensor
from .output import into, only_where

__all__ = ["ufunc"]

OPTIONS = ("out", "where", "dtype", "casting", "order", "subok", "signature")
"""What a universal function takes by keyword (and ``out`` by position), in the order in which ours take them."""

DESCRIPTION = ("nin", "nout", "nargs", "ntypes", "types", "identity")
METHODS = ("reduce", "accumulate", "outer", "reduceat", "at")


class _Kind(type):
    def __instancecheck__(cls, function: Any) -> bool:
        return isinstance(function, numpy.ufunc) or (isinstance(function, FunctionType) and hasattr(function, "nin"))


class ufunc(metaclass=_Kind):  # noqa: N801 - NumPy's name
    """What ``isinstance(np.add, np.ufunc)`` asks for: a function with the attributes of a universal function.

    >>> import wengert.numpy as np
    >>> isinstance(np.add, np.ufunc), isinstance(np.sum, np.ufunc)
    (True, False)
    """

    def __new__(cls) -> Any:
        raise TypeError("[ufunc] an instance was to be made, wanted one that is there; write np.frompyfunc to make one")


def dressed(function: Any, theirs: numpy.ufunc) -> Any:
    """The function, with the attributes of a universal function of NumPy or SciPy."""
    for name in DESCRIPTION:
        setattr(function, name, getattr(theirs, name))
    for name in METHODS:
        setattr(function, name, _method(function, theirs, name))
    function.signature = theirs.signature
    function.resolve_dtypes = theirs.resolve_dtypes
    return function


def universal(theirs: numpy.ufunc) -> Callable[[Callable[..., Any]], Any]:
    """A decorator: the function, with the options and the attributes of a universal function of NumPy."""

    def decorate(function: Callable[..., Any]) -> Any:
        @wraps(function)
        def call(*inputs: Any, **options: Any) -> Any:
            if len(inputs) == theirs.nin and not options:
                return function(*inputs)
            operands, outs = inputs[: theirs.nin], inputs[theirs.nin :]
            if outs:
                options["out"] = (*outs, *(None,) * (theirs.nout - len(outs)))
            return with_options(function, theirs, operands, in_order(function.__name__, options))

        del call.__wrapped__  # so that what help() shows takes the options
        return dressed(call, theirs)

    return decorate


def in_order(op: str, options: dict[str, Any]) -> tuple[Any, ...]:
    unknown = options.keys() - {*OPTIONS, "sig"}
    if unknown:
        raise TypeError(f"{op}() got an unexpected keyword argument '{min(unknown)}'")
    return tuple(options.get(name, options.get("sig") if name == "signature" else None) for name in OPTIONS)


def _method(function: Any, theirs: numpy.ufunc, name: str) -> Callable[..., Any]:
    """The method of NumPy's, which asks the tensor that its first operand is made (see `ufunc_methods`)."""

    def method(operand: Any, *rest: Any, **options: Any) -> Any:
        first = operand if name == "at" else to_tensor(operand, theirs.__name__)
        return getattr(theirs, name)(first, *rest, **options)

    method.__name__, method.__qualname__ = name, f"{function.__name__}.{name}"
    method.__doc__ = f"As ``numpy.{theirs.__name__}.{name}``."
    return method


# -- a call ----------------------------------------------------------------------------------------


def with_options(function: Any, theirs: Any, inputs: Sequence[Any], options: Sequence[Any]) -> Any:
    """The call of an elementwise function with the options that `OPTIONS` names; those that are ``None`` are not given.

    ``order`` and ``subok`` change nothing, since the layout in memory is not the user's concern, and a tensor a tensor.
    """
    out, where, dtype, casting, _, _, signature = options
    if dtype is not None or signature is not None or casting not in (None, "same_kind"):
        inputs = in_loop(function.__name__, theirs, inputs, dtype, signature, casting or "same_kind")
    masked = where is not None and where is not True
    with numpy.errstate(all="ignore") if masked else contextlib.nullcontext():
        result = function(*inputs)
    if masked:
        result = only_where(where, result, out, function.__name__)
    return result if out is None else into(out, _spread(result, out), function.__name__)


def _spread(result: Any, out: Any) -> Any:
    """A result that is smaller than the tensor that waits for it, repeated."""
    if isinstance(out, tuple) and isinstance(result, tuple) and len(out) == len(result):
        return tuple(map(_spread, result, out))
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    lengths = getattr(out, "shape", None)
    if lengths is None or isinstance(result, tuple) or result.shape == lengths or len(lengths) < len(result.shape):
        return result
    fits = all(n in (1, m) for n, m in zip(result.shape[::-1], lengths[::-1], strict=False))
    return broadcast_to(result, shape=lengths) if fits else result


def in_loop(op: str, theirs: Any, inputs: Sequence[Any], dtype: Any, signature: Any, casting: str) -> list[Any]:
    """The inputs in the dtypes of the loop that is asked for."""
    if theirs is None:
        raise TypeError(
            f"[{op}] dtype=, signature= or casting= was given, which choose a loop of NumPy's, wanted none, since "
            f"{op} has none; write {op}(x.astype(dtype))"
        )
    operands = [x if type(x) in (int, float, complex) else to_tensor(x, op) for x in inputs]
    given = (*(x.dtype if type(x) is Tensor else type(x) for x in operands), *(None,) * theirs.nout)
    wanted = _loop(theirs, dtype, signature)
    loop = theirs.resolve_dtypes(given, signature=wanted, casting=casting)
    return [astype(to_tensor(x), dtype=d) for x, d in zip(operands, loop, strict=False)]


def _loop(theirs: Any, dtype: Any, signature: Any) -> Any:
    """The dtypes of inputs and results that are asked for, ``None`` where they are free."""
    if signature is None:
        result = numpy.dtype(dtype) if dtype is not None else None
        return (*(None,) * theirs.nin, *(result,) * theirs.nout)
    if isinstance(signature, str):
        signature = tuple(signature.replace("->", "")) if "->" in signature else (signature,)
    parts = tuple(None if part is None else numpy.dtype(part) for part in signature)
    return (*(None,) * theirs.nin, *parts * theirs.nout) if len(parts) == 1 else parts


# -- of an operation ---------------------------------------------------------------------------------


def lift(operation: Callable[..., Any]) -> Callable[..., Tensor]:
    """The public function of an elementwise operation, with the options of NumPy's where that is a universal one."""
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
