"""JAX gives results before they are computed: these wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def awaited(f: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    """The call of a compiled JAX function on arrays that it has in its memory."""
    import jax

    compiled, held = jax.jit(f), jax.tree_util.tree_map(jax.numpy.asarray, args)
    return lambda: jax.block_until_ready(compiled(*held))
