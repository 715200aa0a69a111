"""``torch.nn.functional``: the engine's functions of the same names."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import wengert as wg
from wengert.fronts.face import behind, faced

from ...names import missing_name as _missing_name
from ..drawing import engine_draws
from ..tensor import Tensor

__all__: list[str] = []


def fronted(below: Callable[..., Any], draws: bool = False) -> Callable[..., Any]:
    """A function of the engine that takes and gives faces, and draws PyTorch's numbers if it draws any."""

    @wraps(below)
    def call(*args: Any, **kwargs: Any) -> Any:
        return faced(below(*behind(args), **behind(kwargs)), Tensor)

    @wraps(below)
    def drawing(*args: Any, **kwargs: Any) -> Any:
        with engine_draws():
            return call(*args, **kwargs)

    return drawing if draws else call


DRAWING = ("dropout", "rrelu", "gumbel", "fractional", "attention")
"""What the names of functions contain that draw random numbers."""


globals().update(
    {
        name: fronted(getattr(wg.nn.functional, name), any(part in name for part in DRAWING))
        for name in wg.nn.functional.__all__
    }
)


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.nn.functional")
