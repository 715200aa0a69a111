"""Automatic differentiation of ordinary Python: one list, one rule, every mode."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

from . import debug, trees
from .control import checkpoint, closure_convert, cond, fori_loop, map, scan, switch, while_loop
from .core.graph import Graph, offer_documents as _offer_documents
from .core.placed import offer_devices as _offer_devices
from .core.python.warning import ImpureWarning, LostDerivativeWarning, NotALeafWarning
from .core.routines import offer as _offer, offer_by_size as _offer_by_size
from .core.shared_key import SHARED_KEY as _SHARED_KEY  # noqa: F401 - it is to be there from the beginning
from .core.state import enable_grad, is_grad_enabled, no_grad
from .core.tensor import Tensor
from .names import OF_THE_PACKAGE as _OF_THE_PACKAGE, missing_name as _missing_name
from .numpy.arrays.creation import tensor
from .numpy.methods.attached import attach as _attach
from .ops.threefry import random_words as _random_words
from .ops.windows.correlate import correlate as _correlate
from .transforms.custom import custom_derivative
from .transforms.define_by_run import gradients
from .transforms.derivatives import grad, jvp, linearize, value_and_grad, vjp
from .transforms.examples import all_examples, example_count, example_number
from .transforms.implicit import implicit
from .transforms.jacobians import hessian, hvp, jacfwd, jacobian, jacrev, offer_sparse as _offer_sparse
from .transforms.stopping import stop_gradient
from .transforms.vectorize import vmap

_attach(Tensor)
_offer(_correlate.primitive, lambda: _import_module(".compile.backend", __name__).correlation_routine())
_offer(_random_words.primitive, lambda: _import_module(".compile.backend", __name__).words_routine())
_offer_by_size(lambda primitive: _import_module(".compile.backend", __name__).array_routine(primitive))

_offer_devices(lambda: _import_module(".compile.backend", __name__).xla_devices())
_offer_sparse(lambda: _import_module(".sparse", __name__))
_offer_documents(lambda: _import_module(".export.documents", __name__))

_ON_DEMAND = {
    "GradientError": ".checking.report",
    "bfloat16": ".core.dtypes.bfloat16",
    "check": ".checking.check",
    **dict.fromkeys(("device", "device_put", "devices"), ".placing"),
    "explain": ".explaining.explanation",
    "explore": ".explaining.explorer.exploration",
    "jit": ".compile.jit",
    **dict.fromkeys(
        ("biharmonic", "differential_operator", "directional_sum", "divergence", "laplacian", "trace_hessian"),
        ".transforms.operators",
    ),
    "derivative": ".transforms.taylor",
    **dict.fromkeys(("constrain", "shard"), ".distributed"),
    **dict.fromkeys(("from_jax", "from_numpy", "from_torch", "to_jax", "to_torch"), ".bridges"),
    "taylor": ".transforms.taylor",
    "taylor_solution": ".transforms.taylor",
    "trace_nans": ".checking.nans",
}
"""Names whose modules are imported when they are first asked for: eager code needs none of them."""

_PACKAGES = {"data", "distributed", "export", "nn", "optim", "random", "sparse", "training", "windows"}
"""What people train with, meshes, sparse derivatives, export and windows, imported when they are first asked for."""

if TYPE_CHECKING:
    from . import data, distributed, export, nn, optim, random, sparse, training, windows
    from .bridges import from_jax, from_numpy, from_torch, to_jax, to_torch
    from .checking.check import check
    from .checking.nans import trace_nans
    from .checking.report import GradientError
    from .compile.jit import jit
    from .core.dtypes.bfloat16 import bfloat16
    from .distributed import constrain, shard
    from .explaining.explanation import explain
    from .explaining.explorer.exploration import explore
    from .placing import device, device_put, devices
    from .transforms.operators import (
        biharmonic,
        differential_operator,
        directional_sum,
        divergence,
        laplacian,
        trace_hessian,
    )
    from .transforms.taylor import derivative, taylor, taylor_solution
else:

    def __getattr__(name):
        if name in _PACKAGES:
            return _import_module(f".{name}", __name__)
        if name not in _ON_DEMAND:
            raise _missing_name(__name__, name, _OF_THE_PACKAGE, "wg")
        globals()[name] = found = getattr(_import_module(_ON_DEMAND[name], __name__), name)
        return found

    def __dir__():
        return sorted(_ON_DEMAND.keys() | _PACKAGES | globals().keys())


__version__ = "0.1.0"

__all__ = [
    "GradientError",
    "Graph",
    "ImpureWarning",
    "LostDerivativeWarning",
    "NotALeafWarning",
    "Tensor",
    "all_examples",
    "bfloat16",
    "biharmonic",
    "check",
    "checkpoint",
    "closure_convert",
    "cond",
    "constrain",
    "custom_derivative",
    "data",
    "debug",
    "derivative",
    "device",
    "device_put",
    "devices",
    "differential_operator",
    "directional_sum",
    "distributed",
    "divergence",
    "enable_grad",
    "example_count",
    "example_number",
    "explain",
    "explore",
    "export",
    "fori_loop",
    "from_jax",
    "from_numpy",
    "from_torch",
    "grad",
    "gradients",
    "hessian",
    "hvp",
    "implicit",
    "is_grad_enabled",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jit",
    "jvp",
    "laplacian",
    "linearize",
    "map",
    "nn",
    "no_grad",
    "optim",
    "random",
    "scan",
    "shard",
    "sparse",
    "stop_gradient",
    "switch",
    "taylor",
    "taylor_solution",
    "tensor",
    "to_jax",
    "to_torch",
    "trace_hessian",
    "trace_nans",
    "training",
    "trees",
    "value_and_grad",
    "vjp",
    "vmap",
    "while_loop",
    "windows",
]
