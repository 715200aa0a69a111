"""Initial values: each in law what PyTorch's are, and drawn from the one generator."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from scipy import stats

import wengert as wg
import wengert.numpy as np
from wengert import nn
from wengert.nn import init

SHAPE = (60, 50, 2, 3)
IN, OUT = 50 * 6, 60 * 6


def drawn(fill: Callable[..., Any], *args: Any, shape: tuple[int, ...] = SHAPE, **kwargs: Any) -> numpy.ndarray:
    wg.random.seed(0)
    return fill(np.zeros(shape, "float32"), *args, **kwargs).numpy().astype(float).ravel()


def uniform(bound: float) -> Any:
    return stats.uniform(-bound, 2 * bound)


LAWS: dict[str, tuple[numpy.ndarray, Any]] = {
    "uniform": (drawn(init.uniform_, -1.0, 3.0), stats.uniform(-1, 4)),
    "normal": (drawn(init.normal_, 1.0, 0.5), stats.norm(1, 0.5)),
    "truncated": (drawn(init.trunc_normal_, 0.5, 2.0, -1.0, 1.0), stats.truncnorm(-0.75, 0.25, 0.5, 2)),
    "xavier uniform": (drawn(init.xavier_uniform_, 2.0), uniform(2 * math.sqrt(6 / (IN + OUT)))),
    "xavier normal": (drawn(init.xavier_normal_), stats.norm(0, math.sqrt(2 / (IN + OUT)))),
    "kaiming uniform": (drawn(init.kaiming_uniform_, nonlinearity="relu"), uniform(math.sqrt(6 / IN))),
    "kaiming normal": (drawn(init.kaiming_normal_, mode="fan_out"), stats.norm(0, math.sqrt(2 / OUT))),
}


@pytest.mark.parametrize("name", LAWS)
def test_values_follow_their_law(name: str) -> None:
    values, law = LAWS[name]
    assert stats.kstest(values, law.cdf).pvalue > 1e-3


LAYERS: dict[str, tuple[Callable[[], Any], str, Any]] = {
    "Linear": (lambda: nn.Linear(100, 200), "weight", uniform(0.1)),
    "bias of Linear": (lambda: nn.Linear(100, 5000), "bias", uniform(0.1)),
    "Conv2d": (lambda: nn.Conv2d(20, 30, 5, groups=5), "weight", uniform(0.1)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(40, 20, 5), "weight", uniform(0.1)),
    "LSTM": (lambda: nn.LSTM(30, 100), "weight_hh_l0", uniform(0.1)),
    "Embedding": (lambda: nn.Embedding(100, 30), "weight", stats.norm()),
    "MultiheadAttention": (lambda: nn.MultiheadAttention(60, 4), "in_proj_weight", uniform(math.sqrt(6 / 240))),
}
"""By what PyTorch says of each layer."""


@pytest.mark.parametrize("name", LAYERS)
def test_layers_begin_as_those_of_pytorch(name: str) -> None:
    wg.random.seed(0)
    make, parameter, law = LAYERS[name]
    values = make().get_parameter(parameter)
    assert values.dtype == "float32"
    assert stats.kstest(values.detach().numpy().astype(float).ravel(), law.cdf).pvalue > 1e-3


def test_values_that_are_not_drawn() -> None:
    x = np.zeros((3, 2))
    assert init.constant_(x, 2.5) is x
    assert init.constant_(x, 2.5).tolist() == [[2.5, 2.5]] * 3
    assert init.ones_(x).tolist() == [[1, 1]] * 3
    assert init.zeros_(x).tolist() == [[0, 0]] * 3
    assert init.eye_(x).tolist() == [[1, 0], [0, 1], [0, 0]]


def test_dirac_lets_channels_through() -> None:
    layer = nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False)
    init.dirac_(layer.weight, groups=2)
    x = numpy.random.default_rng(0).normal(size=(1, 4, 5, 5)).astype("float32")
    assert np.array_equal(layer(x), x)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 2, 3)])
def test_orthogonal_rows_or_columns(shape: tuple[int, ...]) -> None:
    x = init.orthogonal_(np.zeros(shape), gain=2.0).numpy().reshape(shape[0], -1)
    short = x if x.shape[0] <= x.shape[1] else x.T
    numpy.testing.assert_allclose(short @ short.T, 4 * numpy.eye(len(short)), atol=1e-12)


def test_sparse_columns() -> None:
    x = init.sparse_(np.zeros((10, 7)), sparsity=0.3).numpy()
    assert (x == 0).sum(0).tolist() == [3] * 7


def test_leaves_stay_leaves_and_seeds_repeat() -> None:
    layer = nn.Linear(3, 2)
    weight = layer.weight
    wg.random.seed(3)
    init.normal_(layer.weight)
    first = layer.weight.detach().copy()
    wg.random.seed(3)
    init.normal_(layer.weight)
    assert layer.weight is weight
    assert weight.is_leaf
    assert np.array_equal(first, weight)


def test_wrong_things_are_said() -> None:
    cases = {
        "[kaiming_normal_] mode='fan' was given, wanted \"fan_in\" or \"fan_out\"; write mode=\"fan_in\"": lambda: (
            init.kaiming_normal_(np.zeros((2, 2)), mode="fan")
        ),
        "[xavier_uniform_] a tensor of shape (3,) was given, wanted at least 2 axes; write init.uniform_(tensor) for "
        "any shape": lambda: init.xavier_uniform_(np.zeros(3)),
        "[calculate_gain] 'gelu' was given, wanted one of leaky_relu, linear, conv1d,": lambda: (
            init.calculate_gain("gelu")
        ),
    }  # fmt: skip
    for text, call in cases.items():
        with pytest.raises(ValueError, match=re.escape(text)):
            call()
