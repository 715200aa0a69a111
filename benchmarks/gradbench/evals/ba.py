"""Bundle adjustment: how far from where points are seen they are projected, and its sparse Jacobian (ADBench)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from ..eval import Case, Eval, Input
from ..libraries import Function, Library

CAMERA, POINT = 11, 3
ROW = CAMERA + POINT + 1
"""Numbers of a row of the Jacobian that are not zero: by the camera, the point and the weight."""
KEPT = 2 * ROW


def residual(library: Library) -> Function:
    """Of one observation: (2,)."""
    m = library.numpy

    def f(camera: Any, point: Any, weight: Any, seen: Any) -> Any:
        angle = m.sqrt(m.sum(camera[:3] ** 2))
        axis, away = camera[:3] / angle, point - camera[3:6]
        along = m.sum(axis * away) * (1 - m.cos(angle))
        x = away * m.cos(angle) + m.cross(axis, away) * m.sin(angle) + axis * along
        u = x[:2] / x[2]
        q = m.sum(u**2)
        return weight * (u * (1 + camera[9] * q + camera[10] * q**2) * camera[6] + camera[7:9] - seen)

    return f


def observed(given: Input) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The camera and the point of each observation."""
    numbers = numpy.arange(given["p"])
    return numbers % given["n"], numbers % given["m"]


def objective(library: Library, given: Input) -> Function:
    """The residuals of projections (p, 2) and those of weights (p,)."""
    camera, point = observed(given)
    residuals = library.vmap(residual(library))

    def f(cameras: Any, points: Any, weights: Any, seen: Any) -> Any:
        return residuals(cameras[camera], points[point], weights, seen), 1 - weights**2

    return f


def jacobian(library: Library, given: Input) -> Function:
    """What is not zero in its rows: those of projections (p, 2, 15) and those of weights (p,)."""
    m, (camera, point) = library.numpy, observed(given)
    blocks = library.vmap(library.jacrev(residual(library), (0, 1, 2)))

    def f(cameras: Any, points: Any, weights: Any, seen: Any) -> Any:
        by_camera, by_point, by_weight = blocks(cameras[camera], points[point], weights, seen)
        return m.concatenate([by_camera, by_point, by_weight[..., None]], axis=-1), -2 * weights

    return f


def arrays(given: Input) -> list[numpy.ndarray]:
    """Cameras, points, weights and where points are seen: GradBench sends one of each."""
    copies = {"cam": given["n"], "x": given["m"], "w": given["p"], "feat": given["p"]}
    one = {name: numpy.asarray(given[name], float) for name in copies}
    return [numpy.tile(one[name], (count,) + (1,) * one[name].ndim) for name, count in copies.items()]


def answer(name: str, result: Any, given: Input) -> Any:
    """The first numbers and the last of each list, as GradBench wants them."""
    first, second = (numpy.asarray(part) for part in result)
    if name == "objective":
        repeated = {"elements": first[0].tolist(), "repeated": len(first)}
        return {"reproj_error": repeated, "w_err": {"element": float(second[0]), "repeated": len(second)}}
    values = numpy.concatenate([first.ravel(), second])
    rows, columns = structure(given)
    return {"rows": _ends(rows), "cols": _ends(columns), "vals": _ends(values)}


def _ends(numbers: numpy.ndarray) -> list[Any]:
    return [*numbers[:KEPT].tolist(), numbers[-1].item()]


def structure(given: Input) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Where rows begin, and the columns of all numbers: they depend on the sizes alone."""
    n, m, p = given["n"], given["m"], given["p"]
    camera, point = observed(given)
    of_weight = CAMERA * n + POINT * m + numpy.arange(p)
    by_camera = CAMERA * camera[:, None] + numpy.arange(CAMERA)
    by_point = CAMERA * n + POINT * point[:, None] + numpy.arange(POINT)
    columns = numpy.concatenate([by_camera, by_point, of_weight[:, None]], axis=1)
    begins = [numpy.arange(2 * p + 1) * ROW, 2 * p * ROW + numpy.arange(1, p + 1)]
    return numpy.concatenate(begins), numpy.concatenate([numpy.repeat(columns, 2, axis=0).ravel(), of_weight])


def cases() -> Iterator[Case]:
    rng = numpy.random.default_rng(31337)
    for n, m, p in ((5, 100, 500), (49, 7_776, 31_843), (161, 48_126, 182_072)):
        given = {
            "n": n,
            "m": m,
            "p": p,
            "cam": numpy.concatenate([rng.normal(size=3), 40 + rng.normal(size=3), [400, 6, -8, 0.09, 0.003]]),
            "x": rng.normal(size=3) * 5,
            "w": rng.random(),
            "feat": rng.random(2) * 800,
        }
        yield Case(f"n={n}, m={m:,}, p={p:,}", given, is_quick=n == 5)


EVAL = Eval(
    name="ba",
    functions={"objective": objective, "jacobian": jacobian},
    arrays=arrays,
    integers=lambda given: [given[name] for name in "nmp"],
    answer=answer,
    cases=cases,
)
