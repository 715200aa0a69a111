"""``jnp.vectorize``: a function of elements (or of vectors, matrices) as one of arrays of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from math import prod
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..array import arrays, as_tensor, of

__all__ = ["vectorize"]


def vectorize(pyfunc: Callable[..., Any], *, excluded: Any = frozenset(), signature: str | None = None) -> Any:
    """A function of arrays that calls another for each element, or for each of what a signature names.

    Args:
        pyfunc: the function, which is mapped by `vmap`.
        excluded: places of arguments that are handed on as they are.
        signature: the axes of what it takes, such as ``"(n),(n)->()"``; numbers if there is none.

    >>> import wengert.jax.numpy as jnp
    >>> jnp.vectorize(jnp.dot, signature="(n),(n)->()")(jnp.ones((2, 3)), jnp.arange(3.0))
    Array([3., 3.], dtype=float32)
    """

    @wraps(pyfunc)
    def call(*args: Any) -> Any:
        places = [place for place in range(len(args)) if place not in excluded]

        def f(*moving: Any) -> Any:
            merged = list(args)
            for place, each in zip(places, moving, strict=True):
                merged[place] = each
            return arrays(pyfunc(*merged))

        return _mapped(f, [as_tensor(args[place]) for place in places], _ranks(signature, len(places)))

    return call


def _ranks(signature: str | None, count: int) -> list[int]:
    """How many axes each argument of the function has."""
    if signature is None:
        return [0] * count
    groups = re.findall(r"\(([^)]*)\)", signature.split("->")[0])
    return [len([name for name in group.split(",") if name.strip()]) for group in groups]


def _mapped(f: Callable[..., Any], given: list[Any], ranks: list[int]) -> Any:
    """What the function gives for all examples: axes that its arguments have not are broadcast and mapped over."""
    cuts = [each.ndim - rank for each, rank in zip(given, ranks, strict=True)]
    shape = numpy.broadcast_shapes(*(each.shape[:cut] for each, cut in zip(given, cuts, strict=True)))
    if not shape:
        return f(*map(of, given))
    rows = [
        of(np.broadcast_to(each, (*shape, *each.shape[cut:])).reshape((prod(shape), *each.shape[cut:])))
        for each, cut in zip(given, cuts, strict=True)
    ]
    return wg.trees.map(lambda out: out.reshape((*shape, *out.shape[1:])), wg.vmap(f)(*rows))
