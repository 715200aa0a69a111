"""Krylov methods as loops of array operations: compiled as native loops, batched by themselves.

Source, where no other is named: Y. Saad, "Iterative methods for sparse linear systems" (2003).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import wengert as wg
import wengert.numpy as np


class System(NamedTuple):
    """Linear equations, and when their solution is near enough.

    Attributes:
        product, precondition: the matrix, and what is near its inverse, as functions of a vector.
        b: the right-hand side.
        goal: the norm of the residual that is small enough.
        most: the number of iterations.
    """

    product: Callable[[Any], Any]
    precondition: Callable[[Any], Any]
    b: Any
    goal: Any
    most: int


class Ended(NamedTuple):
    """Where a method ended.

    Attributes:
        x: the solution.
        count: how many iterations were made.
        residual: the norm of the residual, as the method knows it.
    """

    x: Any
    count: Any
    residual: Any


Callback = Callable[[Any], Any]


def inner(a: Any, b: Any) -> Any:
    return np.vdot(a, b) if a.dtype.kind == "c" else a @ b


def length(a: Any) -> Any:
    return np.sqrt(np.real(inner(a, a)))


def _iterated(system: System, step: Callable[[Any], Any], start: Any, told: Callback) -> Ended:
    """Repeat a step of a carry that begins with x and the norm of the residual."""

    def goes_on(state: Any) -> Any:
        (_, residual, *_), count = state
        return (residual > system.goal) & (count < system.most)

    def turn(state: Any) -> Any:
        carry, count = state
        carry = step(carry)
        told(carry[0])
        return carry, count + 1

    (x, residual, *_), count = wg.while_loop(goes_on, turn, (start, np.zeros((), dtype=int)))
    return Ended(x, count, residual)


def conjugate_gradients(system: System, x: Any, told: Callback) -> Ended:
    """Algorithm 9.1: for symmetric (Hermitian) positive definite matrices."""
    r = system.b - system.product(x)
    z = system.precondition(r)

    def step(carry: Any) -> Any:
        x, _, r, p, rz = carry
        q = system.product(p)
        size = rz / inner(p, q)
        x, r = x + size * p, r - size * q
        z = system.precondition(r)
        after = inner(r, z)
        return x, length(r), r, z + (after / rz) * p, after

    return _iterated(system, step, (x, length(r), r, z, inner(r, z)), told)


def stabilized_biconjugate_gradients(system: System, x: Any, told: Callback) -> Ended:
    """Algorithm 7.7, preconditioned from the right: for any square matrix."""
    r = system.b - system.product(x)
    shadow = r

    def step(carry: Any) -> Any:
        x, _, r, p, rho = carry
        p_near = system.precondition(p)
        v = system.product(p_near)
        alpha = rho / inner(shadow, v)
        s = r - alpha * v
        s_near = system.precondition(s)
        t = system.product(s_near)
        square = inner(t, t)
        omega = np.where(square == 0, 0.0, inner(t, s) / np.where(square == 0, 1.0, square))
        x, r = x + alpha * p_near + omega * s_near, s - omega * t
        after = inner(shadow, r)
        beta = np.where(omega == 0, 0.0, (after / rho) * (alpha / np.where(omega == 0, 1.0, omega)))
        return x, length(r), r, r + beta * (p - omega * v), after

    return _iterated(system, step, (x, length(r), r, r, inner(shadow, r)), told)


def minimal_residuals(system: System, x: Any, told: Callback) -> Ended:
    """MINRES: for symmetric (Hermitian) matrices, definite or not.

    Source: H. Elman, D. Silvester and A. Wathen, "Finite elements and fast iterative solvers" (2014), algorithm 4.1.
    """
    v = system.b - system.product(x)
    z = system.precondition(v)
    gamma = np.sqrt(np.real(inner(v, z)))
    one, zero, nothing = np.ones_like(gamma), np.zeros_like(gamma), np.zeros_like(v)

    def step(carry: Any) -> Any:
        x, _, (v_old, v), z, (gamma_old, gamma), eta, (c_old, c), (s_old, s), (w_old, w) = carry
        z = z / gamma
        q = system.product(z)
        delta = np.real(inner(z, q))
        v_new = q - (delta / gamma) * v - (gamma / gamma_old) * v_old
        z_new = system.precondition(v_new)
        gamma_new = np.sqrt(np.real(inner(v_new, z_new)))
        below = c * delta - c_old * s * gamma
        size = np.hypot(below, gamma_new)
        w_new = (z - s_old * gamma * w_old - (s * delta + c_old * c * gamma) * w) / size
        c_new, s_new = below / size, gamma_new / size
        x, eta = x + c_new * eta * w_new, -s_new * eta
        pairs = (c, c_new), (s, s_new), (w, w_new)
        return x, np.abs(eta), (v, v_new), z_new, (gamma, gamma_new), eta, *pairs

    start = (x, gamma, (nothing, v), z, (one, gamma), gamma, (one, one), (zero, zero), (nothing, nothing))
    return _iterated(system, step, start, told)


def generalized_minimal_residuals(system: System, x: Any, told: Callback, restart: int) -> Ended:
    """GMRES, begun anew after `restart` products, algorithm 6.11, preconditioned from the right: for any square matrix.

    The basis is orthogonalised twice by products with all of it.
    """

    def step(carry: Any) -> Any:
        x, residual, r = carry
        basis, projected = _arnoldi(lambda v: system.product(system.precondition(v)), r / residual, restart)
        goal = np.concatenate([np.reshape(residual, (1,)), np.zeros(restart)]).astype(r.dtype)
        weights = np.linalg.lstsq(projected, goal)[0]
        x = x + system.precondition(weights @ basis[:restart])
        r = system.b - system.product(x)
        return x, length(r), r

    r = system.b - system.product(x)
    return _iterated(system, step, (x, length(r), r), told)


def _arnoldi(product: Callable[[Any], Any], first: Any, count: int) -> tuple[Any, Any]:
    """An orthonormal basis of what products reach, in rows, and the matrix in it, of shape (count + 1, count)."""
    basis = np.zeros((count + 1, first.size), dtype=first.dtype)
    projected = np.zeros((count, count + 1), dtype=first.dtype)
    basis = np.concatenate([first[None], basis[1:]])

    def turn(j: Any, carry: Any) -> Any:
        basis, projected = carry
        w = product(basis[j])
        before = length(w)
        once = np.conj(basis) @ w
        w = w - once @ basis
        twice = np.conj(basis) @ w
        w = w - twice @ basis
        size = length(w)
        is_new = size > ROUNDING * before
        is_next = np.arange(count + 1) == j + 1
        row = once + twice + np.where(is_next & is_new, size, 0.0)
        basis = np.where(is_next[:, None], np.where(is_new, w / np.where(is_new, size, 1.0), 0.0), basis)
        projected = np.where((np.arange(count) == j)[:, None], row, projected)
        return basis, projected

    basis, projected = wg.fori_loop(0, count, turn, (basis, projected))
    return basis, projected.T


ROUNDING = 1e-14
"""What is left of a product, of its size, if it was in the basis already."""
