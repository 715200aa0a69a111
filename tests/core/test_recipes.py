"""Transformed functions are pickled and copied as what they were made of, or by name where a decorator made them."""

from __future__ import annotations

import copy
import functools
import itertools
import os
import pickle
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.core.python.trees import flatten
from wengert.scipy import linalg, signal, special, stats

X = numpy.array([0.3, 1.1])


def assert_same(found: Any, expected: Any) -> None:
    for one, other in zip(flatten(found)[0], flatten(expected)[0], strict=True):
        numpy.testing.assert_array_equal(one.numpy(), other.numpy())


def function(x: Any) -> Any:
    return np.sum(np.sin(x) * x)


def with_aux(x: Any) -> Any:
    return function(x), {"square": x * x}


def of_two(x: Any, y: Any, power: int = 2) -> Any:
    return np.sum(np.cos(x) * y**power)


def rule(primals: Any, out: Any, cotangent: Any) -> Any:
    return cotangent * np.cos(primals[0])


TRANSFORMATIONS: dict[str, Callable[[Any], Any]] = {
    "grad": wg.grad,
    "grad with aux": lambda f: wg.grad(functools.partial(_with_aux, f), has_aux=True),
    "value_and_grad": wg.value_and_grad,
    "jacobian": wg.jacobian,
    "jacfwd": wg.jacfwd,
    "jacrev": wg.jacrev,
    "hessian": wg.hessian,
    "vmap": wg.vmap,
    "checkpoint": wg.checkpoint,
    "jit": wg.jit,
    "structured": lambda f: wg.jit(f, structured=True),
    "jvp": lambda f: functools.partial(wg.jvp, f, (X,), (numpy.ones(2),)),
    "hvp": lambda f: functools.partial(wg.hvp, f, (X,), (numpy.ones(2),)),
    "custom_derivative": lambda f: wg.custom_derivative(f, vjp=rule),
}


def _with_aux(f: Any, x: Any) -> Any:
    return f(x), x * 2


WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {n}": lambda f, n=n: pickle.loads(pickle.dumps(f, n)) for n in range(pickle.HIGHEST_PROTOCOL + 1)},
    "pickle in Python": lambda f: pickle._loads(pickle._dumps(f)),  # type: ignore[attr-defined]
}


@pytest.mark.part(2)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_what_comes_back_does_the_same(name: str, way: str) -> None:
    arguments = () if name in ("jvp", "hvp") else (X,)
    made = TRANSFORMATIONS[name](function)
    assert_same(WAYS[way](made)(*arguments), made(*arguments))


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("outer", "inner"), list(itertools.product(["grad", "jacobian", "vmap", "jit", "checkpoint"], repeat=2))
)
def test_transformations_of_transformations_come_back(outer: str, inner: str) -> None:
    total = functools.partial(_total, TRANSFORMATIONS[inner](function))
    made, x = TRANSFORMATIONS[outer](total), numpy.stack([X, -X]) if (outer, inner) == ("vmap", "vmap") else X
    for way in WAYS.values():
        assert_same(way(made)(x), made(x))


def _total(f: Any, x: Any) -> Any:
    return np.sum(f(x))


def test_options_come_back() -> None:
    for made in (
        wg.grad(of_two, argnums=(0, 1)),
        wg.value_and_grad(of_two, 1),
        wg.jacobian(of_two, argnums=1, mode="reverse"),
        wg.vmap(of_two, in_axes=(0, None)),
    ):
        for way in WAYS.values():
            assert_same(way(made)(X, X, power=3), made(X, X, power=3))
    compiled = pickle.loads(pickle.dumps(wg.jit(of_two, static_argnames=("power",))))
    assert_same(compiled(X, X, power=3), of_two(wg.tensor(X), X, power=3))
    aux = pickle.loads(pickle.dumps(wg.grad(with_aux, has_aux=True)))
    assert_same(aux(X), wg.grad(with_aux, has_aux=True)(X))


@wg.checkpoint
def decorated(x: Any) -> Any:
    """Twice the sine."""
    return np.sum(np.sin(x) * 2)


@wg.jit
def compiled(x: Any) -> Any:
    return np.sum(np.sin(x) * 2)


@wg.custom_derivative(vjp=rule)
def with_rule(x: Any) -> Any:
    return np.sin(x)


@pytest.mark.parametrize("made", [decorated, compiled, with_rule])
def test_what_a_decorator_made_is_found_by_its_name(made: Any) -> None:
    for way in WAYS.values():
        assert way(made) is made
        again = way(wg.grad(functools.partial(_total, made)))
        assert_same(again(X), 2 * np.cos(X) if made is not with_rule else np.cos(X))


class Layer:
    def __init__(self) -> None:
        self.weight = wg.tensor(2.0)

    @wg.checkpoint
    def forward(self, x: Any) -> Any:
        return np.sum(np.sin(x) * self.weight)

    @functools.partial(wg.vmap, in_axes=(None, 0))
    def rows(self, x: Any) -> Any:
        return x * self.weight


def test_methods_are_bound_to_their_objects() -> None:
    layer = Layer()
    assert layer.forward(X).item() == pytest.approx(2 * numpy.sin(X).sum())
    assert layer.rows(X).tolist() == (2 * X).tolist()
    assert_same(copy.deepcopy(layer).forward(X), layer.forward(X))
    assert_same(pickle.loads(pickle.dumps(layer.forward))(X), layer.forward(X))


def test_a_transformed_function_has_the_name_and_the_text_of_its_own() -> None:
    made = wg.grad(decorated)
    assert (made.__name__, made.__doc__, made.__module__) == ("decorated", "Twice the sine.", __name__)
    assert made.__wrapped__ is decorated
    assert repr(wg.grad(function)).startswith("<gradient of <function function at ")


def test_a_compiled_function_notices_that_a_transformed_one_was_bound_anew() -> None:
    namespace: dict[str, Any] = {**globals(), "slope": wg.grad(function)}
    exec("def f(x):\n    return slope(x) * 1.0", namespace)
    f = wg.jit(namespace["f"])
    assert_same(f(X), wg.grad(function)(X))
    namespace["slope"] = wg.grad(lambda x: np.sum(x * x))
    assert f(X).tolist() == (2 * X).tolist()


MODULE = """
import wengert as wg

@wg.jit
def cube(x):
    return x * x * x
"""
WRITE = """
import pickle, sys, cubes, wengert as wg
sys.stdout.buffer.write(pickle.dumps(wg.grad(wg.jit(wg.grad(cubes.cube)))))
"""
READ = "import pickle, sys; print(pickle.loads(sys.stdin.buffer.read())(2.0).item())"


def test_another_process_can_use_what_was_pickled(tmp_path: Path) -> None:
    (tmp_path / "cubes.py").write_text(MODULE)

    def run(program: str, given: bytes) -> bytes:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
        done = subprocess.run([sys.executable, "-c", program], input=given, capture_output=True, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run(READ, run(WRITE, b"")).split() == [b"12.0"]


# -- public functions ------------------------------------------------------------------------------


NAMESPACES = [wg, np, np.linalg, np.fft, np.emath, special, linalg, signal, stats]


@pytest.mark.parametrize("namespace", NAMESPACES, ids=lambda namespace: namespace.__name__)
def test_public_functions_are_pickled_by_name(namespace: Any) -> None:
    names = [name for name in getattr(namespace, "__all__", dir(namespace)) if not name.startswith("_")]
    for function in (getattr(namespace, name) for name in names):
        if callable(function):
            found = pickle.loads(pickle.dumps(function))
            assert found is function or type(function) is not types.FunctionType
