"""Parameters that are computed from others."""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import nn
from wengert.nn.utils import parametrizations as p, parametrize

X = numpy.random.default_rng(0).normal(size=(4, 5)).astype("float32")


class Twice(nn.Module):
    def forward(self, x: Any) -> Any:
        return 2 * x


def test_a_parameter_is_computed_learned_and_removed() -> None:
    layer = nn.Linear(5, 3)
    weight = layer.weight
    plain = layer(X).detach()
    parametrize.register_parametrization(layer, "weight", Twice())
    parametrize.register_parametrization(layer, "weight", Twice())
    assert list(layer.state_dict()) == ["bias", "parametrizations.weight.original"]
    assert layer.parametrizations["weight"].original is weight
    numpy.testing.assert_allclose(
        (layer(X) - layer.bias).detach(), 4 * (plain - layer.bias.detach()), rtol=1e-4, atol=1e-5
    )
    np.sum(layer(X)).backward()
    gradient = wg.grad(lambda layer: np.sum(layer(X)))(layer)
    numpy.testing.assert_allclose(gradient.parametrizations["weight"].original.detach(), weight.grad, rtol=1e-5)
    numpy.testing.assert_allclose(wg.jit(layer)(X).detach(), layer(X).detach(), rtol=1e-5)
    value = layer.weight.detach()
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear
    assert list(layer.state_dict()) == ["bias", "weight"]
    assert np.array_equal(layer.weight, value)


def test_two_parameters_are_computed_and_one_is_removed() -> None:
    layer = nn.Linear(5, 3)
    bias = layer.bias.detach().copy()
    parametrize.register_parametrization(layer, "weight", Twice())
    parametrize.register_parametrization(layer, "bias", Twice())
    parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
    assert not parametrize.is_parametrized(layer, "weight")
    assert parametrize.is_parametrized(layer, "bias")
    numpy.testing.assert_allclose(layer.bias.detach(), 2 * bias, rtol=1e-6)
    assert isinstance(layer.parameters(), object)
    assert [name for name, _ in layer.named_parameters()] == ["weight", "parametrizations.bias.original"]


def test_wrong_names_are_said() -> None:
    with pytest.raises(ValueError, match=re.escape(
        "[register_parametrization] the name 'wight' was given, wanted a parameter of the module itself: weight, bias; "
        'write "weight"'
    )):  # fmt: skip
        parametrize.register_parametrization(nn.Linear(1, 1), "wight", Twice())


def test_weight_norm_keeps_the_weight_and_learns_lengths() -> None:
    layer = nn.Linear(5, 3)
    weight = layer.weight.detach().copy()
    p.weight_norm(layer)
    numpy.testing.assert_allclose(layer.weight.detach(), weight, rtol=1e-5)
    with wg.no_grad():
        layer.parametrizations["weight"].original0.fill_(2.0)
    numpy.testing.assert_allclose(np.linalg.norm(layer.weight.detach(), axis=1), 2.0, rtol=1e-5)


def test_spectral_norm_makes_the_largest_singular_value_one() -> None:
    layer = p.spectral_norm(nn.Conv1d(5, 4, 2))
    with wg.no_grad():
        wg.nn.init.normal_(layer.parametrizations["weight"].original)
    for _ in range(100):
        layer(np.ones((1, 5, 3)))
    matrix = layer.weight.detach().reshape(4, -1)
    assert abs(np.linalg.svd(matrix)[1][0].item() - 1) < 1e-3
    before = layer.parametrizations["weight"][0]._u.copy()
    layer.eval()(np.ones((1, 5, 3)))
    assert np.array_equal(before, layer.parametrizations["weight"][0]._u)


def test_orthogonal_stays_orthogonal_where_it_is_moved() -> None:
    layer = p.orthogonal(nn.Linear(3, 5))
    loss = lambda layer: np.mean((layer(np.ones((2, 3))) - 3) ** 2)
    start = loss(layer).item()
    for _ in range(30):
        layer.zero_grad()
        loss(layer).backward()
        with wg.no_grad():
            for parameter in layer.parameters():
                parameter -= 0.05 * parameter.grad
    numpy.testing.assert_allclose((layer.weight.T @ layer.weight).detach(), np.eye(3), atol=1e-5)
    assert loss(layer).item() < start


def test_a_copy_is_computed_from_its_own() -> None:
    layer = p.weight_norm(nn.Linear(5, 3))
    other = copy.deepcopy(layer)
    with wg.no_grad():
        other.parametrizations["weight"].original0.fill_(0.0)
    assert np.all(other.weight == 0)
    assert np.all(layer.weight != 0)


def test_a_parameter_keeps_its_dtype() -> None:
    class Wider(nn.Module):
        def forward(self, x: Any) -> Any:
            return x * numpy.ones(5)

    layer = parametrize.register_parametrization(nn.Linear(5, 3), "weight", Wider())
    assert layer.weight.dtype == layer(X).dtype == "float32"
    assert parametrize.remove_parametrizations(layer, "weight").weight.dtype == "float32"
