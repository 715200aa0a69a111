"""Every layer and loss in forward mode, to second order, and over a batch axis that it does not know of."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert import nn

from .cases import CASES, inputs_of
from .test_torch_numbers import differentiated, flat, made, of_layer_and_inputs, weighted

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


@pytest.mark.part(4)
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


@pytest.mark.part(2)
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


@pytest.mark.parametrize("name", CASES)
def test_single_precision_stays(name: str) -> None:
    layer = made(name)
    if isinstance(layer, nn.Module):
        layer.to("float32")
    floating = [isinstance(x, numpy.ndarray) and x.dtype.kind == "f" for x in inputs_of(name)]
    given = zip(inputs_of(name), floating, strict=True)
    inputs = [np.asarray(x.astype("float32")) if is_float else x for x, is_float in given]
    with wg.no_grad():
        outputs = flat(layer(*inputs))
    assert {o.dtype.name for o in outputs if o.dtype.kind == "f"} <= {"float32"}


@pytest.mark.parametrize("rank", [2, 3])
def test_a_fractional_pool_draws_windows_that_cover_both_ends(rank: int) -> None:
    lengths = (9, 8, 7)[:rank]
    x = np.arange(float(np.prod(lengths))).reshape(1, 1, *lengths)
    wg.random.seed(0)
    layer = getattr(nn, f"FractionalMaxPool{rank}d")(2, output_ratio=0.6)
    met = [layer(x) for _ in range(20)]
    assert all(each.shape == (1, 1, 5, 4, 4)[: rank + 2] for each in met)
    assert all(each.max() == x.max() for each in met)
    assert len({tuple(each.ravel().tolist()) for each in met}) > 2
    assert layer(x[0]).shape == met[0].shape[1:]


def test_a_fractional_pool_gives_places_that_hold_its_numbers() -> None:
    x = np.asarray(numpy.random.default_rng(0).normal(size=(2, 3, 7, 8)))
    values, places = nn.functional.fractional_max_pool2d(x, (2, 3), (4, 5), return_indices=True)
    numpy.testing.assert_array_equal(
        np.take_along_axis(x.reshape(2, 3, -1), places.reshape(2, 3, -1), 2), values.reshape(2, 3, -1)
    )


def test_the_grid_of_an_affine_map_moves_an_image() -> None:
    x = np.asarray(numpy.random.default_rng(0).normal(size=(1, 2, 4, 5)))
    shifted = nn.functional.affine_grid([[[1.0, 0.0, 2 / 5], [0.0, 1.0, 0.0]]], x.shape)
    found = nn.functional.grid_sample(x, shifted)
    numpy.testing.assert_allclose(found[..., :-1], x[..., 1:], atol=1e-12)
    numpy.testing.assert_allclose(found[..., -1], 0, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda F, x: F.grid_sample(x, numpy.zeros((1, 2, 2, 3))),
            "[grid_sample] x of shape (1, 1, 4, 5) with a grid of shape (1, 2, 2, 3) was given, wanted (N, C, H, W) "
            "with (N, ..., 2), or (N, C, D, H, W) with (N, ..., 3); write grid = affine_grid(theta, x.shape)",
        ),
        (
            lambda F, x: F.grid_sample(x, numpy.zeros((1, 2, 2, 2)), mode="linear"),
            "[grid_sample] mode='linear' for 4 axes was given, wanted bilinear, nearest, bicubic; write "
            'mode="bilinear"',
        ),
        (
            lambda F, x: F.grid_sample(x, numpy.zeros((1, 2, 2, 2)), padding_mode="wrap"),
            "[grid_sample] padding_mode='wrap' was given, wanted zeros, border, reflection; write "
            'padding_mode="zeros"',
        ),
        (
            lambda F, x: F.affine_grid(numpy.zeros((2, 3)), x.shape),
            "[affine_grid] theta of shape (2, 3) for size=(1, 1, 4, 5) was given, wanted shape (1, 2, 3); write one "
            "map of shape (2, 3) for each image of (N, C, H, W)",
        ),
        (
            lambda F, x: F.fractional_max_pool2d(x, 2),
            "[fractional_max_pool2d] output_size=None, output_ratio=None was given, wanted one of the two; write "
            "output_ratio=0.7",
        ),
        (
            lambda F, x: F.fractional_max_pool2d(x, 2, (4, 2)),
            "[fractional_max_pool2d] (4, 2) windows of (2, 2) in (4, 5) was given, wanted from 1 to (3, 4); write "
            "output_size=(3, 4)",
        ),
        (
            lambda F, x: F.pdist(x),
            "[pdist] x of shape (1, 1, 4, 5) was given, wanted rows, of shape (N, M); write x.reshape(len(x), -1)",
        ),
    ],
)
def test_what_does_not_fit_is_said(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r"^\[") as error:
        call(nn.functional, numpy.zeros((1, 1, 4, 5)))
    assert str(error.value) == message
