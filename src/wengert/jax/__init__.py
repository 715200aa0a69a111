"""JAX's names over this engine: scripts run with ``import wengert.jax as jax``, ``import wengert.jax.numpy as jnp``.

Arrays are faces of the engine's tensors that nobody writes to (`Array`), in single precision unless
``jax.config.update("jax_enable_x64", True)``. Random numbers are JAX's, bit for bit. Where JAX needs values while it
records (an ``if`` under `jit`), this engine asks for them and goes on.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import Any

import wengert as _wg

from ..names import missing_name as _missing_name
from . import (
    lax as lax,
    numpy as numpy,
    random as random,
    tree_util as tree_util,
)
from .array import Array as Array
from .dtypes import config as config, enable_x64 as enable_x64
from .transforms import (
    checkpoint as checkpoint,
    closure_convert as closure_convert,
    custom_gradient as custom_gradient,
    custom_jvp as custom_jvp,
    custom_vjp as custom_vjp,
    eval_shape as eval_shape,
    grad as grad,
    hessian as hessian,
    jacfwd as jacfwd,
    jacobian as jacobian,
    jacrev as jacrev,
    jit as jit,
    jvp as jvp,
    linear_transpose as linear_transpose,
    linearize as linearize,
    named_call as named_call,
    remat as remat,
    value_and_grad as value_and_grad,
    vjp as vjp,
    vmap as vmap,
)
from .tree_util import tree as tree, tree_map as tree_map

__version__ = "0.10.2"


def block_until_ready(x: Any) -> Any:
    """The value itself, which is ready."""
    return x


def device_put(x: Any, device: Any = None) -> Any:
    """The value itself, which is on the CPU."""
    from .array import arrays

    return arrays(x)


def device_get(x: Any) -> Any:
    """The value as NumPy's arrays."""
    import numpy as outside

    return tree_map(outside.asarray, x)


def default_backend() -> str:
    """``"cpu"``."""
    return "cpu"


def make_jaxpr(fun: Any, **_: Any) -> Any:
    """What a function is recorded as, as text (see `wengert.explain`)."""
    return lambda *args: _wg.explain(fun, *args)


def install() -> None:
    """Let ``import jax`` give this front from now on, in this process.

    Raises:
        ImportError: JAX itself was imported before.
    """
    from wengert.fronts.scripts import install

    install("jax", __name__)


_SPACES = frozenset({"debug", "experimental", "nn", "scipy"})
"""What is imported when it is first asked for."""


def __getattr__(name: str) -> Any:
    if name in _SPACES:
        return getattr(_import_module(".spaces", __name__), name)
    raise _missing_name(__name__, name, {}, "jax")


def __dir__() -> list[str]:
    return sorted(_SPACES | globals().keys())
