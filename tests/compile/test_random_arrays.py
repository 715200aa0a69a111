"""Random programs on arrays large enough for every way of fusing them: compiled calls are eager calls."""

from __future__ import annotations

import random
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.scipy.special import log_softmax, logsumexp, softmax

SHAPES: list[tuple[int, ...]] = [(300,), (40000,), (33, 17), (128, 257), (2, 9000), (3, 50, 64), (5, 7, 300)]


def _along(x: Any, axis: int, draw: random.Random) -> Any:
    """Something along an axis, of the shape of `x`."""
    reduce = draw.choice([np.sum, np.mean, np.max, np.min, logsumexp])
    spread = np.sqrt(np.var(x, axis=axis, keepdims=True) + 0.1)
    doubled = np.moveaxis(np.concatenate([x, x * 2], axis=axis), axis, 0)[::2]
    return draw.choice(
        [
            lambda: reduce(x, axis=axis, keepdims=True) + x * 0.5,
            lambda: draw.choice([softmax, log_softmax])(x, axis=axis),
            lambda: (x - np.mean(x, axis=axis, keepdims=True)) / spread,
            lambda: np.cumsum(x, axis=axis) * 0.05,
            lambda: np.moveaxis(doubled, 0, axis),
        ]
    )()


def _elementwise(x: Any, others: list[Any], draw: random.Random) -> Any:
    other = draw.choice([o for o in others if o.shape == x.shape])
    return draw.choice(
        [
            lambda: draw.choice([np.sin, np.tanh, np.exp, np.cos, np.square, np.abs])(x * 0.3),
            lambda: draw.choice([np.add, np.subtract, np.multiply])(x, other),
            lambda: np.where(x > 0, x, 0.1 * x),
            lambda: np.sqrt(np.where(x > 0.1, x, 0.1)),
        ]
    )()


def _other_shape(x: Any, axis: int, draw: random.Random) -> Any:
    """Something of another shape."""
    if x.ndim == 1 or draw.random() < 0.5:
        return draw.choice([np.sum, np.mean, np.max])(x, axis=axis)
    return draw.choice([np.swapaxes(x, -1, -2), np.matmul(x, np.swapaxes(x, -1, -2)) * 0.01])


def program(seed: int) -> Any:
    """A function of two arrays, which gives a loss and an array."""

    def f(*arguments: Any) -> Any:
        draw, values = random.Random(seed), list(arguments)
        for _ in range(draw.randrange(4, 14)):
            x = draw.choice(values[-6:])
            axis = draw.randrange(max(x.ndim, 1))
            kind = draw.random()
            if x.ndim == 0 or kind < 0.45:
                values.append(_elementwise(x, values, draw))
            else:
                values.append(_along(x, axis, draw) if kind < 0.85 else _other_shape(x, axis, draw))
        return sum(np.sum(np.tanh(x * 0.1)) for x in values[-3:]), values[-1]

    return f


@pytest.mark.part(6)
@pytest.mark.parametrize("seed", range(60))
def test_random_programs_on_arrays(seed: int) -> None:
    f, rng = program(seed), numpy.random.default_rng(seed)
    x, y = (rng.normal(size=SHAPES[seed % len(SHAPES)]) for _ in range(2))

    def both(x: Any, y: Any) -> Any:
        return *f(x, y), wg.grad(lambda x: f(x, y)[0])(x)

    compiled = wg.jit(both)
    expected = both(wg.tensor(x), wg.tensor(y))
    for found in (compiled(x, y), compiled(x, y)):
        for ours, theirs in zip(found, expected, strict=True):
            size = float(np.max(np.abs(theirs)))
            numpy.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-8, atol=1e-8 * size + 1e-12)
