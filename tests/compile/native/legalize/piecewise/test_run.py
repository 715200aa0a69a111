"""Random programs that put arrays together, shift them and take them apart: compiled calls are eager calls."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

SHAPES: list[tuple[int, ...]] = [(700,), (28, 30), (300, 3), (3, 400), (260, 2, 3), (2, 33, 40), (324, 5), (1300,)]


def _sliced(x: Any, axis: int, draw: random.Random) -> Any:
    """A part of an axis, an element of it, or what is at some distance from it."""
    n, lead = x.shape[axis], (slice(None),) * axis
    start = draw.randrange(n)
    stop = draw.randrange(start + 1, n + 1)
    index = draw.choice(
        [slice(start, stop), slice(start, stop), slice(None, None, 2), start, -1, slice(None, None, -1)]
    )
    part = x[(*lead, index)]
    return part if part.ndim else part * np.ones(3)


def _shifted(x: Any, axis: int, draw: random.Random) -> Any:
    n = x.shape[axis]
    pads = [(draw.randrange(3), draw.randrange(3)) if i == axis else (0, 0) for i in range(x.ndim)]
    places = (numpy.arange(n) - draw.randrange(-3, 4)) % n
    return draw.choice(
        [
            lambda: np.roll(x, draw.randrange(-4, 5), axis),
            lambda: np.pad(x, pads),
            lambda: np.pad(x, pads, mode=draw.choice(["edge", "wrap", "constant"])),
            lambda: np.flip(x, axis),
            lambda: np.take(x, places, axis),
            lambda: np.diff(x, axis=axis) if n > 1 else x,
        ]
    )()


def _joined(x: Any, axis: int, draw: random.Random) -> Any:
    y = np.sin(x)
    return draw.choice(
        [
            lambda: np.concatenate([x, y], axis),
            lambda: np.stack([x, y, x * 2], draw.randrange(x.ndim + 1)),
            lambda: np.concatenate([y[(slice(None),) * axis + (slice(None, 1),)], x], axis),
            lambda: np.expand_dims(x, axis),
            lambda: np.swapaxes(x, 0, -1),
        ]
    )()


def _placed(x: Any, axis: int, draw: random.Random) -> Any:
    """A copy with something written to a part of it."""
    n = x.shape[axis]
    start = draw.randrange(n)
    place = (*(slice(None),) * axis, draw.choice([slice(start, n), start, slice(None, None, 2)]))
    whole = x * 1.0
    whole[place] = draw.choice([lambda: np.cos(x[place]), lambda: 0.5, lambda: whole[place] * 3])()
    return whole


def _pointwise(x: Any, values: list[Any], draw: random.Random) -> Any:
    alike = [v for v in values if v.shape == x.shape]
    y = draw.choice(alike)
    return draw.choice(
        [
            lambda: x * y + 0.5,
            lambda: x - 2 * y,
            lambda: np.sin(x) / (2 + y * y),
            lambda: np.where(x > 0, x, y),
            lambda: x * np.sum(y, axis=draw.randrange(y.ndim), keepdims=True) if y.ndim else x,
        ]
    )()


def program(seed: int) -> Callable[[Any, Any], Any]:
    """A function of two arrays, which gives a loss and the last array."""

    def f(x: Any, y: Any) -> Any:
        draw, values = random.Random(seed), [x, y]
        for _ in range(draw.randrange(4, 14)):
            x = draw.choice(values[-4:])
            axis, kind = draw.randrange(x.ndim or 1), draw.random()
            if kind < 0.4 or x.ndim == 0 or x.size > 4000:
                values.append(_pointwise(x, values, draw))
            else:
                values.append(draw.choice([_sliced, _shifted, _joined, _placed])(x, axis, draw))
        return sum(np.sum(np.tanh(v)) for v in values[-3:]), values[-1]

    return f


def all_of(f: Callable[..., Any]) -> Callable[..., Any]:
    """Value, gradient, and its derivative in a direction."""

    def slope(x: Any, y: Any) -> Any:
        return wg.grad(lambda x: f(x, y)[0])(x)

    def found(x: Any, y: Any) -> Any:
        return *f(x, y), *wg.jvp(lambda x: slope(x, y), (x,), (np.cos(x),))

    return found


def assert_compiled_is_eager(f: Callable[..., Any], *operands: Any) -> None:
    expected = f(*map(wg.tensor, operands))
    compiled = wg.jit(f)
    for _ in range(2):
        for ours, theirs in zip(compiled(*operands), expected, strict=True):
            size = max(1.0, abs(theirs.numpy()).max(initial=0))
            numpy.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-9, atol=1e-10 * size)


@pytest.mark.part(6)
@pytest.mark.parametrize(
    "seed", [*range(24), 62, *(pytest.param(seed, marks=pytest.mark.wide) for seed in range(24, 120) if seed != 62)]
)
def test_random_programs(seed: int) -> None:
    shape, rng = SHAPES[seed % len(SHAPES)], numpy.random.default_rng(seed)
    assert_compiled_is_eager(all_of(program(seed)), rng.normal(size=shape), rng.normal(size=shape))
