"""Passes over graphs: what they leave out, and that what is left means the same, to the last bit and sign."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.passes import after_each_pass
from wengert.core.replay import Interpreted

X = numpy.array([-0.0, 0.0, 1.5, -2.0, math.inf, -math.inf, math.nan, 5e-324])
MATRIX = numpy.linspace(-1.0, 1.0, 6).reshape(2, 3)


def stages(f: Callable[..., Any], *args: Any) -> dict[str, Any]:
    return after_each_pass(wg.jit(f).lower(*args)._program.recorded)


def names(graph: Any) -> list[str]:
    return [node.primitive.name for node in graph.nodes]


def assert_identical(found: Any, expected: Any) -> None:
    found, expected = numpy.asarray(found), numpy.asarray(expected)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    numpy.testing.assert_array_equal(found, expected)
    known = ~numpy.isnan(expected)
    numpy.testing.assert_array_equal(numpy.signbit(found[known]), numpy.signbit(expected[known]))


# -- what is left ----------------------------------------------------------------------------------

LEFT: dict[str, tuple[Callable[..., Any], Any, list[str]]] = {
    "constants are evaluated": (lambda x: x + np.sum(np.ones(3)) * 2, X, ["add"]),
    "a product with one": (lambda x: np.sin(x * 1.0 * 1), X, ["sin"]),
    "a first power": (lambda x: np.sin(x**1), X, ["sin"]),
    "a power of zero": (lambda x: np.sin(x) * x**0, X, ["sin"]),
    "a square": (lambda x: x**2.0, X, ["square"]),
    "two signs": (lambda x: np.sin(np.negative(-x)), X, ["sin"]),
    "one sign": (lambda x: np.sin(-x), X, ["negative", "sin"]),
    "two transposes": (lambda x: np.sin(x.T.T), MATRIX, ["sin"]),
    "a transpose that moves nothing": (lambda x: np.sin(np.transpose(x, (0, 1))), MATRIX, ["sin"]),
    "reshapes of reshapes": (lambda x: np.sin(x.reshape(6).reshape(3, 2).reshape(2, 3)), MATRIX, ["sin"]),
    "a broadcast to its own shape": (lambda x: np.sin(np.broadcast_to(x, (2, 3))), MATRIX, ["sin"]),
    "aliases": (lambda x: np.sin(+x), X, ["sin"]),
    "what is done twice": (lambda x: np.sin(x) * np.sin(x), X, ["sin", "multiply"]),
    "what is gathered twice": (lambda x: x[numpy.array([1, 0])] + x[numpy.array([1, 0])], X, ["getitem", "add"]),
    "what is gathered elsewhere": (
        lambda x: x[numpy.array([1, 0])] + x[numpy.array([0, 1])],
        X,
        ["getitem", "getitem", "add"],
    ),
    "equal constants": (lambda x: (x + numpy.arange(8.0)) * (x + numpy.arange(8.0)), X, ["add", "multiply"]),
    "what nobody uses": (lambda x: (np.exp(x), np.sin(x))[1], X, ["sin"]),
    "an unused product with zero stays": (lambda x: x * 0.0, X, ["multiply"]),
    "an added zero stays": (lambda x: x + 0.0, X, ["add"]),
    "a difference of equals stays": (lambda x: x - x, X, ["subtract"]),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left(name: str) -> None:
    f, x, expected = LEFT[name]
    assert names(list(stages(f, x).values())[-1]) == expected


def test_text_before_and_after() -> None:
    text = wg.jit(lambda x: np.sum(np.negative(-x) * (x * 1.0)) + np.ones(())).lower(MATRIX).passes()
    before, *_, after = text.split("\n\n")
    assert before.splitlines()[0].startswith("# recorded: ")
    assert before.count("negative") == 2
    assert after.splitlines() == [
        "# sinking: 3 operations",
        "program(a: float64[2, 3]):",
        "    b = multiply(a, a)                                        # float64[2, 3]",
        "    c = sum(b, axis=(0, 1), keepdims=False)                   # float64[]",
        "    d = add(c, 1.0)                                           # float64[]",
        "    return d",
    ]


def test_constants_that_differ_in_the_last_bit_or_the_sign_are_two() -> None:
    one, next_one = numpy.array([1.0]), numpy.nextafter(numpy.array([1.0]), 2)
    f = wg.jit(lambda x: np.stack([x + one, x + next_one, x + 0.0, x + -0.0]))
    found = f(numpy.array([-0.0])).numpy()
    assert_identical(found, numpy.array([[1.0], [next_one[0]], [0.0], [-0.0]]))


def test_dtypes_and_shapes_survive() -> None:
    x = numpy.ones(3, numpy.float32)
    f = wg.jit(
        lambda x: (x * numpy.float64(1), x * numpy.ones((2, 1)), x.astype("int8") * 1.0, x * numpy.ones((), "f4"))
    )
    for found, expected in zip(f(x), f.__wrapped__(np.asarray(x)), strict=True):
        assert_identical(found.numpy(), expected.numpy())


def test_einsums_become_matrix_products() -> None:
    a, b = numpy.ones((2, 3)), numpy.ones((4, 3))
    graphs = stages(lambda a, b: np.einsum("ij,kj->ik", a, b), a, b)
    assert names(graphs["recorded"]) == ["einsum"]
    assert sorted(names(graphs["contraction"])) == ["matmul", "transpose"]


# -- that it means the same ------------------------------------------------------------------------

MEANINGS: dict[str, Callable[[Any], Any]] = {
    "ones and signs": lambda x: (x * 1, np.negative(-x), x**1, +x, 1.0 * x, x / 1),
    "zeros": lambda x: (x * 0.0, x + 0.0, x + -0.0, x - 0.0, 0.0 - x, 0.0 + x, x - x),
    "infinities": lambda x: (x * math.inf, x + math.nan, x / 0.0, 0.0 / x, x * -0.0),
    "powers": lambda x: (x**2, x**0, x**1, np.square(x)),
    "repetitions": lambda x: (x + 1.0, x + 1.0, x + 1, np.sum(x[:4]), np.sum(x[:4])),
    "shapes": lambda x: (x.reshape(2, 4).T.reshape(8), np.broadcast_to(x, (2, 8)).T.T, x.reshape(2, 4).reshape(4, 2).T),
    "masks": lambda x: (np.where(x > 0, x, 0.0), np.where(x == x, x, -0.0) * 1, np.maximum(x, 0.0) + 0),
    "derivative": lambda x: wg.grad(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0) * 1 + x**2 * 1))(x),
    "derivative of a product": lambda x: wg.grad(lambda x: np.sum(x * (x * 1.0) * np.array(1.0)))(x),
}


@pytest.mark.parametrize("name", MEANINGS)
def test_every_pass_keeps_the_meaning(name: str) -> None:
    f = MEANINGS[name]
    results = {stage: Interpreted(graph)([X]) for stage, graph in stages(f, X).items()}
    with numpy.errstate(all="ignore"):
        eager = f(np.asarray(X))
    for expected in (eager if isinstance(eager, tuple) else (eager,), results["recorded"]):
        for found in results.values():
            for a, e in zip(found, expected, strict=True):
                assert_identical(a, e.numpy() if isinstance(e, wg.Tensor) else e)
