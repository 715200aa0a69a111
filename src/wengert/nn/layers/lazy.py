"""Layers that learn from their first input how many features it has.

Each becomes the layer that it stands for, at its place, when it is called for the first time.
"""

from __future__ import annotations

from inspect import Signature, signature
from typing import Any, ClassVar, NoReturn

import wengert.numpy as np

from ...core.state import state as engine
from ..errors import UnmadeError
from ..module import Module
from .convolution import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .linear import Linear
from .normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d

__all__ = [
    "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyConv1d", "LazyConv2d", "LazyConv3d",
    "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
    "LazyInstanceNorm3d", "LazyLinear",
]  # fmt: skip


class _Lazy(Module):
    """A layer without its first argument, which is the length of an axis of the first input.

    Attributes:
        kind: what it becomes.
        axis: the axis of the input.
    """

    kind: ClassVar[type[Module]]
    axis: ClassVar[int]
    __signature__: ClassVar[Signature]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__signature__ = Signature(list(signature(cls.kind).parameters.values())[1:])  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            self.__signature__.bind(*args, **kwargs)  # type: ignore[attr-defined]
        except TypeError as error:
            raise TypeError(
                f"[{type(self).__name__}] {error}, wanted {type(self).__name__}{self.__signature__}; write its "  # type: ignore[attr-defined]
                f"settings as those of {self.kind.__name__}, without the first"
            ) from None
        self.__dict__["settings"] = args, kwargs

    def forward(self, x: Any, *more: Any) -> Any:
        """Become the layer, and what that gives."""
        self._become(np.shape(x)[self.axis])
        return self.forward(x, *more)

    def _become(self, features: int) -> None:
        if engine.recorder is not None:
            raise self._unmade("it met its first input in a function that is recorded, wanted one before")
        args, kwargs = self.__dict__.pop("settings")
        made = self.kind(features, *args, **kwargs)
        kept = {name: self.__dict__[name] for name in ("training", "_hooks", "_pre_hooks")}
        object.__setattr__(self, "__class__", self.kind)
        self.__dict__.update({**vars(made), **kept})

    @property
    def _parameters(self) -> NoReturn:
        raise self._unmade("its parameters were asked for, wanted a first input before")

    def _unmade(self, said: str) -> UnmadeError:
        first = next(iter(signature(self.kind).parameters))
        return UnmadeError(
            f"[{type(self).__name__}] {said}, whose features are counted; write net(x) once before, with an x as it "
            f"will be, or {self.kind.__name__} with its {first}"
        )

    def extra_repr(self) -> str:
        args, kwargs = self.__dict__["settings"]
        return ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())])


class LazyLinear(_Lazy):
    """`Linear` whose `in_features` are those of its first input.

    Until then its parameters are not there: call the network once before an optimizer is made, or it is compiled.

    >>> import wengert as wg, wengert.numpy as np
    >>> net = wg.nn.Sequential(wg.nn.Flatten(), wg.nn.LazyLinear(3))
    >>> net(np.ones((5, 2, 4))).shape, net[1]
    ((5, 3), Linear(in_features=8, out_features=3, bias=True): 27 parameters)
    """

    kind: ClassVar[type[Module]] = Linear
    axis = -1


class LazyConv1d(_Lazy):
    """`Conv1d` whose `in_channels` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = Conv1d
    axis = -2


class LazyConv2d(_Lazy):
    """`Conv2d` whose `in_channels` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = Conv2d
    axis = -3


class LazyConv3d(_Lazy):
    """`Conv3d` whose `in_channels` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = Conv3d
    axis = -4


class LazyConvTranspose1d(_Lazy):
    """`ConvTranspose1d` whose `in_channels` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = ConvTranspose1d
    axis = -2


class LazyConvTranspose2d(_Lazy):
    """`ConvTranspose2d` whose `in_channels` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = ConvTranspose2d
    axis = -3


class LazyConvTranspose3d(_Lazy):
    """`ConvTranspose3d` whose `in_channels` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = ConvTranspose3d
    axis = -4


class LazyBatchNorm1d(_Lazy):
    """`BatchNorm1d` whose `num_features` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = BatchNorm1d
    axis = 1


class LazyBatchNorm2d(_Lazy):
    """`BatchNorm2d` whose `num_features` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = BatchNorm2d
    axis = 1


class LazyBatchNorm3d(_Lazy):
    """`BatchNorm3d` whose `num_features` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = BatchNorm3d
    axis = 1


class LazyInstanceNorm1d(_Lazy):
    """`InstanceNorm1d` whose `num_features` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = InstanceNorm1d
    axis = -2


class LazyInstanceNorm2d(_Lazy):
    """`InstanceNorm2d` whose `num_features` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = InstanceNorm2d
    axis = -3


class LazyInstanceNorm3d(_Lazy):
    """`InstanceNorm3d` whose `num_features` are those of its first input; see `LazyLinear`."""

    kind: ClassVar[type[Module]] = InstanceNorm3d
    axis = -4
