"""Automatic differentiation of ordinary Python: one list, one rule, every mode."""

from .core.state import enable_grad, is_grad_enabled, no_grad
from .core.tensor import Tensor
from .numpy.methods import attach as _attach
from .transforms.checkpointing import checkpoint
from .transforms.custom import custom_derivative
from .transforms.define_by_run import gradients, tensor
from .transforms.derivatives import grad, jvp, linearize, value_and_grad, vjp
from .transforms.jacobians import hessian, hvp, jacfwd, jacobian, jacrev
from .transforms.vectorize import vmap

_attach(Tensor)

__version__ = "0.1.0"

__all__ = [
    "Tensor",
    "checkpoint",
    "custom_derivative",
    "enable_grad",
    "grad",
    "gradients",
    "hessian",
    "hvp",
    "is_grad_enabled",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "no_grad",
    "tensor",
    "value_and_grad",
    "vjp",
    "vmap",
]
