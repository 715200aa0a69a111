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
from wengert.nn import functional as F

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


def deep() -> Any:
    return nn.Sequential(*(part for _ in range(8) for part in (nn.Linear(128, 128), nn.GELU())))


@pytest.mark.parametrize("dtype", ROUNDING)
def test_activations_take_half_the_memory(dtype: str) -> None:
    layers, x = deep(), np.ones((32, 128), "float32")
    full = nn.summary(layers, x).memory
    with nn.autocast(dtype):
        assert nn.summary(layers, x).memory == full / 2


def test_what_is_kept_for_the_derivative_takes_half_the_memory() -> None:
    """The bytes that the list holds, but for parameters and their rounded copies."""
    layers, x = deep(), np.asarray(numpy.random.default_rng(0).normal(size=(512, 128)).astype("float32"))
    of_parameters = {parameter.size for parameter in layers.parameters()}
    kept = {}
    for is_short in (False, True):
        with nn.autocast("bfloat16", enabled=is_short):
            arrays = arrays_kept(np.sum(layers(x).astype("float32") ** 2)._node)
        kept[is_short] = sum(a.nbytes for a in arrays if a.size not in of_parameters and a is not x._value)
        assert {str(a.dtype) for a in arrays if a.size not in of_parameters and a.size > 1} <= (
            {"float32", "bfloat16"} if is_short else {"float32"}
        )
    assert kept[True] < 0.55 * kept[False]


def arrays_kept(node: Any) -> list[numpy.ndarray]:
    """All arrays that a list holds."""
    seen, stack, arrays = set(), [node], {}
    while stack:
        at = stack.pop()
        if at not in seen:
            seen.add(at)
            stack.extend(at.parents)
            arrays |= {id(r): r for r in at.residuals or () if isinstance(r, numpy.ndarray)}
    return list(arrays.values())


def memory_of_a_step(layers: Any, x: Any, dtype: str | None) -> int:
    """The bytes that a compiled step needs, as its report says."""

    def step(x: Any) -> Any:
        with nn.autocast(dtype or "bfloat16", enabled=dtype is not None):
            loss = np.mean(layers(x).astype("float32") ** 2)
        layers.zero_grad()
        loss.backward()
        return loss

    run = wg.jit(step)
    run(x)
    assert "NumPy steps" not in run.report()
    return int(re.search(r"(\d+) bytes of arena", run.report()).group(1))


@pytest.mark.parametrize("dtype", ROUNDING)
def test_compiled_steps_need_little_more_than_half_the_memory(dtype: str) -> None:
    """What is not short is what a single product needs at a time."""
    x = np.asarray(numpy.random.default_rng(0).normal(size=(4096, 128)).astype("float32"))
    layers = deep()
    assert memory_of_a_step(layers, x, dtype) < 0.62 * memory_of_a_step(layers, x, None)


SHORT_PRODUCTS: dict[str, Any] = {
    "linear": lambda x: F.linear(x, x),
    "bilinear": lambda x: F.bilinear(x, x, np.stack([x.T @ x])),
    "conv1d": lambda x: F.conv1d(x[None], x[:, :, None]),
    "conv_transpose2d": lambda x: F.conv_transpose2d(x[None, None], x[:1, :, None, None]),
    "attention": lambda x: F.scaled_dot_product_attention(x, x, x),
    "prelu": lambda x: F.prelu(x, np.full(1, 0.5, "float32")),
}
"""Of PyTorch's list of what is computed in the short dtype."""
LONG: dict[str, Any] = {
    "mse_loss": lambda x: F.mse_loss(x, x * 2),
    "cross_entropy": lambda x: F.cross_entropy(x, numpy.array([0, 1, 2, 0])),
    "kl_div": lambda x: F.kl_div(x, x),
    "binary_cross_entropy_with_logits": lambda x: F.binary_cross_entropy_with_logits(x, x),
    "avg_pool3d": lambda x: F.avg_pool3d(x[None, None, None], 1),
    "grid_sample": lambda x: F.grid_sample(x[None, None], np.zeros((1, 2, 2, 2), x.dtype)),
}
"""Of its list of what is computed in float32."""
AS_GIVEN: dict[str, Any] = {
    "relu": F.relu, "softmax": lambda x: F.softmax(x, -1), "layer_norm": lambda x: F.layer_norm(x, 4),
    "add": lambda x: x + x, "mean": np.mean, "max_pool2d": lambda x: F.max_pool2d(x[None], 2),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ROUNDING)
def test_which_operations_are_short(dtype: str) -> None:
    wide = np.asarray(numpy.random.default_rng(0).normal(size=(4, 4)).astype("float32"))
    wide = wide if dtype == "bfloat16" else wide / 4
    with nn.autocast(dtype):
        for given in (wide, wide.astype(dtype)):
            for name, f in SHORT_PRODUCTS.items():
                assert f(given).dtype == dtype, name
            for name, f in LONG.items():
                assert f(given).dtype == "float32", name
            for name, f in AS_GIVEN.items():
                assert f(given).dtype == given.dtype, name


@pytest.mark.part(2)
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("transform", [lambda f: f, wg.jit], ids=["eager", "compiled"])
def test_recurrent_layers_are_short(kind: str, transform: Any) -> None:
    layer = getattr(nn, kind)(4, 8)
    x = np.asarray(numpy.random.default_rng(0).normal(size=(20, 2, 4)).astype("float32"))

    def run(x: Any) -> Any:
        with nn.autocast("bfloat16"):
            out, _ = layer(x)
        np.sum(out.astype("float32") ** 2).backward()
        return out

    out = transform(run)(x)
    assert out.dtype == "bfloat16"
    numpy.testing.assert_allclose(out.astype("float32").detach(), layer(x)[0].detach(), atol=8 * ROUNDING["bfloat16"])
    assert all(parameter.grad.dtype == "float32" for parameter in layer.parameters())


def test_modules_of_short_numbers() -> None:
    layers = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 2)).bfloat16()
    x = np.asarray(numpy.random.default_rng(0).normal(size=(5, 4)).astype("float32"))
    optimizer = wg.optim.Adam(layers.parameters(), lr=0.1)

    @wg.jit
    def step(x: Any) -> Any:
        loss = F.cross_entropy(layers(x), np.zeros(5, int))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    losses = [float(step(x)) for _ in range(10)]
    assert losses[-1] < 0.1 * losses[0]
    assert {str(parameter.dtype) for parameter in layers.parameters()} == {"bfloat16"}


def test_files_of_short_numbers_are_those_of_safetensors(tmp_path: Path) -> None:
    layer = nn.Linear(3, 2).to("bfloat16")
    nn.save(layer.state_dict(), tmp_path / "layer.safetensors")
    assert b'"dtype":"BF16"' in (tmp_path / "layer.safetensors").read_bytes()
    found = nn.load(tmp_path / "layer.safetensors")
    for name, value in layer.state_dict().items():
        assert found[name].dtype == value.dtype == "bfloat16"
        assert np.array_equal(found[name], value)
    other = nn.Linear(3, 2)
    other.load_state_dict(found)
    assert other.weight.dtype == "float32"
    assert np.array_equal(other.weight.astype("bfloat16"), layer.weight)


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


@pytest.mark.part(2)
@pytest.mark.parametrize("name", KEEP)
def test_activations_of_short_numbers_are_short(name: str) -> None:
    f, x = getattr(nn.functional, name), np.asarray(numpy.linspace(-3, 3, 14).reshape(2, 7)[:, :6].astype("float16"))
    args = (-1,) if name.endswith("softmax") else ()
    eager, compiled = f(x, *args), wg.jit(lambda x: f(x, *args))(x)
    assert eager.dtype == compiled.dtype == numpy.float16
    numpy.testing.assert_allclose(compiled, eager, rtol=4e-3, atol=1e-3)
    numpy.testing.assert_allclose(eager, f(x.astype("float32"), *args), rtol=4e-3, atol=2e-3)
