"""PyTorch's names over this engine: scripts run with ``import wengert.torch as torch``.

Each name is another spelling of what `wengert.numpy`, `wengert.nn`, `wengert.optim`, `wengert.random`, `wengert.data`
and the transformations do. What differs in kind is said here once:

- A tensor is a face (see `wengert.fronts.face`) of one of the engine: PyTorch's methods over it. Views alias and writes
  in place are followed as the engine does it, which is PyTorch's way too.
- Numbers from Python are of the default dtype, float32; dtypes are promoted by PyTorch's rules (`promotion`).
- ``manual_seed`` and what is drawn from it give PyTorch's numbers on a CPU (`mersenne`).
"""

from typing import Any

from .. import enable_grad, is_grad_enabled, no_grad
from ..names import missing_name as _missing_name
from . import conversion, creation, drawing, elementwise, in_place, indexing, products, reductions, shapes
from .device import device
from .dtypes import (
    DTYPES as _DTYPES,
    OTHER_NAMES as _OTHER_NAMES,
    dtype,
    finfo,
    get_default_dtype,
    iinfo,
    set_default_dtype,
)
from .modes import inference_mode, set_grad_enabled
from .mersenne import Generator, initial_seed, manual_seed, seed
from .printing import set_printoptions
from .promotion import promote_types, result_type
from .registry import FUNCTIONS as _FUNCTIONS, METHODS as _METHODS, WRITING as _WRITING
from .size import Size
from .tensor import Tensor

e, inf, nan, pi = 2.718281828459045, float("inf"), float("nan"), 3.141592653589793

globals().update(_DTYPES)
globals().update({name: _DTYPES[canonical] for name, canonical in _OTHER_NAMES.items()})
globals().update(_FUNCTIONS)
for _name, _method in (_WRITING | _METHODS).items():
    if _name not in Tensor.__dict__:
        setattr(Tensor, _name, _method)


from . import autograd, func, nn, optim  # noqa: E402 - they stand on all that is above
from .func import vmap  # noqa: E402 - as above


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch")
