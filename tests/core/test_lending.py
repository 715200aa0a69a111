"""A buffer of the caller that is overwritten after it was used changes no derivative."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core import lending, recording

BUFFER = numpy.array([[0.3, 0.9], [0.7, 0.4]])
W = numpy.array([[1.1, 2.2], [0.6, 0.8]])


def _written(w: Any, a: Any) -> Any:
    y = w * 1.0
    y[a > 0.5] = 2 * w[0, 0]
    return y


USES: dict[str, Callable[[Any, Any], Any]] = {
    "w * a": lambda w, a: w * a,
    "a * w": lambda w, a: a * w,
    "a / w": lambda w, a: a / w,
    "w ** a": lambda w, a: w**a,
    "np.multiply": lambda w, a: np.multiply(a, w),
    "numpy.multiply": lambda w, a: numpy.multiply(a, w),
    "arctan2": lambda w, a: np.arctan2(w, a),
    "maximum": lambda w, a: np.maximum(w, a),
    "clip": lambda w, a: np.clip(w, a, 2 * a),
    "where": lambda w, a: np.where(a > 0.5, w, a) * w,
    "dot": lambda w, a: np.dot(a, w),
    "a @ w": lambda w, a: a @ w,
    "w @ a": lambda w, a: w @ a,
    "outer": lambda w, a: np.outer(a, w),
    "einsum": lambda w, a: np.einsum("ij,jk->ik", a, w),
    "kron": lambda w, a: np.kron(a, w),
    "convolve": lambda w, a: np.convolve(np.ravel(a), np.ravel(w)),
    "average": lambda w, a: np.average(w, weights=a),
    "asarray": lambda w, a: np.asarray(a) * w,
    "a view": lambda w, a: np.asarray(a)[:, ::-1] * w,
    "a view of numpy": lambda w, a: a[::-1].T * w,
    "T": lambda w, a: np.asarray(a).T * w,
    "detach": lambda w, a: w * np.asarray(a).detach(),
    "reshape": lambda w, a: np.reshape(a, (4,)) * np.reshape(w, (4,)),
    "broadcast": lambda w, a: w * numpy.broadcast_to(a[0], (2, 2)),
    "stack": lambda w, a: np.stack([a, w]) * np.stack([w, a]),
    "solve": lambda w, a: np.linalg.solve(a + 3 * numpy.eye(2), w),
    "fft": lambda w, a: np.abs(np.fft.fft(w) * a),
    "mask": lambda w, a: w[a > 0.5],
    "take": lambda w, a: np.take(w, (10 * a).astype(int) % 4),
    "written at a mask": _written,
    "stop_gradient": lambda w, a: w * wg.stop_gradient(a),
    "stop_gradient of a nest": lambda w, a: w * wg.stop_gradient({"a": [np.asarray(a)]})["a"][0],
    "copy": lambda w, a: w * copy.copy(np.asarray(a)),
    "edges of bins": lambda w, a: w[0] * np.histogram_bin_edges([0.5], a[0])[:2],
    "begin of a scan": lambda w, a: wg.scan(lambda c, x: (c * x, c), a[0], w)[0],
    "what a scan goes over": lambda w, a: wg.scan(lambda c, x: (c * x, c), w[0], a)[0],
    "begin of a loop": lambda w, a: wg.fori_loop(0, 2, lambda i, c: c * w, a),
    "what a loop reads": lambda w, a: wg.fori_loop(0, 2, lambda i, c: c * a, w),
    "begin of an open loop": lambda w, a: wg.while_loop(lambda c: c.sum() < 9.0, lambda c: c * w * 2, a),
    "operand of a branch": lambda w, a: wg.cond(a[0, 0] < 0.5, lambda x, y: x * y, lambda x, y: x, w, a),
    "index of a branch": lambda w, a: wg.switch((10 * a[0, 0:1].reshape(())).astype(int) - 2, [np.sin, np.cos], w),
    "map": lambda w, a: wg.map(lambda row: row * w, a),
    "vmap": lambda w, a: wg.vmap(lambda x, row: x * row, in_axes=(0, None))(w, a[0]),
    "checkpoint": lambda w, a: wg.checkpoint(lambda x, held, by: np.sin(x * held[0]) * by)(w, [a], by=np.asarray(a)),
    "custom rule": lambda w, a: _product(w, a),
    "compiled": lambda w, a: _compiled(w, a),
    "compiled loop": lambda w, a: _compiled_loop(w, a),
    "at the buffer": lambda w, a: wg.grad(lambda x: np.sum(x**2 * w))(a),
    "tangent": lambda w, a: wg.jvp(np.sin, (w,), (a,))[1],
    "cotangent": lambda w, a: wg.vjp(np.sin, w)[1](a)[0],
    "linear map": lambda w, a: wg.linearize(np.sin, w)[1](a),
    "tangent of a product": lambda w, a: wg.jvp(lambda x: w * x**3, (W,), (a,))[1],
    "tangent of linearize": lambda w, a: wg.linearize(lambda x: w * x**3, W)[1](a),
    "cotangent of a product": lambda w, a: wg.vjp(lambda x: w * x**3, W)[1](a)[0],
    "batch": lambda w, a: wg.vmap(lambda v, b: v * b)(w, a),
    "read in a batch": lambda w, a: wg.vmap(lambda v: v * a)(w),
}


@wg.custom_derivative(vjp=lambda primals, out, ct: (ct * primals[1], ct * primals[0]),
                      jvp=lambda primals, out, ts: ts[0] * primals[1] + primals[0] * ts[1])  # fmt: skip
def _product(w: Any, a: Any) -> Any:
    return w * a


@wg.jit
def _compiled(w: Any, a: Any) -> Any:
    return np.sin(w * a)


@wg.jit
def _compiled_loop(w: Any, a: Any) -> Any:
    return wg.fori_loop(0, 3, lambda i, c: np.sin(c * a), w)


def gradient_by(transform: Callable[[Any], Any], use: Callable[[Any, Any], Any], overwritten: bool) -> Any:
    def f(w: Any) -> Any:
        buffer = BUFFER.copy()
        result = (use(w, buffer) ** 2).sum()
        if overwritten:
            buffer[...] = 0.125
        return result

    return transform(f)


def _backward(f: Callable[[Any], Any]) -> Any:
    w = wg.tensor(W, requires_grad=True)
    f(w).backward()
    return w.grad


WAYS: dict[str, Callable[[Any], Any]] = {
    "backward": _backward,
    "grad": lambda f: wg.grad(f)(W),
    "second": lambda f: wg.jvp(wg.grad(f), (W,), (W,))[1],
    "vmap": lambda f: wg.vmap(wg.grad(f))(W[None]),
}


@pytest.mark.part(4)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("use", USES)
def test_an_overwritten_buffer_changes_no_derivative(use: str, way: str) -> None:
    given, wanted = (gradient_by(WAYS[way], USES[use], overwritten).numpy() for overwritten in (True, False))
    numpy.testing.assert_array_equal(given, wanted)


@pytest.mark.parametrize("use", ["w * a", "dot", "a view", "stack", "where"])
def test_nor_inside_a_compiled_function(use: str) -> None:
    given, wanted = (
        gradient_by(lambda f: wg.jit(wg.grad(f))(W), USES[use], overwritten).numpy() for overwritten in (True, False)
    )
    numpy.testing.assert_array_equal(given, wanted)


def test_nor_that_of_a_function_at_the_buffer() -> None:
    def cube(x: Any) -> Any:
        return (x**3).sum()

    buffer = W[0].copy()
    pull, push = wg.vjp(cube, buffer)[1], wg.linearize(cube, buffer)[1]
    leaf = np.asarray(buffer).requires_grad_()
    loss = cube(leaf)
    buffer[:] = 0.0
    loss.backward()
    for found in (pull(1.0)[0], leaf.grad):
        numpy.testing.assert_allclose(numpy.asarray(found), 3 * W[0] ** 2)
    numpy.testing.assert_allclose(push(numpy.ones(2)), (3 * W[0] ** 2).sum())


def _of_rule(rule: Callable[[Any, Any], Any], buffer: Any) -> Any:
    """The slope of a function whose rule uses a buffer of its own."""
    f = wg.custom_derivative(lambda x: x * 1.0, vjp=lambda primals, out, ct: rule(ct * primals[0], buffer))
    return lambda x: wg.grad(lambda t: f(t**2).sum())(x)


def _of_hook(rule: Callable[[Any, Any], Any], buffer: Any) -> Any:
    def slope(x: Any) -> Any:
        y = x**2
        y.register_hook(lambda ct: rule(ct * x, buffer))
        return wg.gradients(y.sum(), x, create_graph=True)[0]

    return slope


@pytest.mark.parametrize("rule", [lambda ct, buffer: ct * buffer, lambda ct, buffer: buffer], ids=["used", "returned"])
@pytest.mark.parametrize("maker", [_of_rule, _of_hook])
def test_nor_what_a_walk_calls(maker: Any, rule: Any) -> None:
    found = []
    for overwritten in (True, False):
        buffer, x = W.copy(), wg.tensor(BUFFER, requires_grad=True)
        slope = maker(rule, buffer)(x)
        if overwritten:
            buffer[...] = 0.125
        slope.sum().backward()
        found.append(x.grad.numpy())
    numpy.testing.assert_array_equal(*found)


def test_what_a_walk_makes_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[Any] = []
    own = lending.own
    for module in (lending, recording):
        monkeypatch.setattr(module, "own", lambda array: copied.append(array) or own(array))
    data, w = numpy.ones((4, 3)), numpy.ones(3)
    wg.hessian(lambda w: np.exp(data @ np.sin(w)).sum())(w)
    assert sum(any(array is given for given in (data, w)) for array in copied) == len(copied) == 2


def test_what_tensors_own_is_not_copied() -> None:
    x, w = wg.tensor(W), wg.tensor(W, requires_grad=True)
    product, power = w * x, x @ w
    assert product._node.residuals[1] is x._value
    assert power._node.residuals[0] is x._value


def test_a_repeated_array_is_kept_as_one() -> None:
    w = wg.tensor(numpy.ones(10**6), requires_grad=True)
    kept = (w * numpy.broadcast_to(numpy.array(2.0), (10**6,)))._node.residuals[1]
    assert kept.strides == (0,)
