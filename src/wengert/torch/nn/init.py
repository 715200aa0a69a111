"""``torch.nn.init``: initial values, drawn as PyTorch draws them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import wengert as wg
from wengert.fronts.face import behind

from ...names import missing_name as _missing_name
from ..creation import empty_like
from ..functions.elementwise import where
from ..random.drawing import engine_draws
from ..tensor import Tensor

__all__: list[str] = []


def _writing(below: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the engine that writes to a tensor, which is given back."""

    @wraps(below)
    def initialise(tensor: Any, *args: Any, generator: Any = None, **kwargs: Any) -> Any:
        with engine_draws(generator):
            below(behind(tensor), *args, **kwargs)
        return tensor

    return initialise


globals().update({name: _writing(getattr(wg.nn.init, name)) for name in wg.nn.init.__all__ if name.endswith("_")})


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Tensor:
    """Normal numbers, drawn again where they are below `a` or above `b`."""
    with wg.no_grad():
        drawn = empty_like(tensor).normal_(mean, std, generator=generator)
        while bool((outside := (drawn < a) | (drawn > b)).any()):
            drawn = where(outside, empty_like(tensor).normal_(mean, std, generator=generator), drawn)
        return tensor.copy_(drawn)


calculate_gain: Final = wg.nn.init.calculate_gain


for _name in ("constant", "kaiming_normal", "kaiming_uniform", "normal", "uniform", "xavier_normal", "xavier_uniform"):
    globals()[_name] = globals()[f"{_name}_"]  # their old names


def _calculate_fan_in_and_fan_out(tensor: Any) -> tuple[int, int]:
    """How many numbers each result depends on, and how many results depend on each number."""
    receptive = tensor[0][0].numel() if tensor.dim() > 2 else 1
    return tensor.size(1) * receptive, tensor.size(0) * receptive


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.nn.init")
