"""Boundary value problems: SciPy's solutions, and their derivatives against closed forms and differences."""

from __future__ import annotations

import math
import re

import numpy
import pytest
import scipy.integrate

import wengert as wg
import wengert.numpy as np
from wengert.scipy.integrate import solve_bvp

MESH = numpy.linspace(0.0, 1.0, 6)


def rod(decay, left, tol=1e-8):
    """y'' = decay^2 y from y(0) = left to y(1) = 1."""
    return solve_bvp(
        lambda x, y: np.stack([y[1], decay**2 * y[0]]),
        lambda ya, yb: [ya[0] - left, yb[0] - 1.0],
        MESH,
        numpy.ones((2, len(MESH))),
        tol=tol,
    )


def exact(decay, left):
    return (left + 1) * np.sinh(decay / 2) / np.sinh(decay)


def middle(decay, left):
    return rod(decay, left).sol(0.5)[0]


def test_the_solution_is_scipys_and_a_function() -> None:
    ours = rod(2.0, 0.5)
    theirs = scipy.integrate.solve_bvp(
        lambda x, y: numpy.stack([y[1], 4 * y[0]]),
        lambda ya, yb: numpy.array([ya[0] - 0.5, yb[0] - 1.0]),
        MESH,
        numpy.ones((2, len(MESH))),
        tol=1e-8,
    )
    assert (ours.success, ours["status"], ours.p, len(ours.x)) == (True, 0, None, len(theirs.x))
    numpy.testing.assert_allclose(ours.y, theirs.y, rtol=1e-5, atol=1e-11)
    numpy.testing.assert_allclose(ours.yp, theirs.yp, rtol=1e-5, atol=1e-11)
    places = numpy.array([-0.1, 0.0, 0.33, 1.0, 1.05])
    numpy.testing.assert_allclose(ours.sol(places), theirs.sol(places), rtol=1e-9)
    numpy.testing.assert_allclose(ours.sol(places, nu=1), theirs.sol(places, nu=1), rtol=1e-8)
    assert wg.grad(lambda x: ours.sol(x)[0])(0.33).item() == pytest.approx(theirs.sol(0.33)[1], rel=1e-6)


def test_it_differentiates_in_what_both_functions_read() -> None:
    wanted = wg.value_and_grad(exact, argnums=(0, 1))(2.0, 0.5)
    value, gradient = wg.value_and_grad(middle, argnums=(0, 1))(2.0, 0.5)
    assert value.item() == pytest.approx(wanted[0].item(), rel=1e-8)
    numpy.testing.assert_allclose(gradient, wanted[1], rtol=1e-7)
    assert wg.jvp(middle, (2.0, 0.5), (1.0, 2.0))[1].item() == pytest.approx(
        (wanted[1][0] + 2 * wanted[1][1]).item(), rel=1e-7
    )
    (dd, dl), (_, ll) = wg.hessian(middle, argnums=(0, 1))(2.0, 0.5)
    (ee, el), _ = wg.hessian(exact, argnums=(0, 1))(2.0, 0.5)
    assert (dd.item(), dl.item()) == pytest.approx((ee.item(), el.item()), rel=1e-6)
    assert abs(ll.item()) < 1e-12


def test_backward_reaches_a_parameter() -> None:
    decay = wg.tensor(2.0, requires_grad=True)
    middle(decay, 0.5).backward()
    assert decay.grad.item() == pytest.approx(wg.grad(exact)(2.0, 0.5).item(), rel=1e-7)


def eigenvalue(stiffness):
    """The k with y'' = -stiffness k^2 y, y(0) = y(1) = 0, y'(0) = k: pi / sqrt(stiffness)."""
    guess = numpy.stack([numpy.sin(3 * MESH), 3 * numpy.cos(3 * MESH)])
    found = solve_bvp(
        lambda x, y, p: np.stack([y[1], -stiffness * p[0] ** 2 * y[0]]),
        lambda ya, yb, p: np.stack([ya[0], yb[0], ya[1] - p[0]]),
        MESH,
        guess,
        p=[3.0],
        tol=1e-5,
    )
    return found.p[0]


def test_unknown_parameters_differentiate() -> None:
    assert eigenvalue(1.0).item() == pytest.approx(math.pi, rel=1e-6)
    assert wg.grad(eigenvalue)(1.0).item() == pytest.approx(-math.pi / 2, rel=1e-6)
    assert wg.jvp(wg.grad(eigenvalue), (1.0,), (1.0,))[1].item() == pytest.approx(math.pi * 3 / 4, rel=1e-5)


def test_a_singular_term() -> None:
    """Emden's equation: y'' + 2 y' / x + y^5 = 0, whose solution 1 / sqrt(1 + x^2 / 3) is known."""

    def center(end):
        found = solve_bvp(
            lambda x, y: np.stack([y[1], -(y[0] ** 5)]),
            lambda ya, yb: np.stack([ya[1], yb[0] - end]),
            MESH,
            numpy.stack([numpy.ones(6), numpy.zeros(6)]),
            S=[[0.0, 0.0], [0.0, -2.0]],
            tol=1e-6,
        )
        return found.sol(0.0)[0]

    def end(center):
        """Solutions scale: c / sqrt(1 + c^4 x^2 / 3)."""
        return center / np.sqrt(1 + center**4 / 3)

    value, slope = wg.value_and_grad(center)(math.sqrt(3) / 2)
    assert value.item() == pytest.approx(1.0, rel=1e-6)
    assert (slope * wg.grad(end)(1.0)).item() == pytest.approx(1.0, rel=1e-5)


def test_jacobians_may_be_given() -> None:
    found = solve_bvp(
        lambda x, y: np.stack([y[1], 4 * y[0]]),
        lambda ya, yb: np.stack([ya[0] - 0.5, yb[0] - 1.0]),
        MESH,
        numpy.ones((2, 6)),
        fun_jac=lambda x, y: np.stack([np.zeros((2, len(x))), np.zeros((2, len(x)))]) + J[:, :, None],
        bc_jac=lambda ya, yb: (numpy.array([[1.0, 0.0], [0.0, 0.0]]), numpy.array([[0.0, 0.0], [1.0, 0.0]])),
        tol=1e-8,
    )
    assert found.sol(0.5)[0].item() == pytest.approx(exact(2.0, 0.5).item(), rel=1e-8)


J = numpy.array([[0.0, 1.0], [4.0, 0.0]])


def bratu(strength):
    return solve_bvp(
        lambda x, y: np.stack([y[1], -strength * np.exp(y[0])]),
        lambda ya, yb: np.stack([ya[0], yb[0]]),
        MESH,
        numpy.zeros((2, 6)),
        max_nodes=200,
    )


def test_what_has_no_solution_has_no_derivative() -> None:
    found = bratu(5.0)
    assert (found.success, found.status in (1, 2)) == (False, True)
    with pytest.raises((ValueError, numpy.linalg.LinAlgError), match=r"^\[implicit\] "):
        wg.grad(lambda strength: bratu(strength).sol(0.5)[0])(5.0)


FINE = numpy.linspace(0.0, 1.0, 21)


def center(decay):
    """In the middle of the rod, on a mesh that is fine enough."""
    found = solve_bvp(
        lambda x, y: np.stack([y[1], decay**2 * y[0]]),
        lambda ya, yb: [ya[0] - 0.5, yb[0] - 1.0],
        FINE,
        numpy.ones((2, len(FINE))),
        tol=1e-4,
    )
    return found.sol(0.5)[0], found.status


def test_compiled_and_batched_it_is_solved_on_as_many_nodes_as_given() -> None:
    wanted = wg.value_and_grad(exact)(2.0, 0.5)
    value, status = wg.jit(center)(2.0)
    assert (value.item(), int(status)) == (pytest.approx(wanted[0].item(), rel=1e-6), 0)
    slope = wg.jit(wg.grad(lambda decay: center(decay)[0]))(2.0)
    assert slope.item() == pytest.approx(wanted[1].item(), rel=1e-5)
    values, states = wg.vmap(center)(np.array([2.0, 3.0]))
    assert values[0].item() == pytest.approx(value.item(), rel=1e-12)
    assert values[1].item() == pytest.approx(exact(3.0, 0.5).item(), rel=1e-5)
    assert states.tolist() == [0, 0]


def test_compiled_the_nodes_move_to_where_they_are_needed() -> None:
    """Into a layer at one end, which the mesh that is given passes over; with fewer nodes there are too few."""

    def layer(width, nodes):
        x = numpy.linspace(0.0, 1.0, nodes)
        found = solve_bvp(
            lambda x, y: np.stack([y[1], y[0] / width**2]),
            lambda ya, yb: [ya[0] - 1.0, yb[0]],
            x,
            numpy.stack([1 - x, -numpy.ones(nodes)]),
        )
        return found.sol(0.02)[0], found

    known = wg.value_and_grad(lambda width: np.sinh(0.98 / width) / np.sinh(1 / width))(0.02)
    (value, found), slope = wg.jit(wg.value_and_grad(lambda width: layer(width, 31), has_aux=True))(0.02)
    assert found.success
    assert found.niter > 1
    assert found.x.shape == (31,)
    assert (found.x[0], found.x[-1]) == (0, 1)
    assert 3 * found.x[1] < 1 / 30 < found.x[-1] - found.x[-2]
    numpy.testing.assert_allclose([value, slope], known, rtol=3e-4)
    few = wg.jit(lambda: layer(0.02, 15)[1])()
    assert few.status == 1
    assert few.rms_residuals.max() < 0.1


def test_compiled_unknown_parameters_and_singular_terms() -> None:
    assert wg.jit(eigenvalue)(1.0).item() == pytest.approx(math.pi, rel=1e-2)

    @wg.jit
    def emden():
        return solve_bvp(
            lambda x, y: np.stack([y[1], -(y[0] ** 5)]),
            lambda ya, yb: np.stack([ya[1], yb[0] - math.sqrt(3) / 2]),
            FINE,
            numpy.stack([numpy.ones(21), numpy.zeros(21)]),
            S=[[0.0, 0.0], [0.0, -2.0]],
        )

    found = emden()
    assert found.success
    assert found.sol(0.0)[0].item() == pytest.approx(1.0, rel=1e-6)
    assert found.message == "on as many nodes as given; see status"


def test_what_is_wrong_in_compiled_code_is_in_the_status() -> None:
    def bent(strength, tol):
        found = solve_bvp(
            lambda x, y: np.stack([y[1], -strength * np.exp(y[0])]),
            lambda ya, yb: np.stack([ya[0], yb[0]]),
            MESH,
            numpy.zeros((2, 6)),
            tol=tol,
        )
        return found.status, found.rms_residuals

    compiled = wg.jit(bent)
    fine, coarse, none = (compiled(*given) for given in ((1.0, 1e-3), (1.0, 1e-9), (5.0, 1e-3)))
    assert [int(found[0]) for found in (fine, coarse, none)] == [0, 1, 2]
    theirs = scipy.integrate.solve_bvp(
        lambda x, y: numpy.stack([y[1], -numpy.exp(y[0])]),
        lambda ya, yb: numpy.array([ya[0], yb[0]]),
        MESH,
        numpy.zeros((2, 6)),
    )
    numpy.testing.assert_allclose(fine[1], theirs.rms_residuals, rtol=1e-2)


def test_a_guess_that_does_not_fit_the_mesh() -> None:
    text = "[solve_bvp] x has shape (6,) and y (2, 5), wanted (m,) and (n, m): a column for each node"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        wg.jit(lambda: solve_bvp(lambda x, y: y, lambda ya, yb: ya, MESH, numpy.ones((2, 5))))()


def test_a_solution_has_two_derivatives() -> None:
    with pytest.raises(ValueError, match=r"^\[sol\] nu=2, wanted 0 or 1; write wg.jvp for higher derivatives$"):
        rod(2.0, 0.5).sol(0.5, nu=2)
