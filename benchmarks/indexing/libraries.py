"""The same function in Wengert and in JAX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..rows import Call

Transform = Callable[[Any, Any], Any]
"""From a library (`wengert` or `jax`) and a function to another function."""


def plain(library: Any, f: Any) -> Any:
    """The function itself."""
    return f


def slope(library: Any, f: Any) -> Any:
    """Its gradient."""
    return library.grad(f)


def calls_of(make: Callable[[Any, Any], Any], transform: Transform, arrays: Sequence[Any]) -> dict[str, Call]:
    """The call of each library that is installed.

    Args:
        make: from a library's NumPy and its scan to the function.
        transform: what is done to it before it is compiled.
        arrays: the operands.
    """
    compiled = wg.jit(transform(wg, make(np, wg.scan)))
    held = [wg.tensor(array) for array in arrays]
    calls: dict[str, Call] = {"wengert": lambda: compiled(*held)}
    if find_spec("jax"):
        import jax

        theirs = jax.jit(transform(jax, make(jax.numpy, jax.lax.scan)))
        given = [jax.numpy.asarray(array) for array in arrays]
        calls["jax"] = lambda: jax.block_until_ready(theirs(*given))
    return calls
