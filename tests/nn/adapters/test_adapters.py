"""Low-rank adapters, pruning and quantisation of small networks."""

from __future__ import annotations

import re
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import nn

R = numpy.random.default_rng(0)
X, Y = R.normal(size=(20, 6)).astype("float32"), R.normal(size=(20, 2)).astype("float32")


def net() -> Any:
    wg.random.seed(0)
    return nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 2))


def loss(module: Any) -> Any:
    return nn.functional.mse_loss(module(X), Y)


def trained(module: Any, steps: int = 100) -> float:
    def step() -> Any:
        value = loss(module)
        module.zero_grad()
        value.backward()
        with wg.no_grad():
            for p in module.parameters():
                if p.grad is not None:
                    p -= 0.1 * p.grad
        return value

    run = wg.jit(step)
    return [float(run()) for _ in range(steps)][-1]


def test_an_adapter_begins_as_nothing_learns_and_is_merged() -> None:
    module = net()
    before, base = module(X).detach(), module[0].weight.detach().copy()
    nn.lora(module, rank=2, alpha=4)
    numpy.testing.assert_allclose(module(X).detach(), before, rtol=1e-5)
    learned = [name for name, p in module.named_parameters() if p.requires_grad]
    assert learned == [
        "0.parametrizations.weight.0.lora_A", "0.parametrizations.weight.0.lora_B",
        "2.parametrizations.weight.0.lora_A", "2.parametrizations.weight.0.lora_B",
    ]  # fmt: skip
    assert list(nn.lora_state(module)) == learned
    first = loss(module).item()
    assert trained(module) < 0.9 * first
    assert np.array_equal(module[0].parametrizations["weight"].original, base)
    after = module(X).detach()
    nn.merge_lora(module)
    assert list(module.state_dict()) == ["0.bias", "0.weight", "2.bias", "2.weight"]
    numpy.testing.assert_allclose(module(X).detach(), after, rtol=1e-5, atol=1e-6)
    assert np.linalg.matrix_rank(module[0].weight.detach() - base, rtol=1e-4).item() == 2


def test_adapters_are_for_layers_that_are_there() -> None:
    text = "[lora] names='head' was given, wanted the path of a linear or convolutional layer (0, 2); write \"*\""
    with pytest.raises(ValueError, match=re.escape(text)):
        nn.lora(net(), names="head")


def test_what_is_pruned_is_least_and_stays_zero() -> None:
    module = net()
    layers = [module[0], module[2]]
    sizes = numpy.sort(numpy.abs(numpy.concatenate([la.weight.detach().numpy().ravel() for la in layers])))
    nn.prune(layers, 0.5)
    left = numpy.concatenate([la.weight.detach().numpy().ravel() for la in layers])
    assert numpy.abs(left[left != 0]).min() == sizes[len(sizes) // 2]
    gone = [la.weight.detach().numpy() == 0 for la in layers]
    trained(module, 20)
    assert all(numpy.array_equal(g, la.weight.detach().numpy() == 0) for g, la in zip(gone, layers, strict=True))
    nn.prune(layers[0], 0.75)
    assert nn.sparsity(layers[0]) == 0.75
    nn.prune_remove(layers[0])
    assert nn.sparsity(layers[0]) == 0.75
    assert "0.weight" in module.state_dict()


def test_rows_are_pruned() -> None:
    layer = nn.Conv2d(3, 8, 3)
    norms = numpy.linalg.norm(layer.weight.detach().numpy().reshape(8, -1), axis=1)
    nn.prune_rows(layer, 0.25)
    zero = numpy.all(layer.weight.detach().numpy() == 0, axis=(1, 2, 3))
    assert set(numpy.flatnonzero(zero)) == set(numpy.argsort(norms)[:2])
    text = "[prune] amount=2 was given, wanted the part that is to be 0, from 0 to 1; write prune(layer, amount=0.5)"
    with pytest.raises(ValueError, match=re.escape(text)):
        nn.prune(layer, 2)


def test_training_through_eight_bits() -> None:
    module = nn.quantize_aware(net())
    weight = module[0].weight.detach().numpy()
    scale = numpy.abs(module[0].parametrizations["weight"].original.detach().numpy()).max(1, keepdims=True) / 127
    numpy.testing.assert_allclose(weight / scale, numpy.round(weight / scale), atol=1e-3)
    first = loss(module).item()
    assert trained(module) < 0.9 * first


def test_the_straight_through_derivative() -> None:
    gradient = wg.grad(lambda x: np.sum(nn.fake_quantize(x, scale=0.01)))(np.array([0.123, 5.0, -0.7]))
    assert gradient.tolist() == [1.0, 0.0, 1.0]


def test_activations_keep_the_scale_of_training() -> None:
    layer = nn.FakeQuantize(momentum=0.5)
    layer(np.array([1.27]))
    layer(np.array([2.54]))
    numpy.testing.assert_allclose(layer.scale, 0.015, rtol=1e-5)
    numpy.testing.assert_allclose(layer.eval()(np.array([0.016, 100.0])), [0.015, 127 * 0.015], rtol=1e-5)


def test_linear_layers_of_eight_bits() -> None:
    module = nn.ModuleDict({"body": net(), "head": nn.Linear(2, 2)})
    plain = module["body"](X).detach()
    nn.to_int8(module)
    assert [type(part).__name__ for part in module.modules()] == [
        "ModuleDict", "Sequential", "Int8Linear", "Tanh", "Int8Linear", "Int8Linear",
    ]  # fmt: skip
    assert list(module.parameters()) == []
    assert module["body"][0].weight.nbytes == 6 * 16
    error = numpy.abs(module["body"](X) - plain)
    assert error.max() < 0.02 * numpy.abs(plain).max()
    numpy.testing.assert_allclose(wg.jit(module["body"])(X), module["body"](X), rtol=1e-4, atol=1e-5)


def test_one_row_of_eight_bits_is_a_row_of_several() -> None:
    for layer in (nn.Int8Linear(nn.Linear(6, 5)), nn.Int8Linear(nn.Linear(6, 5, bias=False))):
        several = layer(X)
        for row, x in zip(several, X, strict=True):
            numpy.testing.assert_allclose(layer(x), row, rtol=1e-5, atol=1e-6)
            numpy.testing.assert_allclose(layer(x[None, None]), row[None, None], rtol=1e-5, atol=1e-6)
        numpy.testing.assert_allclose(wg.vmap(layer)(X), several, rtol=1e-5, atol=1e-6)
        slope = wg.grad(lambda x, layer=layer: np.sum(layer(x)))(X[0])
        numpy.testing.assert_allclose(slope, (layer.weight * layer.scale[:, None]).sum(axis=0), rtol=1e-5, atol=1e-6)
