"""``torch.optim``: the engine's optimizers for PyTorch's tensors."""

from typing import Any

from ...names import missing_name as _missing_name
from . import lr_scheduler as lr_scheduler
from .optimizer import OPTIMIZERS as _OPTIMIZERS, Optimizer as Optimizer

globals().update(_OPTIMIZERS)


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.optim")
