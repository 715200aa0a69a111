"""``torch.optim``: the engine's optimizers for PyTorch's tensors."""

from typing import Any

from wengert.fronts.addresses import also_at as _also_at

from ...names import missing_name as _missing_name
from . import lr_scheduler as lr_scheduler, swa_utils as swa_utils
from .optimizer import OPTIMIZERS as _OPTIMIZERS, Optimizer as Optimizer

globals().update(_OPTIMIZERS)


_also_at(
    __name__,
    (
        "adadelta", "adagrad", "adam", "adamax", "adamw", "asgd", "lbfgs", "nadam", "radam", "rmsprop", "rprop", "sgd",
        "sparse_adam",
    ),
)  # fmt: skip


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.optim")
