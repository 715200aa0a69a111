"""Linear maps of features."""

from __future__ import annotations

from math import sqrt
from typing import Any

import wengert as wg
import wengert.numpy as np

from .. import functional as F, init
from ..errors import check_features
from ..module import Module, Parameter

__all__ = ["Bilinear", "Flatten", "Identity", "Linear", "Unflatten"]


def empty(shape: tuple[int, ...], dtype: Any) -> wg.Tensor:
    """A parameter that is about to be initialised."""
    return Parameter(np.zeros(shape, dtype))


class Identity(Module):
    """Gives what it is given; arguments for its making are ignored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def forward(self, x: Any) -> Any:
        return x


class Linear(Module):
    """x @ weight.T + bias.

    Args:
        in_features: the length of the last axis of the input.
        out_features: the length of the last axis of the result.
        bias: learn a shift as well.
        dtype: of the parameters; floating inputs are cast to it.

    Attributes:
        weight: of shape (out_features, in_features), uniform in +-1 / sqrt(in_features) at first.
        bias: of shape (out_features,), likewise, or ``None``.

    >>> import wengert as wg, wengert.numpy as np
    >>> layer = wg.nn.Linear(3, 2)
    >>> layer(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, dtype: Any = "float32") -> None:
        self.in_features = in_features
        self.out_features = out_features
        self.weight: wg.Tensor = empty((out_features, in_features), dtype)
        self.register_parameter("bias", empty((out_features,), dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1 / sqrt(self.in_features) if self.in_features else 0.0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, x: Any) -> wg.Tensor:
        weight = self.weight
        x = F.as_input(x, weight)
        check_features(self, x, self.in_features, "in_features")
        return F.linear(x, weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """x1 @ weight[k] @ x2 + bias[k], for each feature k of the result.

    Args:
        in1_features: the length of the last axis of the first input.
        in2_features: that of the second.
        out_features: that of the result.
        bias: learn a shift as well.
        dtype: of the parameters; floating inputs are cast to it.
    """

    def __init__(
        self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, dtype: Any = "float32"
    ) -> None:
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight: wg.Tensor = empty((out_features, in1_features, in2_features), dtype)
        self.register_parameter("bias", empty((out_features,), dtype) if bias else None)
        bound = 1 / sqrt(in1_features)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, x1: Any, x2: Any) -> wg.Tensor:
        x1, x2 = F.as_input(x1, self.weight), F.as_input(x2, self.weight)
        check_features(self, x1, self.in1_features, "in1_features")
        check_features(self, x2, self.in2_features, "in2_features")
        return F.bilinear(x1, x2, self.weight, self.bias)

    def extra_repr(self) -> str:
        sizes = (f"{name}={getattr(self, name)}" for name in ("in1_features", "in2_features", "out_features"))
        return f"{', '.join(sizes)}, bias={self.bias is not None}"


class Flatten(Module):
    """The axes from `start_dim` to `end_dim` as one.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.Flatten()(np.ones((5, 2, 3, 4))).shape
    (5, 24)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, x: Any) -> wg.Tensor:
        x = np.asarray(x)
        first, last = self.start_dim % x.ndim, self.end_dim % x.ndim
        size = 1
        for length in x.shape[first : last + 1]:
            size *= length
        return x.reshape(*x.shape[:first], size, *x.shape[last + 1 :])

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """An axis as several, the reverse of `Flatten`.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.Unflatten(1, (2, 3))(np.ones((5, 6))).shape
    (5, 2, 3)
    """

    def __init__(self, dim: int, unflattened_size: tuple[int, ...]) -> None:
        self.dim = dim
        self.unflattened_size: tuple[int, ...] = tuple(unflattened_size)

    def forward(self, x: Any) -> wg.Tensor:
        x = np.asarray(x)
        dim = self.dim % x.ndim
        return x.reshape(*x.shape[:dim], *self.unflattened_size, *x.shape[dim + 1 :])

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
