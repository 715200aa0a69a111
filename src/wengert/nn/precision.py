"""Mixed precision: layers compute with short numbers, and parameters stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Token
from functools import wraps
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..core.state import ON, USUAL, put_back, records
from .errors import wrong
from .functional.mixed import SHORT_DTYPE

__all__ = ["GradScaler", "autocast"]


class autocast:  # noqa: N801 - lower case, as in PyTorch
    """A block in which products are of short numbers, and parameters are learned in float32.

    Linear and convolutional layers, attention and recurrent layers (these in bfloat16) round what they are given, add
    up in float32, and give short numbers: 2 bytes each, in what is kept for the derivative too. Losses are computed in
    float32, and everything else in the dtype that it is given, as by PyTorch on a CPU. Products that are written with
    ``@`` are of the dtype of their operands. Small gradients underflow in float16: see `GradScaler`.

    Args:
        dtype: ``"float16"`` or ``"bfloat16"``.
        enabled: False for a block that does nothing.

    >>> import wengert as wg, wengert.numpy as np
    >>> layer = wg.nn.Linear(3, 2)
    >>> with wg.nn.autocast("bfloat16"):
    ...     layer(np.ones((1, 3))).dtype
    dtype(bfloat16)
    >>> layer.weight.dtype
    dtype('float32')

    Source: P. Micikevicius et al., "Mixed precision training" (2018).
    """

    __slots__ = ("_dtype", "_tokens")

    def __init__(self, dtype: Any = "bfloat16", enabled: bool = True) -> None:
        name = dtype if isinstance(dtype, str) else numpy.dtype(dtype).name
        if name not in ("float16", "bfloat16"):
            raise wrong("autocast", f"dtype={name!r}", '"float16" or "bfloat16"', 'write autocast("bfloat16")')
        self._dtype = np.result_type(name) if enabled else None
        self._tokens: list[tuple[Token[Any], Token[int]]] = []

    def __enter__(self) -> autocast:
        self._tokens.append((SHORT_DTYPE.set(self._dtype), ON.set(records() & ~USUAL)))
        return self

    def __exit__(self, *exception: Any) -> None:
        dtype, on = self._tokens.pop()
        put_back(on, -1)
        SHORT_DTYPE.reset(dtype)

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
        self.growth_factor = growth_factor
        self.backoff_factor = backoff_factor
        self.growth_interval = growth_interval
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
