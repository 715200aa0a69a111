"""``torch.nn.attention``."""

from contextlib import contextmanager as _contextmanager
from enum import Enum as _Enum
from typing import Any

from . import flex_attention as flex_attention

__all__ = ["SDPBackend", "flex_attention", "sdpa_kernel"]


class SDPBackend(_Enum):
    """The ways in which attention is computed in PyTorch; here there is one."""

    MATH, FLASH_ATTENTION, EFFICIENT_ATTENTION, CUDNN_ATTENTION = range(4)


@_contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Any:
    """A block that does nothing: there is one way to compute attention."""
    yield
