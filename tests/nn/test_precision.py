"""Mixed precision: numbers within the rounding of the format, memory, scaled gradients."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import nn
from wengert.nn import precision

NUMBERS = dict(numpy.load(Path(__file__).parent / "data" / "autocast.npz"))
"""Made by make_torch_autocast.py."""

ROUNDING = {"float16": 2.0**-10, "bfloat16": 2.0**-7}


def net(package: Any) -> Any:
    return package.Sequential(
        package.Conv2d(2, 4, 3, padding=1), package.ReLU(), package.Flatten(), package.Linear(64, 16), package.Tanh(),
        package.Linear(16, 3),
    )  # fmt: skip


def loaded() -> Any:
    module = net(nn)
    module.load_state_dict({key[2:]: NUMBERS[key] for key in NUMBERS if key.startswith("p ")})
    return module


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("transform", [lambda f: f, wg.jit], ids=["eager", "compiled"])
def test_numbers_are_those_of_pytorch_within_rounding(dtype: str, transform: Any) -> None:
    module, tolerance = loaded(), 4 * ROUNDING[dtype]

    def run(x: Any) -> Any:
        with nn.autocast(dtype):
            out = module(x).astype("float32")
        np.sum(out * NUMBERS["weights"]).backward()
        return out

    out = transform(run)(NUMBERS["x"]).detach()
    numpy.testing.assert_allclose(out, NUMBERS[f"{dtype} output"], tolerance, tolerance)
    for name, parameter in module.named_parameters():
        wanted = NUMBERS[f"{dtype} gradient {name}"]
        assert parameter.grad.dtype == "float32"
        numpy.testing.assert_allclose(parameter.grad, wanted, tolerance, 4 * tolerance * numpy.abs(wanted).max())
    exact = module(NUMBERS["x"]).detach()
    assert numpy.abs(out - exact).max() > ROUNDING[dtype] / 100


def test_rounding_is_that_of_the_format() -> None:
    exponents = numpy.arange(-15.0, 5.0).repeat(50)
    x = (numpy.random.default_rng(0).normal(size=1000) * 10**exponents).astype("float32")
    words = x.view("uint32").astype("uint64")
    nearest = ((words + 0x7FFF + ((words >> 16) & 1)) & 0xFFFF0000).astype("uint32").view("float32")
    for run in (precision._rounded, wg.jit(precision._rounded)):
        assert np.array_equal(run(np.asarray(x)), nearest)


def test_activations_take_half_the_memory() -> None:
    layers = nn.Sequential(*(nn.Linear(64, 64) for _ in range(4)))
    x = np.ones((32, 64), "float32")
    full = nn.summary(layers, x).memory
    with nn.autocast("float16"):
        assert nn.summary(layers, x).memory == full / 2


def test_blocks_nest_decorate_and_are_noticed_when_compiled() -> None:
    layer, x = nn.Linear(3, 2), np.ones((4, 3), "float32")
    run = wg.jit(lambda x: layer(x))
    assert run(x).dtype == "float32"
    with nn.autocast("float16"):
        assert run(x).dtype == layer(x).dtype == "float16"
        with nn.autocast(enabled=False):
            assert run(x).dtype == layer(x).dtype == "float32"
    assert nn.autocast("float16")(layer)(x).dtype == "float16"
    assert run(x).dtype == "float32"
    with pytest.raises(ValueError, match=re.escape(
        '[autocast] dtype=\'float32\' was given, wanted "float16" or "bfloat16"; write autocast("bfloat16")'
    )):  # fmt: skip
        nn.autocast("float32")


def scaled_step(layer: Any, scaler: Any, optimizer: Any, factor: Any) -> Any:
    loss = np.mean(layer(np.ones((4, 3), "float32")) * factor)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    return loss


@pytest.mark.parametrize("transform", [lambda f: f, wg.jit], ids=["eager", "compiled"])
def test_steps_without_finite_gradients_are_left_out(transform: Any) -> None:
    layer, scaler = nn.Linear(3, 1), nn.GradScaler(init_scale=8.0, growth_interval=2)
    optimizer = wg.optim.SGD(layer.parameters(), lr=0.5)
    step = transform(lambda factor: scaled_step(layer, scaler, optimizer, factor))
    before = layer.weight.detach().copy()
    scales = []
    for factor in (numpy.inf, 1.0, 1.0, 1.0):
        step(np.asarray(factor, "float32"))
        scales.append(scaler.get_scale())
    assert scales == [4.0, 4.0, 8.0, 8.0]
    numpy.testing.assert_allclose(layer.weight.detach(), before - 3 * 0.5, rtol=1e-5)
    other = nn.GradScaler()
    other.load_state_dict(scaler.state_dict())
    assert other.get_scale() == 8.0


KEEP = (
    "celu", "elu", "gelu", "glu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log_softmax", "logsigmoid",
    "mish", "relu", "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "tanh", "tanhshrink",
)  # fmt: skip


@pytest.mark.parametrize("name", KEEP)
def test_activations_of_short_numbers_are_short(name: str) -> None:
    f, x = getattr(nn.functional, name), np.asarray(numpy.linspace(-3, 3, 14).reshape(2, 7)[:, :6].astype("float16"))
    args = (-1,) if name.endswith("softmax") else ()
    eager, compiled = f(x, *args), wg.jit(lambda x: f(x, *args))(x)
    assert eager.dtype == compiled.dtype == numpy.float16
    numpy.testing.assert_allclose(compiled, eager, rtol=4e-3, atol=1e-3)
    numpy.testing.assert_allclose(eager, f(x.astype("float32"), *args), rtol=4e-3, atol=2e-3)
