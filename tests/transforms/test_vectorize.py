"""`vmap`: a batch is a loop."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

RNG = numpy.random.default_rng(0)


def looped(f: Any, *batches: Any) -> Any:
    return numpy.stack([numpy.asarray(f(*[b[i] for b in batches])) for i in range(len(batches[0]))])


def test_equals_a_loop() -> None:
    x, y = RNG.standard_normal((4, 3)), RNG.standard_normal((4, 3))
    f = lambda x, y: np.sin(x) * y + np.sum(x)
    numpy.testing.assert_allclose(wg.vmap(f)(x, y), looped(f, x, y), rtol=1e-14)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_every_axis_in_and_out(axis: int) -> None:
    x = RNG.standard_normal((2, 3, 4))
    numpy.testing.assert_array_equal(wg.vmap(lambda e: e * 2.0, in_axes=axis, out_axes=axis)(x), 2 * x)
    moved = wg.vmap(lambda e: e * 2.0, in_axes=axis)(x)
    numpy.testing.assert_array_equal(moved, 2 * numpy.moveaxis(x, axis, 0))


def test_shared_arguments() -> None:
    x, shared = RNG.standard_normal((4, 3)), RNG.standard_normal(3)
    result = wg.vmap(lambda e, s: np.sum(e * s), in_axes=(0, None))(x, shared)
    numpy.testing.assert_allclose(result, x @ shared)
    result = wg.vmap(lambda s, e: np.sum(e * s), in_axes=[None, 1])(shared, x.T)
    numpy.testing.assert_allclose(result, x @ shared)


def test_nested_axes() -> None:
    tree = {"w": RNG.standard_normal((3, 2)), "b": (1.0, RNG.standard_normal((2, 3)))}
    axes = {"w": 0, "b": (None, -1)}
    result = wg.vmap(
        lambda t, c: {"r": t["w"] * t["b"][1] + t["b"][0], "c": c}, in_axes=(axes, None), out_axes={"r": 1, "c": None}
    )(tree, 7.0)
    expected = tree["w"] * tree["b"][1].T + 1.0
    numpy.testing.assert_allclose(result["r"], expected.T)
    assert result["c"].item() == 7.0


def test_keyword_arguments_are_shared() -> None:
    assert wg.vmap(lambda x, *, by: x * by)(numpy.ones(3), by=np.asarray(2.0)).tolist() == [2.0] * 3


def test_results_that_do_not_depend_on_the_batch() -> None:
    constant, batch = wg.vmap(lambda x: (np.ones(2), x))(numpy.zeros(3))
    assert constant.shape == (3, 2)
    assert batch.shape == (3,)
    assert wg.vmap(lambda x: 5.0, out_axes=None)(numpy.zeros(3)).item() == 5.0


def test_empty_batch() -> None:
    assert wg.vmap(np.sin)(numpy.zeros((0, 3))).shape == (0, 3)


def test_integers_and_booleans() -> None:
    x = numpy.arange(6).reshape(2, 3)
    result = wg.vmap(lambda e: (e + 1, e > 2, np.sum(e)))(x)
    assert [r.dtype for r in result] == [x.dtype, bool, x.dtype]
    numpy.testing.assert_array_equal(result[2], x.sum(1))


def test_nested() -> None:
    x, y = RNG.standard_normal(3), RNG.standard_normal(4)
    outer = wg.vmap(lambda a: wg.vmap(lambda b: a * np.sin(b * a))(y))(x)
    numpy.testing.assert_allclose(outer, x[:, None] * numpy.sin(x[:, None] * y), rtol=1e-15)
    swapped = wg.vmap(wg.vmap(lambda a, b: a * b, in_axes=(None, 0)), in_axes=(0, None), out_axes=1)(x, y)
    numpy.testing.assert_allclose(swapped, (x[:, None] * y).T)
    deep = wg.vmap(wg.vmap(wg.vmap(lambda a: a * 2.0)), in_axes=2, out_axes=-1)(RNG.standard_normal((2, 3, 4)))
    assert deep.shape == (2, 3, 4)


def test_nested_with_a_guarded_factor() -> None:
    """An inner batch of derivatives inside an outer one: masks and infinite factors meet without values."""
    x, y = numpy.array([0.0, 4.0, 9.0]), numpy.array([1.0, 2.0])

    def f(a: Any, b: Any) -> Any:
        return np.where(a > 0, np.sqrt(a), 0.0) * np.max(np.stack([b, a * b]))

    result = wg.vmap(lambda a: wg.vmap(lambda b: wg.grad(f, (0, 1))(a, b))(y))(x)
    expected = [[wg.grad(f, (0, 1))(a, b) for b in y] for a in x]
    for k in range(2):
        numpy.testing.assert_allclose(result[k], [[float(e[k]) for e in row] for row in expected], rtol=1e-14)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_alternating_with_grad(depth: int) -> None:
    """vmap(grad(sum of vmap(grad(...)))), against the same with loops."""

    def batched(level: int) -> Any:
        if level == 0:
            return lambda x, c: np.sin(x) * c * x
        inner = batched(level - 1)
        return lambda x, c: wg.grad(lambda z: np.sum(wg.vmap(lambda k: inner(z, k))(np.asarray([0.5, 1.5]))) * c)(x)

    def loops(level: int) -> Any:
        if level == 0:
            return lambda x, c: np.sin(x) * c * x
        inner = loops(level - 1)
        return lambda x, c: wg.grad(lambda z: (inner(z, 0.5) + inner(z, 1.5)) * c)(x)

    x = numpy.array([0.3, 1.1, -0.4])
    result = wg.vmap(lambda e: batched(depth)(e, 2.0))(x)
    numpy.testing.assert_allclose(result, [loops(depth)(e, 2.0).item() for e in x], rtol=1e-13)


def test_derivatives_through_a_batch() -> None:
    x, w = RNG.standard_normal((4, 3)), RNG.standard_normal(3)
    loss = lambda w: np.sum(wg.vmap(lambda e: np.sin(np.sum(e * w)))(x))
    numpy.testing.assert_allclose(wg.grad(loss)(w), numpy.cos(x @ w) @ x, rtol=1e-13)
    numpy.testing.assert_allclose(wg.hessian(loss)(w), -(x.T * numpy.sin(x @ w)) @ x, rtol=1e-12)
    leaf = wg.tensor(w, requires_grad=True)
    loss(leaf).backward()
    numpy.testing.assert_allclose(leaf.grad, numpy.cos(x @ w) @ x, rtol=1e-13)


def test_gradients_for_each_example() -> None:
    x, w = RNG.standard_normal((4, 3)), wg.tensor(RNG.standard_normal(3), requires_grad=True)
    each = wg.vmap(wg.grad(lambda w, e: np.sin(np.sum(e * w))), in_axes=(None, 0))(w, x)
    numpy.testing.assert_allclose(each.detach(), numpy.cos(x @ w.detach().numpy())[:, None] * x, rtol=1e-13)
    np.sum(each).backward()
    assert w.grad.shape == (3,)


def test_backward_inside_a_batch() -> None:
    def slope(x: Any) -> Any:
        leaf = x.clone().requires_grad_()
        (leaf**3).backward()
        return leaf.grad

    assert wg.vmap(slope)(numpy.array([1.0, 2.0])).tolist() == [3.0, 12.0]
    assert wg.vmap(wg.grad(slope))(numpy.array([1.0, 2.0])).tolist() == [6.0, 12.0]


def test_other_transformations_inside() -> None:
    x = numpy.array([0.3, 0.9])
    numpy.testing.assert_allclose(wg.vmap(wg.hessian(lambda e: e**3))(x), 6 * x)
    numpy.testing.assert_allclose(wg.vmap(lambda e: wg.jvp(np.sin, (e,), (e,))[1])(x), numpy.cos(x) * x)
    numpy.testing.assert_allclose(wg.vmap(lambda e: wg.linearize(np.sin, e)[1](e))(x), numpy.cos(x) * x)
    numpy.testing.assert_allclose(wg.vmap(lambda e: wg.vjp(np.sin, e)[1](e)[0])(x), numpy.cos(x) * x)
    numpy.testing.assert_allclose(wg.vmap(wg.checkpoint(np.sin))(x), numpy.sin(x))
    numpy.testing.assert_allclose(wg.vmap(wg.grad(wg.checkpoint(np.sin)))(x), numpy.cos(x))
    numpy.testing.assert_allclose(wg.grad(lambda z: np.sum(wg.vmap(wg.checkpoint(np.sin))(z)))(x), numpy.cos(x))


def test_in_place_writes_inside() -> None:
    def f(x: Any) -> Any:
        y = x * 1.0
        y[0] += y[1]
        y *= x
        return y

    x = RNG.standard_normal((3, 2))
    expected = numpy.stack([(x[:, 0] + x[:, 1]) * x[:, 0], x[:, 1] ** 2], axis=1)
    numpy.testing.assert_allclose(wg.vmap(f)(x), expected)
    assert wg.vmap(wg.jacobian(f))(x).shape == (3, 2, 2)


def test_primitive_without_a_batch_rule_is_looped() -> None:
    from wengert.core.primitive import Primitive
    from wengert.core.recording import general
    from wengert.ops.linear_maps import linear, maps_for

    primitive = Primitive(
        "reversed",
        lambda x: x[::-1].copy(),
        ("x",),
        lambda x: x,
        maps_for(("x",), [linear(lambda t: call(t), lambda c: call(c))]),
    )
    primitive.operation = call = general(primitive)
    x = RNG.standard_normal((3, 2))
    numpy.testing.assert_array_equal(wg.vmap(call)(x), x[:, ::-1])
    numpy.testing.assert_array_equal(wg.vmap(wg.grad(lambda e: call(e)[0]))(x), [[0.0, 1.0]] * 3)


def test_none_in_arguments_and_results() -> None:
    x = numpy.ones(2)
    assert wg.vmap(lambda x: None)(x) is None
    doubled, nothing = wg.vmap(lambda t, u: (t["a"] * 2.0, None), in_axes=({"a": 0, "n": None}, None))(
        {"a": x, "n": None}, None
    )
    assert nothing is None
    assert doubled.tolist() == wg.vmap(lambda t: t["a"] * 2.0)({"a": x, "n": None}).tolist() == [2.0, 2.0]


def test_arrays_given_by_keyword_are_mapped_over_their_first_axis() -> None:
    x, y = RNG.standard_normal((4, 3)), RNG.standard_normal((4, 3))
    f = lambda x, *, y, scale=1.0, mode="sum": np.sum(x * y["a"]) * scale if mode == "sum" else x
    expected = 2.0 * (x * y).sum(1)
    for y_given in (y, wg.tensor(y), wg.tensor(y, requires_grad=True)):
        found = wg.vmap(f)(x, y={"a": y_given}, scale=2.0, mode="sum")
        numpy.testing.assert_allclose(found.detach(), expected, rtol=1e-13)
    numpy.testing.assert_allclose(wg.vmap(f, in_axes=(None,))(x[0], y={"a": y}), (x[0] * y).sum(1), rtol=1e-13)
    slope = wg.vmap(wg.grad(f))(x, y={"a": y})
    numpy.testing.assert_allclose(slope, y, rtol=1e-13)
    numpy.testing.assert_allclose(wg.jit(wg.vmap(f))(x, y={"a": y}, scale=2.0), expected, rtol=1e-13)
    with pytest.raises(ValueError, match=r"\[vmap\] the batch axes have different lengths"):
        wg.vmap(f)(x, y={"a": y[:2]})


# -- what the examples have together ---------------------------------------------------------------

SHARE = lambda x: x / np.sum(wg.all_examples(x, "batch"), axis=0)
SHARES = lambda x: x / np.sum(x, axis=0)
POINT = RNG.uniform(1.0, 2.0, (3, 2))


@pytest.mark.parametrize("through", [lambda f: f, wg.jit, wg.checkpoint], ids=["eager", "jit", "checkpoint"])
def test_all_examples_are_the_batch_in_every_mode(through: Any) -> None:
    named = wg.vmap(through(SHARE), axis_name="batch")
    cubes = lambda f: lambda x: np.sum(f(x) ** 3)
    for transform in (lambda f: f, lambda f: wg.grad(cubes(f)), lambda f: wg.hessian(cubes(f)), wg.jacfwd):
        numpy.testing.assert_allclose(transform(named)(POINT), transform(SHARES)(POINT), rtol=1e-12, atol=1e-15)


def test_a_gradient_within_the_batch_adds_up_what_comes_from_all_examples() -> None:
    slopes = wg.vmap(wg.grad(lambda x: np.sum(SHARE(x) ** 2)), axis_name="batch")(POINT)
    numpy.testing.assert_allclose(slopes, wg.grad(lambda x: np.sum(SHARES(x) ** 2))(POINT), rtol=1e-12)


def test_all_examples_in_a_scan_and_in_batches_of_batches() -> None:
    turn = lambda carry, _: (SHARE(carry) + carry, None)
    found = wg.vmap(lambda x: wg.scan(turn, x, None, length=3)[0], axis_name="batch")(POINT)
    wanted = POINT
    for _ in range(3):
        wanted = SHARES(wanted) + wanted
    numpy.testing.assert_allclose(found, wanted, rtol=1e-12)
    inner = wg.vmap(wg.vmap(SHARE), axis_name="batch")(POINT)
    numpy.testing.assert_allclose(inner, SHARES(POINT), rtol=1e-12)
    outer = wg.vmap(lambda x: wg.vmap(lambda _: SHARE(x))(np.arange(2)), axis_name="batch")(POINT)
    numpy.testing.assert_allclose(outer[:, 1], SHARES(POINT), rtol=1e-12)


def test_what_all_examples_share_needs_no_axis_in_the_result() -> None:
    total = lambda x: np.sum(wg.all_examples(x, "batch"))
    assert wg.vmap(total, out_axes=None, axis_name="batch")(np.arange(4.0)) == 6.0
    assert wg.vmap(total, axis_name="batch")(np.arange(4.0)).tolist() == [6.0] * 4
    assert wg.vmap(lambda x: total(np.ones(())) + 0 * x, axis_name="batch")(np.ones(3)).tolist() == [3.0] * 3


def test_a_compiled_function_of_what_is_shared_counts_the_examples_of_each_call() -> None:
    total = wg.jit(lambda x: np.sum(wg.all_examples(x, "batch")))
    sums = [wg.vmap(lambda x: x + total(np.ones(())), axis_name="batch")(np.zeros(n)).tolist() for n in (2, 3)]
    assert sums == [[2.0] * 2, [3.0] * 3]


def test_all_examples_where_there_are_none_say_so() -> None:
    with pytest.raises(NameError, match=r"^\[all_examples\] axis_name='batch' was given, wanted the name of an axis"):
        SHARE(POINT)
    turns = lambda x: wg.while_loop(lambda c: c < x, lambda c: c + SHARE(c), x / 2)
    with pytest.raises(ValueError, match=r"^\[all_examples\] it was called in a loop whose number of turns depends"):
        wg.vmap(turns, axis_name="batch")(np.arange(1.0, 3.0))
