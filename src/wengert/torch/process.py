"""What scripts ask of the process they run in: threads, devices, versions, compilation."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any, Final

import wengert as wg

__all__ = [
    "backends",
    "compile",
    "cuda",
    "get_num_threads",
    "set_float32_matmul_precision",
    "set_num_threads",
    "version",
]


def compile(model: Any = None, **_: Any) -> Any:
    """A function or module, compiled (see `wengert.jit`); also above a function, with or without arguments.

    >>> from wengert import torch
    >>> torch.compile(lambda x: x * 2)(torch.ones(2))
    tensor([2., 2.])
    """
    if model is None:
        return compile
    return wg.jit(model)


def get_num_threads() -> int:
    """How many processors are used."""
    return os.cpu_count() or 1


def set_num_threads(number: int) -> None:
    """Nothing: how many processors are used is decided by the size of the work."""


def set_float32_matmul_precision(precision: str) -> None:
    """Nothing: products of float32 are in float32."""


def _none(*args: Any, **kwargs: Any) -> None:
    """Nothing: it is of other devices."""


cuda: Final = SimpleNamespace(
    is_available=lambda: False, device_count=lambda: 0, manual_seed=_none, manual_seed_all=_none, empty_cache=_none,
    synchronize=_none, is_bf16_supported=lambda: False, current_device=lambda: 0,
)  # fmt: skip
"""``torch.cuda``: there is none."""

backends: Final = SimpleNamespace(
    cudnn=SimpleNamespace(deterministic=True, benchmark=False, enabled=False, is_available=lambda: False),
    mps=SimpleNamespace(is_available=lambda: False, is_built=lambda: False),
    cuda=SimpleNamespace(matmul=SimpleNamespace(allow_tf32=False)),
)
"""``torch.backends``: none of these is here."""

_dynamo = SimpleNamespace(
    config=SimpleNamespace(suppress_errors=False, cache_size_limit=8), reset=_none, disable=lambda fn=None, **_: fn
)
"""What scripts set before they compile; `compile` needs none of it."""

version: Final = SimpleNamespace(cuda=None, hip=None)
"""``torch.version``."""

__version__ = "2.13.0"
"""The version of PyTorch whose names these are."""
