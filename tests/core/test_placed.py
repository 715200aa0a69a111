"""Values on a device that computes by NumPy, as if it could not: what operations, walks and errors make of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np
from wengert.core import placed
from wengert.core.primitive import Primitive
from wengert.core.state import observers

X = numpy.linspace(0.1, 2.0, 6).reshape(2, 3)


class Elsewhere:
    """An array in the memory of a device."""

    def __init__(self, array: Any, device: str) -> None:
        self.array = numpy.asarray(array)
        self.device = device
        self.shape, self.dtype = self.array.shape, self.array.dtype
        self.ndim, self.size = self.array.ndim, self.array.size


class Simulated:
    """The devices gpu:0 and gpu:1."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def names(self) -> list[str]:
        return ["gpu:0", "gpu:1"]

    def settled(self, name: str) -> str:
        return name if ":" in name else f"{name}:0"

    def where(self, value: Elsewhere) -> str:
        return value.device

    def name_of(self, value: Elsewhere) -> str:
        return value.device

    def place_of(self, value: Elsewhere) -> str:
        return value.device

    def place(self, value: Any, device: str) -> Any:
        array = value.array if isinstance(value, Elsewhere) else value
        return array if device == placed.HOST else Elsewhere(array, device)

    def evaluate(self, primitive: Primitive, values: Sequence[Any], params: dict[str, Any]) -> Any:
        device = placed.common_device(values, primitive.name)
        self.done.append(primitive.name)
        given = [value.array if isinstance(value, Elsewhere) else value for value in values]
        made = primitive.evaluate(*given, **params)
        return tuple(Elsewhere(m, device) for m in made) if primitive.many else Elsewhere(made, device)


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulated]:
    devices, before = Simulated(), list(observers)
    monkeypatch.setattr(placed, "_OFFERED", [lambda: devices])
    placed.admit(Elsewhere, devices)
    yield devices
    del placed.PLACED[Elsewhere]
    observers[:] = before


def smooth(x: Any) -> Any:
    return np.sum(np.sin(x) * x**2 / (1 + np.exp(x))) + np.max(x @ x.T)


@pytest.mark.parametrize(
    "f", [smooth, wg.grad(smooth), lambda x: wg.jvp(smooth, (x,), (X,))[1], lambda x: x[0] * 2 + 1]
)
def test_operations_are_done_there(simulated: Simulated, f: Callable[..., Any]) -> None:
    found = f(wg.tensor(X).to("gpu"))
    assert found.device == "gpu:0"
    assert simulated.done
    assert_same(found.to("cpu"), f(wg.tensor(X)))


def test_second_derivatives(simulated: Simulated) -> None:
    assert_same(wg.hessian(smooth)(wg.tensor(X).to("gpu:0")).to("cpu"), wg.hessian(smooth)(wg.tensor(X)))


def test_a_leaf_there(simulated: Simulated) -> None:
    x = wg.tensor(X).to("gpu:1").requires_grad_()
    smooth(x).backward()
    assert x.grad is not None
    assert x.grad.device == "gpu:1"
    assert_same(x.grad.to("cpu"), wg.grad(smooth)(X))


def test_the_gradient_is_where_the_tensor_is(simulated: Simulated) -> None:
    x = wg.tensor(X, requires_grad=True)
    smooth(x.to("gpu")).backward()
    assert x.grad is not None
    assert x.grad.device == "cpu"
    assert_same(x.grad, wg.grad(smooth)(X))


def test_it_is_itself_where_it_is(simulated: Simulated) -> None:
    x = wg.tensor(X).to("gpu:0")
    assert x.to("gpu") is x
    assert x.to_device("gpu:0") is x
    assert x.to("float64") is x
    assert wg.device_put({"x": x}, "gpu")["x"] is x
    assert wg.device_put(1.0).device == "gpu:0"
    assert wg.devices() == ["gpu:0", "gpu:1"]
    with wg.device("gpu:1"):
        assert wg.device_put([1.0])[0].device == "gpu:1"


def test_two_devices_in_one_operation(simulated: Simulated) -> None:
    x, y = wg.tensor(X).to("gpu:0"), wg.tensor(X).to("gpu:1")
    with pytest.raises(
        ValueError, match=r"^\[add\] the operands are on gpu:0 and gpu:1, wanted one device; write x\.to\('gpu:0'\) for"
    ):
        x + y


def test_inside_a_compiled_function() -> None:
    with pytest.raises(
        RuntimeError, match=r"^\[to\] inside jit a tensor was to be moved to cpu, wanted tensors that are where the "
    ):
        wg.jit(lambda x: x.to("cpu") + 1)(X)


def test_nothing_is_followed_where_there_are_no_devices() -> None:
    assert not any(kind is Elsewhere for kind in placed.PLACED)
