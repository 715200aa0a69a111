"""The names of HIPS autograd over this engine: ``import wengert.autograd``, ``import wengert.autograd.numpy as np``.

Outside of derivatives its arrays are NumPy's, and so are its functions; within, arrays that are differentiated are
tensors of the engine, and functions those of `wengert.numpy`.
"""

from importlib import import_module as _import_module
from typing import Any

from ..names import missing_name as _missing_name
from . import (
    builtins as builtins,
    extend as extend,
    numpy as numpy,
    tracer as tracer,
    transforms as differential_operators,  # noqa: F401 - as in autograd
)
from .transforms import (
    checkpoint as checkpoint,
    deriv as deriv,
    elementwise_grad as elementwise_grad,
    grad as grad,
    grad_and_aux as grad_and_aux,
    grad_named as grad_named,
    hessian as hessian,
    hessian_tensor_product as hessian_tensor_product,
    hessian_vector_product as hessian_vector_product,
    holomorphic_grad as holomorphic_grad,
    jacobian as jacobian,
    make_ggnvp as make_ggnvp,
    make_hvp as make_hvp,
    make_jvp as make_jvp,
    make_vjp as make_vjp,
    multigrad_dict as multigrad_dict,
    tensor_jacobian_product as tensor_jacobian_product,
    value_and_grad as value_and_grad,
    vector_jacobian_product as vector_jacobian_product,
)


def install() -> None:
    """Let ``import autograd`` give this front from now on, in this process.

    Raises:
        ImportError: autograd itself was imported before.
    """
    from wengert.fronts.scripts import install

    install("autograd", __name__)


_SPACES = frozenset({"misc", "scipy", "test_util"})
"""What is imported when it is first asked for."""


def __getattr__(name: str) -> Any:
    if name in _SPACES:
        return _import_module(f".{name}", __name__)
    raise _missing_name(__name__, name, {}, "autograd")


def __dir__() -> list[str]:
    return sorted(_SPACES | globals().keys())
