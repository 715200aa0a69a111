"""Mixed precision: layers compute with short numbers, and parameters stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token
from functools import wraps
from typing import Any, ClassVar

import numpy

import wengert as wg
import wengert.numpy as np

from .errors import wrong
from .module import Module

__all__ = ["GradScaler", "autocast"]

Product = Callable[..., wg.Tensor]


class OfProducts(Module):
    """A layer whose work is products of an input with parameters, which `autocast` makes cheaper to keep."""

    _precision: ClassVar[ContextVar[Callable[..., wg.Tensor] | None]] = ContextVar("wengert_precision", default=None)

    def _product(self, f: Product, x: wg.Tensor, *parameters: Any) -> wg.Tensor:
        """f(x, *parameters), in the precision of the block that is open."""
        shortly = self._precision.get()
        return f(x, *parameters) if shortly is None else shortly(f, x, *parameters)


def _in_float16(f: Product, x: wg.Tensor, *parameters: Any) -> wg.Tensor:
    """The product of numbers rounded to float16, added up in float32; input and result are kept in float16."""

    def run(x: wg.Tensor, *parameters: Any) -> wg.Tensor:
        rounded = (None if p is None else p.astype(numpy.float16).astype(numpy.float32) for p in parameters)
        return f(x.astype(numpy.float32), *rounded).astype(numpy.float16)

    return wg.checkpoint(run)(x.astype(numpy.float16), *parameters)


def _in_bfloat16(f: Product, x: wg.Tensor, *parameters: Any) -> wg.Tensor:
    """The product of numbers rounded to bfloat16, added up in float32, and rounded; all of it is kept in float32."""
    return _rounded(f(_rounded(x), *(None if p is None else _rounded(p) for p in parameters)))


SPLIT = 2.0**16 + 1
LARGEST_SPLIT = 2.0**100


def _rounded(x: wg.Tensor) -> wg.Tensor:
    """Float32 rounded to the 8 significant bits of bfloat16, with derivative 1.

    Source: T. J. Dekker, "A floating-point technique for extending the available precision" (1971), section 4.
    """
    x = x.astype(numpy.float32)
    small = np.where(np.abs(x) < LARGEST_SPLIT, wg.stop_gradient(x), 0)
    product = small * numpy.float32(SPLIT)
    return x + ((product - (product - small)) - small)


class autocast:  # noqa: N801 - lower case, as in PyTorch
    """A block in which linear and convolutional layers compute with short numbers, and learn parameters in float32.

    In ``"float16"`` what these layers are given and give is kept in 2 bytes a number, and products are computed again
    in the backward walk instead of being kept. In ``"bfloat16"`` the numbers are those of that format, kept in float32.
    Sums are added up in float32. Small gradients underflow in float16: see `GradScaler`.

    Args:
        dtype: ``"float16"`` or ``"bfloat16"``.
        enabled: False for a block that does nothing.

    >>> import wengert as wg, wengert.numpy as np
    >>> layer = wg.nn.Linear(3, 2)
    >>> with wg.nn.autocast("float16"):
    ...     layer(np.ones((1, 3))).dtype
    dtype('float16')
    >>> layer.weight.dtype
    dtype('float32')

    Source: P. Micikevicius et al., "Mixed precision training" (2018).
    """

    __slots__ = ("_tokens", "_way")

    def __init__(self, dtype: Any = "bfloat16", enabled: bool = True) -> None:
        name = dtype if isinstance(dtype, str) else numpy.dtype(dtype).name
        if name not in ("float16", "bfloat16"):
            raise wrong("autocast", f"dtype={name!r}", '"float16" or "bfloat16"', 'write autocast("bfloat16")')
        self._way = (_in_float16 if name == "float16" else _in_bfloat16) if enabled else None
        self._tokens: list[Token[Any]] = []

    def __enter__(self) -> autocast:
        self._tokens.append(OfProducts._precision.set(self._way))
        return self

    def __exit__(self, *exception: Any) -> None:
        OfProducts._precision.reset(self._tokens.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, each run of which is in such a block."""

        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return run


class GradScaler:
    """Multiplies a loss, so that small gradients in float16 do not underflow, and divides gradients before a step.

    A step with a gradient that is not finite is left out, and the factor made smaller; it grows when all went well for
    a while.

    Args:
        init_scale: the factor at first.
        growth_factor: by how much it grows.
        backoff_factor: what it is multiplied by after a step that was left out.
        growth_interval: after so many good steps it grows.

    >>> import wengert as wg, wengert.numpy as np
    >>> layer, scaler = wg.nn.Linear(3, 1), wg.nn.GradScaler()
    >>> optimizer = wg.optim.SGD(layer.parameters(), lr=0.1)
    >>> with wg.nn.autocast("float16"):
    ...     loss = np.mean(layer(np.ones((4, 3))).astype("float32") ** 2)
    >>> scaler.scale(loss).backward()
    >>> scaler.step(optimizer); scaler.update()

    Source: P. Micikevicius et al., "Mixed precision training" (2018), section 3.2.
    """

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
    ) -> None:
        self.growth_factor, self.backoff_factor, self.growth_interval = growth_factor, backoff_factor, growth_interval
        self._scale = wg.tensor(init_scale, numpy.float32)
        self._good = wg.tensor(0)
        self._found_inf = wg.tensor(False)
        self._divided: list[int] = []

    def get_scale(self) -> float:
        """The factor."""
        return self._scale.item()

    def scale(self, loss: wg.Tensor) -> wg.Tensor:
        """The loss times the factor."""
        return loss.astype(numpy.float32) * self._scale.copy()

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer by the factor, before they are clipped, say."""
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        with wg.no_grad():
            for gradient in gradients:
                gradient *= (1 / self._scale).astype(gradient.dtype)
            bad = [~np.all(np.isfinite(gradient)) for gradient in gradients]
            self._found_inf.copy_(np.any(np.stack([self._found_inf.copy(), *bad])))
        self._divided.append(id(optimizer))

    def step(self, optimizer: Any) -> None:
        """A step of the optimizer with gradients divided by the factor, if all are finite."""
        if id(optimizer) not in self._divided:
            self.unscale_(optimizer)
        if not self._found_inf:
            optimizer.step()

    def update(self) -> None:
        """Set the factor for the next step."""
        with wg.no_grad():
            bad = self._found_inf.copy()
            good = np.where(bad, 0, self._good + 1)
            grows = good >= self.growth_interval
            factor = np.where(bad, self.backoff_factor, np.where(grows, self.growth_factor, 1.0))
            self._scale.copy_((self._scale * factor).astype(numpy.float32))
            self._good.copy_(np.where(grows, 0, good))
            self._found_inf.copy_(np.asarray(False))
        self._divided.clear()

    def state_dict(self) -> dict[str, wg.Tensor]:
        """The factor, and how many good steps there were since it changed."""
        return {"scale": self._scale.copy(), "good_steps": self._good.copy()}

    def load_state_dict(self, state_dict: Any) -> None:
        """Go on with the state of another."""
        self._scale.copy_(np.asarray(state_dict["scale"], numpy.float32))
        self._good.copy_(np.asarray(state_dict["good_steps"]))
