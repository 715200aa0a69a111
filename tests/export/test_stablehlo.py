"""Artifacts of StableHLO: JAX loads them, and they give what the function gives."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy
import pytest
from tests.same import assert_same

import wengert as wg
import wengert.numpy as np

X = numpy.linspace(0.1, 1.0, 4)


def f(x: Any) -> Any:
    return np.sum(np.sin(x) * x**2)


@pytest.mark.parametrize("platforms", ["cpu", (), ("cpu", "metal")])
def test_platforms_that_are_not_there(platforms: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^\[stablehlo\] platforms=.* was given, wanted some of cpu, cuda, rocm, tpu in"
    ):
        wg.export.stablehlo(f, X, platforms=platforms)


def test_arguments_that_are_no_arrays() -> None:
    with pytest.raises(TypeError, match=r"^\[stablehlo\] True is among the arguments, wanted arrays; write a function"):
        wg.export.stablehlo(lambda x, flag: x if flag else -x, X, True)


def test_functions_that_decide_by_values() -> None:
    with pytest.raises(TypeError, match=r"^\[stablehlo\] .* decides by a value"):
        wg.export.stablehlo(lambda x: x if x[0] > 0 else -x, X)


def loaded(artifact: bytes) -> Any:
    """What JAX makes of an artifact, as a function of arrays."""
    jax = pytest.importorskip("jax")
    found = importlib.import_module("jax.export").deserialize(bytearray(artifact))

    def call(*args: Any) -> Any:
        with jax.enable_x64(True):
            return jax.tree.map(numpy.asarray, found.call(*args))

    return call


def test_jax_loads_a_function_and_its_derivative(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    path = tmp_path / "gradient.bin"
    artifact = wg.export.stablehlo(wg.grad(f), X, path=path)
    assert path.read_bytes() == artifact
    assert_same(loaded(artifact)(X), wg.grad(f)(X))


def test_nested_arguments_results_and_constants() -> None:
    pytest.importorskip("jax")
    weight = wg.tensor(X)

    def g(tree: Any) -> Any:
        return {"sum": tree["x"] + weight, "pair": (tree["y"] * 2, tree["x"])}

    given = {"x": X, "y": numpy.float32(3.0)}
    found = loaded(wg.export.stablehlo(g, given))(given)
    assert_same(found["sum"], g(given)["sum"])
    assert_same(found["pair"][0], g(given)["pair"][0])


def test_for_what_is_not_here() -> None:
    pytest.importorskip("jax")
    artifact = wg.export.stablehlo(f, X, platforms=("cpu", "cuda"))
    assert_same(loaded(artifact)(X), f(wg.tensor(X)))
