"""Hooks on leaves and results, and ``retain_grad``."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


def leaf(value: Any) -> wg.Tensor:
    return wg.tensor(value, requires_grad=True)


def test_hooks_see_the_gradient_in_order() -> None:
    x = leaf(2.0)
    y = x * x
    seen: list[Any] = []
    y.register_hook(lambda g: seen.append(("y", g.item())))
    x.register_hook(lambda g: seen.append(("x", g.item())))
    (3.0 * y).backward()
    assert seen == [("y", 3.0), ("x", 12.0)]
    assert x.grad.item() == 12.0


def test_hook_sees_the_whole_gradient_once() -> None:
    x = leaf(2.0)
    seen: list[float] = []
    x.register_hook(lambda g: seen.append(g.item()))
    (x * x + x * 3.0 + np.sin(x)).backward()
    assert seen == [pytest.approx(7.0 + numpy.cos(2.0))]


def test_hooks_replace_the_gradient() -> None:
    x = leaf(2.0)
    y = x * x
    y.register_hook(lambda g: 10.0 * g)
    y.register_hook(lambda g: g + 1.0)
    x.register_hook(lambda g: -g)
    y.backward()
    assert x.grad.item() == -44.0


def test_remove() -> None:
    x = leaf(2.0)
    y = x * 3.0
    handles = [t.register_hook(lambda g: 100.0 * g) for t in (x, y, x)]
    for handle in handles:
        handle.remove()
        handle.remove()
    y.backward()
    assert x.grad.item() == 3.0


def test_removed_hook_does_not_take_a_later_one_away() -> None:
    x = leaf(2.0)
    first = x.register_hook(lambda g: 10.0 * g)
    first.remove()
    x.register_hook(lambda g: 5.0 * g)
    first.remove()
    (x * 3.0).backward()
    assert x.grad.item() == 15.0


def test_retain_grad() -> None:
    x = leaf(2.0)
    y = x * x
    assert y.grad is None
    y.retain_grad()
    y.retain_grad()
    z = y * 3.0
    z.backward(retain_graph=True)
    assert (y.grad.item(), x.grad.item()) == (3.0, 12.0)
    z.backward()
    assert y.grad.item() == 6.0
    x.retain_grad()
    assert x.grad.item() == 24.0


def test_retained_gradient_is_what_the_hooks_made() -> None:
    y = leaf(2.0) * 1.0
    y.retain_grad()
    y.register_hook(lambda g: 7.0 * g)
    y.backward()
    assert y.grad.item() == 7.0


def test_hooks_on_each_of_many_results() -> None:
    x = leaf(numpy.array([[2.0, 1.0], [1.0, 3.0]]))
    values, vectors = np.linalg.eigh(x)
    values.register_hook(lambda g: 2.0 * g)
    np.sum(values).backward()
    numpy.testing.assert_allclose(x.grad, 2 * numpy.eye(2), atol=1e-15)
    assert vectors.grad is None


def test_hooks_do_not_change_forward_mode_or_batches() -> None:
    def f(x: Any) -> Any:
        y = x * x
        y.register_hook(lambda g: 10.0 * g)
        return y

    assert wg.jvp(f, (3.0,), (1.0,))[1].item() == 6.0
    assert wg.grad(f)(3.0).item() == 60.0
    assert wg.vmap(f)(numpy.array([3.0])).tolist() == [9.0]
    assert wg.vmap(wg.grad(f))(numpy.array([3.0])).tolist() == [60.0]


def test_hooks_with_create_graph_are_differentiated() -> None:
    x = leaf(3.0)
    y = x * x
    handle = y.register_hook(lambda g: g * g * y)
    (slope,) = wg.gradients(y, x, create_graph=True)  # x^2 2x
    assert slope.item() == 54.0
    handle.remove()
    assert wg.gradients(slope, x)[0].item() == 54.0


def test_exception_in_a_hook_leaves_gradients_alone() -> None:
    x, y = leaf(2.0), leaf(3.0)
    middle = x * 2.0

    def fail(g: Any) -> None:
        raise ZeroDivisionError

    middle.register_hook(fail)
    with pytest.raises(ZeroDivisionError):
        (middle * y).backward(retain_graph=True)
    assert x.grad is None
    assert y.grad is None
    assert wg.is_grad_enabled()


def test_hook_of_a_tensor_that_is_not_watched() -> None:
    for tensor in (wg.tensor(2.0), np.sin(2.0), leaf(1.0).detach()):
        for register in (lambda t: t.register_hook(print), lambda t: t.retain_grad()):
            with pytest.raises(RuntimeError) as error:
                register(tensor)
            assert str(error.value) == (
                "[register_hook] the tensor is not watched, wanted one that a backward walk can pass; "
                "write tensor(value, requires_grad=True), or register it on a result of one"
            )


@pytest.mark.parametrize("result", [False, True])
def test_a_hook_must_return_a_gradient_of_the_same_form(result: bool) -> None:
    x = leaf([1.0, 2.0])
    y = x * 2.0
    (y if result else x).register_hook(lambda g: np.sum(g))
    with pytest.raises(TypeError) as error:
        np.sum(y).backward()
    assert str(error.value) == (
        "[register_hook] a hook returned float64 of shape (), wanted float64 of shape (2,), as the gradient it was "
        "given; return a gradient of that form, or None"
    )


def test_assigned_gradient_must_fit() -> None:
    x = leaf([1.0, 2.0])
    x.grad = numpy.array([5.0, 6.0])
    np.sum(x).backward()
    assert x.grad.tolist() == [6.0, 7.0]
    with pytest.raises(TypeError) as error:
        x.grad = numpy.ones(2, "f4")
    assert str(error.value) == (
        "[grad] .grad was assigned a float32 array of shape (2,), wanted float64 of shape (2,), as the tensor; "
        "write np.broadcast_to(g, x.shape).astype(x.dtype)"
    )
    wg.tensor(1.0).grad = None
    with pytest.raises(RuntimeError, match="wanted a leaf with requires_grad"):
        (x * 2.0).grad = numpy.ones(2)
