"""Networks with inputs, written so that one text makes them of `wengert.nn` and of ``torch.nn``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy


def convolutional(nn: Any) -> Any:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, groups=2), nn.GELU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 3),
    )  # fmt: skip


def recurrent(nn: Any) -> Any:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(7, 4)
            self.recurrent = nn.LSTM(4, 3, num_layers=2, bidirectional=True, batch_first=True)
            self.head = nn.Linear(6, 2)

        def forward(self, x: Any) -> Any:
            return self.head(self.recurrent(self.embedding(x))[0][:, -1])

    return Last()


def attending(nn: Any) -> Any:
    layer = nn.TransformerEncoderLayer(6, 2, 8, batch_first=True, dropout=0.0)
    return nn.Sequential(nn.Linear(3, 6), nn.TransformerEncoder(layer, 2, nn.LayerNorm(6)), nn.Linear(6, 2))


NETWORKS: dict[str, Callable[[Any], Any]] = {
    "convolutional": convolutional, "recurrent": recurrent, "attending": attending,
}  # fmt: skip


def image(name: str) -> numpy.ndarray:
    """An input."""
    r = numpy.random.default_rng(0)
    if name == "recurrent":
        return r.integers(0, 7, size=(2, 5))
    return r.normal(size=(2, 1, 8, 8) if name == "convolutional" else (2, 4, 3)).astype("float32")
