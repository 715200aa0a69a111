"""JAX's names over this engine: scripts run with ``import wengert.jax as jax``, ``import wengert.jax.numpy as jnp``.

Arrays are faces of the engine's tensors that nobody writes to (`Array`), in single precision unless
``jax.config.update("jax_enable_x64", True)``. Random numbers are JAX's, bit for bit. Where JAX needs values while it
records (an ``if`` under `jit`), this engine asks for them and goes on.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import Any

from ..names import missing_name as _missing_name
from . import (
    lax as lax,
    numpy as numpy,
    random as random,
    tree_util as tree_util,
)
from .array import Array as Array
from .callbacks import pure_callback as pure_callback
from .custom import (
    closure_convert as closure_convert,
    custom_gradient as custom_gradient,
    custom_jvp as custom_jvp,
    custom_vjp as custom_vjp,
)
from .devices import (
    Device as Device,
    device_count as device_count,
    devices as devices,
    local_device_count as local_device_count,
    local_devices as local_devices,
    process_count as process_count,
    process_index as process_index,
)
from .dtypes import config as config, enable_x64 as enable_x64
from .policies import checkpoint_policies as checkpoint_policies
from .refused import refuse as _refuse
from .shapes import (
    ShapeDtypeStruct as ShapeDtypeStruct,
    eval_shape as eval_shape,
    make_jaxpr as make_jaxpr,
    named_scope as named_scope,
    typeof as typeof,
)
from .transforms import (
    checkpoint as checkpoint,
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
from .tree_util import tree as tree

__version__ = "0.10.2"


def block_until_ready(x: Any) -> Any:
    """The value itself, which is ready."""
    return x


def effects_barrier() -> None:
    """Nothing: what is printed or called back has been when a function returns."""


def clear_caches() -> None:
    """Nothing: compiled functions go when nobody holds them."""


def device_put(x: Any, device: Any = None, *_: Any, **__: Any) -> Any:
    """The value itself, which is on the CPU."""
    from .array import arrays

    return arrays(x)


def device_get(x: Any) -> Any:
    """The value as NumPy's arrays."""
    import numpy as outside

    return tree.map(outside.asarray, x)


def default_backend() -> str:
    """``"cpu"``."""
    return "cpu"


def install() -> None:
    """Let ``import jax`` give this front from now on, in this process.

    Raises:
        ImportError: JAX itself was imported before.
    """
    from wengert.fronts.scripts import install

    install("jax", __name__)


_SPACES = frozenset({"debug", "example_libraries", "experimental", "flatten_util", "nn", "ops", "scipy"})
"""What is imported when it is first asked for."""


def __getattr__(name: str) -> Any:
    if name in _SPACES:
        return _import_module(f".{name}", __name__)
    _refuse(__name__, name)
    raise _missing_name(__name__, name, {}, "jax")


def __dir__() -> list[str]:
    return sorted(_SPACES | globals().keys())
