"""Programs with complex numbers, compiled: operations of every kind, loops and branches, states, and steps in NumPy."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from tests.compile.native.compiled import assert_compiled_is_eager, steps_of

import wengert as wg
import wengert.numpy as np
from wengert.ops.factors import scale

pytest.importorskip("llvmlite")

Z = numpy.array([[1 + 2j, -0.5j, 3.0], [0.25 - 1j, 2.0, -1 - 1j]])
X = numpy.array([[0.5, -1.0, 2.0], [1.5, 0.25, -3.0]])
INDEX = numpy.array([2, 0, 2])

PROGRAMS: dict[str, Any] = {
    "arithmetic with reals": lambda z, x: ((2j * z + x) / 3 - x * z, z / x, x / z, z * z.conj(), abs(z), 1 / z),
    "parts": lambda z, x: (z.real * z.imag, np.angle(z), np.real(x), x + 1j * x),
    "dtypes": lambda z, x: (z.astype("complex64"), x.astype(complex), z.astype("complex64") * x.astype("float32")),
    "shapes": lambda z, x: (z.T, z.reshape(3, 2), z[:, ::-1], z[0], np.swapaxes(z, 0, 1)[1:], z[:, None] * x),
    "joining": lambda z, x: (np.concatenate([z, x]), np.stack([x, z]), np.pad(z, 1), np.roll(z, 1, axis=1)),
    "splitting": lambda z, x: (*np.split(z, 3, axis=1), *z),
    "indices": lambda z, x: (z[:, INDEX], np.take(z, INDEX, axis=1), np.fft.fftshift(z)),
    "choices": lambda z, x: (
        np.where(x > 0, z, x),
        np.where(z == 2, 0, z),
        np.where(x > 0, 1j, z),
        np.where(1j * x, x, 0),
        z.astype(bool),
    ),
    "sums": lambda z, x: (z.sum(), z.mean(axis=0), np.cumsum(z, axis=1), np.sum(z, axis=1, keepdims=True)),
    "products of elements": lambda z, x: (z.prod(), np.prod(z, axis=0), np.cumprod(z, axis=1)),
    "norms": lambda z, x: (np.linalg.norm(z), np.linalg.norm(z, axis=1), np.vdot(z, x), np.var(z)),
    "matrix products": lambda z, x: (z @ x.T, x @ z.T, z @ z.conj().T, np.einsum("ij,kj->ik", z, z), z @ z[0]),
    "flags": lambda z, x: (np.any(z == 2), np.all(z), np.count_nonzero(z), np.isnan(z), np.isreal(z), np.iscomplex(z)),
    "guards": lambda z, x: (scale(z, x), scale(x, z)),
    "order": lambda z, x: (np.sort(z, axis=1), np.max(z), np.argmax(z, axis=1), np.maximum(z, x)),
    "correlation": lambda z, x: (np.convolve(z[0], x[0]), np.correlate(z[0], z[1], "full")),
    "constants": lambda z, x: (z * numpy.array([1j, 2.0, 3 - 1j]), z + numpy.array(2j), z * numpy.complex64(1j)),
    "the same": lambda z, x: (z, z, x, z + 0),
    "an output that is constant": lambda z, x: (np.zeros(2, complex) + 1j, z),
}
STEPS = {"order": "sort"}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name: str) -> None:
    assert_compiled_is_eager(PROGRAMS[name], Z, X, rtol=1e-14)
    if name not in STEPS:
        assert not steps_of(PROGRAMS[name], Z, X)


def test_a_write_at_a_place() -> None:
    def f(z: Any, x: Any) -> Any:
        y = z * 1
        y[0] = x[1]
        y[:, 1] += 2j
        y[:, INDEX] *= 1j
        return y

    assert_compiled_is_eager(f, Z, X)
    assert not steps_of(f, Z, X)


def turn(z: Any, x: Any) -> Any:
    return z * z / (1 + abs(z)) + 0.3j * x


LOOPS: dict[str, Any] = {
    "scan": lambda z, x: wg.scan(lambda z, t: (turn(z, t), (z, np.abs(z))), z, np.stack([x, 2 * x, x])),
    "scan over complex": lambda z, x: wg.scan(lambda y, t: (y * t.real, y + t), x + 0j, np.stack([z, z * 1j])),
    "while": lambda z, x: wg.while_loop(lambda s: np.sum(abs(s)) < 50, lambda s: s * (1.1 + 0.2j), z),
    "for": lambda z, x: wg.fori_loop(0, 5, lambda i, z: turn(z, i * x), z),
    "branch": lambda z, x: wg.cond(x[0, 0] > 0, lambda z: z * 2j, lambda z: x + 0 * z, z),
    "complex inside alone": lambda z, x: wg.fori_loop(0, 4, lambda i, x: np.real(np.exp(1j * x)), x),
    "a step in a loop": lambda z, x: wg.fori_loop(0, 3, lambda i, z: np.sort(z * 1j, axis=0), z),
    "small": lambda z, x: wg.fori_loop(0, 50, lambda i, s: s * s + z[0, 1], z[0, 0] * 0),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("size", [1, 40])
def test_loops(name: str, size: int) -> None:
    """In registers, and on memory."""

    def flat(z: Any, x: Any) -> Any:
        made = LOOPS[name](np.tile(z, size), np.tile(x, size))
        return _leaves(made)

    assert_compiled_is_eager(flat, 0.3 * Z, X, rtol=1e-12)
    assert ("NumPy" in steps_of(flat, 0.3 * Z, X)) == ("step" in name)


def test_a_report_says_what_keeps_a_loop_in_numpy() -> None:
    assert "scan with sort" in steps_of(lambda z: LOOPS["a step in a loop"](z, X), Z)


def _leaves(tree: Any) -> tuple[Any, ...]:
    return tuple(leaf for part in tree for leaf in _leaves(part)) if isinstance(tree, (tuple, list)) else (tree,)


@pytest.mark.part(2)
@pytest.mark.parametrize("name", ["scan", "scan over complex", "for", "branch", "complex inside alone", "small"])
def test_derivatives_of_loops(name: str) -> None:
    def loss(parts: Any) -> Any:
        z = parts[0] + 1j * parts[1]
        return sum(np.sum(np.abs(leaf) ** 2) for leaf in _leaves(LOOPS[name](z, parts[0])))

    parts = numpy.stack([0.3 * Z.real, 0.3 * Z.imag])
    for f in (wg.grad(loss), wg.grad(lambda p: np.sum(wg.grad(loss)(p) ** 2))):
        assert_compiled_is_eager(f, parts, rtol=1e-9)


def test_an_example_at_a_time() -> None:
    batch = numpy.stack([Z, Z * 1j, Z + 1])
    assert_compiled_is_eager(wg.vmap(lambda z: LOOPS["while"](z, X)), batch, rtol=1e-12)


def test_state_that_is_complex() -> None:
    w = wg.tensor(numpy.array([1 + 1j, 2.0]), requires_grad=True)

    def step(x: Any) -> Any:
        loss = np.sum(np.abs(w * x - 1j) ** 2)
        w.grad = None
        loss.backward()
        with wg.no_grad():
            w.copy_(w - 0.05 * w.grad)
        return loss

    compiled, x = wg.jit(step), numpy.array([0.5, 1.0])
    losses = [compiled(x).item() for _ in range(30)]
    with wg.no_grad():
        w.copy_(numpy.array([1 + 1j, 2.0]))
    assert losses == pytest.approx([step(x).item() for _ in range(30)], rel=1e-13)
    assert losses[-1] < 0.2 * losses[0]


def test_memory_that_is_not_in_order() -> None:
    z = numpy.asfortranarray(Z)
    assert_compiled_is_eager(lambda z: z * 2, z)
    assert_compiled_is_eager(lambda z: z * 2, Z[:, ::2])


def test_empty_and_wide_numbers_are_left_to_numpy() -> None:
    assert wg.jit(lambda z: z * 2)(numpy.zeros((0, 2), complex)).shape == (0, 2)
    wide = numpy.ones(3, numpy.clongdouble)
    assert wg.jit(lambda z: (z * 2j).real.astype(float))(wide).tolist() == [0.0, 0.0, 0.0]


CONSTANT: dict[str, Any] = {
    "power of zero": lambda z: z**0,
    "ones": np.ones_like,
    "power of ones": lambda z: np.ones_like(z) ** z,
    "times zero": lambda z: np.zeros_like(z) * 2 + 1j,
    "outside": lambda z: np.asarray(1j * numpy.arange(4.0)),
    "broadcast": lambda z: np.broadcast_to(np.asarray(2 - 1j), (4,)),
    "conjugate": lambda z: np.conj(z**0 * 1j),
    "slope": lambda z: wg.jvp(lambda z: 3j * z, (z,), (np.ones_like(z),))[1],
}


@pytest.mark.parametrize("name", CONSTANT)
def test_constants_are_whole(name: str) -> None:
    """Results that do not depend on an argument, alone and beside another one."""
    z = numpy.array([1 + 2j, 0j, -2.5 - 0.5j, 0.3j])
    wanted = CONSTANT[name](np.asarray(z))
    for f in (lambda z: [CONSTANT[name](z)], lambda z: [CONSTANT[name](z), z * 2]):
        found = wg.jit(f)(z)[0]
        assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
        numpy.testing.assert_array_equal(found.numpy(), wanted.numpy())
