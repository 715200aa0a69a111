"""Functions of other libraries take part in derivatives here, and functions of the engine there."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from tests.same import assert_same

X, Y = numpy.array([0.3, 0.7, -1.2]), numpy.array([2.0, 3.0, 0.5])


def plain(x: Any, y: Any) -> Any:
    """The function that crosses, in our own words."""
    return np.sin(x) * y + x**2


def from_torch() -> Any:
    torch = pytest.importorskip("torch")
    return wg.from_torch(lambda x, y: torch.sin(x) * y + x**2)


def from_jax() -> Any:
    jax = pytest.importorskip("jax")
    return wg.from_jax(lambda x, y: jax.numpy.sin(x) * y + x**2)


def from_numpy() -> Any:
    def vjp(primals: Any, out: Any, cotangent: Any) -> Any:
        x, y = primals
        return cotangent * (np.cos(x) * y + 2 * x), cotangent * np.sin(x)

    return wg.from_numpy(lambda x, y: numpy.sin(x) * y + x**2, vjp=vjp)


BRIDGES: dict[str, Callable[[], Any]] = {"numpy": from_numpy, "jax": from_jax, "torch": from_torch}

WAYS: dict[str, Callable[[Any], Any]] = {
    "value": lambda f: f(X, Y),
    "gradient": lambda f: wg.grad(lambda x, y: np.sum(f(x, y)), (0, 1))(X, Y),
    "tangent": lambda f: wg.jvp(f, (X, Y), (Y, X))[1],
    "hessian": lambda f: wg.hessian(lambda x: np.sum(f(x, Y) ** 2))(X),
    "forward over forward": lambda f: wg.jacfwd(wg.jacfwd(lambda x: np.sum(f(x, Y) * x)))(X),
    "reverse over reverse": lambda f: wg.jacrev(wg.jacrev(lambda x: np.sum(f(x, Y) * x)))(X),
    "reverse over forward": lambda f: wg.jacrev(wg.jacfwd(lambda x: f(x, Y)))(X),
    "batched": lambda f: wg.vmap(f)(np.stack([X, Y]), np.stack([Y, X])),
    "gradients of a batch": lambda f: wg.vmap(wg.grad(lambda x, y: np.sum(f(x, y))), (0, None))(np.stack([X, Y]), Y),
    "compiled": lambda f: wg.jit(lambda x: 2 * f(x * 2, Y) + 1)(X),
    "compiled gradient": lambda f: wg.jit(wg.grad(lambda x: np.sum(f(x * 2, Y))))(X),
    "in a loop": lambda f: wg.grad(lambda x: np.sum(wg.fori_loop(0, 3, lambda i, x: f(x, Y) / 2, x)))(X),
    "by backward": lambda f: _by_backward(f),
}


def _by_backward(f: Any) -> Any:
    x = wg.tensor(X, requires_grad=True)
    np.sum(f(x, Y)).backward()
    return x.grad


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("bridge", BRIDGES)
def test_a_function_that_crosses_is_as_one_of_ours(bridge: str, way: str) -> None:
    numpy.testing.assert_allclose(
        *(numpy.asarray(wg.trees.flatten(WAYS[way](f))[0]) for f in (BRIDGES[bridge](), plain)), rtol=1e-6, atol=1e-12
    )


def test_several_results_and_single_precision() -> None:
    torch = pytest.importorskip("torch")
    f = wg.from_torch(lambda x: (x.exp(), x.sum(), (x > 0).long()))
    values, total, signs = f(X.astype("float32"))
    assert (values.dtype, total.shape, signs.dtype) == (numpy.float32, (), numpy.int64)
    found = wg.grad(lambda x: f(x)[1] + np.sum(f(x)[0]))(X.astype("float32"))
    numpy.testing.assert_allclose(found, 1 + numpy.exp(X), rtol=1e-6)
    layer = torch.nn.Linear(3, 1)
    weight = layer.weight.detach().numpy()
    assert_same(wg.grad(lambda x: np.sum(wg.from_torch(layer)(x)))(X.astype("float32")), weight[0])


@pytest.mark.parametrize("compiled", [False, True])
def test_a_function_of_ours_in_pytorch(compiled: bool) -> None:
    torch = pytest.importorskip("torch")
    f = wg.to_torch(wg.jit(plain) if compiled else plain)
    x, y = (torch.tensor(each, requires_grad=True) for each in (X, Y))
    slopes = torch.autograd.grad(f(x, y).sum(), (x, y), create_graph=True)
    curvature = torch.autograd.grad(slopes[0].sum(), x)[0]
    for found, wanted in zip(slopes, (numpy.cos(X) * Y + 2 * X, numpy.sin(X)), strict=True):
        numpy.testing.assert_allclose(found.detach(), wanted)
    numpy.testing.assert_allclose(curvature, 2 - numpy.sin(X) * Y)
    assert torch.autograd.gradcheck(f, (x, y))


def test_a_function_of_ours_in_jax() -> None:
    jax = pytest.importorskip("jax")
    f = wg.to_jax(wg.jit(lambda x: np.sum(plain(x, Y))))
    with jax.enable_x64(True):
        x = jax.numpy.array(X)
        for slope in (jax.grad(f), jax.jit(jax.grad(f))):
            numpy.testing.assert_allclose(slope(x), numpy.cos(X) * Y + 2 * X)
        numpy.testing.assert_allclose(jax.grad(lambda v: jax.grad(f)(v).sum())(x), 2 - numpy.sin(X) * Y)


def test_what_is_said_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for package, doors in {"torch": (wg.from_torch, wg.to_torch), "jax": (wg.from_jax, wg.to_jax)}.items():
        monkeypatch.setitem(sys.modules, package, None)
        for door in doors:
            with pytest.raises(ImportError) as error:
                door(SimpleNamespace())
            assert str(error.value) == (
                f"[{door.__name__}] the package {package} is not installed, wanted it to run the function; write pip "
                f"install {package}"
            )


def test_arguments_of_a_function_of_pytorch_stay_what_they_are() -> None:
    pytest.importorskip("torch")
    writes = wg.from_torch(lambda x: x.mul_(2))
    x = wg.tensor(X)
    for _ in range(3):
        numpy.testing.assert_array_equal(writes(x), 2 * X)
    numpy.testing.assert_array_equal(x, X)

    seen: list[int] = []

    def later(x: Any) -> Any:
        seen.append(1)
        return x.mul_(2) if len(seen) == 3 else x * 2

    writes = wg.from_torch(later)
    for _ in range(2):
        numpy.testing.assert_array_equal(writes(x), 2 * X)
    with pytest.raises(RuntimeError) as error:
        writes(x)
    assert str(error.value) == (
        "[from_torch] the function wrote to an argument, which it did not do when it was called first, wanted none to "
        "be written to; write x = x.clone() at its beginning"
    )


@pytest.mark.parametrize("bridge", ["jax", "torch"])
def test_what_a_function_hands_on_is_not_what_it_was_given(bridge: str) -> None:
    """Memory is shared on the way; a write to the one is none to the other."""
    pytest.importorskip(bridge)
    identity = (wg.from_jax if bridge == "jax" else wg.from_torch)(lambda x: x)
    for _ in range(3):
        x = wg.tensor(X)
        y = identity(x)
        x += 1
        numpy.testing.assert_array_equal(y, X)
        y[0] = 9.0
        numpy.testing.assert_array_equal(x, X + 1)
