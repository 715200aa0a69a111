"""Sums, extremes, moments and norms, over all elements or along axes."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy

import wengert.numpy as np
from wengert.scipy import special

from ..dtypes import numpy_dtype
from ..promotion import floating, promoted
from ..registry import offer
from ..tensor import Tensor, of, tensor_of
from .elementwise import with_out

__all__ = ["axes", "found"]


@cache
def found(name: str, *fields: str) -> Callable[..., Any]:
    """The type of results that are several tensors: by default values along an axis, and where they are."""
    kind = namedtuple(name, fields or ("values", "indices"))  # type: ignore[misc] - PyTorch's names
    kind.__doc__ = f"What `torch.{name}` gives."
    kind.__repr__ = lambda self: "".join((  # type: ignore[method-assign]
        f"torch.return_types.{name}(", *(f"\n{field}={each!r}," for field, each in zip(kind._fields, self, strict=True))
    ))[:-1] + ")"  # fmt: skip
    return kind


def axes(dim: Any) -> Any:
    """The axes of ``dim=`` as the engine takes them."""
    if isinstance(dim, (list, tuple)):
        return tuple(dim) or None
    return dim


def _reduction(below: Callable[..., Any], name: str, real: bool) -> Callable[..., Tensor]:
    def reduce(
        input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None,
        out: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        x = tensor_of(input, name)
        if dtype is not None:
            x = x.astype(numpy_dtype(dtype))
        elif real and x.dtype.kind not in "fcV":
            raise RuntimeError(
                f"[{name}] the dtype is {input.dtype!r}, wanted a floating or complex one; write x.float().{name}()"
            )
        of_all = dim is None and not keepdim
        return with_out(below(x) if of_all else below(x, axis=axes(dim), keepdims=keepdim), out)

    reduce.__name__ = reduce.__qualname__ = name
    reduce.__doc__ = f"`wengert.numpy.{below.__name__}` over all elements, or along the axes `dim`."
    return reduce


for _name, _below, _real in (
    ("sum", np.sum, False), ("nansum", np.nansum, False), ("mean", np.mean, True), ("nanmean", np.nanmean, True),
    ("prod", np.prod, False), ("amax", np.max, False), ("amin", np.min, False), ("all", np.all, False),
    ("any", np.any, False), ("count_nonzero", np.count_nonzero, False),
):  # fmt: skip
    offer(_reduction(_below, _name, _real), _name)


def _spread(below: Callable[..., Any], name: str) -> Callable[..., Tensor]:
    def reduce(
        input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: float | None = None,
    ) -> Tensor:  # fmt: skip
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        freedom = correction if correction is not None else int(unbiased is None or unbiased)
        return of(below(tensor_of(input, name), axis=axes(dim), ddof=freedom, keepdims=keepdim))

    reduce.__name__ = reduce.__qualname__ = name
    reduce.__doc__ = f"`wengert.numpy.{name}`, by default of a sample (divided by one less than its size)."
    return reduce


for _name, _below in (("std", np.std), ("var", np.var)):
    offer(_spread(_below, _name), _name)


def _extreme(values: Callable[..., Any], place: Callable[..., Any], of_two: Any, name: str) -> Callable[..., Any]:
    def reduce(input: Tensor, dim: Any = None, keepdim: bool = False, *, out: Any = None) -> Any:
        x = tensor_of(input, name)
        if dim is None or isinstance(dim, Tensor):
            return with_out(values(x) if dim is None else of_two(*promoted(input, dim)), out)
        where = np.expand_dims(place(x, axis=dim), dim)
        taken = np.take_along_axis(x, where, dim)
        return found(name)(*(of(each if keepdim else np.squeeze(each, dim)) for each in (taken, where)))

    reduce.__name__ = reduce.__qualname__ = name
    reduce.__doc__ = f"The {name}imum of all elements; along an axis with its place; of two tensors element by element."
    return reduce


offer(_extreme(np.max, np.argmax, np.maximum, "max"), "max")
offer(_extreme(np.min, np.argmin, np.minimum, "min"), "min")


def _place(below: Callable[..., Any], name: str) -> Callable[..., Tensor]:
    def reduce(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        return of(below(tensor_of(input, name), axis=axes(dim), keepdims=keepdim))

    reduce.__name__ = reduce.__qualname__ = name
    reduce.__doc__ = f"`wengert.numpy.{name}`: the first of tied ones."
    return reduce


offer(_place(np.argmax, "argmax"), "argmax")
offer(_place(np.argmin, "argmin"), "argmin")


def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """The logarithm of the sum of exponentials along axes."""
    return of(special.logsumexp(floating(tensor_of(input, "logsumexp")), axis=axes(dim), keepdims=keepdim))


def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None, dtype: Any = None):
    """The p-norm of all elements as a vector, or along axes."""
    x = tensor_of(input, "norm")
    order = 2 if p in ("fro", None) else p
    dim = axes(dim)
    if (isinstance(dim, tuple) and len(dim) > 1) or dim is None:
        return with_out(np.linalg.vector_norm(x, axis=dim, ord=order, keepdims=keepdim), out)
    return with_out(np.linalg.norm(x, ord=order, axis=dim, keepdims=keepdim), out)


def _running(below: Callable[..., Any], name: str) -> Callable[..., Tensor]:
    def run(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
        x = tensor_of(input, name)
        return of(below(x if dtype is None else x.astype(numpy_dtype(dtype)), axis=dim))

    run.__name__ = run.__qualname__ = name
    run.__doc__ = f"`wengert.numpy.{name}` along an axis."
    return run


for _name, _below in (("cumsum", np.cumsum), ("cumprod", np.cumprod)):
    offer(_running(_below, _name), _name, writes=True)


def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower one of the middle elements; along an axis with its place."""
    x = tensor_of(input, "median")
    if dim is None:
        return of(np.sort(np.ravel(x))[(x.size - 1) // 2])
    middle = (x.shape[dim] - 1) // 2
    where = np.take(np.argsort(x, axis=dim, stable=True), numpy.array([middle]), axis=dim)
    taken = np.take_along_axis(x, where, dim)
    return found("median")(*(of(each if keepdim else np.squeeze(each, dim)) for each in (taken, where)))


def _softmax(below: Callable[..., Any], name: str) -> Callable[..., Tensor]:
    def apply(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
        x = tensor_of(input, name)
        x = floating(x) if dtype is None else x.astype(numpy_dtype(dtype))
        return of(below(x, axis=-1 if dim is None else dim))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`wengert.scipy.special.{name}` along an axis."
    return apply


offer(_softmax(special.softmax, "softmax"), "softmax")
offer(_softmax(special.log_softmax, "log_softmax"), "log_softmax")
for _function in (logsumexp, norm, median):
    offer(_function)
