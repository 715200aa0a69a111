"""Steps of training of small networks: written for PyTorch and run on the front, and in plain Wengert."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import wengert as wg
import wengert.numpy as np
import wengert.torch as torch

from ..rows import Row

PEER = "plain Wengert"
AT_MOST = 1.10


def of_front(widths: Sequence[int], batch: int) -> Callable[[], Any]:
    """A step of a perceptron, as PyTorch's users write it."""
    nn, optim = torch.nn, torch.optim
    torch.manual_seed(0)
    layers = [nn.Linear(a, b) for a, b in pairwise(widths)]
    net = nn.Sequential(*(part for layer in layers for part in (layer, nn.ReLU())))
    optimizer = optim.SGD(net.parameters(), lr=1e-3)
    x, y = torch.ones(batch, widths[0]), torch.zeros(batch, widths[-1])

    def step() -> Any:
        optimizer.zero_grad()
        loss = ((net(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def of_plain(widths: Sequence[int], batch: int) -> Callable[[], Any]:
    """The same in plain Wengert."""
    nn, optim = wg.nn, wg.optim
    layers = [nn.Linear(a, b) for a, b in pairwise(widths)]
    net = nn.Sequential(*(part for layer in layers for part in (layer, nn.ReLU())))
    optimizer = optim.SGD(net.parameters(), lr=1e-3)
    x, y = np.ones((batch, widths[0]), "float32"), np.zeros((batch, widths[-1]), "float32")

    def step() -> Any:
        optimizer.zero_grad()
        loss = np.mean((net(x) - y) ** 2)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def rows() -> Iterator[Row]:
    for widths, batch in (((2, 4, 1), 4), ((16, 32, 4), 16), ((64, 128, 10), 64), ((256, 256, 10), 256)):
        calls = {"wengert": of_front(widths, batch), PEER: of_plain(widths, batch)}
        name = f"a step of {'-'.join(map(str, widths))}, {batch} samples"
        yield Row(name, calls, {PEER: AT_MOST}, is_same=False)  # first parameters are drawn by each
