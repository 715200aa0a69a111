"""Bundle adjustment: the Jacobian of 5,000 projected points, written as ``vmap(jacobian)``, float64.

Source: the camera of ADBench (F. Srajer, Z. Kukelova and A. Fitzgibbon, 2018), whose C version is derived by hand here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import numpy

from ..loops.in_c import compiled
from ..rows import Call, Row
from .libraries import calls_of

COUNT, PARAMETERS = 5_000, 15
rng = numpy.random.default_rng(0)
CAMERAS, POINTS, WEIGHTS, SEEN = (1 + rng.standard_normal((COUNT, *shape)) / 4 for shape in ((11,), (3,), (), (2,)))

IN_C = r"""
#include <math.h>
static void one(const double *c, const double *x, double w, const double *seen, double *J) {
    double s = sqrt(c[0]*c[0] + c[1]*c[1] + c[2]*c[2]), is = 1/s, co = cos(s), si = sin(s), rest = 1-co;
    double a[3] = {c[0]*is, c[1]*is, c[2]*is}, d[3] = {x[0]-c[3], x[1]-c[4], x[2]-c[5]};
    double n[3] = {a[1]*d[2]-a[2]*d[1], a[2]*d[0]-a[0]*d[2], a[0]*d[1]-a[1]*d[0]};
    double dot = a[0]*d[0] + a[1]*d[1] + a[2]*d[2], along = dot*rest, r[3];
    double K[3][3] = {{0,-a[2],a[1]}, {a[2],0,-a[0]}, {-a[1],a[0],0}};
    double D[3][3] = {{0,d[2],-d[1]}, {-d[2],0,d[0]}, {d[1],-d[0],0}};
    double R[3][3], G[3][3]; /* by the point, by the rotation */
    for (int i = 0; i < 3; i++) {
        double A[3], by_angle = -d[i]*si + n[i]*co + a[i]*dot*si;
        r[i] = d[i]*co + n[i]*si + a[i]*along;
        for (int j = 0; j < 3; j++) {
            R[i][j] = (i==j)*co + K[i][j]*si + a[i]*a[j]*rest;
            A[j] = D[i][j]*si + (i==j)*along + a[i]*rest*d[j];
        }
        double inner = A[0]*a[0] + A[1]*a[1] + A[2]*a[2];
        for (int j = 0; j < 3; j++) G[i][j] = (A[j]-inner*a[j])*is + by_angle*a[j];
    }
    double iz = 1/r[2], p[2] = {r[0]*iz, r[1]*iz}, q = p[0]*p[0]+p[1]*p[1];
    double L = 1 + c[9]*q + c[10]*q*q, slope = c[9] + 2*c[10]*q, f = c[6];
    for (int o = 0; o < 2; o++) {
        double P[2], *row = J + o*15;
        for (int j = 0; j < 2; j++) P[j] = f*((o==j)*L + p[o]*slope*2*p[j]);
        double Q[3] = {P[0]*iz, P[1]*iz, -(P[0]*p[0]+P[1]*p[1])*iz};
        for (int j = 0; j < 3; j++) {
            row[j] = w*(Q[0]*G[0][j]+Q[1]*G[1][j]+Q[2]*G[2][j]);
            row[11+j] = w*(Q[0]*R[0][j]+Q[1]*R[1][j]+Q[2]*R[2][j]);
            row[3+j] = -row[11+j];
        }
        row[6] = w*p[o]*L; row[7] = w*(o==0); row[8] = w*(o==1);
        row[9] = w*f*p[o]*q; row[10] = w*f*p[o]*q*q;
        row[14] = p[o]*L*f + c[7+o] - seen[o];
    }
}
void bundle(long count, const double *c, const double *x, const double *w, const double *seen, double *J) {
    for (long i = 0; i < count; i++) one(c+11*i, x+3*i, w[i], seen+2*i, J+30*i);
}
"""


def residual(m: Any, scan: Any) -> Callable[..., Any]:
    """How far from where a point is seen it is projected, weighted."""

    def f(camera: Any, point: Any, weight: Any, seen: Any) -> Any:
        angle = m.sqrt(m.sum(camera[:3] ** 2))
        axis, away = camera[:3] / angle, point - camera[3:6]
        along = m.dot(axis, away) * (1 - m.cos(angle))
        x = away * m.cos(angle) + m.cross(axis, away) * m.sin(angle) + axis * along
        u = x[:2] / x[2]
        q = m.sum(u**2)
        return weight * (u * (1 + camera[9] * q + camera[10] * q**2) * camera[6] + camera[7:9] - seen)

    return f


def jacobians(library: Any, f: Any) -> Any:
    derivative = library.jacobian if hasattr(library, "jacobian") else library.jacrev
    return library.vmap(derivative(f, (0, 1, 2)))


def c_call() -> Call | None:
    bundle = compiled(IN_C, "bundle")
    if bundle is None:
        return None
    made = numpy.empty((COUNT, 2, PARAMETERS))
    address = [ctypes.c_void_p(array.ctypes.data) for array in (CAMERAS, POINTS, WEIGHTS, SEEN, made)]

    def call() -> Any:
        bundle(ctypes.c_long(COUNT), *address)
        return made[..., :11], made[..., 11:14], made[..., 14]

    return call


def rows() -> Iterator[Row]:
    calls = calls_of(residual, jacobians, [CAMERAS, POINTS, WEIGHTS, SEEN])
    if in_c := c_call():
        calls["c"] = in_c
    yield Row("Jacobians of 5,000 projections", calls, {"jax": 0.5, "c": 0.8})
