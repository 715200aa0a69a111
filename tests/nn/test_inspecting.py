"""What the parts of a module gave, and tables of them."""

from __future__ import annotations

from typing import Any

import numpy

import wengert.numpy as np
from wengert import nn


def test_parts_are_captured_by_path() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(3, 3)

        def forward(self, x: Any) -> Any:
            return self.layer(self.layer(x))

    net = Twice()
    found = nn.capture(net, np.ones((2, 3)))
    assert list(found) == ["layer", ""]
    assert isinstance(found["layer"], list)
    assert np.array_equal(found["layer"][1], found[""])
    assert list(nn.capture(net, np.ones((2, 3)), names=["layer"])) == ["layer"]
    assert not net.layer._hooks


def test_costs_are_those_of_the_products() -> None:
    def flops(layer: Any, *shape: int) -> int:
        return nn.summary(nn.Sequential(layer), np.ones(shape, "float32")).flops

    assert flops(nn.Linear(3, 4), 5, 3) == 2 * 5 * 3 * 4
    assert flops(nn.Conv2d(4, 6, 3, groups=2, padding=1), 2, 4, 5, 5) == 2 * (2 * 6 * 25) * (2 * 9)
    assert flops(nn.ConvTranspose1d(4, 6, 3), 2, 4, 5) == 2 * (2 * 4 * 5) * (6 * 3)
    assert flops(nn.LSTM(3, 4), 7, 2, 3) == 2 * 7 * 2 * 4 * 4 * (3 + 4)
    assert flops(nn.ReLU(), 7, 2, 3) == 0


def test_attention_counts_projections_and_both_products() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    rows = {row.path: row for row in nn.summary(layer, np.ones((3, 5, 8))).rows}
    assert rows["self_attn"].flops == 2 * 8 * 3 * (3 * 5 * 8) + 4 * (3 * 5 * 5) * 8
    assert rows["self_attn.out_proj"].flops == 2 * (3 * 5 * 8) * 8
    assert rows["linear1"].parameters == 8 * 16 + 16


def test_memory_is_that_of_the_outputs() -> None:
    table = nn.summary(nn.Sequential(nn.Linear(3, 4), nn.ReLU()), np.ones((2, 3)))
    assert table.memory == 2 * (2 * 4 * 4)
    assert table.parameters == 16
    assert numpy.all([len(line) <= 60 for line in str(table).splitlines()])
