"""What a result depends on."""

from __future__ import annotations

import re
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import nn

R = numpy.random.default_rng(0)
X = R.normal(size=(3, 4))


def net() -> Any:
    wg.random.seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)).double()


def test_saliency_is_the_gradient_of_the_target() -> None:
    module = net()
    found = nn.saliency(module, X, target=[0, 2, 1], absolute=False)
    wanted = np.stack([wg.grad(lambda x, t=t: module(x)[t])(x).detach() for x, t in zip(X, [0, 2, 1], strict=True)])
    numpy.testing.assert_allclose(found, wanted, rtol=1e-10)
    assert not found.requires_grad
    assert np.array_equal(nn.saliency(module, X, target=[0, 2, 1]), np.abs(found))


def test_integrated_gradients_add_up_to_the_difference() -> None:
    module = net()
    found = nn.integrated_gradients(module, X, target=1)
    difference = (module(X) - module(np.zeros((1, 4))))[:, 1].detach()
    numpy.testing.assert_allclose(np.sum(found, axis=1), difference, rtol=1e-10)


def test_too_few_steps_are_said() -> None:
    text = "[integrated_gradients] a function whose shares miss the difference by"
    with pytest.raises(ValueError, match=re.escape(text)) as error:
        nn.integrated_gradients(lambda x: np.tanh(200 * (x - 0.3)), np.ones((1, 1)), steps=2)
    assert str(error.value).endswith("; write steps=8, since it bends more than 2 points tell")


def test_smooth_grad_of_a_linear_function_is_its_gradient() -> None:
    layer = nn.Linear(4, 1).double()
    found = nn.smooth_grad(layer, X, samples=3)
    numpy.testing.assert_allclose(found, np.broadcast_to(layer.weight.detach(), (3, 4)), rtol=1e-10)


def test_grad_cam_weighs_channels_by_their_gradients() -> None:
    module = nn.Sequential(nn.Conv2d(1, 3, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)).double()
    x = R.normal(size=(2, 1, 5, 5))
    weights = module[3].weight.detach()[1] / 9
    wanted = np.maximum(np.einsum("c,nchw->nhw", weights, module[0](x).detach()), 0)
    numpy.testing.assert_allclose(nn.grad_cam(module, "0", x, target=1), wanted, rtol=1e-9, atol=1e-12)
    assert not module[0]._hooks
