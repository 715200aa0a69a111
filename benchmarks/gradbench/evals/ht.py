"""Hand tracking: how far a hand's surface is from points, by the angles of its bones, and the Jacobian (ADBench)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from ..eval import Case, Eval, Input
from ..libraries import Function, Library

ANGLES, GLOBAL, FINGERS = 26, 6, 5
MATRICES = ("base_relatives", "inverse_base_absolutes", "base_positions", "weights")
PARENTS = [-1, *(parent for first in range(1, 18, 4) for parent in (0, first, first + 1, first + 2)), 0]
"""Of the wrist, four bones of each finger and the forearm."""


def bent(bones: int) -> numpy.ndarray:
    """Which parameter each bone's first and second angle is; `ANGLES` for none.

    A finger has four: two of its second bone, and one each of the next.
    """
    table = numpy.full((bones, 2), ANGLES)
    for finger in range(FINGERS):
        bone, parameter = 2 + 4 * finger, GLOBAL + 4 * finger
        table[bone] = parameter, parameter + 1
        table[[bone + 1, bone + 2], 0] = parameter + 2, parameter + 3
    return table


def rotation(m: Any, vector: Any) -> Any:
    """About an axis by an angle, which is the vector's length (Rodrigues)."""
    angle = m.sqrt(m.sum(vector**2))
    x, y, z = vector / angle
    s, c = m.sin(angle), m.cos(angle)
    entries = [
        x * x + (1 - x * x) * c, x * y * (1 - c) - z * s, x * z * (1 - c) + y * s,
        x * y * (1 - c) + z * s, y * y + (1 - y * y) * c, y * z * (1 - c) - x * s,
        x * z * (1 - c) - y * s, z * y * (1 - c) + x * s, z * z + (1 - z * z) * c,
    ]  # fmt: skip
    return m.stack(entries).reshape(3, 3)


def bone_rotations(m: Any, about_x: Any, about_z: Any) -> Any:
    """R_z R_x of each bone: (bones, 3, 3)."""
    cx, sx, cz, sz = m.cos(about_x), m.sin(about_x), m.cos(about_z), m.sin(about_z)
    zero = m.zeros_like(cx)
    return m.stack([cz, -sz * cx, sz * sx, sz, cz * cx, -cz * sx, zero, sx, cx], axis=-1).reshape(-1, 3, 3)


def positions(library: Library, given: Input) -> Function:
    """From parameters to the places of the hand's vertices: (vertices, 3)."""
    m, model = library.numpy, given["data"]["model"]
    parents, table = model["parents"], bent(len(model["parents"]))
    relatives, inverses, rest, weights = (library.tensor(numpy.asarray(model[name], float)) for name in MATRICES)
    mirror = library.tensor(numpy.array([-1.0 if model["is_mirrored"] else 1.0, 1, 1]))

    def f(theta: Any) -> Any:
        angles = m.concatenate([theta, m.zeros_like(theta[:1])])[table]
        turned = relatives[:, :, :3] @ bone_rotations(m, angles[:, 0], angles[:, 1])
        posed = m.concatenate([turned, relatives[:, :, 3:]], axis=2)
        absolutes: list[Any] = []
        for bone, parent in enumerate(parents):
            absolutes.append(posed[bone] if parent == -1 else absolutes[parent] @ posed[bone])
        transforms = (m.stack(absolutes) @ inverses)[:, :3]
        blended = (weights @ transforms.reshape(-1, 12)).reshape(-1, 3, 4)
        skinned = m.sum(blended * rest[:, None, :], axis=2) * mirror
        return skinned @ rotation(m, theta[:3]).T + theta[3:6]

    return f


def distances(library: Library, given: Input) -> Function:
    """From parameters, places in triangles and points (n, 3) to the differences: (n, 3)."""
    at, vertices = positions(library, given), corners(given).T
    if len(vertices) == 1:
        return lambda theta, _us, points: points - at(theta)[vertices[0]]

    def f(theta: Any, us: Any, points: Any) -> Any:
        p, u, v = at(theta), us[:, :1], us[:, 1:]
        return points - (u * p[vertices[0]] + v * p[vertices[1]] + (1 - u - v) * p[vertices[2]])

    return f


def objective(library: Library, given: Input) -> Function:
    f = distances(library, given)
    return lambda *operands: f(*operands).reshape(-1)


def jacobian(library: Library, given: Input) -> Function:
    """By the place in the triangle, if points have one, and by the parameters: (3 n, 28) or (3 n, 26)."""
    m, f = library.numpy, distances(library, given)
    count = len(given["us"])
    directions = [library.tensor(numpy.tile(row, (count, 1))) for row in numpy.eye(2)] if count else []

    def derivatives(theta: Any, us: Any, points: Any) -> Any:
        by_place = [library.jvp(lambda u: f(theta, u, points), (us,), (along,))[1] for along in directions]
        by_theta = library.jacfwd(lambda t: f(t, us, points))(theta)
        columns = [*(column[..., None] for column in by_place), by_theta]
        return m.concatenate(columns, axis=2).reshape(3 * len(points), -1)

    return derivatives


def arrays(given: Input) -> list[numpy.ndarray]:
    return [numpy.asarray(part, float) for part in (given["theta"], given["us"], given["data"]["points"])]


def corners(given: Input) -> numpy.ndarray:
    """The vertices that each point is compared with: those of its triangle (n, 3), or one (n, 1)."""
    seen = numpy.asarray(given["data"]["correspondences"])
    return numpy.asarray(given["data"]["model"]["triangles"])[seen] if len(given["us"]) else seen[:, None]


def integers(given: Input) -> list[int]:
    model, at = given["data"]["model"], corners(given)
    padded = numpy.broadcast_to(at, (len(at), 3))
    sizes = [len(model["weights"]), len(at), int(len(given["us"]) > 0), len(model["parents"])]
    return [*sizes, *model["parents"], *padded.ravel().tolist()]


def constants(given: Input) -> list[numpy.ndarray]:
    """The bones' matrices, and places and weights of vertices in rows."""
    model = {name: numpy.asarray(given["data"]["model"][name], float) for name in MATRICES}
    sign = numpy.array([-1.0 if given["data"]["model"]["is_mirrored"] else 1.0, 1, 1])
    return [*map(model.get, MATRICES[:2]), model[MATRICES[2]].T, model[MATRICES[3]].T, sign]


def rotations(rng: numpy.random.Generator, count: int) -> numpy.ndarray:
    """Matrices (count, 4, 4) that turn a little, and move along a bone."""
    moved = numpy.tile(numpy.eye(4), (count, 1, 1))
    moved[:, :3, :3] = numpy.linalg.qr(numpy.eye(3) + rng.normal(size=(count, 3, 3)) / 4)[0]
    moved[:, 1, 3] = rng.uniform(0.02, 0.1, count)
    return moved


def hand(rng: numpy.random.Generator, vertices: int, triangles: int) -> dict[str, Any]:
    """A hand of ADBench's sizes: each vertex hangs on at most two bones."""
    bones = len(PARENTS)
    weights = numpy.zeros((vertices, bones))
    first, share = rng.integers(0, bones, vertices), rng.uniform(0.5, 1, vertices)
    weights[numpy.arange(vertices), first] = share
    weights[numpy.arange(vertices), (first + 1) % bones] += 1 - share
    return {
        "bone_count": bones,
        "bone_names": [f"bone{k}" for k in range(bones)],
        "parents": PARENTS,
        "base_relatives": rotations(rng, bones),
        "inverse_base_absolutes": numpy.linalg.inv(rotations(rng, bones)),
        "base_positions": numpy.concatenate([rng.normal(size=(vertices, 3)) / 10, numpy.ones((vertices, 1))], axis=1),
        "weights": weights,
        "triangles": rng.integers(0, vertices, (triangles, 3)),
        "is_mirrored": False,
    }


def cases() -> Iterator[Case]:
    rng = numpy.random.default_rng(31337)
    for vertices, count in ((544, 100), (544, 1_600), (10_000, 12_800)):
        model = hand(rng, vertices, 2 * vertices)
        seen = {"correspondences": rng.integers(0, 2 * vertices, count), "points": rng.normal(size=(count, 3))}
        data = {"model": model, **seen}
        given = {"theta": rng.normal(size=ANGLES) / 2, "data": data, "us": rng.random((count, 2)) / 2}
        yield Case(f"{vertices:,} vertices, {count:,} points", given, is_quick=count == 100)


EVAL = Eval(
    name="ht",
    functions={"objective": objective, "jacobian": jacobian},
    arrays=arrays,
    integers=integers,
    constants=constants,
    cases=cases,
)
