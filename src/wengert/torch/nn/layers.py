"""The engine's layers under PyTorch's tensors: each shares its attributes with one of `wengert.nn`, which computes."""

from __future__ import annotations

from inspect import signature
from typing import Any

import wengert as wg
from wengert.fronts.face import behind, faced

from ..device import check_device
from ..dtypes import numpy_dtype
from ..random.drawing import engine_draws
from ..tensor import Tensor
from .containers import CONTAINERS
from .module import Module, show
from .printing import settings

__all__ = ["LAYERS", "Layer", "front_of"]


class Layer(Module):
    """A layer of the engine, whose inputs and results are faces.

    Its twin is the layer itself, of the class `below`; `draws` says whether it draws random numbers in training, and
    `may_write` whether it may be told to write over its input. The two have the same attributes, the same dictionary:
    what one of them sets the other has, so that the engine sees its tensors and users see faces.
    """

    __slots__ = ("_twin",)

    below: type[wg.nn.Module]
    draws: bool
    may_write: bool

    def __init__(self, *args: Any, device: Any = None, dtype: Any = None, **kwargs: Any) -> None:
        check_device(device, type(self).__name__)
        if dtype is not None:
            kwargs["dtype"] = numpy_dtype(dtype)
        with engine_draws():
            twin = self.below(*args, **kwargs)
        share(self, twin)
        if self.may_write:
            self.inplace: bool = bool(signature(self.below).bind(*args, **kwargs).arguments.get("inplace", False))

    def twin(self) -> Any:
        """The layer of the engine."""
        try:
            return self._twin
        except AttributeError:
            twin = object.__new__(self.below)
            share(self, twin, self.__dict__)
            return twin

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        if self.draws and self.training:
            with engine_draws():
                return faced(self.twin().forward(*behind(args), **behind(kwargs)), Tensor)
        if len(args) == 1 and not kwargs:
            return faced(self.twin().forward(behind(args[0])), Tensor)
        return faced(self.twin().forward(*behind(args), **behind(kwargs)), Tensor)

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        with engine_draws():
            self.twin().reset_parameters()

    def extra_repr(self) -> str:
        return settings(self, self.below)


def share(layer: Layer, twin: Any, attributes: dict[str, Any] | None = None) -> None:
    """Let a layer and its twin have the same attributes, those of the twin if no others are given."""
    if attributes is None:
        object.__setattr__(layer, "__dict__", twin.__dict__)
    else:
        object.__setattr__(twin, "__dict__", attributes)
    object.__setattr__(layer, "_twin", twin)
    for name, value in layer.__dict__.items():
        if isinstance(value, (wg.Tensor, wg.nn.Module)) or name in layer._parameters or name in layer._buffers:
            show(layer, name)


def front_of(module: Any) -> Any:
    """The layer of this front that shares its attributes with one of the engine."""
    name = type(module).__name__
    if name in CONTAINERS:
        held = object.__new__(CONTAINERS[name])
        object.__setattr__(held, "__dict__", module.__dict__)
        return held
    made = object.__new__(LAYERS[name])
    share(made, module)
    return made


DRAWING = (
    "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "RReLU", "FractionalMaxPool2d", "FractionalMaxPool3d",
    "RNN", "LSTM", "GRU", "MultiheadAttention", "Transformer", "TransformerEncoderLayer", "TransformerDecoderLayer",
    "TransformerEncoder", "TransformerDecoder",
)  # fmt: skip
"""How the names of layers end that draw random numbers in training."""


def _layer(name: str) -> type[Layer]:
    """The class of this front over one of the engine."""
    below = getattr(wg.nn, name)
    takes = signature(below)
    said = {"__doc__": below.__doc__, "__signature__": takes, "__module__": __name__, "__slots__": ()}
    facts = {"below": below, "draws": name.endswith(DRAWING), "may_write": "inplace" in takes.parameters}
    return type(name, (Layer,), {**said, **facts})


LAYERS = {
    name: _layer(name)
    for name in wg.nn.__all__
    if isinstance(getattr(wg.nn, name), type)
    and issubclass(getattr(wg.nn, name), wg.nn.Module)
    and name not in (*CONTAINERS, "Module")
}
"""The layers, by name."""
