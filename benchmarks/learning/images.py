"""Networks for images."""

from __future__ import annotations

from typing import Any

from .jax_layers import Layers
from .task import Task, classified, classified_in_jax, integers, normal


def digits(library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 10),
    )


def _half(x: Any) -> Any:
    """The largest of each 2 x 2 pixels."""
    import jax

    return jax.lax.reduce_window(x, -float("inf"), jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")


def digits_in_jax(layers: Layers, x: Any) -> Any:
    import jax

    for name in ("0", "3"):
        x = _half(jax.nn.relu(layers.convolution(name, x)))
    return layers.linear("7", x.reshape(len(x), -1))


def convolutions(library: Any) -> Any:
    nn = library.nn
    first, second = (nn.Conv2d(16, 16, 3, padding=1) for _ in range(2))
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


def convolutions_in_jax(layers: Layers, x: Any) -> Any:
    import jax

    for name in ("0", "2"):
        x = jax.nn.relu(layers.convolution(name, x))
    return layers.linear("6", x.mean((2, 3)))


def residual(library: Any) -> Any:
    nn = library.nn

    class Residual(nn.Module):
        """Two convolutions, each normalised, beside a way past them."""

        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = (nn.Conv2d(32, 32, 3, padding=1) for _ in range(2))
            self.norm1, self.norm2 = nn.BatchNorm2d(32), nn.BatchNorm2d(32)
            self.head = nn.Linear(32, 10)

        def forward(self, x: Any) -> Any:
            relu = nn.functional.relu
            found = self.norm2(self.second(relu(self.norm1(self.first(x)))))
            return self.head(relu(x + found).mean((2, 3)))

    return Residual()


def residual_in_jax(layers: Layers, x: Any) -> Any:
    import jax

    inner = jax.nn.relu(layers.batch_norm("norm1", layers.convolution("first", x)))
    found = layers.batch_norm("norm2", layers.convolution("second", inner))
    return layers.linear("head", jax.nn.relu(x + found).mean((2, 3)))


def normalised(library: Any) -> Any:
    nn = library.nn
    first = (nn.Linear(784, 256), nn.BatchNorm1d(256), nn.ReLU())
    second = (nn.Linear(256, 256), nn.BatchNorm1d(256), nn.ReLU())
    return nn.Sequential(*first, *second, nn.Linear(256, 10))


def normalised_in_jax(layers: Layers, x: Any) -> Any:
    import jax

    for linear, norm in (("0", "1"), ("3", "4")):
        x = jax.nn.relu(layers.batch_norm(norm, layers.linear(linear, x)))
    return layers.linear("6", x)


def _task(name: str, model: Any, jax_model: Any, *shape: int) -> Task:
    batch = (normal(0, *shape), integers(1, 10, shape[0]))
    return Task(name, model, classified, jax_model, classified_in_jax(jax_model), batch)


TASKS = (
    _task("digits CNN, 64x1x8x8", digits, digits_in_jax, 64, 1, 8, 8),
    _task("two convolutions, 32x16x28x28", convolutions, convolutions_in_jax, 32, 16, 28, 28),
    _task("ResNet block, 64x32x14x14", residual, residual_in_jax, 64, 32, 14, 14),
    _task("BatchNorm net, 128x784", normalised, normalised_in_jax, 128, 784),
)
