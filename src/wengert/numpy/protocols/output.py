"""``out=``: giving a result to the tensor or array that waits for it."""

from __future__ import annotations

from typing import Any

import numpy

from ...core.tensor import Tensor
from ...ops.elementwise import where as choose
from .lift import to_tensor
from .values import concrete, is_watched


def into(out: Any, result: Any, op: str, casting: Any = "same_kind") -> Any:
    """Give `out` the values of `result`, and return it: a tensor with their derivatives, an array without.

    Of several results, each goes into its part of a tuple, or is returned where that is ``None``.

    Raises:
        TypeError: it is neither, NumPy would not cast to its dtype, or an array would lose a derivative.
        ValueError: it has another shape.
    """
    if isinstance(result, tuple):
        return tuple(
            r if o is None else into(o, r, op, casting)
            for o, r in zip(_parts(out, len(result), op), result, strict=True)
        )
    if isinstance(out, tuple):
        out = out[0]
        if out is None:
            return result
    if not isinstance(out, (Tensor, numpy.ndarray)):
        raise TypeError(
            f"[{op}] out is a {type(out).__name__}, wanted a tensor or an array to write to; leave out= away, or write "
            "out=wengert.numpy.empty(shape)"
        )
    _check(out, result, op, casting)
    if isinstance(out, Tensor):
        out[...] = result
    else:
        numpy.copyto(out, concrete(result, op), casting="unsafe")
    return out


def _parts(out: Any, count: int, op: str) -> tuple[Any, ...]:
    if not isinstance(out, tuple) or len(out) != count:
        raise TypeError(
            f"[{op}] out is a {type(out).__name__}, wanted a tuple of {count}, one for each result; write None for "
            "those to be made anew"
        )
    return out


def _check(out: Any, result: Tensor, op: str, casting: Any) -> None:
    if out.shape != result.shape:
        raise ValueError(
            f"[{op}] out has shape {out.shape} and the result {result.shape}, wanted the same; "
            "leave out= away, or make it with wengert.numpy.empty(shape)"
        )
    if not numpy.can_cast(result.dtype, out.dtype, casting):
        raise TypeError(
            f"[{op}] out has dtype {out.dtype} and the result {result.dtype}, wanted a dtype that it casts to; leave "
            f"out= away, or write out[...] = result.astype({str(out.dtype)!r})"
        )
    if type(out) is not Tensor and is_watched(result):
        raise TypeError(
            f"[{op}] out is an array of NumPy, which cannot carry the derivative that is being recorded, wanted a "
            "tensor; leave out= away, or write out=wengert.numpy.empty(shape)"
        )


def only_where(where: Any, result: Tensor, out: Any, op: str) -> Tensor:
    """The result where a condition holds, and elsewhere what `out` holds.

    Raises:
        ValueError: there is no `out`.
    """
    if isinstance(out, tuple):
        (out,) = out
    if out is None:
        raise ValueError(
            f"[{op}] where= was given without out=, wanted what the result shall be elsewhere; "
            "write out=wengert.numpy.zeros(shape), or wengert.numpy.where(condition, f(x), 0)"
        )
    return choose(to_tensor(where), result, to_tensor(out))
