"""`grad`, `value_and_grad`, `jvp`, `vjp`, `linearize`."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy
import pytest
from optree import tree_leaves, tree_map

import wengert as wg
import wengert.numpy as np


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass
class Layer:
    weight: Any
    bias: Any


@dataclasses.dataclass(frozen=True)
class Frozen:
    scale: Any
    inner: Any = None


def f(x: Any, y: Any) -> Any:
    return x * x * y + np.sin(y)


X, Y = 2.0, 3.0
DX = 2 * X * Y
DY = X * X + numpy.cos(Y)


def test_grad_of_the_first_argument() -> None:
    assert wg.grad(f)(X, Y).item() == DX


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [(0, DX), (1, DY), (-1, DY), (-2, DX), ((0,), (DX,)), ((1, 0), (DY, DX)), ([0, -1], (DX, DY))],
)
def test_argnums(argnums: Any, expected: Any) -> None:
    result = wg.grad(f, argnums)(X, Y)
    assert tree_map(float, result) == expected
    value, again = wg.value_and_grad(f, argnums)(X, Y)
    assert tree_map(float, again) == expected
    assert isinstance(value, wg.Tensor)
    assert value.item() == X * X * Y + numpy.sin(Y)


def test_keyword_arguments_are_passed_on() -> None:
    def g(x: Any, *, power: int, offset: Any) -> Any:
        return x**power + offset

    assert wg.grad(g)(3.0, power=2, offset=np.asarray(1.0)).item() == 6.0
    assert wg.value_and_grad(g)(3.0, power=3, offset=1.0)[0].item() == 28.0
    assert wg.jacobian(g)(3.0, power=2, offset=1.0).item() == 6.0
    assert wg.hessian(g)(3.0, power=3, offset=1.0).item() == 18.0


def test_has_aux() -> None:
    def g(x: Any) -> Any:
        return x**2, {"twice": 2 * x, "name": "g", "none": None}

    slope, aux = wg.grad(g, has_aux=True)(3.0)
    assert slope.item() == 6.0
    assert aux["twice"].item() == 6.0
    assert aux["name"] == "g"
    assert not aux["twice"].requires_grad
    (value, aux), slope = wg.value_and_grad(g, has_aux=True)(3.0)
    assert (value.item(), slope.item(), aux["none"]) == (9.0, 6.0, None)


def test_aux_stays_watched_by_an_outer_derivative() -> None:
    def g(x: Any) -> Any:
        slope, aux = wg.grad(lambda y: (y**2, y**3), has_aux=True)(x)
        return slope + aux

    assert wg.grad(g)(2.0).item() == 2.0 + 12.0


def test_aux_is_released() -> None:
    _, aux = wg.grad(lambda x: (x * x, x * 2.0), has_aux=True)(1.0)
    assert aux._node.watch == 0


NESTED = [
    {"a": 2.0, "b": [3.0, (4.0, np.asarray([1.0, 2.0]))]},
    (2.0, None, [3.0]),
    Pair(2.0, {"x": 3.0}),
    Layer(numpy.array([1.0, 2.0]), 3.0),
    Frozen(2.0, Layer(1.0, (2.0,))),
    [Layer(Pair(1.0, 2.0), {"k": 3.0}), Frozen(4.0)],
]


@pytest.mark.parametrize("tree", NESTED, ids=lambda t: type(t).__name__)
def test_nested_arguments(tree: Any) -> None:
    def g(tree: Any) -> Any:
        from wengert.core.python.trees import flatten

        total = 0.0
        for i, leaf in enumerate(flatten(tree)[0]):
            total = total + (i + 1) * np.sum(leaf * leaf)
        return total

    from wengert.core.python.trees import flatten

    leaves, structure = flatten(tree)
    result = wg.grad(g)(tree)
    slopes, own = flatten(result)
    assert own == structure
    assert type(result) is type(tree)
    for i, (slope, leaf) in enumerate(zip(slopes, leaves, strict=True)):
        numpy.testing.assert_array_equal(slope, 2 * (i + 1) * numpy.asarray(leaf))
    value, tangent = wg.jvp(g, (tree,), (tree,))
    assert tangent.item() == pytest.approx(2 * value.item())
    (pulled,) = wg.vjp(g, tree)[1](1.0)
    assert flatten(pulled)[1] == structure
    assert wg.linearize(g, tree)[1](tree).item() == pytest.approx(2 * value.item())
    product = wg.hvp(g, (tree,), (tree,))
    numpy.testing.assert_allclose(*(numpy.hstack([numpy.ravel(v) for v in flatten(t)[0]]) for t in (product, result)))


def test_gradient_has_the_dtype_and_shape_of_its_argument() -> None:
    arguments = {"half": numpy.ones((2, 1), "f2"), "single": numpy.ones(3, "f4"), "complex": numpy.ones((), "c8")}

    def g(tree: Any) -> Any:
        return np.sum(tree["half"] * tree["single"]) + np.real(tree["complex"]) * 2.0

    for key, slope in wg.grad(g)(arguments).items():
        assert slope.shape == arguments[key].shape
        assert slope.dtype == arguments[key].dtype


def test_independent_argument_has_zero_gradient() -> None:
    value, slope = wg.value_and_grad(lambda x: 3.0)(numpy.ones((2, 3), "f4"))
    assert value.item() == 3.0
    assert slope.dtype == numpy.float32
    assert slope.tolist() == [[0.0] * 3] * 2


def test_same_tensor_twice() -> None:
    x = wg.tensor(3.0)
    assert [s.item() for s in wg.grad(lambda a, b: a * b * b, (0, 1))(x, x)] == [9.0, 18.0]


def test_function_that_returns_its_argument() -> None:
    assert wg.grad(lambda x: x)(2.0).item() == 1.0
    value, tangent = wg.jvp(lambda x: (x, x), (2.0,), (5.0,))
    assert [t.item() for t in (*value, *tangent)] == [2.0, 2.0, 5.0, 5.0]
    assert wg.vjp(lambda x: [x, x, 1.0], 2.0)[1]([1.0, 2.0, 7.0])[0].item() == 3.0
    assert wg.jacobian(lambda x: x)(numpy.ones(2)).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_in_place_writes_to_the_argument_stay_inside() -> None:
    given = numpy.array([1.0, 2.0, 3.0])
    held = wg.tensor(given)

    def g(x: Any) -> Any:
        x *= 3.0
        x[0] = x[1] * x[2]
        return np.sum(x * x)

    # x = (9 b c, 3 b, 3 c): 81 b^2 c^2 + 9 b^2 + 9 c^2
    expected = [0.0, 162 * 2 * 9 + 36, 162 * 4 * 3 + 54]
    for argument in (given, held):
        assert wg.grad(g)(argument).tolist() == expected
        assert wg.jacfwd(g)(argument).tolist() == expected
        assert wg.grad(wg.checkpoint(g))(argument).tolist() == expected
        assert wg.vjp(g, argument)[1](1.0)[0].tolist() == expected
        assert wg.linearize(g, argument)[1](numpy.array([5.0, 1.0, 0.0])).item() == expected[1]
        assert wg.vmap(wg.grad(g))(np.stack([argument])).tolist() == [expected]
    assert given.tolist() == held.tolist() == [1.0, 2.0, 3.0]


def test_jvp_returns_value_and_tangent_of_any_structure() -> None:
    value, tangent = wg.jvp(lambda x, y: {"p": x * y, "c": 2.0}, (2.0, 3.0), (1.0, 10.0))
    assert (value["p"].item(), tangent["p"].item(), tangent["c"].item()) == (6.0, 23.0, 0.0)


def test_tangent_of_an_integer_result_is_zero() -> None:
    value, tangent = wg.jvp(lambda x: np.floor(x).astype(int), (2.5,), (1.0,))
    assert (value.item(), tangent.item()) == (2, 0)
    assert wg.grad(lambda x: x * x.astype(int))(2.5).item() == 2.0


def test_weak_tangents_and_cotangents() -> None:
    x = numpy.float32(2.0)
    assert wg.jvp(np.sin, (x,), (1.0,))[1].dtype == numpy.float32
    assert wg.vjp(np.sin, x)[1](2)[0].dtype == numpy.float32
    assert wg.linearize(np.sin, numpy.complex64(1))[1](1j).dtype == numpy.complex64


def test_vjp_can_be_called_again_and_differentiated() -> None:
    y, pull = wg.vjp(lambda x, y: x * x * y, 3.0, 4.0)
    for scale in (1.0, 2.0):
        assert [float(c) for c in pull(scale)] == [24.0 * scale, 9.0 * scale]
    assert y.item() == 36.0
    assert wg.grad(lambda c: pull(c)[0] * c)(2.0).item() == 96.0
    assert wg.vmap(pull)(np.array([1.0, 2.0]))[1].tolist() == [9.0, 18.0]


def test_vjp_has_aux() -> None:
    y, pull, aux = wg.vjp(lambda x: (x * x, ["a", x + 1.0]), 3.0, has_aux=True)
    assert (y.item(), pull(1.0)[0].item(), aux[0], aux[1].item()) == (9.0, 6.0, "a", 4.0)
    assert aux[1]._node.watch == 0


def test_linearize_is_linear_and_runs_the_function_once() -> None:
    calls = []

    def g(x: Any) -> Any:
        calls.append(1)
        return np.exp(x) * x

    _, push = wg.linearize(g, numpy.array([0.5, 1.0]))
    one = push(numpy.array([1.0, 2.0])).numpy()
    numpy.testing.assert_allclose(push(numpy.array([10.0, 20.0])), 10 * one, rtol=1e-15)
    assert len(calls) == 1
    rows = wg.vmap(push)(numpy.eye(2))
    numpy.testing.assert_allclose(rows, wg.jacobian(g)(numpy.array([0.5, 1.0])), rtol=1e-15)


def test_linear_functions_do_not_see_later_writes_to_results() -> None:
    y, pull = wg.vjp(lambda x: x * x, numpy.array([1.0, 2.0]))
    y[0] = 100.0
    y *= 2.0
    assert pull(numpy.ones(2))[0].tolist() == [2.0, 4.0]


def test_linear_functions_do_not_see_later_writes_to_arguments() -> None:
    given = numpy.array([1.0, 2.0])
    held = wg.tensor(given)
    for x in (given, held):
        _, pull = wg.vjp(lambda x: x * x, x)
        _, push = wg.linearize(lambda x: x * x, x)
        x[0] = 100.0
        x *= 3.0
        assert pull(numpy.ones(2))[0].tolist() == push(numpy.ones(2)).tolist() == [2.0, 4.0]


def test_hvp_agrees_with_the_hessian() -> None:
    def g(x: Any, y: Any) -> Any:
        return np.sum(np.sin(x) * y) * np.sum(y * y)

    x, y = numpy.array([0.3, 1.2]), numpy.array([0.5, -0.7])
    u, v = numpy.array([1.0, 2.0]), numpy.array([-1.0, 0.5])
    blocks = wg.hessian(g, (0, 1))(x, y)
    product = wg.hvp(g, (x, y), (u, v))
    for row, block in zip(product, blocks, strict=True):
        numpy.testing.assert_allclose(row, numpy.asarray(block[0]) @ u + numpy.asarray(block[1]) @ v, rtol=1e-13)


def test_stop_gradient() -> None:
    assert wg.grad(lambda x: x * wg.stop_gradient(x))(3.0).item() == 3.0
    assert wg.jvp(lambda x: x * wg.stop_gradient(x * x), (3.0,), (1.0,))[1].item() == 9.0
    assert wg.grad(wg.grad(lambda x: x * x * wg.stop_gradient(x)))(3.0).item() == 6.0
    assert wg.vmap(wg.grad(lambda x: x * wg.stop_gradient(x)))(numpy.array([3.0, 4.0])).tolist() == [3.0, 4.0]


def test_python_control_flow_and_loops() -> None:
    def collatz_like(x: Any) -> Any:
        steps = 0
        while x < 100.0:
            x = x * 3.0 if steps % 2 else x * 2.0
            steps += 1
        return x

    assert wg.grad(collatz_like)(1.0).item() == wg.jvp(collatz_like, (1.0,), (1.0,))[1].item() == 216.0


def test_wraps_keeps_the_name() -> None:
    for transformed in (wg.grad(f), wg.value_and_grad(f), wg.jacobian(f), wg.hessian(f), wg.vmap(f), wg.checkpoint(f)):
        assert transformed.__name__ == "f"


def test_functions_without_a_name() -> None:
    class Callable:
        def __call__(self, x: Any) -> Any:
            return x * x

    assert wg.grad(Callable())(3.0).item() == 6.0
    assert wg.vmap(Callable())(numpy.array([3.0])).tolist() == [9.0]


def test_leaves_are_tensors() -> None:
    for leaf in tree_leaves(
        (wg.grad(f)(X, Y), wg.jvp(f, (X, Y), (X, Y)), wg.vjp(f, X, Y)[1](1.0), wg.jacobian(f)(X, Y))
    ):
        assert type(leaf) is wg.Tensor


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "bool"])
@pytest.mark.parametrize("to", ["float32", "float64", "complex128"])
def test_integer_directions_are_cast(dtype: str, to: str) -> None:
    x, v = numpy.array([1.0, 2.0], to), numpy.array([1, 0], dtype)
    for direction in (v, wg.tensor(v)):
        assert wg.jvp(np.square, (x,), (direction,))[1].tolist() == [2.0, 0.0]
        assert wg.vjp(np.square, x)[1](direction)[0].tolist() == [2.0, 0.0]
        assert wg.linearize(np.square, x)[1](direction).dtype == to
    leaf = wg.tensor(x, requires_grad=True)
    np.square(leaf).backward(v)
    assert (leaf.grad.tolist(), leaf.grad.dtype) == ([2.0, 0.0], numpy.dtype(to))


def test_scipy_probes_a_jacobian_with_integers() -> None:
    from scipy.sparse.linalg import LinearOperator, gmres

    x = numpy.array([1.0, 2.0, 3.0])
    push = wg.linearize(lambda x: np.sin(x) + x * np.sum(x), x)[1]
    operator = LinearOperator((3, 3), matvec=push, dtype=None)
    assert operator.dtype == numpy.float64
    solution = gmres(operator, numpy.ones(3), rtol=1e-12)[0]
    numpy.testing.assert_allclose(push(solution), numpy.ones(3), rtol=1e-10)
