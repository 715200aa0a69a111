"""Normalisation as a part of the layer before it."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import nn

PAIRS = {
    "Conv1d": (lambda: nn.Conv1d(2, 3, 3), nn.BatchNorm1d, (4, 2, 7)),
    "Conv2d in groups": (lambda: nn.Conv2d(4, 6, 3, groups=2, bias=False), nn.BatchNorm2d, (4, 4, 7, 7)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(4, 6, 3, stride=2), nn.BatchNorm2d, (4, 4, 3, 3)),
    "Linear": (lambda: nn.Linear(5, 3), nn.BatchNorm1d, (4, 5)),
}


def fused(layer: Any, norm: Any) -> Any:
    if isinstance(layer, nn.Linear):
        return nn.utils.fuse_linear_bn_eval(layer, norm)
    return nn.utils.fuse_conv_bn_eval(layer, norm, transpose=isinstance(layer, nn.ConvTranspose2d))


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("name", PAIRS)
def test_the_fused_layer_gives_what_both_give(name: str, affine: bool) -> None:
    make, normalisation, shape = PAIRS[name]
    layer = make().double()
    norm = normalisation((layer.bias if layer.bias is not None else layer.weight).shape[0], affine=affine).double()
    x = np.asarray(numpy.random.default_rng(0).normal(size=shape))
    for _ in range(3):
        norm(layer(3 * x + 1))
    for parameter in norm.parameters():
        nn.init.normal_(parameter)
    layer.eval()
    norm.eval()
    before = layer(x).detach()
    numpy.testing.assert_allclose(fused(layer, norm)(x).detach(), norm(before).detach(), rtol=1e-10, atol=1e-12)
    numpy.testing.assert_array_equal(layer(x).detach(), before)


def test_layers_in_training_are_not_fused() -> None:
    with pytest.raises(ValueError, match="fuse") as error:
        nn.utils.fuse_linear_bn_eval(nn.Linear(2, 3), nn.BatchNorm1d(3))
    assert str(error.value) == (
        "[fuse_linear_bn_eval] a layer in training, or without running means was given, wanted two in use; write "
        "net.eval() before"
    )


def test_groups_of_a_transposed_convolution_are_not_fused() -> None:
    conv, norm = nn.ConvTranspose2d(4, 6, 3, groups=2).eval(), nn.BatchNorm2d(6).eval()
    with pytest.raises(ValueError, match="groups") as error:
        nn.utils.fuse_conv_bn_eval(conv, norm, transpose=True)
    assert str(error.value) == (
        "[fuse_conv_bn_eval] 2 groups, transposed was given, wanted groups=1; leave the two layers apart"
    )


def test_gradients_are_clipped_under_the_names_of_pytorch() -> None:
    assert nn.utils.clip_grad_norm_ is wg.optim.clip_grad_norm_
    assert nn.utils.clip_grad_value_ is wg.optim.clip_grad_value_
