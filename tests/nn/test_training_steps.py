"""Whole training steps, eager and compiled: dropout, running statistics, recurrence, optimizers."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import nn
from wengert.nn import functional as F

R = numpy.random.default_rng(0)


def perceptron() -> Any:
    return nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3))


def convolutional() -> Any:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout2d(0.2), nn.Flatten(),
        nn.Linear(4 * 9, 3),
    )  # fmt: skip


class Recurrent(nn.Module):
    def __init__(self) -> None:
        self.embedding = nn.Embedding(9, 5)
        self.recurrent = nn.GRU(5, 6, batch_first=True)
        self.head = nn.Linear(6, 3)

    def forward(self, x: Any) -> Any:
        return self.head(self.recurrent(self.embedding(x))[0][:, -1])


NETWORKS: dict[str, tuple[Callable[[], Any], numpy.ndarray]] = {
    "perceptron": (perceptron, R.normal(size=(8, 6)).astype("float32")),
    "convolutional": (convolutional, R.normal(size=(8, 1, 6, 6)).astype("float32")),
    "recurrent": (Recurrent, R.integers(0, 9, size=(8, 4))),
}
LABELS = R.integers(0, 3, size=8)


def trained(net: Any, x: numpy.ndarray, transform: Callable[..., Any], steps: int) -> list[float]:
    optimizer = wg.optim.SGD(net.parameters(), lr=0.1, momentum=0.5)

    def step(x: Any, labels: Any) -> Any:
        loss = F.cross_entropy(net(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    run = transform(step)
    return [run(x, LABELS).item() for _ in range(steps)]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_compiled_step_does_what_the_eager_one_does(name: str) -> None:
    make, x = NETWORKS[name]
    wg.random.seed(0)
    eager = make()
    compiled = copy.deepcopy(eager)
    wg.random.seed(1)
    losses = trained(eager, x, lambda f: f, 12)
    wg.random.seed(1)
    numpy.testing.assert_allclose(trained(compiled, x, wg.jit, 12), losses, rtol=2e-3)
    assert losses[-1] < losses[0]
    for (key, one), other in zip(eager.state_dict().items(), compiled.state_dict().values(), strict=True):
        numpy.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4, err_msg=key)


def test_toggles_are_noticed_by_compiled_functions() -> None:
    wg.random.seed(0)
    net, x = perceptron(), NETWORKS["perceptron"][1]
    run = wg.jit(lambda x: net(x))
    drawn = [run(x).detach() for _ in range(3)]
    assert not np.array_equal(drawn[1], drawn[2])
    net.eval()
    assert np.array_equal(run(x), run(x))
    numpy.testing.assert_allclose(run(x).detach(), net(x).detach(), rtol=1e-5, atol=1e-6)
    net[3].train()
    assert not np.array_equal(run(x), run(x))
    net[3].p = 0.0
    assert np.array_equal(run(x), run(x))


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_the_recurrence_is_one_loop_of_the_program(kind: str) -> None:
    layer, x = getattr(nn, kind)(3, 4), np.ones((50, 2, 3), "float32")
    text = str(wg.jit(lambda x: layer(x)[0]).lower(x))
    assert text.count("scan") >= 1
    assert text.count("tanh") < 10


@pytest.mark.parametrize(
    ("kind", "length"),
    [("GRU", 18), *(pytest.param(kind, n, marks=pytest.mark.wide) for kind in ("LSTM", "GRU") for n in (16, 37))],
)
def test_the_eager_loop_in_pieces_is_the_loop_as_a_whole(kind: str, length: int) -> None:
    wg.random.seed(0)
    layer = getattr(nn, kind)(3, 4, bidirectional=True).double()
    x, lengths = R.normal(size=(length, 2, 3)), numpy.array([length, length - 5])

    def of_all(layer: Any, x: Any) -> Any:
        out, last = layer(x)
        return np.sum(out**2) + sum(np.sum(s) for s in wg.trees.leaves(last))

    def of_packed(layer: Any, x: Any) -> Any:
        return np.sum(nn.utils.rnn.pad_packed_sequence(layer(nn.utils.rnn.pack_padded_sequence(x, lengths))[0])[0] ** 2)

    for loss in (of_all, of_packed) if length > 18 else (of_packed,):
        with wg.no_grad():
            eager, whole = (run(layer, x) for run in (wg.value_and_grad(loss), wg.jit(wg.value_and_grad(loss))))
        for one, other in zip(wg.trees.leaves(eager), wg.trees.leaves(whole), strict=True):
            numpy.testing.assert_allclose(one, other, 1e-9, 1e-12)


def test_dropout_is_seeded_and_scaled() -> None:
    x = np.ones((1000, 4, 3), "float32")
    for layer, of_channels in ((nn.Dropout(0.25), False), (nn.Dropout1d(0.25), True)):
        wg.random.seed(5)
        first = layer(x)
        wg.random.seed(5)
        assert np.array_equal(first, layer(x))
        assert first.dtype == "float32"
        assert set(np.unique(first).tolist()) == {0.0, numpy.float32(1 / 0.75)}
        assert bool(np.all(first == first[:, :, :1])) is of_channels
        assert abs(np.mean(first).item() - 1) < 0.05


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    wg.random.seed(0)
    x = F.alpha_dropout(wg.random.normal(size=100_000), 0.3)
    assert abs(np.mean(x).item()) < 0.02
    assert abs(np.var(x).item() - 1) < 0.02


def test_gumbel_softmax_chooses_by_the_probabilities() -> None:
    wg.random.seed(0)
    p = numpy.array([0.1, 0.6, 0.3])
    drawn = F.gumbel_softmax(np.broadcast_to(np.log(p), (20_000, 3)), tau=0.5, hard=True)
    assert np.array_equal(np.sum(drawn, axis=1), np.ones(20_000))
    numpy.testing.assert_allclose(np.mean(drawn, axis=0), p, atol=0.02)
    gradient = wg.grad(lambda logits: F.gumbel_softmax(logits, hard=True)[0])(np.zeros(3))
    assert abs(np.sum(gradient).item()) < 1e-12
    assert np.any(gradient != 0)


def test_checkpointed_layers_draw_the_same_again() -> None:
    net, x = perceptron()[:4].double(), NETWORKS["perceptron"][1].astype(float)
    net[1].eval()

    def loss(net: Any, run: Callable[..., Any]) -> Any:
        wg.random.seed(2)
        return np.sum(run(net, x) ** 2)

    def plain(net: Any, x: Any) -> Any:
        return net(x)

    with wg.no_grad():
        one, other = (wg.grad(loss)(net, run) for run in (plain, wg.checkpoint(plain)))
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        numpy.testing.assert_allclose(a, b, rtol=1e-10)
