"""``torch.nn``: the engine's layers under PyTorch's tensors."""

from typing import Any

from ...names import missing_name as _missing_name
from . import functional as functional, init as init, utils as utils
from .layers import CONTAINERS as _CONTAINERS, LAYERS as _LAYERS
from .module import Buffer as Buffer, Module as Module, Parameter as Parameter
from .parallel import DataParallel as DataParallel

globals().update(_CONTAINERS)
globals().update(_LAYERS)


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.nn")
