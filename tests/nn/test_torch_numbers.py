"""Every layer and loss gives PyTorch's numbers: outputs, gradients of inputs and parameters, buffers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

from .cases import CASES, cotangent, inputs_of, parameter_values


def stored() -> dict[str, dict[str, Any]]:
    """What make_torch_numbers.py wrote, by case."""
    with numpy.load(Path(__file__).with_name("torch_numbers.npz")) as file:
        index, data = json.loads(str(file["index"])), file["data"]
    found: dict[str, dict[str, Any]] = {name: {} for name in CASES}
    start = 0
    for key, shape in index.items():
        name, _, what = key.partition(": ")
        found[name][what] = data[start : start + math.prod(shape)].reshape(shape)
        start += math.prod(shape)
    return found


WANTED = stored()


def made(name: str) -> Any:
    """The layer or function of a case, in double precision."""
    layer = CASES[name].make(wg.nn)
    if isinstance(layer, wg.nn.Module):
        layer.to("float64").train(CASES[name].training)
        shapes = {key: p.shape for key, p in layer.named_parameters()}
        layer.load_state_dict(parameter_values(name, shapes), strict=False)
    return layer


def flat(result: Any) -> list[Any]:
    if isinstance(result, wg.nn.utils.rnn.PackedSequence):
        return [result.data]
    return [result] if isinstance(result, wg.Tensor) else [t for part in result if part is not None for t in flat(part)]


def weighted(name: str, result: Any) -> Any:
    """The loss whose gradients are compared, and the results."""
    outputs = flat(result)
    return sum(np.sum(o * cotangent(name, i, o.shape)) for i, o in enumerate(outputs)), outputs


def differentiated(name: str) -> tuple[list[int], list[Any]]:
    """The places of the floating inputs, and these."""
    inputs = inputs_of(name)
    places = [i for i, x in enumerate(inputs) if isinstance(x, numpy.ndarray) and x.dtype.kind == "f"]
    return places, [inputs[i] for i in places]


def of_layer_and_inputs(name: str, layer: Any) -> Callable[..., Any]:
    """The loss as a function of a module (or nothing) and the floating inputs."""
    inputs = list(inputs_of(name))
    places, _ = differentiated(name)

    def loss(module: Any, values: list[Any]) -> Any:
        for place, value in zip(places, values, strict=True):
            inputs[place] = value
        return weighted(name, (layer if module is None else module)(*inputs))

    return loss


def found(name: str, transform: Callable[..., Any] = lambda f: f) -> dict[str, Any]:
    """What PyTorch's numbers are compared with."""
    layer = made(name)
    module = layer if isinstance(layer, wg.nn.Module) and list(layer.parameters()) else None
    places, values = differentiated(name)
    loss = of_layer_and_inputs(name, layer)
    run = transform(wg.value_and_grad(loss, (0, 1) if module else 1, has_aux=True))
    with wg.no_grad():
        (_, outputs), gradients = run(module, values)
    of_module, of_inputs = gradients if module else (None, gradients)
    result = {f"output {i}": o for i, o in enumerate(outputs)}
    result |= {f"gradient of input {i}": g for i, g in zip(places, of_inputs, strict=True)}
    if of_module is not None:
        result |= {f"gradient of parameter {key}": g for key, g in of_module.named_parameters()}
    if isinstance(layer, wg.nn.Module):
        result |= {f"buffer {key}": b for key, b in layer.named_buffers() if "running" in key}
    return result


IN_SINGLE_PRECISION = {"Hardsigmoid", "Hardswish", "PoissonNLLLoss"}
"""What PyTorch computes with a constant in single precision."""


def assert_same(name: str, given: dict[str, Any]) -> None:
    wanted, tolerance = WANTED[name], 1e-7 if name in IN_SINGLE_PRECISION else 1e-9
    for key, value in wanted.items():
        assert given[key].shape == value.shape, key
        numpy.testing.assert_allclose(numpy.asarray(given[key]), value, tolerance, tolerance / 10, err_msg=key)
    assert all(not numpy.any(numpy.asarray(given[key])) for key in given.keys() - wanted.keys())


@pytest.mark.part(2)
@pytest.mark.parametrize("name", CASES)
def test_numbers(name: str) -> None:
    assert_same(name, found(name))


COMPILED_ALWAYS = {"GRU", "LSTM packed", "TransformerEncoderLayer", "BatchNorm2d", "Conv2d", "CrossEntropyLoss"}
TAKES_LONG = ("LSTM", "GRU", "Transformer", "Multihead", "CTC")


def is_compiled_always(position: int, name: str) -> bool:
    return name in COMPILED_ALWAYS or (position % 4 == 0 and not name.startswith(TAKES_LONG))


@pytest.mark.part(4)
@pytest.mark.parametrize(
    "name",
    [
        name if is_compiled_always(i, name) else pytest.param(name, marks=pytest.mark.wide)
        for i, name in enumerate(CASES)
    ],
)
def test_compiled(name: str) -> None:
    assert_same(name, found(name, wg.jit))
