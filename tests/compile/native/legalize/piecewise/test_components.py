"""Many small vectors and matrices, taken element by element: one loop, and the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import wengert as wg
import wengert.numpy as np
from wengert.compile.native.native_program import NativeProgram
from wengert.compile.native.schedule.stages import nodes_of

from .test_run import assert_compiled_is_eager

rng = numpy.random.default_rng(0)
N, FEW = 300, 40
VECTORS, CAMERAS, MATRICES = (rng.normal(size=(N, *shape)) for shape in ((3,), (11,), (2, 3)))


def turned(camera: Any, point: Any) -> Any:
    """A point seen by a camera: a rotation about an axis, a centre, a focal length, two distortions."""
    angle = np.sqrt(np.sum(camera[:3] ** 2))
    axis, away = camera[:3] / angle, point - camera[3:6]
    along = np.dot(axis, away) * (1 - np.cos(angle))
    x = away * np.cos(angle) + np.cross(axis, away) * np.sin(angle) + axis * along
    u = x[:2] / x[2]
    radius = np.sum(u**2)
    return u * (1 + camera[9] * radius + camera[10] * radius**2) * camera[6] + camera[7:9]


def mixed(x: Any) -> Any:
    """Vectors put together of others and taken apart, in several ways."""
    y = np.stack([x[1] * x[2], np.sin(x[0]), x[0] - x[2]])
    z = np.concatenate([y[::-1], x[:2] * y[1]])
    z[3] = z[0] * 2
    return z[1:4] * np.sum(y) + np.flip(x * y[1], 0)


FUNCTIONS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "derivatives of a camera": (wg.vmap(wg.jacobian(turned, argnums=(0, 1))), [CAMERAS, VECTORS]),
    "second derivatives": (wg.vmap(wg.hessian(lambda x: np.sum(mixed(x)))), [VECTORS]),
    "the sum of all": (wg.grad(lambda c, x: np.sum(wg.vmap(turned)(c, x) ** 2)), [CAMERAS, VECTORS]),
    "with a camera for all": (wg.grad(lambda c, x: np.sum(wg.vmap(turned, (None, 0))(c, x))), [CAMERAS[0], VECTORS]),
    "matrices": (wg.vmap(lambda a: np.stack([a[0] * a[1, 0], mixed(a[0] - a[1])]).reshape(3, 2).T), [MATRICES]),
    "written along the other axis": (lambda x: np.stack([mixed(x), mixed(x * 2)]), [VECTORS.T]),
}


def loops(f: Callable[..., Any], *operands: Any) -> int:
    """Those over all vectors."""
    count = max(operands[-1].shape)
    schedule = NativeProgram(wg.jit(f).lower(*operands).graph).construction.schedule
    return sum(any(count in node.form.shape for node in nodes_of(stage)) for stage in schedule.stages)


@pytest.mark.part(2)
@pytest.mark.parametrize(("f", "operands"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_in_few_loops(f: Callable[..., Any], operands: list[Any]) -> None:
    assert_compiled_is_eager(lambda *x: _flat(f(*x)), *operands)
    assert loops(f, *operands) <= 3


def _flat(found: Any) -> tuple[Any, ...]:
    return found if isinstance(found, tuple) else (found,)


def test_few_are_left_as_they_are() -> None:
    """A loop over few is not worth the time to compile it."""
    f = wg.vmap(wg.jacobian(turned))
    assert loops(f, CAMERAS[:FEW], VECTORS[:FEW]) > 5
    assert_compiled_is_eager(lambda *x: (f(*x),), CAMERAS[:FEW], VECTORS[:FEW])
