"""Parameters that a function finds outside are inputs of its list, and left as they were."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


class Network:
    def __init__(self) -> None:
        self.layers = [
            {
                "w": wg.tensor(numpy.eye(2) * (i + 1) / 2, requires_grad=True),
                "b": wg.tensor([0.1, 0.2], requires_grad=True),
            }
            for i in range(2)
        ]
        self.scales = [(wg.tensor(1.5, requires_grad=True), (wg.tensor(-0.5, requires_grad=True), 2.0))]
        self.unused = wg.tensor(1.0, requires_grad=True)

    def loss(self, x: Any) -> Any:
        for layer in self.layers:
            x = np.tanh(layer["w"] @ x + layer["b"])
        scale, (shift, _) = self.scales[0]
        return np.sum(scale * x * x + shift)


def test_parameters_are_named_as_they_are_found_and_have_their_gradients() -> None:
    network = Network()
    x = numpy.array([0.3, -0.4])
    explained = wg.explain(network.loss, x)
    inputs = explained.lines[: explained.trace.inputs]
    names = [f"self.layers[{i}]['{key}']" for i in range(2) for key in ("w", "b")]
    assert [line.name for line in inputs] == ["x", *names, "self.scales[0][0]", "self.scales[0][1][0]"]
    loss = network.loss(x)
    loss.backward()
    tensors = [layer[key] for layer in network.layers for key in ("w", "b")]
    tensors += [network.scales[0][0], network.scales[0][1][0]]
    for line, tensor in zip(inputs[1:], tensors, strict=True):
        assert line.adjoint == pytest.approx(tensor.grad.numpy(), rel=1e-14)
    assert explained.gradient[0] == pytest.approx(wg.grad(network.loss)(x).detach().numpy(), rel=1e-14)


w = wg.tensor([0.5, -1.0], requires_grad=True)


def training_step(rate: Any) -> Any:
    loss = np.sum(w**2)
    w.grad = None
    loss.backward()
    with wg.no_grad():
        w.copy_(w - rate * w.grad)
    return loss


def test_a_training_step_is_explained_once_and_leaves_nothing_behind() -> None:
    begin = w.detach().numpy().copy()
    explained = wg.explain(wg.jit(training_step), 0.1)
    assert explained.value == 1.25
    assert explained.lines[1].name == "w"
    assert explained.lines[1].adjoint.tolist() == [1.0, -2.0]
    assert w.detach().numpy() == pytest.approx(0.8 * begin)
    assert (w._node.watch, w.grad._node.watch) == (1, 0)


def test_a_loss_after_a_step_depends_on_the_rate() -> None:
    def loss_after(rate: Any) -> Any:
        training_step(rate)
        return np.sum(w**2)

    begin = float(np.sum(w.detach() ** 2))
    explained = wg.explain(loss_after, 0.1)
    assert explained.value == pytest.approx(0.64 * begin)
    assert explained.gradient[0] == pytest.approx(2 * 0.8 * -2 * begin)


class Counting:
    """Keeps what it computes, so that a later call reads it."""

    def __init__(self) -> None:
        self.kept = wg.tensor(1.0)

    def step(self, x: Any) -> Any:
        self.kept = self.kept * x * w[0]
        return self.kept * x


def test_what_a_call_keeps_is_a_constant_of_the_next() -> None:
    counting = Counting()
    first, second = wg.explain(counting.step, 2.0), wg.explain(counting.step, 2.0)
    assert [line.operation for line in first.trace.operations] == ["multiply", "getitem", "multiply", "multiply"]
    scale = float(w[0].detach())
    assert first.gradient[0] == pytest.approx(4 * scale)
    assert second.gradient[0] == pytest.approx(8 * scale * scale)
    assert second.lines[1].adjoint[0] == pytest.approx(8 * scale)
    assert counting.kept._node.watch == 1
    assert [line.expression for line in wg.explain(lambda x: counting.kept * x, 3.0).trace.operations] == [
        f"{float(counting.kept.detach()):.6g} * x"
    ]


def test_a_function_without_arguments_may_have_parameters() -> None:
    explained = wg.explain(lambda: np.sum(w * w))
    assert [line.name for line in explained.lines[:1]] == ["w"]
    assert explained.gradient == ()


def test_parameters_in_lists_and_dicts_of_modules_are_named_as_users_write_them() -> None:
    layers = {"first": wg.nn.Sequential(wg.nn.Linear(2, 2, bias=False)), "second": wg.nn.Linear(2, 1, bias=False)}
    net = wg.nn.ModuleDict(layers)
    explained = wg.explain(lambda x: np.sum(net["second"](net["first"](x))), numpy.ones(2))
    assert {line.name for line in explained.lines[1:3]} == {"net['first'][0].weight", "net['second'].weight"}
