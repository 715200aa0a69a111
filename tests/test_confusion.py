"""Perturbation confusion: an inner derivative must not see the outer's perturbation, in any mix of modes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

import wengert as wg
import wengert.numpy as np

Derivative = Callable[[Callable[[Any], Any], Any], Any]


def by_grad(f: Callable[[Any], Any], x: Any) -> Any:
    return wg.grad(f)(x)


def by_jvp(f: Callable[[Any], Any], x: Any) -> Any:
    return wg.jvp(f, (x,), (np.ones_like(x),))[1]


def by_vjp(f: Callable[[Any], Any], x: Any) -> Any:
    y, f_vjp = wg.vjp(f, x)
    return f_vjp(np.ones_like(y))[0]


def by_linearize(f: Callable[[Any], Any], x: Any) -> Any:
    return wg.linearize(f, x)[1](np.ones_like(x))


def by_jacfwd(f: Callable[[Any], Any], x: Any) -> Any:
    return wg.jacfwd(f)(x)


def by_jacrev(f: Callable[[Any], Any], x: Any) -> Any:
    return wg.jacrev(f)(x)


def by_backward(f: Callable[[Any], Any], x: Any) -> Any:
    leaf = (np.asarray(x) * 1.0).requires_grad_()
    f(leaf).backward()
    return leaf.grad


def by_gradients(f: Callable[[Any], Any], x: Any) -> Any:
    leaf = (np.asarray(x) * 1.0).requires_grad_()
    return wg.gradients(f(leaf), leaf, create_graph=True)[0]


FUNCTIONAL = [by_grad, by_jvp, by_vjp, by_linearize, by_jacfwd, by_jacrev]
PAIRS = list(itertools.product([*FUNCTIONAL, by_gradients], repeat=2))
MIXED = list(itertools.product(FUNCTIONAL, [by_backward]))
"""``backward()`` adds to every leaf, so it is the inner of two only, and the outer is functional."""


def names(derivatives: tuple[Derivative, ...]) -> str:
    return "-of-".join(d.__name__.removeprefix("by_") for d in derivatives)


every_pair = pytest.mark.parametrize(("outer", "inner"), PAIRS, ids=map(names, PAIRS))
every_mix = pytest.mark.parametrize(("outer", "inner"), PAIRS + MIXED, ids=map(names, PAIRS + MIXED))


@every_mix
def test_siskind_and_pearlmutter(outer: Derivative, inner: Derivative) -> None:
    """d/dx (x d/dy (x + y) at y = 1) at x = 1 is 1; a confused system says 2 (Siskind and Pearlmutter, 2005)."""
    assert outer(lambda x: x * inner(lambda y: x + y, 1.0), 1.0).item() == 1.0


@every_mix
def test_inner_derivative_that_depends_on_the_outer_variable(outer: Derivative, inner: Derivative) -> None:
    """d/dx (x d/dy (x y) at y = 1) = 2x."""
    assert outer(lambda x: x * inner(lambda y: x * y, 1.0), 3.0).item() == 6.0


@every_mix
def test_inner_derivative_at_the_outer_variable(outer: Derivative, inner: Derivative) -> None:
    """d/dx (d/dy (x y^2) at y = x) = d/dx 2x^2 = 4x."""
    assert outer(lambda x: inner(lambda y: x * y * y, x), 3.0).item() == 12.0


@every_mix
def test_inner_function_that_ignores_its_variable(outer: Derivative, inner: Derivative) -> None:
    """d/dx (x d/dy x) = 0: the inner derivative is zero although x is watched."""
    assert outer(lambda x: x * inner(lambda y: x * x + 0 * y, 1.0), 3.0).item() == 0.0


@every_pair
def test_outer_variable_through_two_inner_derivatives(outer: Derivative, inner: Derivative) -> None:
    """d/dx (d/dy (d/dz (x y z) at z = x) at y = x) = d/dx x = 1."""
    assert outer(lambda x: inner(lambda y: inner(lambda z: x * y * z, x), x), 3.0).item() == 1.0


@pytest.mark.parametrize("derivatives", list(itertools.product([by_grad, by_jvp, by_linearize], repeat=3)), ids=names)
def test_three_levels(derivatives: tuple[Derivative, ...]) -> None:
    """The third derivative of x sin(x) is -3 sin(x) - x cos(x), in every mix of three modes."""
    first, second, third = derivatives
    result = first(lambda x: second(lambda y: third(lambda z: z * np.sin(z), y), x), 0.7)
    assert result.item() == pytest.approx(-3 * np.sin(0.7).item() - 0.7 * np.cos(0.7).item(), rel=1e-14)


def shifted(u: Any) -> Callable[..., Any]:
    """The curried shift of the literature: s(u)(f)(x) = f(x + u)."""
    return lambda f: lambda x: f(x + u)


@every_mix
def test_derivative_of_a_shift(outer: Derivative, inner: Derivative) -> None:
    """d/du (d/dx f(x + u)) at u = 0 is f''(x), through higher-order functions (Manzyuk et al., 2019)."""
    result = outer(lambda u: inner(shifted(u)(np.exp), 1.0), 0.0)
    assert result.item() == pytest.approx(np.exp(1.0).item(), rel=1e-15)


@every_pair
def test_amazing_bug(outer: Derivative, inner: Derivative) -> None:
    """The bug of Manzyuk et al.: with D-hat f x = d/du f(x + u) at 0, applying it twice gives f'', not 0.

    A system that tags perturbations when the derivative operator is *applied to a function* gives both
    applications one tag.
    """

    def derivative_operator(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: outer(lambda u: f(x + u), 0.0)

    def inner_operator(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: inner(lambda u: f(x + u), 0.0 * x if isinstance(x, wg.Tensor) else 0.0)

    twice = derivative_operator(inner_operator(np.exp))
    assert twice(1.0).item() == pytest.approx(np.exp(1.0).item(), rel=1e-15)
    assert derivative_operator(derivative_operator(np.exp))(1.0).item() == pytest.approx(np.exp(1.0).item(), rel=1e-15)


@every_mix
def test_closure_kept_from_an_inner_derivative(outer: Derivative, inner: Derivative) -> None:
    """A function that escapes an inner derivative takes what that watched along as a constant."""

    def f(x: Any) -> Any:
        kept: list[Callable[[Any], Any]] = []

        def g(y: Any) -> Any:
            kept.append(lambda z: x * y * z)
            return y * y

        inner(g, x)
        return outer(kept[-1], x)

    assert outer(f, 3.0).item() == pytest.approx(6.0)


def test_a_tensor_leaked_from_a_closed_derivative_is_a_constant() -> None:
    """Even when the next derivative has taken its watch over."""
    leaked = []

    def f(x: Any) -> Any:
        leaked.append(x * 2.0)
        return x * x

    wg.grad(f)(3.0)
    assert wg.grad(lambda y: y * leaked[0])(1.0).item() == 6.0
    assert wg.jvp(lambda y: y + leaked[0], (1.0,), (1.0,))[1].item() == 1.0
    assert wg.jacobian(lambda y: leaked[0] * leaked[0] * y)(1.0).item() == 36.0


def test_a_linear_function_used_in_a_later_derivative_that_has_its_watch() -> None:
    """`linearize` and `vjp` return functions that outlive their watch."""
    _, push = wg.linearize(lambda x: np.sin(x) * x, 2.0)
    _, pull = wg.vjp(lambda x: np.sin(x) * x, 2.0)
    slope = np.sin(2.0).item() + 2.0 * np.cos(2.0).item()
    for function in (lambda t: push(t) * t, lambda t: pull(t)[0] * t):
        assert wg.grad(function)(3.0).item() == pytest.approx(6.0 * slope)
        assert wg.jvp(wg.grad(function), (3.0,), (1.0,))[1].item() == pytest.approx(2.0 * slope)
        assert wg.vmap(function)(np.array([1.0, 3.0])).tolist() == pytest.approx([slope, 9.0 * slope])


def test_a_linear_function_made_inside_a_derivative_knows_the_outer_variable() -> None:
    def f(x: Any) -> Any:
        _, push = wg.linearize(lambda y: x * y * y, x)
        _, pull = wg.vjp(lambda y: x * y * y, x)
        return push(1.0) + pull(1.0)[0]  # 4 x^2

    for derivative in FUNCTIONAL:
        assert derivative(f, 3.0).item() == pytest.approx(24.0)


def test_gradients_inside_functional_derivatives_of_a_define_by_run_graph() -> None:
    """x.backward() through grad of a function that closes over another leaf."""
    a = wg.tensor(2.0, requires_grad=True)
    b = wg.tensor(3.0, requires_grad=True)
    slope = wg.grad(lambda y: a * y**3)(b)  # 3 a b^2
    slope.backward()
    assert (a.grad.item(), b.grad.item()) == (27.0, 36.0)


def test_forward_over_define_by_run_over_forward() -> None:
    def f(x: Any) -> Any:
        leaf = (x * 1.0).requires_grad_()
        _, tangent = wg.jvp(lambda y: y**4, (leaf,), (1.0,))  # 4 y^3
        return wg.gradients(tangent, leaf, create_graph=True)[0]  # 12 y^2

    assert wg.jvp(f, (2.0,), (1.0,))[1].item() == 48.0
    assert wg.grad(f)(2.0).item() == 48.0
    assert wg.vmap(f)(np.array([1.0, 2.0])).tolist() == [12.0, 48.0]
