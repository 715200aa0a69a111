"""Functions with sparse derivatives, in the operations of NumPy, and as expressions of CasADi."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy


class Problem(NamedTuple):
    """A function of one vector.

    Attributes:
        derivative: ``"jacobian"`` or ``"hessian"``.
        f: ``f(np, x)`` in the operations of a NumPy-like namespace.
        build: ``build(casadi)`` gives a symbol and the expression of it.
        x: the point.
    """

    derivative: str
    f: Callable[[Any, Any], Any]
    build: Callable[[Any], tuple[Any, Any]]
    x: Any


def _point(size: int) -> Any:
    return numpy.random.default_rng(0).normal(size=size)


# -- reaction and diffusion on a grid ---------------------------------------------------------------


def _brusselator(np: Any, x: Any, n: int) -> Any:
    fields = x.reshape(2, n, n)
    u, v = fields[0], fields[1]
    around = lambda w: np.roll(w, 1, 0) + np.roll(w, -1, 0) + np.roll(w, 1, 1) + np.roll(w, -1, 1) - 4 * w
    diffusion = 0.1 * n * n
    first = 1 + u**2 * v - 4.4 * u + diffusion * around(u)
    return np.stack([first, 3.4 * u - u**2 * v + diffusion * around(v)]).ravel()


def _brusselator_of_casadi(ca: Any, n: int) -> tuple[Any, Any]:
    x = ca.SX.sym("x", 2 * n * n)
    u, v = x[: n * n].reshape((n, n)).T, x[n * n :].reshape((n, n)).T

    def around(w: Any) -> Any:
        rows = ca.vertcat(w[-1, :], w[:-1, :]) + ca.vertcat(w[1:, :], w[0, :])
        return rows + ca.horzcat(w[:, -1], w[:, :-1]) + ca.horzcat(w[:, 1:], w[:, 0]) - 4 * w

    diffusion = 0.1 * n * n
    first = 1 + u**2 * v - 4.4 * u + diffusion * around(u)
    second = 3.4 * u - u**2 * v + diffusion * around(v)
    return x, ca.vertcat(first.T.reshape((-1, 1)), second.T.reshape((-1, 1)))


def brusselator(n: int) -> Problem:
    """A right-hand side on a periodic grid."""
    return Problem(
        "jacobian", lambda np, x: _brusselator(np, x, n), lambda ca: _brusselator_of_casadi(ca, n), _point(2 * n * n)
    )


def brusselator_residual(n: int) -> Problem:
    """Half the sum of its squares."""

    def build(ca: Any) -> tuple[Any, Any]:
        x, residual = _brusselator_of_casadi(ca, n)
        return x, ca.dot(residual, residual) / 2

    f = lambda np, x: np.sum(_brusselator(np, x, n) ** 2) / 2
    return Problem("hessian", f, build, _point(2 * n * n))


# -- bundle adjustment ------------------------------------------------------------------------------


class _Views(NamedTuple):
    """Which camera sees which point, and where."""

    cameras: Any
    points: Any
    seen: Any

    @property
    def sizes(self) -> tuple[int, int, int]:
        return int(self.cameras.max()) + 1, int(self.points.max()) + 1, len(self.cameras)


def _views(cameras: int, points: int, count: int) -> _Views:
    rng = numpy.random.default_rng(1)
    which = numpy.concatenate([numpy.arange(cameras), rng.integers(0, cameras, count - cameras)])
    what = numpy.concatenate([rng.integers(0, points, count - points), numpy.arange(points)])
    return _Views(which, what, rng.normal(size=(2, count)))


def _reprojection(np: Any, camera: Any, point: Any, weight: Any, seen: Any) -> list[Any]:
    """The weighted distance of a projected point from where it is seen, and how far the weight is from 1.

    Source: the bundle adjustment of ADBench (F. Srajer, Z. Kukelova and A. Fitzgibbon, 2018): a rotation by an axis, a
    centre, a focal length, a principal point and two radial distortions.
    """
    rx, ry, rz, cx, cy, cz, focal, px, py, k1, k2 = camera
    x, y, z = point[0] - cx, point[1] - cy, point[2] - cz
    angle = np.sqrt(rx * rx + ry * ry + rz * rz)
    cosine, sine = np.cos(angle), np.sin(angle)
    ax, ay, az = rx / angle, ry / angle, rz / angle
    along = (ax * x + ay * y + az * z) * (1 - cosine)
    rotated_x = x * cosine + (ay * z - az * y) * sine + ax * along
    rotated_y = y * cosine + (az * x - ax * z) * sine + ay * along
    rotated_z = z * cosine + (ax * y - ay * x) * sine + az * along
    u, v = rotated_x / rotated_z, rotated_y / rotated_z
    radius = u * u + v * v
    distorted = focal * (1 + radius * (k1 + radius * k2))
    return [weight * (u * distorted + px - seen[0]), weight * (v * distorted + py - seen[1]), 1 - weight * weight]


def _adjusted(np: Any, x: Any, views: _Views) -> Any:
    cameras, points, count = views.sizes
    split = 11 * cameras, 11 * cameras + 3 * points
    camera = x[: split[0]].reshape(11, cameras)[:, views.cameras]
    point = x[split[0] : split[1]].reshape(3, points)[:, views.points]
    rows = [camera[i] for i in range(11)], [point[i] for i in range(3)]
    return np.concatenate(_reprojection(np, *rows, x[split[1] : split[1] + count], views.seen))


def _adjusted_of_casadi(ca: Any, views: _Views) -> tuple[Any, Any]:
    cameras, points, count = views.sizes
    x = ca.SX.sym("x", 11 * cameras + 3 * points + count)
    rows = []
    for i in range(count):
        camera = [x[k * cameras + int(views.cameras[i])] for k in range(11)]
        point = [x[11 * cameras + k * points + int(views.points[i])] for k in range(3)]
        rows.append(_reprojection(ca, camera, point, x[11 * cameras + 3 * points + i], views.seen[:, i]))
    return x, ca.vertcat(*(row[k] for k in range(3) for row in rows))


def bundle_adjustment(cameras: int, points: int, count: int) -> Problem:
    """Residuals of observations."""
    views = _views(cameras, points, count)
    x = 1 + _point(11 * cameras + 3 * points + count) / 10
    return Problem(
        "jacobian", lambda np, x: _adjusted(np, x, views), lambda ca: _adjusted_of_casadi(ca, views), x
    )  # fmt: skip


# -- optimal control --------------------------------------------------------------------------------


def _lagrangian(np: Any, x: Any, u: Any, multipliers: Any, ends: tuple[Any, Any], total: Any) -> Any:
    """Of a van der Pol oscillator with a control, by the trapezoidal rule; `ends` takes all but the last or first."""
    first, second = x
    h = 10.0 / multipliers.shape[1]
    slopes = (1 - second**2) * first - second + u, first
    cost = h * total(first**2 + second**2 + u**2)
    for values, slope, multiplier in zip(x, slopes, multipliers, strict=True):
        before, after = (end(values) for end in ends)
        slope_before, slope_after = (end(slope) for end in ends)
        cost = cost + total(multiplier * (after - before - h / 2 * (slope_before + slope_after)))
    return cost


ENDS = (lambda x: x[:-1], lambda x: x[1:])


def optimal_control(steps: int) -> Problem:
    """The Lagrangian of a collocation."""
    multipliers = numpy.random.default_rng(2).normal(size=(2, steps))

    def f(np: Any, z: Any) -> Any:
        rows = z.reshape(3, steps + 1)
        return _lagrangian(np, (rows[0], rows[1]), rows[2], multipliers, ENDS, np.sum)

    def build(ca: Any) -> tuple[Any, Any]:
        z = ca.SX.sym("z", 3 * (steps + 1))
        first, second, u = (z[i * (steps + 1) : (i + 1) * (steps + 1)] for i in range(3))
        return z, _lagrangian(ca, (first, second), u, multipliers, ENDS, ca.sum1)

    return Problem("hessian", f, build, _point(3 * (steps + 1)))


# -- differential equations on a line ---------------------------------------------------------------


def tridiagonal(n: int) -> Problem:
    """Bratu's equation in one dimension, by finite differences."""

    def f(np: Any, u: Any) -> Any:
        inner = 2 * u[1:-1] - u[:-2] - u[2:] - np.exp(u[1:-1]) / n**2
        return np.concatenate([u[:1], inner, u[-1:]])

    def build(ca: Any) -> tuple[Any, Any]:
        u = ca.SX.sym("u", n)
        inner = 2 * u[1:-1] - u[:-2] - u[2:] - ca.exp(u[1:-1]) / n**2
        return u, ca.vertcat(u[0], inner, u[-1])

    return Problem("jacobian", f, build, _point(n))


def banded(n: int) -> Problem:
    """A film that flows, of fourth order: the derivative of u^3 times the third difference."""

    def flow(u: Any) -> Any:
        third = u[3:] - 3 * u[2:-1] + 3 * u[1:-2] - u[:-3]
        flux = (u[1:-2] + u[2:-1]) ** 3 * third
        return flux[1:] - flux[:-1]

    def build(ca: Any) -> tuple[Any, Any]:
        u = ca.SX.sym("u", n)
        return u, flow(u)

    return Problem("jacobian", lambda np, u: flow(u), build, _point(n))


# -- hand tracking ----------------------------------------------------------------------------------

FINGERS, BONES = 5, 16


class _Hand(NamedTuple):
    """A surface over bones, and points that are seen of it.

    Attributes:
        surface: of each bone the surface in its place, with a fourth row of ones, weighted by how it follows the bone.
        corners: the corners of the triangle that each point is on.
        seen: where the points are.
    """

    surface: Any
    corners: Any
    seen: Any


def _hand(vertices: int, points: int) -> _Hand:
    rng = numpy.random.default_rng(3)
    surface = numpy.concatenate([rng.normal(size=(3, vertices)), numpy.ones((1, vertices))])
    weights = rng.dirichlet(numpy.ones(BONES), vertices).T
    return _Hand(
        weights[:, None] * surface, rng.integers(0, vertices, (3, points)), rng.normal(size=(3, points))
    )  # fmt: skip


class _Space(NamedTuple):
    """The operations of a library."""

    sin: Any
    cos: Any
    matrix: Callable[[list[list[Any]]], Any]
    joined: Callable[[list[Any]], Any]
    row: Callable[[Any], Any]


def _turn(space: _Space, axis: int, angle: Any, shift: list[Any]) -> Any:
    """A rotation about an axis, then a shift, as a matrix of four rows and columns."""
    c, s = space.cos(angle), space.sin(angle)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    rows: list[list[Any]] = [[float(k == n) for n in range(4)] for k in range(4)]
    rows[i][i], rows[i][j], rows[j][i], rows[j][j] = c, -s, s, c
    for k in range(3):
        rows[k][3] = shift[k]
    return space.matrix(rows)


def _tracked(space: _Space, x: Any, hand: _Hand) -> Any:
    """Where the points of a hand are beside where they are seen.

    Source: the hand tracking of ADBench (Srajer, Kukelova and Fitzgibbon, 2018), with a surface made at random: 26
    angles and shifts of the bones, and for each point its place on its triangle.
    """
    count = hand.seen.shape[1]
    palm = _turn(space, 0, x[0], [x[3], x[4], x[5]]) @ _turn(space, 1, x[1], [0.0] * 3)
    palm = palm @ _turn(space, 2, x[2], [0.0] * 3)
    bones = [palm]
    for finger in range(FINGERS):
        bend = x[6 + 4 * finger], x[7 + 4 * finger], x[8 + 4 * finger], x[9 + 4 * finger]
        bone = palm @ _turn(space, 2, bend[0], [0.3 * finger, 1.0, 0.0])
        for angle in bend[1:]:
            bone = bone @ _turn(space, 0, angle, [0.0, 0.5, 0.0])
            bones.append(bone)
    surface = sum(bone @ part for bone, part in zip(bones, hand.surface, strict=True))
    u, v = x[26 : 26 + count].T, x[26 + count : 26 + 2 * count].T
    first, second, third = hand.corners
    seen = [space.row(row) for row in hand.seen]
    rows = [
        u * surface[k, first] + v * surface[k, second] + (1 - u - v) * surface[k, third] - seen[k] for k in range(3)
    ]
    return space.joined(rows)


def hand_tracking(vertices: int, points: int) -> Problem:
    """Residuals of points on a hand."""
    hand = _hand(vertices, points)

    def f(np: Any, x: Any) -> Any:
        return _tracked(_Space(np.sin, np.cos, np.array, np.concatenate, lambda row: row), x, hand)

    def build(ca: Any) -> tuple[Any, Any]:
        x = ca.SX.sym("x", 26 + 2 * points)
        matrix = lambda rows: ca.vertcat(*(ca.horzcat(*row) for row in rows))
        rows = _Hand(hand.surface, hand.corners.tolist(), hand.seen)
        space = _Space(ca.sin, ca.cos, matrix, lambda parts: ca.horzcat(*parts).T, lambda row: ca.DM(row).T)
        return x, _tracked(space, x, rows)

    return Problem("jacobian", f, build, _point(26 + 2 * points) / 3)
