"""``torch.nn.functional``: the engine's functions of the same names."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import wengert as wg
from wengert.fronts.face import fronted

from ...names import missing_name as _missing_name
from ..random.drawing import engine_draws
from ..tensor import Tensor

__all__: list[str] = []


def drawing(call: Callable[..., Any]) -> Callable[..., Any]:
    """A function that draws PyTorch's numbers."""

    @wraps(call)
    def draw(*args: Any, **kwargs: Any) -> Any:
        with engine_draws():
            return call(*args, **kwargs)

    return draw


DRAWING = ("dropout", "rrelu", "gumbel", "fractional", "attention")
"""What the names of functions contain that draw random numbers."""

for _name in wg.nn.functional.__all__:
    _call = fronted(getattr(wg.nn.functional, _name), Tensor)
    globals()[_name] = drawing(_call) if any(part in _name for part in DRAWING) else _call


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.nn.functional")
