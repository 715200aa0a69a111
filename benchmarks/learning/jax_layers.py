"""Layers for JAX, of parameters that have the names of a state dict of PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
EPSILON, MOMENTUM = 1e-5, 0.1


class Layers:
    """Layers by name.

    Attributes:
        state: parameters and statistics, by name.
        training: normalise by the batch, and move the statistics.
        moved: the statistics after the batch.
    """

    def __init__(self, state: Mapping[str, Any], training: bool) -> None:
        self.state, self.training = state, training
        self.moved: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        return self.state[name]

    def linear(self, name: str, x: Any) -> Any:
        return x @ self[f"{name}.weight"].T + self[f"{name}.bias"]

    def convolution(self, name: str, x: Any) -> Any:
        """One that keeps the size of images."""
        from jax.lax import conv_general_dilated

        return conv_general_dilated(x, self[f"{name}.weight"], (1, 1), "SAME") + self[f"{name}.bias"][:, None, None]

    def batch_norm(self, name: str, x: Any) -> Any:
        """Of shape (examples, channels, ...)."""
        axes = (0, *range(2, x.ndim))
        mean, variance = self._statistics(name, x, axes)
        shape = (-1, *(1 for _ in range(2, x.ndim)))
        factor = self[f"{name}.weight"] / (variance + EPSILON) ** 0.5
        return x * factor.reshape(shape) + (self[f"{name}.bias"] - mean * factor).reshape(shape)

    def _statistics(self, name: str, x: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
        if not self.training:
            return self[f"{name}.running_mean"], self[f"{name}.running_var"]
        mean, variance = x.mean(axes), x.var(axes)
        count = x.size / mean.size
        found = (mean, variance * (count / (count - 1)), self[f"{name}.num_batches_tracked"] + 1)
        for statistic, value in zip(STATISTICS, found, strict=True):
            old = self[f"{name}.{statistic}"]
            moves = statistic != "num_batches_tracked"
            self.moved[f"{name}.{statistic}"] = old + MOMENTUM * (value - old) if moves else value
        return mean, variance

    def layer_norm(self, name: str, x: Any) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / ((centred**2).mean(-1, keepdims=True) + EPSILON) ** 0.5
        return scaled * self[f"{name}.weight"] + self[f"{name}.bias"]


def cross_entropy(scores: Any, labels: Any) -> Any:
    """Of shapes (n, classes) and (n,)."""
    import jax

    logs = jax.nn.log_softmax(scores)
    return -jax.numpy.take_along_axis(logs, labels[:, None], 1).mean()
