"""The heat equation on a torus of 128 x 128 points by ``np.roll``, 200 steps, float64, and its gradient."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import numpy

from ..compilers import compiled
from ..rows import Call, Row
from .libraries import calls_of, plain, slope

POINTS, STEPS = 128, 200
rng = numpy.random.default_rng(0)
START, TARGET = rng.standard_normal((2, POINTS, POINTS))

IN_C = """
#include <string.h>
#define N 128
static double at(const double *restrict u, int above, int i, int below, int left, int j, int right) {
    return u[i*N+j] + 0.1*(u[above*N+j] + u[below*N+j] + u[i*N+left] + u[i*N+right] - 4*u[i*N+j]);
}
static void step(const double *restrict u, double *restrict v) {
    for (int i = 0; i < N; i++) {
        int above = i ? i-1 : N-1, below = i < N-1 ? i+1 : 0;
        v[i*N] = at(u, above, i, below, N-1, 0, 1);
        for (int j = 1; j < N-1; j++) v[i*N+j] = at(u, above, i, below, j-1, j, j+1);
        v[i*N+N-1] = at(u, above, i, below, N-2, N-1, 0);
    }
}
static double *steps(double *a, double *b, long count) {
    for (long s = 0; s < count; s++) { step(a, b); double *c = a; a = b; b = c; }
    return a;
}
double heat(const double *start, const double *target, double *a, double *b, double *slope, long count) {
    memcpy(a, start, sizeof(double)*N*N);
    double *end = steps(a, b, count), loss = 0;
    for (int i = 0; i < N*N; i++) loss += (end[i]-target[i])*(end[i]-target[i]);
    if (!slope) return loss;
    for (int i = 0; i < N*N; i++) end[i] = 2*(end[i]-target[i]);
    double *back = steps(end, end == a ? b : a, count);  /* a step is its own transpose */
    memcpy(slope, back, sizeof(double)*N*N);
    return loss;
}
"""


def loss(m: Any, scan: Callable[..., Any]) -> Callable[..., Any]:
    def step(u: Any, _: Any) -> Any:
        around = m.roll(u, 1, 0) + m.roll(u, -1, 0) + m.roll(u, 1, 1) + m.roll(u, -1, 1)
        return u + 0.1 * (around - 4 * u), None

    return lambda u, target: m.sum((scan(step, u, None, length=STEPS)[0] - target) ** 2)


def c_call(is_gradient: bool) -> Call | None:
    heat = compiled(IN_C, "heat")
    if heat is None:
        return None
    heat.restype = ctypes.c_double
    rooms = [numpy.empty((POINTS, POINTS)) for _ in range(3)]
    address = [ctypes.c_void_p(array.ctypes.data) for array in (START, TARGET, *rooms)]

    def call() -> Any:
        value = heat(*address[:4], address[4] if is_gradient else None, ctypes.c_long(STEPS))
        return rooms[2].copy() if is_gradient else numpy.float64(value)

    return call


def rows() -> Iterator[Row]:
    for name, transform in (("", plain), ("gradient of ", slope)):
        calls = calls_of(loss, transform, [START, TARGET])
        if in_c := c_call(transform is slope):
            calls["c"] = in_c
        yield Row(f"{name}the heat equation by rolls", calls, {"jax": 0.5, "c": 1.3})
