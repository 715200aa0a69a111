"""`tensor`, ``backward()``, `gradients`, grad modes, and both styles in one program."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np


def leaf(value: Any) -> wg.Tensor:
    return wg.tensor(value, requires_grad=True)


def test_backward_accumulates() -> None:
    x, y = leaf(5.0), leaf(3.0)
    (x**2 + y**3).backward()
    assert (x.grad.item(), y.grad.item()) == (10.0, 27.0)
    (x * y).backward()
    assert (x.grad.item(), y.grad.item()) == (13.0, 32.0)
    x.grad = None
    (x * y).backward()
    assert (x.grad.item(), y.grad.item()) == (3.0, 37.0)


def test_second_backward_of_a_retained_graph() -> None:
    x = leaf(2.0)
    z = np.sin(x) * x
    z.backward(retain_graph=True)
    once = x.grad.item()
    z.backward()
    assert x.grad.item() == 2 * once


def test_second_backward_of_a_freed_graph_is_an_error_and_adds_nothing() -> None:
    x, y = leaf(2.0), leaf(3.0)
    z = np.sin(x) * y
    z.backward()
    before = x.grad.item(), y.grad.item()
    with pytest.raises(RuntimeError) as error:
        z.backward()
    assert str(error.value) == (
        "[backward] the graph was freed by an earlier backward(), which keeps no values; wanted a graph with its "
        "values; write backward(retain_graph=True) the first time, or compute the output again"
    )
    assert (x.grad.item(), y.grad.item()) == before


def test_part_of_a_graph_that_was_freed() -> None:
    x = leaf(2.0)
    shared = np.exp(x)
    first, second = shared * 2.0, np.sin(shared)
    first.backward()
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        second.backward()


def test_cotangent() -> None:
    x = leaf([1.0, 2.0])
    y = x * x
    y.backward(numpy.array([1.0, 10.0]))
    assert x.grad.tolist() == [2.0, 40.0]
    (x * 3.0).backward([1.0, 1.0])
    assert x.grad.tolist() == [5.0, 43.0]


def test_create_graph() -> None:
    x = leaf(3.0)
    (x**3).backward(create_graph=True)
    assert x.grad.item() == 27.0
    assert x.grad.requires_grad
    slope, x.grad = x.grad, None
    slope.backward()
    assert x.grad.item() == 18.0


def test_higher_derivatives_by_gradients() -> None:
    x = leaf(2.0)
    y = x**5
    for expected in (80.0, 160.0, 240.0, 240.0, 120.0):
        (y,) = wg.gradients(y, x, create_graph=True)
        assert y.item() == pytest.approx(expected)
    assert x.grad is None


def test_gradients_of_several_outputs_and_inputs() -> None:
    x, y = leaf([1.0, 2.0]), leaf(3.0)
    outputs = (np.sum(x * y), x * 2.0)
    dx, dy = wg.gradients(outputs, (x, y), cotangents=(None, numpy.array([1.0, 10.0])))
    assert dx.tolist() == [5.0, 23.0]
    assert dy.item() == 3.0
    assert wg.gradients(x * x, x, [1.0, 1.0])[0].tolist() == [2.0, 4.0]
    assert wg.gradients(x * x, x, (numpy.array([1.0, 1.0]),))[0].tolist() == [2.0, 4.0]


def test_gradients_of_a_result() -> None:
    x = leaf(2.0)
    middle = x * x
    out = np.sin(middle) * x
    d_middle, dx = wg.gradients(out, (middle, x))
    assert d_middle.item() == pytest.approx(2.0 * numpy.cos(4.0))
    assert dx.item() == pytest.approx(2.0 * numpy.cos(4.0) * 4.0 + numpy.sin(4.0))
    assert x.grad is None


def test_unused_input() -> None:
    x, unused = leaf(2.0), leaf(3.0)
    assert wg.gradients(x * x, (x, unused), allow_unused=True)[1] is None
    with pytest.raises(RuntimeError, match=r"no output depends on input 1 \(shape \(\)\)"):
        wg.gradients(x * x, (x, unused))


def test_gradients_keep_or_free_the_graph() -> None:
    x = leaf(2.0)
    y = np.sin(x) * x
    wg.gradients(y, x, retain_graph=True)
    wg.gradients(y, x)
    with pytest.raises(RuntimeError, match="freed"):
        wg.gradients(y, x)


def test_modes() -> None:
    x = leaf(2.0)
    assert wg.is_grad_enabled()
    with wg.no_grad():
        assert not wg.is_grad_enabled()
        assert not (x * 2.0).requires_grad
        with wg.enable_grad():
            assert (x * 2.0).requires_grad
            with wg.no_grad():
                assert not (x * 2.0).requires_grad
            assert (x * 2.0).requires_grad
        assert not (x * 2.0).requires_grad
    assert (x * 2.0).requires_grad


def test_modes_as_decorators() -> None:
    @wg.no_grad()
    def frozen(x: Any, depth: int = 3) -> Any:
        assert not wg.is_grad_enabled()
        return x * 2.0 if depth == 0 else frozen(x, depth - 1)

    @wg.enable_grad()
    def tracked(x: Any) -> Any:
        return x * 2.0

    x = leaf(2.0)
    assert not frozen(x).requires_grad
    assert frozen.__name__ == "frozen"
    with wg.no_grad():
        assert tracked(x).requires_grad
    assert wg.is_grad_enabled()


def test_modes_are_restored_after_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), wg.no_grad(), wg.enable_grad():
        raise ZeroDivisionError
    assert wg.is_grad_enabled()


def test_no_grad_leaves_functional_derivatives_alone() -> None:
    def f(x: Any) -> Any:
        with wg.no_grad():
            return x * x

    assert wg.grad(f)(3.0).item() == 6.0
    x = leaf(3.0)
    slope = wg.grad(f)(x)
    assert not slope.requires_grad or wg.gradients(slope, x, allow_unused=True)[0] is None


def test_leaves() -> None:
    x = leaf([1.0, 2.0])
    constant, result = wg.tensor([1.0, 2.0]), x * 2.0
    assert [t.is_leaf for t in (x, constant, result, result.detach())] == [True, True, False, True]
    assert [t.requires_grad for t in (x, constant, result, result.detach())] == [True, False, True, False]
    assert result.grad is None


def test_detach_and_clone() -> None:
    x = leaf(3.0)
    (x.clone() * x.detach()).backward()
    assert x.grad.item() == 3.0


def test_requires_grad_begins_and_ends() -> None:
    x = wg.tensor(3.0)
    assert x.requires_grad_() is x
    (x * x).backward()
    assert x.grad.item() == 6.0
    x.requires_grad_(False)
    assert not (x * x).requires_grad
    result = leaf(3.0) * 2.0
    with pytest.raises(RuntimeError, match="the tensor is a result, wanted a leaf"):
        result.requires_grad_(False)
    assert result.requires_grad_() is result


def test_tensor_copies() -> None:
    given = numpy.array([1.0, 2.0])
    x = wg.tensor(given)
    given[0] = 100.0
    assert x.tolist() == [1.0, 2.0]
    y = wg.tensor(x)
    y[0] = 50.0
    assert x.tolist() == [1.0, 2.0]
    assert wg.tensor([1, 2]).dtype == numpy.int64
    assert wg.tensor([1, 2], dtype="f4").dtype == numpy.float32


def test_tensor_of_a_watched_tensor_keeps_its_derivatives() -> None:
    x = leaf(3.0)
    assert wg.tensor(x * 2.0).requires_grad
    assert wg.grad(lambda x: wg.tensor(x) * x)(3.0).item() == 6.0
    assert wg.grad(lambda x: np.sum(wg.tensor([x, 2.0 * x]) * x))(3.0).item() == 18.0
    assert wg.vmap(lambda x: wg.tensor(x) * x)(numpy.array([1.0, 3.0])).tolist() == [1.0, 9.0]

    def inner_loop(x: Any) -> Any:
        weight = wg.tensor(x, requires_grad=True)
        (weight**3).backward()
        return weight.grad

    assert wg.grad(inner_loop)(3.0).item() == 18.0


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16"])
def test_gradient_has_shape_and_dtype_of_its_leaf(dtype: str) -> None:
    x = wg.tensor(numpy.ones((2, 1)), dtype=dtype, requires_grad=True)
    y = np.sum(x * numpy.ones((3,), "f8") * 2.0)
    (np.real(y) if y.dtype.kind == "c" else y).backward()
    assert (x.grad.shape, x.grad.dtype) == (x.shape, x.dtype)
    assert x.grad.tolist() == [[6.0], [6.0]]


def test_mutable_handles_are_differentiated() -> None:
    x = leaf([1.0, 2.0, 3.0])
    y = x * 1.0
    y[1] = y[0] * y[2]
    y *= y
    y += x
    np.sum(y).backward()  # a^2 + a^2 c^2 + c^2 + a + b + c
    assert x.grad.tolist() == [2 + 18 + 1, 1, 6 + 6 + 1]


def test_a_step_of_gradient_descent() -> None:
    p = leaf([1.0, -2.0])
    for _ in range(100):
        p.grad = None
        np.sum((p - 3.0) ** 2).backward()
        with wg.no_grad():
            p -= 0.1 * p.grad
    assert p.is_leaf
    assert p.requires_grad
    numpy.testing.assert_allclose(p.detach(), [3.0, 3.0], rtol=1e-8)


# -- both styles in one program --------------------------------------------------------------------


def test_leaf_captured_by_a_functional_derivative() -> None:
    w = leaf(2.0)
    value, slope = wg.value_and_grad(lambda x: w * x**3)(5.0)
    assert (value.item(), slope.item()) == (250.0, 150.0)
    assert value.requires_grad
    slope.backward()
    assert w.grad.item() == 75.0
    w.grad = None
    value.backward()
    assert w.grad.item() == 125.0


def test_second_order_through_both_styles() -> None:
    x = leaf(2.0)
    slope = wg.grad(lambda y: y**4)(x)
    (curvature,) = wg.gradients(slope, x, create_graph=True)
    (third,) = wg.gradients(curvature, x)
    assert (slope.item(), curvature.item(), third.item()) == (32.0, 48.0, 48.0)


def test_backward_inside_a_function_that_is_differentiated() -> None:
    """One inner step of gradient descent, differentiated with respect to the start and to the step."""

    def after_step(start: Any, step: Any) -> Any:
        w = (start * 1.0).requires_grad_()
        (w**3).backward()
        return (w - step * w.grad) ** 2

    w, s = 2.0, 0.1
    stepped = w - s * 3 * w**2
    expected = 2 * stepped * (1 - s * 6 * w), -2 * stepped * 3 * w**2
    assert [d.item() for d in wg.grad(after_step, (0, 1))(w, s)] == pytest.approx(expected)
    assert [d.item() for d in wg.jacfwd(after_step, (0, 1))(w, s)] == pytest.approx(expected)
    first, second = wg.hessian(after_step)(w, s), wg.grad(wg.grad(after_step))(w, s)
    assert first.item() == pytest.approx(second.item())


def test_backward_inside_grad_reaches_outer_leaves() -> None:
    w = leaf(3.0)

    def f(x: Any) -> Any:
        (w * x).backward()
        return x * x

    assert wg.grad(f)(2.0).item() == 4.0
    assert w.grad.item() == 2.0


def test_define_by_run_loop_around_functional_derivatives() -> None:
    w = leaf([0.5, -0.5])
    x = numpy.array([[1.0, 2.0], [3.0, -1.0]])
    penalty = np.sum(wg.vmap(wg.grad(lambda e, w: np.tanh(np.sum(e * w))), in_axes=(0, None))(x, w) ** 2)
    penalty.backward()
    tensors = wg.grad(lambda w: np.sum((w * (1 - np.tanh(x @ w)[:, None] ** 2)) ** 2))(w.detach())
    numpy.testing.assert_allclose(w.grad, tensors, rtol=1e-13)


def test_gradients_share_no_memory_with_what_the_user_holds() -> None:
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    cotangent = numpy.ones(2)
    (x + y).backward(cotangent)
    cotangent[0] = 100.0
    x.grad[1] = 50.0
    x.grad *= 2.0
    assert x.grad.tolist() == [2.0, 100.0]
    assert y.grad.tolist() == [1.0, 1.0]
    held = y.grad
    (y * 1.0).backward(numpy.ones(2))
    assert held.tolist() == [1.0, 1.0]
    np.sum(x).backward()
    x.grad[0] = 7.0  # of a broadcast cotangent
    assert x.grad.tolist() == [7.0, 101.0]


@pytest.mark.parametrize(
    "stacked", [lambda x: wg.tensor([x, x * x]), lambda x: np.array([x, x * x]), lambda x: np.stack([x, x * x])]
)
def test_a_tensor_of_tensors_means_the_same_in_both_styles(stacked: Any) -> None:
    """d/dx of x (x + x^2) at 2 is 2 x + 3 x^2 = 16."""
    f = lambda x: np.sum(stacked(x) * x)
    x = leaf(2.0)
    f(x).backward()
    assert x.grad.item() == wg.grad(f)(2.0).item() == wg.jvp(f, (2.0,), (1.0,))[1].item() == 16.0


def test_a_leaf_made_of_tensors_begins_a_graph_of_its_own() -> None:
    x = leaf(2.0)
    w = wg.tensor(x * x, requires_grad=True)
    (w * 3.0).backward()
    assert (w.grad.item(), x.grad) == (3.0, None)
    assert wg.grad(lambda x: wg.tensor(x * x, requires_grad=True) * 3.0)(2.0).item() == 12.0
