"""Layers that learn from their first input how many features it has."""

from __future__ import annotations

import copy

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import nn

KINDS = {
    "LazyLinear": ((3,), (5, 2, 7), 7),
    "LazyConv1d": ((3, 2), (5, 4, 9), 4),
    "LazyConv2d": ((3, 2), (4, 9, 8), 4),
    "LazyConv3d": ((3, 2), (5, 4, 3, 3, 3), 4),
    "LazyConvTranspose1d": ((3, 2), (5, 4, 9), 4),
    "LazyConvTranspose2d": ((3, 2), (5, 4, 3, 3), 4),
    "LazyConvTranspose3d": ((3, 2), (5, 4, 3, 3, 3), 4),
    "LazyBatchNorm1d": ((), (5, 4), 4),
    "LazyBatchNorm2d": ((), (5, 4, 3, 3), 4),
    "LazyBatchNorm3d": ((), (5, 4, 3, 3, 3), 4),
    "LazyInstanceNorm1d": ((), (4, 9), 4),
    "LazyInstanceNorm2d": ((), (5, 4, 3, 3), 4),
    "LazyInstanceNorm3d": ((), (5, 4, 3, 3, 3), 4),
}
"""For each layer its settings, the shape of an input, and how many features that has."""


@pytest.mark.parametrize("name", KINDS)
def test_it_becomes_the_layer_that_it_stands_for(name: str) -> None:
    settings, shape, features = KINDS[name]
    x = np.asarray(numpy.random.default_rng(0).normal(size=shape))
    wg.random.seed(3)
    lazy = getattr(nn, name)(*settings)
    found = lazy(x)
    wg.random.seed(3)
    layer = getattr(nn, name.removeprefix("Lazy"))(features, *settings)
    numpy.testing.assert_array_equal(found.detach(), layer(x).detach())
    assert type(lazy) is type(layer)
    assert repr(lazy) == repr(layer)
    assert lazy.state_dict().keys() == layer.state_dict().keys()


def test_what_was_said_of_it_before_stays() -> None:
    net, seen = nn.Sequential(nn.LazyBatchNorm1d(affine=False), nn.LazyLinear(2, bias=False)), []
    net.eval()
    net[1].register_forward_hook(lambda module, args, output: seen.append(output.shape))
    other = copy.deepcopy(net)
    net(np.ones((5, 3)))
    assert not net[0].training
    assert net[0].weight is None
    assert seen == [(5, 2)]
    assert other(np.ones((5, 4))).shape == (5, 2)


def test_it_says_that_it_has_no_parameters_yet() -> None:
    net = nn.Sequential(nn.LazyLinear(3, bias=False), nn.ReLU())
    assert repr(net) == (
        "Sequential(\n  (0): LazyLinear(3, bias=False): parameters not made yet\n  (1): ReLU()\n): parameters not "
        "made yet"
    )
    for ask in (lambda: wg.optim.SGD(net.parameters()), net.state_dict, lambda: wg.trees.leaves(net)):
        with pytest.raises(nn.UnmadeError) as error:
            ask()
        assert str(error.value) == (
            "[LazyLinear] its parameters were asked for, wanted a first input before, whose features are counted; "
            "write net(x) once before, with an x as it will be, or Linear with its in_features"
        )


def test_wrong_settings_are_refused_when_it_is_made() -> None:
    with pytest.raises(TypeError) as error:
        nn.LazyConv2d(3)
    assert str(error.value).startswith("[LazyConv2d] missing a required argument: 'kernel_size', wanted LazyConv2d(")


def test_it_does_not_become_a_layer_in_a_compiled_function() -> None:
    net, x = nn.Sequential(nn.LazyLinear(3)), np.ones((5, 2))
    run = wg.jit(lambda x: net(x))
    with pytest.raises(nn.UnmadeError) as error:
        run(x)
    assert str(error.value) == (
        "[LazyLinear] it met its first input in a function that is recorded, wanted one before, whose features are "
        "counted; write net(x) once before, with an x as it will be, or Linear with its in_features"
    )
    numpy.testing.assert_array_equal(net(x).detach(), run(x).detach())
