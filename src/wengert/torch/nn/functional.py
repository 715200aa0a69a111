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


def fronted(below: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the engine that takes and gives faces, and draws PyTorch's numbers."""

    @wraps(below)
    def call(*args: Any, **kwargs: Any) -> Any:
        with engine_draws():
            return faced(below(*behind(args), **behind(kwargs)), Tensor)

    return call


globals().update(
    {name: fronted(getattr(wg.nn.functional, name)) for name in wg.nn.functional.__all__ if not name.startswith("_")}
)


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.nn.functional")
