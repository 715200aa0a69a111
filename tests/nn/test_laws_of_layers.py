"""Every layer and loss in forward mode, to second order, and over a batch axis that it does not know of."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import nn

from .cases import CASES, inputs_of
from .test_torch_numbers import differentiated, made, of_layer_and_inputs, weighted

DIFFERENTIATED = [name for name in CASES if differentiated(name)[0] or isinstance(made(name), nn.Module)]


def point(name: str) -> tuple[Any, Any]:
    """The loss of a case as a function of a tree, and the tree: a module (or nothing) and the floating inputs."""
    layer = made(name)
    module = layer if isinstance(layer, nn.Module) and list(layer.parameters()) else None
    loss = of_layer_and_inputs(name, layer)
    return (lambda tree: loss(*tree)[0]), (module, [np.asarray(x) for x in differentiated(name)[1]])


def directions(tree: Any, seed: int) -> Any:
    r = numpy.random.default_rng(seed)
    return wg.trees.map(lambda leaf: np.asarray(r.normal(size=leaf.shape)), tree)


def inner(one: Any, other: Any) -> Any:
    return sum(np.sum(a * b) for a, b in zip(wg.trees.leaves(one), wg.trees.leaves(other), strict=True))


WRITES_TO_STATE = ("BatchNorm", "InstanceNorm", "Embedding of a largest norm")
"""What is another function at each call."""


@pytest.mark.parametrize("name", CASES)
def test_both_modes_agree_to_second_order(name: str) -> None:
    """<grad f, v> is the derivative along v, and so is <H u, v> that of <grad f, u>."""
    f, tree = point(name)
    u, v = directions(tree, 1), directions(tree, 2)
    with wg.no_grad():
        slope = wg.jvp(f, (tree,), (v,))[1]
        numpy.testing.assert_allclose(inner(wg.grad(f)(tree), v), slope, 1e-9, 1e-9)
        if not name.startswith(WRITES_TO_STATE):
            forwards = wg.jvp(lambda t: inner(wg.grad(f)(t), u), (tree,), (v,))[1]
            backwards = inner(wg.grad(lambda t: wg.jvp(f, (t,), (u,))[1])(tree), v)
            numpy.testing.assert_allclose(forwards, backwards, 1e-8, 1e-8)


TAKES_LISTS = ("LSTM packed", "GRU packed", "CTCLoss of one row")
"""What needs to know integers of its input."""

BATCHED = [name for name in CASES if differentiated(name)[0] and not name.startswith((*WRITES_TO_STATE, *TAKES_LISTS))]


@pytest.mark.parametrize("name", BATCHED)
def test_batched_is_looped(name: str) -> None:
    layer, inputs = made(name), list(inputs_of(name))
    places, values = differentiated(name)
    several = [np.asarray(numpy.stack([x, 0.5 * x[::-1], -x])) for x in values]
    if "Poisson" in name or "BCE" in name or "KLDiv" in name or "GaussianNLL" in name:
        several = [np.asarray(numpy.stack([x, x[::-1], x])) for x in values]

    def run(*given: Any) -> Any:
        for place, value in zip(places, given, strict=True):
            inputs[place] = value
        return weighted(name, layer(*inputs))[1]

    with wg.no_grad():
        together = wg.vmap(run)(*several)
        apart = [run(*(x[i] for x in several)) for i in range(3)]
    for i, outputs in enumerate(zip(*apart, strict=True)):
        numpy.testing.assert_allclose(together[i], np.stack(outputs), 1e-9, 1e-10)
