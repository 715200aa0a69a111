"""Views alias, as in NumPy: random programs of views and writes beside plain arrays, with all derivatives."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

SHAPE = (4, 3)
SIZE = 12

Rng = numpy.random.Generator
Step = Callable[[Any, Any, Rng], Any]


def own(x: Any) -> Any:
    """A result laid out by rows, as a tensor that is no view always is."""
    return numpy.ascontiguousarray(x) if isinstance(x, (numpy.ndarray, numpy.generic)) else x


# -- programs --------------------------------------------------------------------------------------

VIEWS: dict[str, Step] = {
    "x[i]": lambda np, x, rng: x[int(rng.integers(len(x)))],
    "x[-1:]": lambda np, x, rng: x[-1:],
    "x[1:]": lambda np, x, rng: x[1:],
    "x[::-1]": lambda np, x, rng: x[::-1],
    "x[::2]": lambda np, x, rng: x[::2],
    "x[..., 0:2]": lambda np, x, rng: x[..., 0:2],
    "x[None]": lambda np, x, rng: x[None],
    "x[...]": lambda np, x, rng: x[...],
    "x[..., ::-1, None]": lambda np, x, rng: x[..., ::-1, None],
    "T": lambda np, x, rng: x.T,
    "transpose": lambda np, x, rng: np.transpose(x, rng.permutation(x.ndim).tolist()),
    "swapaxes": lambda np, x, rng: np.swapaxes(x, 0, -1),
    "moveaxis": lambda np, x, rng: np.moveaxis(x, 0, -1),
    "rollaxis": lambda np, x, rng: np.rollaxis(x, x.ndim - 1),
    "reshape": lambda np, x, rng: x.reshape(-1, x.shape[0]) if x.size else x,
    "ravel": lambda np, x, rng: np.ravel(x),
    "reshape F": lambda np, x, rng: np.reshape(x, x.shape[::-1], order="F"),
    "expand_dims": lambda np, x, rng: np.expand_dims(x, int(rng.integers(x.ndim + 1))),
    "squeeze": lambda np, x, rng: np.squeeze(x) if x.size > 1 else x,
    "atleast_2d": lambda np, x, rng: np.atleast_2d(x),
    "atleast_3d": lambda np, x, rng: np.atleast_3d(x),
    "flip": lambda np, x, rng: np.flip(x),
    "rot90": lambda np, x, rng: np.rot90(x, int(rng.integers(4))) if x.ndim > 1 else x,
    "split": lambda np, x, rng: np.array_split(x, 2)[int(rng.integers(2))],
    "split last": lambda np, x, rng: np.split(x, [1], axis=-1)[0],
    "iter": lambda np, x, rng: next(iter(x)) if x.ndim > 1 else x,
    "unpack": lambda np, x, rng: _last(*x) if x.ndim > 1 else x,
    "diagonal": lambda np, x, rng: np.diagonal(x) if x.ndim > 1 else x,
    "einsum ii": lambda np, x, rng: np.einsum("ii...->i...", x[:2, :2]) if min(x.shape) > 1 < x.ndim else x,
    "einsum T": lambda np, x, rng: np.einsum("i...->...i", x),
    "broadcast_to": lambda np, x, rng: np.broadcast_to(x, (2, *x.shape)) if x.ndim < 3 else x,
    "asarray": lambda np, x, rng: np.asarray(x),
    "y * 0.5": lambda np, x, rng: own(x * 0.5),
    "y[indices]": lambda np, x, rng: own(x[numpy.arange(len(x))[::-1]]),
    "copy": lambda np, x, rng: own(np.copy(x)),
}  # fmt: skip
"""What makes another handle from one: views, and a few copies among them."""


def _last(*rows: Any) -> Any:
    return rows[-1]


def _number(source: Any, rng: Rng) -> Any:
    """A scalar that depends on the input."""
    return source[int(rng.integers(SIZE))] * 0.5 + float(rng.uniform(-1, 1))


WRITES: dict[str, Callable[[Any, Any, Any, Rng], Any]] = {
    "x[...] =": lambda np, x, s, rng: operator.setitem(x, ..., _number(s, rng)),
    "x[0] =": lambda np, x, s, rng: operator.setitem(x, 0, _number(s, rng)),
    "x[-1:] *=": lambda np, x, s, rng: operator.setitem(x, slice(-1, None), x[-1:] * _number(s, rng)),
    "x[i, ...] +=": lambda np, x, s, rng: operator.setitem(x, (0, ...), x[0] + _number(s, rng)),
    "x[0] += row": lambda np, x, s, rng: operator.iadd(x[-1:], own(x[:1] * 0.5)),
    "x[1:] = x[:-1]": lambda np, x, s, rng: operator.setitem(x, slice(1, None), x[:-1]),
    "x[...] = x[::-1]": lambda np, x, s, rng: operator.setitem(x, ..., x[::-1]),
    "x[[0, -1]] =": lambda np, x, s, rng: operator.setitem(x, [0, -1], _number(s, rng)),
    "x[mask] =": lambda np, x, s, rng: operator.setitem(x, rng.uniform(size=x.shape) < 0.4, _number(s, rng)),
    "+=": lambda np, x, s, rng: operator.iadd(x, _number(s, rng)),
    "-= 0.25": lambda np, x, s, rng: operator.isub(x, 0.25),
    "*=": lambda np, x, s, rng: operator.imul(x, _number(s, rng)),
    "/=": lambda np, x, s, rng: operator.itruediv(x, 1.5),
    "+= x[::-1]": lambda np, x, s, rng: operator.iadd(x, x[::-1]),
    "fill": lambda np, x, s, rng: x.fill(0.75),
    "flat": lambda np, x, s, rng: operator.setitem(x.flat, int(rng.integers(x.size)), _number(s, rng)),
    "flat =": lambda np, x, s, rng: setattr(x, "flat", own(s[: int(rng.integers(1, SIZE))] * 0.5)),
    "copyto": lambda np, x, s, rng: np.copyto(x, _number(s, rng)),
    "copyto where": lambda np, x, s, rng: np.copyto(x, _number(s, rng), where=rng.uniform(size=x.shape) < 0.5),
    "put": lambda np, x, s, rng: np.put(x, [0, x.size - 1], _number(s, rng)),
    "place": lambda np, x, s, rng: np.place(x, rng.uniform(size=x.shape) < 0.5, [0.5, -0.25]),
    "putmask": lambda np, x, s, rng: np.putmask(x, rng.uniform(size=x.shape) < 0.5, [0.5, -0.25]),
    "fill_diagonal": lambda np, x, s, rng: np.fill_diagonal(x, _number(s, rng)) if x.ndim == 2 else None,
    "out=": lambda np, x, s, rng: numpy.sin(x, out=x),
    "put_along_axis": lambda np, x, s, rng: np.put_along_axis(x, numpy.zeros_like(x, int)[:1], 0.125, 0),
}  # fmt: skip

SORTS: dict[str, Callable[[Any, Any, Any, Rng], Any]] = {
    "sort": lambda np, x, s, rng: x.sort(),
    "sort first axis": lambda np, x, s, rng: x.sort(axis=0),
    "x[::-1].sort": lambda np, x, s, rng: x[::-1].sort(axis=0),
}


class Program:
    """Steps drawn from a seed, the same for arrays and for tensors; `watch` sees the handles after each."""

    def __init__(self, seed: int, count: int = 14, sorts: bool = False) -> None:
        self.seed, self.count = seed, count
        self.writes = list((WRITES | SORTS if sorts else WRITES).values())

    def __call__(self, np: Any, x: Any, watch: Callable[[Any], None] = lambda held: None) -> list[Any]:
        rng = numpy.random.default_rng(self.seed)
        source = own(np.ravel(x) * 1.0)
        held = [own(x * 1.0)]
        views = list(VIEWS.values())
        for _ in range(self.count):
            chosen = held[int(rng.integers(len(held)))]
            kind, draw = rng.uniform(), numpy.random.default_rng(rng.integers(1 << 30))
            if kind < 0.5 and chosen.ndim and chosen.size:
                held.append(views[int(rng.integers(len(views)))](np, chosen, draw))
            elif kind < 0.9 and chosen.size and chosen.ndim:
                write = self.writes[int(rng.integers(len(self.writes)))]
                with contextlib.suppress(ValueError):  # what is read-only stays as it is
                    write(np, chosen, source, draw)
            elif len(held) > 2:
                del held[int(rng.integers(1, len(held)))], chosen
            watch(held)
        return held


def loss_of(held: list[Any]) -> Any:
    return sum((x * numpy.linspace(0.5, 1.5, x.size).reshape(x.shape)).sum() for x in held)


def point(seed: int) -> Any:
    return numpy.random.default_rng(seed + 1000).uniform(-1, 1, SHAPE)


# -- values ----------------------------------------------------------------------------------------


@pytest.mark.part(8)
@pytest.mark.parametrize("seed", range(150))
@pytest.mark.parametrize("requires_grad", [False, True])
def test_every_handle_has_numpys_value_after_every_step(seed: int, requires_grad: bool) -> None:
    program, x = Program(seed, count=24, sorts=True), point(seed)
    states: list[Any] = []
    program(numpy, x, lambda held: states.append([numpy.array(h) for h in held]))
    following = iter(states)

    def compare(held: list[Any]) -> None:
        for given, wanted in zip(held, next(following), strict=True):
            numpy.testing.assert_allclose(given.detach().numpy(), wanted, rtol=1e-13, atol=1e-13)

    program(np, wg.tensor(x, requires_grad=requires_grad), compare)


# -- derivatives -----------------------------------------------------------------------------------


@pytest.mark.part(2)
@pytest.mark.parametrize("seed", range(60))
def test_every_mode_has_the_derivative_of_plain_arrays(seed: int) -> None:
    program, x = Program(seed), point(seed)
    v = numpy.random.default_rng(seed).normal(size=SHAPE)

    def f(x: Any) -> Any:
        return loss_of(program(np, x))

    gradient = wg.grad(f)(x).numpy()
    leaf = wg.tensor(x, requires_grad=True)
    loss = f(leaf)
    if loss.requires_grad:
        loss.backward()
        numpy.testing.assert_allclose(numpy.asarray(leaf.grad), gradient, rtol=1e-12, atol=1e-12)
    slope = wg.jvp(f, (x,), (v,))[1].item()
    assert slope == pytest.approx((gradient * v).sum(), rel=1e-10, abs=1e-10)
    step = 1e-4
    coarse, fine = (
        (loss_of(program(numpy, x + h * v)) - loss_of(program(numpy, x - h * v))) / (2 * h) for h in (step, step / 2)
    )
    assert slope == pytest.approx((4 * fine - coarse) / 3, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("seed", range(60, 80))
def test_second_derivatives_and_batches(seed: int) -> None:
    program, x = Program(seed), point(seed)
    v = numpy.random.default_rng(seed).normal(size=SHAPE)

    def f(x: Any) -> Any:
        return loss_of([numpy.sin(h) for h in program(np, x)])

    forward = wg.jvp(wg.grad(f), (x,), (v,))[1].numpy()
    reverse = wg.grad(lambda x: (wg.grad(f)(x) * v).sum())(x).numpy()
    numpy.testing.assert_allclose(forward, reverse, rtol=1e-9, atol=1e-9)
    batch = numpy.stack([x, 0.5 * x])
    looped = numpy.stack([wg.grad(f)(one).numpy() for one in batch])
    numpy.testing.assert_allclose(wg.vmap(wg.grad(f))(batch), looped, rtol=1e-12, atol=1e-12)


@pytest.mark.part(8)
@pytest.mark.parametrize("seed", range(80, 100))
def test_compiled_programs(seed: int) -> None:
    program, x = Program(seed, count=10, sorts=True), point(seed)
    wanted = program(numpy, x)
    compiled = wg.jit(lambda x: program(np, x))
    for _ in range(2):
        for given, expected in zip(compiled(x), wanted, strict=True):
            numpy.testing.assert_allclose(given, expected, rtol=1e-12, atol=1e-13)
    gradient = wg.grad(lambda x: loss_of(program(np, x)))
    numpy.testing.assert_allclose(wg.jit(gradient)(x), gradient(x), rtol=1e-11, atol=1e-12)
