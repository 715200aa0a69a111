"""`jacobian` in every mode, `hessian`, `hvp`."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np

MODES = ["forward", "reverse", "auto"]
every_mode = pytest.mark.parametrize("mode", MODES)


def f(x: Any) -> Any:
    return np.stack([x[0] ** 2 + x[1] ** 2, x[0] * x[1], np.sin(x[0]) + np.cos(x[1])])


AT = numpy.array([2.0, 3.0])
EXPECTED = [[4.0, 6.0], [3.0, 2.0], [numpy.cos(2.0), -numpy.sin(3.0)]]


@every_mode
def test_matrix(mode: str) -> None:
    jacobian = wg.jacobian(f, mode=mode)(AT)
    numpy.testing.assert_allclose(jacobian, EXPECTED, rtol=1e-15)
    assert type(jacobian) is wg.Tensor


@every_mode
@pytest.mark.parametrize(
    "shapes", [((), (2, 3)), ((2, 3), ()), ((3, 2), (2, 2)), ((0,), (2,)), ((1, 4), (7,))], ids=str
)
def test_shapes(mode: str, shapes: Any) -> None:
    given, returned = shapes
    weights = numpy.random.default_rng(0).standard_normal((*returned, *given))

    def linear(x: Any) -> Any:
        return np.tensordot(weights, np.sin(x), axes=len(given))

    x = numpy.random.default_rng(1).standard_normal(given)
    jacobian = wg.jacobian(linear, mode=mode)(x)
    numpy.testing.assert_allclose(jacobian, weights * numpy.cos(x), rtol=1e-14)


@every_mode
def test_structures(mode: str) -> None:
    def g(p: Any, x: Any, q: Any) -> Any:
        return {"s": np.sum(p["w"] * x), "v": (p["w"] * q, p["b"] + x)}

    p, x, q = {"w": numpy.array([1.0, 2.0]), "b": 3.0}, numpy.array([4.0, 5.0]), 6.0
    jacobian = wg.jacobian(g, argnums=(0, -1), mode=mode)(p, x, q)
    by_p, by_q = jacobian["s"]
    assert by_p["w"].tolist() == [4.0, 5.0]
    assert by_p["b"].item() == by_q.item() == 0.0
    by_p, by_q = jacobian["v"][0]
    assert by_p["w"].tolist() == [[6.0, 0.0], [0.0, 6.0]]
    assert by_q.tolist() == [1.0, 2.0]
    by_p, by_q = jacobian["v"][1]
    assert by_p["b"].tolist() == [1.0, 1.0]
    assert by_q.tolist() == [0.0, 0.0]


@every_mode
def test_many_directions(mode: str) -> None:
    x = numpy.linspace(0.1, 1.0, 9)
    jacobian = wg.jacobian(lambda x: np.sin(x) * np.sum(x), mode=mode)(x)
    numpy.testing.assert_allclose(
        jacobian, numpy.diag(numpy.cos(x) * x.sum()) + numpy.sin(x)[:, None] * numpy.ones(9), rtol=1e-14
    )


@every_mode
@pytest.mark.parametrize("size", [2, 6])
def test_nested(mode: str, size: int) -> None:
    """The third derivative of sum x^4, in every mix with every mode."""
    x = numpy.linspace(1.0, 2.0, size)
    for outer in MODES:
        third = wg.jacobian(wg.jacobian(wg.grad(lambda x: np.sum(x**4)), mode=mode), mode=outer)(x)
        i = numpy.arange(size)
        expected = numpy.zeros((size,) * 3)
        expected[i, i, i] = 24 * x
        numpy.testing.assert_allclose(third, expected, rtol=1e-13)


@every_mode
def test_complex_is_a_pair_of_reals(mode: str) -> None:
    z, x = numpy.array([1 + 2j, 3 - 1j]), numpy.array([1.0, 2.0])
    numpy.testing.assert_allclose(wg.jacobian(lambda z: z**3, mode=mode)(z), numpy.diag(3 * z**2), rtol=1e-14)
    numpy.testing.assert_allclose(
        wg.jacobian(lambda x: np.exp(1j * x), mode=mode)(x), numpy.diag(1j * numpy.exp(1j * x)), rtol=1e-14
    )
    square_of_size = wg.jacobian(lambda z: np.real(z) ** 2 + np.imag(z) ** 2, mode=mode)(z)
    numpy.testing.assert_allclose(square_of_size, numpy.diag(2 * z), rtol=1e-14)
    mixed = wg.jacobian(lambda z: (z * z, np.real(z) * x), mode=mode)(z)
    numpy.testing.assert_allclose(mixed[0], numpy.diag(2 * z), rtol=1e-14)
    numpy.testing.assert_allclose(mixed[1], numpy.diag(x), rtol=1e-14)


def test_auto_takes_fewer_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    from wengert.transforms import jacobians

    taken = []
    for name in ("_forward_blocks", "_reverse_blocks"):
        original = getattr(jacobians, name)
        monkeypatch.setattr(jacobians, name, lambda *a, n=name, o=original: taken.append(n) or o(*a))
    wg.jacobian(lambda x: np.sum(x))(numpy.ones(5))
    wg.jacobian(lambda x: x * np.ones(5))(numpy.ones(()))
    assert taken == ["_reverse_blocks", "_forward_blocks"]


@every_mode
def test_independent_output_is_zero_or_an_error(mode: str) -> None:
    def g(x: Any, y: Any) -> Any:
        return x * 2.0, wg.stop_gradient(y) + x

    assert wg.jacobian(g, argnums=1, mode=mode)(1.0, 2.0)[1].item() == 0.0
    with pytest.raises(RuntimeError, match="output 0 does not depend on input 1"):
        wg.jacobian(g, argnums=(0, 1), mode=mode, strict=True)(numpy.ones(2), numpy.ones(2))
    assert wg.jacobian(g, argnums=0, mode=mode, strict=True)(1.0, 2.0)[1].item() == 1.0


@every_mode
def test_keeps_single_precision(mode: str) -> None:
    assert wg.jacobian(lambda x: 2.0 * np.sin(x), mode=mode)(numpy.ones(3, "f4")).dtype == numpy.float32
    assert wg.hessian(lambda x: np.sum(2.0 * np.sin(x)))(numpy.ones(3, "f4")).dtype == numpy.float32


def test_hessian_of_structures() -> None:
    hessian = wg.hessian(lambda p: p["a"] ** 2 * np.sum(p["b"]))({"a": 3.0, "b": numpy.array([1.0, 2.0])})
    assert hessian["a"]["a"].item() == 6.0
    assert hessian["a"]["b"].tolist() == hessian["b"]["a"].tolist() == [6.0, 6.0]
    assert hessian["b"]["b"].tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_hessian_of_several_arguments() -> None:
    blocks = wg.hessian(lambda x, y: x**2 * y, (0, 1))(3.0, 5.0)
    assert [[b.item() for b in row] for row in blocks] == [[10.0, 6.0], [6.0, 0.0]]


def test_hessian_of_a_vector_function() -> None:
    hessian = wg.hessian(lambda x: x**3)(numpy.array([1.0, 2.0]))
    expected = numpy.zeros((2, 2, 2))
    expected[0, 0, 0], expected[1, 1, 1] = 6.0, 12.0
    assert hessian.tolist() == expected.tolist()


@every_mode
def test_inside_other_transformations(mode: str) -> None:
    def trace(x: Any) -> Any:
        return np.trace(wg.jacobian(lambda y: y**3 * np.sum(x), mode=mode)(x))

    x = numpy.array([1.0, 2.0])  # trace = 3 |x|^2 sum(x)
    expected = 6 * x * x.sum() + 3 * (x @ x)
    numpy.testing.assert_allclose(wg.grad(trace)(x), expected, rtol=1e-14)
    numpy.testing.assert_allclose(wg.vmap(wg.grad(trace))(numpy.stack([x, x])), [expected] * 2, rtol=1e-14)
    leaf = wg.tensor(x, requires_grad=True)
    trace(leaf).backward()
    numpy.testing.assert_allclose(leaf.grad, expected, rtol=1e-14)
