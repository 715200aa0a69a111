"""``jax.pure_callback``: functions of Python and NumPy in the midst of others, compiled ones too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import wengert as wg

from .array import arrays
from .shapes import ShapeDtypeStruct, example
from .tree_util import tree_map

__all__ = ["pure_callback"]


def pure_callback(callback: Callable[..., Any], result_shape_dtypes: Any, *args: Any, **kwargs: Any) -> Any:
    """What a function of NumPy's arrays gives, which has no effect and no derivative.

    Args:
        callback: the function.
        result_shape_dtypes: what has the shape and dtype of its result (see `jax.ShapeDtypeStruct`), or a tree of
            these.
        args: its arguments.
        kwargs: settings, which are no arrays; how it is mapped over (``vmap_method``) is decided here.

    Raises:
        ValueError: its derivative is asked for.
    """
    settings = {name: value for name, value in kwargs.items() if name not in ("sharding", "vmap_method", "vectorized")}

    forms = tree_map(lambda each: ShapeDtypeStruct(each.shape, each.dtype), result_shape_dtypes)

    def run(*given: Any) -> Any:
        return arrays(callback(*given, **settings))

    return wg.from_numpy(run, jvp=_refuse, like=lambda *_: tree_map(example, forms))(*arrays(args))


def _refuse(*_: Any) -> NoReturn:
    raise ValueError(
        "[pure_callback] its derivative was asked for, wanted a rule for it; write jax.custom_jvp or jax.custom_vjp "
        "around the function that calls it"
    )
