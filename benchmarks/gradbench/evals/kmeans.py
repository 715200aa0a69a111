"""The cost of k-means, and the step of Newton's method: its Hessian has nothing beside the diagonal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from ..eval import Case, Eval, Input
from ..libraries import Function, Library


def cost(library: Library, _: Input) -> Function:
    """The sum of squared distances to the nearest centroid."""
    m = library.numpy

    def f(centroids: Any, points: Any) -> Any:
        distances = m.sum(centroids**2, axis=1) - 2 * points @ centroids.T
        return m.sum(points**2) + m.sum(m.min(distances, axis=1))

    return f


def direction(library: Library, given: Input) -> Function:
    """The gradient over the diagonal of the Hessian."""
    f = cost(library, given)

    def newton(centroids: Any, points: Any) -> Any:
        ones = library.numpy.ones_like(centroids)
        gradient, diagonal = library.gradient_along(lambda c: f(c, points), centroids, ones)
        return gradient / diagonal

    return newton


def cases() -> Iterator[Case]:
    rng = numpy.random.default_rng(31337)
    for k, n, d in ((10, 1_000, 8), (100, 10_000, 16), (1_000, 10_000, 16)):
        points = rng.random((n, d))
        yield Case(f"k={k:,}, n={n:,}, d={d}", {"points": points, "centroids": points[-k:]}, is_quick=k == 10)


EVAL = Eval(
    name="kmeans",
    functions={"cost": cost, "dir": direction},
    arrays=lambda given: [numpy.asarray(given["centroids"]), numpy.asarray(given["points"])],
    integers=lambda given: [*numpy.shape(given["points"]), len(given["centroids"])],
    cases=cases,
)
