"""The laws that every row of every table obeys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from optree import tree_leaves, tree_map

import wengert as wg
from tests.cases.case import Case

# Relative to the size of the numbers compared: a few hundred roundings of the dtype.
TOLERANCE = {"float32": 2e-4, "complex64": 2e-4, "float64": 1e-10, "complex128": 1e-10}
# A central difference of step h with one extrapolation has an error of about h^4 + eps / h.
DIFFERENCE_STEP = 1e-3
DIFFERENCE_TOLERANCE = 2e-8


def make_arguments(case: Case, dtype: str, seed: int = 0) -> tuple[Any, ...]:
    rng = numpy.random.default_rng([seed, *case.name.encode()])
    return tuple(make(rng, numpy.dtype(dtype)) for make in case.arguments)


def random_like(tree: Any, seed: int) -> Any:
    """A tangent or cotangent: normal numbers in the shapes and dtypes of the leaves."""
    rng = numpy.random.default_rng(seed)

    def draw(leaf: Any) -> Any:
        leaf = numpy.asarray(leaf)
        values = rng.standard_normal(leaf.shape)
        if leaf.dtype.kind == "c":
            values = values + 1j * rng.standard_normal(leaf.shape)
        return numpy.asarray(values, leaf.dtype)

    return tree_map(draw, tree)


def inner(a: Any, b: Any) -> float:
    """The real inner product of two trees: the sum of Re(conj(a) b)."""
    pairs = zip(tree_leaves(a), tree_leaves(b), strict=True)
    return float(sum(numpy.vdot(numpy.asarray(x), numpy.asarray(y)).real for x, y in pairs))


def norm(tree: Any) -> float:
    return inner(tree, tree) ** 0.5


def assert_close(actual: Any, expected: Any, tolerance: float) -> None:
    """Equal structure, shape and dtype, and close values."""
    left, right = tree_leaves(actual), tree_leaves(expected)
    assert len(left) == len(right)
    for x, y in zip(left, right, strict=True):
        x, y = numpy.asarray(x), numpy.asarray(y)
        assert x.shape == y.shape
        assert x.dtype == y.dtype
        scale = max(float(numpy.max(numpy.abs(y[numpy.isfinite(y)]), initial=0.0)), 1.0)
        numpy.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance * scale)


def inexact(outputs: Any) -> list[Any]:
    return [leaf for leaf in tree_leaves(outputs) if leaf.dtype.kind in "fc"]


def flat(f: Callable[..., Any]) -> Callable[..., tuple[Any, ...]]:
    """The function with its floating results as a flat tuple."""
    return lambda *args: tuple(inexact(f(*args)))


def check_value(case: Case, dtype: str) -> None:
    """The value, shape and dtype are NumPy's."""
    args = make_arguments(case, dtype)
    assert_close(case.function(*args), case.reference(*args), case.tolerance * TOLERANCE[dtype])


def check_modes(f: Callable[..., Any], args: tuple[Any, ...], tolerance: float) -> None:
    """<J v, w> = <v, J^T w>; derivatives have the shapes and dtypes of what they belong to."""
    v = random_like(args, 1)
    out, tangent = wg.jvp(f, args, v)
    w = random_like(out, 2)
    _, pull = wg.vjp(f, *args)
    cotangent = pull(w)
    for vector, primal in [(tangent, out), (cotangent, args)]:
        for x, y in zip(tree_leaves(vector), tree_leaves(primal), strict=True):
            assert x.shape == numpy.shape(y)
            assert x.dtype == y.dtype
    scale = max(norm(tangent) * norm(w), norm(v) * norm(cotangent), 1.0)
    assert abs(inner(w, tangent) - inner(v, cotangent)) <= tolerance * scale


def check_difference(f: Callable[..., Any], args: tuple[Any, ...], tolerance: float) -> None:
    """Forward mode agrees with an extrapolated central difference (double precision only)."""
    v = random_like(args, 1)
    _, tangent = wg.jvp(f, args, v)

    def central(h: float) -> Any:
        ahead = f(*[a + h * d for a, d in zip(args, v, strict=True)])
        behind = f(*[a - h * d for a, d in zip(args, v, strict=True)])
        return [(numpy.asarray(p) - numpy.asarray(m)) / (2 * h) for p, m in zip(ahead, behind, strict=True)]

    for exact, coarse, fine in zip(tangent, central(DIFFERENCE_STEP), central(DIFFERENCE_STEP / 2), strict=True):
        estimate = (4 * fine - coarse) / 3
        scale = max(float(numpy.max(numpy.abs(estimate), initial=0.0)), 1.0)
        numpy.testing.assert_allclose(numpy.asarray(exact), estimate, rtol=0, atol=tolerance * scale)


def derivative(f: Callable[..., Any], args: tuple[Any, ...]) -> Callable[..., Any]:
    """The reverse-mode derivative along a fixed cotangent, as a function of the same arguments."""
    w = random_like(f(*args), 3)

    def pulled(*point: Any) -> Any:
        return wg.vjp(f, *point)[1](w)

    return pulled


def check_batched(f: Callable[..., Any], batches: tuple[Any, ...], tolerance: float) -> None:
    """vmap is a loop over the examples."""
    size = len(batches[0])
    looped = [f(*[b[i] for b in batches]) for i in range(size)]
    stacked = [numpy.stack([numpy.asarray(x) for x in column]) for column in zip(*looped, strict=True)]
    assert_close(list(wg.vmap(f)(*batches)), stacked, tolerance)


def with_special(args: tuple[Any, ...], special: float) -> tuple[Any, ...]:
    """The arguments with another number in one place of each."""
    rng, changed = numpy.random.default_rng(0), []
    for argument in args:
        argument = numpy.array(argument)
        if argument.size:
            argument.flat[rng.integers(argument.size)] = special
        changed.append(argument)
    return tuple(changed)


def check_zeros(f: Callable[..., Any], args: tuple[Any, ...], special: float) -> None:
    """A zero (co)tangent is pushed and pulled to zeros, wherever that is, and so is its derivative."""
    point = with_special(args, special)

    def pulled(*point: Any) -> Any:
        out, pull = wg.vjp(f, *point)
        return pull(tree_map(numpy.zeros_like, out))

    def pushed(*point: Any) -> Any:
        return wg.jvp(f, point, tuple(map(numpy.zeros_like, point)))[1]

    for walk in (pulled, pushed):
        for found in (walk(*point), wg.jvp(walk, point, random_like(args, 1))[1]):
            assert not any(numpy.any(leaf) for leaf in tree_leaves(found))
