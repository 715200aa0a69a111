"""``torch.nn``: the engine's layers under PyTorch's tensors."""

from typing import Any

from wengert.fronts.addresses import also_at as _also_at

from ...names import missing_name as _missing_name
from . import attention as attention, functional as functional, init as init, utils as utils
from .containers import CONTAINERS as _CONTAINERS
from .layers import LAYERS as _LAYERS
from .module import Buffer as Buffer, Module as Module, Parameter as Parameter
from .parallel import DataParallel as DataParallel

globals().update(_CONTAINERS)
globals().update(_LAYERS)


_also_at(
    __name__,
    (
        "parameter", "modules", *(
            f"modules.{_kind}"
            for _kind in (
                "activation", "adaptive", "batchnorm", "channelshuffle", "container", "conv", "distance", "dropout",
                "flatten", "fold", "instancenorm", "lazy", "linear", "loss", "module", "normalization", "padding",
                "pixelshuffle", "pooling", "rnn", "sparse", "transformer", "upsampling", "utils",
            )
        ),
    ),
)  # fmt: skip


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "torch.nn")
