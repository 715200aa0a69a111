"""Patterns hold all nonzero derivatives, and where it can be told no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from scipy import sparse

import wengert as wg
import wengert.numpy as np
from wengert.core.primitive import Primitive
from wengert.ops import broadcast
from wengert.ops.indexing import gather
from wengert.scipy.linalg import solve_triangular
from wengert.walks.patterns import structure

SIZE = 12
OUTSIDE = numpy.eye(SIZE)
MATRIX = numpy.arange(9.0).reshape(3, 3) + 1

EXACT: dict[str, Callable[[Any], Any]] = {
    "elementwise": lambda x: np.exp(x) * np.sin(x),
    "broadcast": lambda x: x[:4, None] * x[None, 4:],
    "differences": lambda x: np.diff(x) ** 2,
    "rolled": lambda x: np.roll(x, 1) * x,
    "slices": lambda x: x[1::2] * x[:-1:2],
    "taken": lambda x: x[numpy.array([3, 3, -1])],
    "masked": lambda x: x[numpy.arange(SIZE) % 3 == 0],
    "where a mask is known": lambda x: np.where(np.arange(SIZE) < 5, x, 0),
    "triangle": lambda x: np.tril(x[:9].reshape(3, 3)),
    "transposed": lambda x: x.reshape(3, 4).T,
    "stacked": lambda x: np.stack([x[:3], x[3:6] * 2]),
    "split": lambda x: np.split(x, 3)[1],
    "padded": lambda x: np.pad(x, 2),
    "written": lambda x: wg.tensor(numpy.zeros(5)) + _written(x),
    "sums": lambda x: np.sum(x.reshape(3, 4), axis=1),
    "cumulative": lambda x: np.cumsum(x) * x,
    "products in a row": lambda x: np.cumprod(x),
    "product": lambda x: np.prod(x.reshape(3, 4), axis=0),
    "norms": lambda x: np.linalg.norm(x.reshape(4, 3), axis=1),
    "matrix of numbers made within": lambda x: np.eye(SIZE) @ x,
    "matrix product": lambda x: x[:4].reshape(2, 2) @ x[4:8].reshape(2, 2),
    "stack of products": lambda x: x.reshape(3, 2, 2) @ numpy.ones((2, 2)),
    "einsum": lambda x: np.einsum("ij,kj->ik", x[:6].reshape(3, 2), x[6:].reshape(3, 2)),
    "diagonal": lambda x: np.einsum("ii->i", x[:9].reshape(3, 3)),
    "trace": lambda x: np.trace(x[:9].reshape(3, 3)),
    "fourier": lambda x: np.fft.fft(x.reshape(4, 3), axis=1).real,
    "convolved": lambda x: np.convolve(x, numpy.ones(3)),
    "windows": lambda x: wg.nn.functional.conv1d(x[None, None], wg.tensor([[[1.0, 2.0]]])),
    "inverse": lambda x: np.linalg.inv(x[:9].reshape(3, 3) + 4 * np.eye(3)),
    "solved": lambda x: np.linalg.solve(MATRIX + 9 * numpy.eye(3), x[:9].reshape(3, 3)),
    "mapped": lambda x: wg.map(lambda y: np.sin(y) * y, x),
    "batched": lambda x: wg.vmap(lambda y: y @ y)(x.reshape(3, 4)),
    "scanned": lambda x: wg.scan(lambda c, y: (c * y, c + y), x[0], x)[1],
    "counted": lambda x: wg.fori_loop(0, SIZE - 1, lambda i, c: c + x[i] * x[i + 1] * (np.arange(SIZE) == i), 0 * x),
    "looped": lambda x: wg.while_loop(lambda c: np.sum(c) < 1000, lambda c: c * 2 + 1, x * x + 1),
    "branches": lambda x: wg.cond(np.sum(x) > 0, lambda y: y * 2, lambda y: y[::-1], x),
    "rounded": lambda x: np.round(x) + x[0],
    "constant": lambda x: np.zeros(3),
    "identity": lambda x: x,
    "nested": lambda x: {"a": x[:2] ** 2, "b": (x[2] * x[3], x[4])},
    "interpolated": lambda x: np.interp(numpy.array([0.5, 2.5]), numpy.arange(float(SIZE)), x),
    "custom rule": lambda x: _cubed(x),
    "checkpointed": lambda x: wg.checkpoint(lambda y: y * np.roll(y, 2))(x),
    "gradient": lambda x: wg.grad(lambda y: np.sum(y[1:] * y[:-1] ** 2))(x),
    "gradient of a map": lambda x: wg.grad(lambda y: np.sum(wg.map(lambda z: np.sin(z) * z, y)))(x),
    "compiled within": lambda x: wg.jit(lambda y: y[::-1] * y)(x),
}

WIDER: dict[str, Callable[[Any], Any]] = {
    "while rolled": lambda x: wg.while_loop(lambda c: c[1] < 2, lambda c: (np.roll(c[0], 1) * x, c[1] + 1), (x, 0))[0],
    "solved, triangular": lambda x: solve_triangular(MATRIX, x[:3], lower=True),
    "largest": lambda x: np.max(x.reshape(3, 4), axis=1),
    "sorted": lambda x: np.sort(x.reshape(3, 4), axis=1),
    "median": lambda x: np.median(x.reshape(3, 4), axis=1),
    "indices from values": lambda x: x[np.argmax(x) + np.arange(2)],
    "added at indices from values": lambda x: _counted_at(x),
    "matrix of numbers from outside": lambda x: OUTSIDE @ x,
    "gradient of a scan": lambda x: wg.grad(lambda y: np.sum(wg.scan(lambda c, z: (c / 2 + z * z, c * z), 1.0, y)[1]))(
        x
    ),
}
"""Functions whose derivatives are zero by their values only."""


def _written(x: Any) -> Any:
    y = wg.tensor(numpy.zeros(5))
    y[1:3] = x[4:6] ** 2
    y[0] += x[7]
    return y


def _turn(carry: Any, y: Any) -> Any:
    return carry / 2 + y * y, carry * y


def _counted_at(x: Any) -> Any:
    y = np.zeros(4)
    y[np.argmax(x[:4])] += x[5]
    return y


@wg.custom_derivative(vjp=lambda primals, out, cotangent: (3 * primals[0] ** 2 * cotangent,))
def _cubed(x: Any) -> Any:
    return x**3


def derivative(f: Callable[[Any], Any], x: Any) -> Any:
    """The Jacobian, a row for each number of the result."""
    rows = [numpy.asarray(leaf).reshape(-1, x.size) for leaf in wg.trees.leaves(wg.jacobian(f)(x))]
    return numpy.concatenate(rows)


def anywhere(f: Callable[[Any], Any]) -> Any:
    """Where the Jacobian is nonzero at any of some points."""
    points = numpy.random.default_rng(0).normal(size=(3, SIZE))
    return numpy.any([derivative(f, x) != 0 for x in points], axis=0)


@pytest.mark.part(2)
@pytest.mark.parametrize("name", EXACT)
def test_a_pattern_is_what_is_nonzero_somewhere(name: str) -> None:
    pattern = wg.sparse.jacobian_pattern(EXACT[name], numpy.ones(SIZE))
    numpy.testing.assert_array_equal(pattern.toarray(), anywhere(EXACT[name]))


@pytest.mark.parametrize("name", WIDER)
def test_a_pattern_has_all_that_is_nonzero_somewhere(name: str) -> None:
    pattern = wg.sparse.jacobian_pattern(WIDER[name], numpy.linspace(-1, 1, SIZE)).toarray()
    found = anywhere(WIDER[name])
    assert not (found & ~pattern).any()
    assert pattern.sum() > found.sum()


@pytest.mark.part(2)
@pytest.mark.parametrize("name", EXACT)
def test_a_local_pattern_is_within_the_global_one(name: str) -> None:
    x = numpy.random.default_rng(1).normal(size=SIZE)
    x[3] = 0
    local = wg.sparse.jacobian_pattern(EXACT[name], x, local=True).toarray()
    assert not (local & ~wg.sparse.jacobian_pattern(EXACT[name], x).toarray()).any()
    assert not ((derivative(EXACT[name], x) != 0) & ~local).any()


def test_factors_that_are_zero_at_a_point_pass_nothing_on_there() -> None:
    x = numpy.array([1.0, 0.0, 2.0, 3.0])
    f = lambda x: x[:2] * x[2:]
    assert wg.sparse.jacobian_pattern(f, x).toarray().tolist() == [[1, 0, 1, 0], [0, 1, 0, 1]]
    assert wg.sparse.jacobian_pattern(f, x, local=True).toarray().tolist() == [[1, 0, 1, 0], [0, 1, 0, 0]]
    outside = numpy.eye(4)
    assert wg.sparse.jacobian_pattern(lambda x: outside @ x, x, local=True).nnz == 4
    branch = lambda x: wg.cond(x[0] > 0, lambda y: y, lambda y: y[::-1], x)
    assert wg.sparse.jacobian_pattern(branch, x, local=True).nnz == 4


LOOPS: dict[str, Callable[[Any], Any]] = {
    "a carry and slices": lambda x: wg.scan(lambda c, y: (c * 0.5 + y, c * y), x[0], x)[1],
    "slices alone": lambda x: wg.scan(lambda c, y: (c + 1, y * y * c), 1.0, x)[1],
    "backwards": lambda x: wg.scan(lambda c, y: (c + y, c * y), x[0], x, reverse=True)[1],
    "vectors": lambda x: wg.scan(lambda c, y: (np.roll(c, 1) * y, c[:2]), x[:3], x)[1],
    "a carry alone": lambda x: wg.scan(lambda c, y: (c + y, None), 0.0, x)[0],
}


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("limit", ["turn by turn", "by matrices", "together"])
def test_loops_are_gone_through_in_three_ways(name: str, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from wengert.walks.patterns import loops

    monkeypatch.setattr(loops, "MOST_STEPS", 10_000 if limit == "turn by turn" else 0)
    monkeypatch.setattr(loops, "MOST_TURNS", 0 if limit == "together" else 4096)
    pattern, found = wg.sparse.jacobian_pattern(LOOPS[name], numpy.ones(SIZE)).toarray(), anywhere(LOOPS[name])
    assert not (found & ~pattern).any()
    if limit != "together" or name in ("slices alone", "a carry alone"):
        numpy.testing.assert_array_equal(pattern, found)


@pytest.mark.parametrize("rule", [broadcast.sum.primitive, gather.block.primitive])
def test_a_planted_rule_is_caught(rule: Primitive, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = lambda passage: _without_first_column(true(passage))
    true = structure.OF_STRUCTURE[rule]
    monkeypatch.setitem(structure.OF_STRUCTURE, rule, lost)
    f = lambda x: np.sum(x[:6].reshape(2, 3) * 2.0, axis=1)
    assert (anywhere(f) & ~wg.sparse.jacobian_pattern(f, numpy.ones(SIZE)).toarray()).any()


def _without_first_column(reach: Any) -> Any:
    dense = reach.toarray()
    dense[:, 0] = False
    return sparse.csr_array(dense)


def test_large_patterns_take_no_loops_of_python() -> None:
    n = 100_000
    pattern = wg.sparse.jacobian_pattern(lambda u: 2 * u[1:-1] - u[2:] * u[:-2], numpy.ones(n))
    assert pattern.shape == (n - 2, n)
    assert pattern.nnz == 3 * (n - 2)


def test_what_is_not_sparse_is_refused_before_it_fills_the_memory() -> None:
    n = 100_000
    with pytest.raises(MemoryError) as refused:
        wg.sparse.jacobian_pattern(lambda x: x / np.sum(x), numpy.ones(n))
    assert str(refused.value) == (
        "[sparse] within the function an array of 100000 elements depends on 100000 inputs in 10000000000 places, "
        "wanted sparse dependences; write the function so that fewer elements depend on all inputs, or use jacobian "
        "without sparse=True, or jvp"
    )
