"""Derivatives of functions, under autograd's names and forms."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

import wengert as wg
from wengert.fronts.conjugation import conjugated, conjugated_pullback

from . import numpy as np
from .plain import outermost

__all__ = [
    "checkpoint", "deriv", "elementwise_grad", "grad", "grad_and_aux", "grad_named", "hessian",
    "hessian_tensor_product", "hessian_vector_product", "holomorphic_grad", "jacobian", "make_ggnvp", "make_hvp",
    "make_jvp", "make_vjp", "multigrad_dict", "tensor_jacobian_product", "value_and_grad", "vector_jacobian_product",
]  # fmt: skip


def _of(fun: Callable[..., Any], transformed: Callable[..., Any]) -> Callable[..., Any]:
    """A transformed function under the name of what it is made of."""
    return outermost(wraps(fun)(transformed))


def _conjugated(fun: Callable[..., Any], transformed: Callable[..., Any]) -> Callable[..., Any]:
    """The same for one that gives derivatives, which are autograd's by complex numbers."""
    return _of(fun, lambda *args, **kwargs: conjugated(transformed(*args, **kwargs)))


def grad(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """The gradient of a function with a number as result; by complex numbers dL/da - i dL/db.

    >>> from wengert.autograd import grad
    >>> float(grad(lambda x: x**3)(2.0))
    12.0
    """
    return _conjugated(fun, wg.grad(fun, tuple(argnum) if isinstance(argnum, list) else argnum))


def elementwise_grad(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The gradient of the sum of the result: the derivative of each element, if it depends on that element alone."""
    return grad(wraps(fun)(lambda *args, **kwargs: np.sum(fun(*args, **kwargs))), argnum)


deriv = elementwise_grad


def value_and_grad(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """The value, and the gradient."""
    return _conjugated(fun, wg.value_and_grad(fun, argnum))


def grad_and_aux(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """The gradient of the first of two results, and the other."""
    both = wg.grad(fun, argnum, has_aux=True)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        slopes, aux = both(*args, **kwargs)
        return conjugated(slopes), aux

    return _of(fun, gradient)


def grad_named(fun: Callable[..., Any], argname: str) -> Callable[..., Any]:
    """The gradient by the argument of a name."""
    return grad(fun, list(signature(fun).parameters).index(argname))


def multigrad_dict(fun: Callable[..., Any]) -> Callable[..., Any]:
    """The gradients by all arguments, by name."""
    names = signature(fun)

    def gradients(*args: Any, **kwargs: Any) -> dict[str, Any]:
        bound = names.bind(*args, **kwargs)
        bound.apply_defaults()
        return conjugated(wg.grad(lambda given: fun(**given))(dict(bound.arguments)))

    return _of(fun, gradients)


def holomorphic_grad(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The derivative of a complex function of complex numbers that has one."""

    def derivative(*args: Any, **kwargs: Any) -> Any:
        z = np.asarray(args[argnum], dtype=complex)
        return wg.jvp(_of_one(fun, argnum, args, kwargs), (z,), (np.ones_like(z),))[1]

    return _of(fun, derivative)


def jacobian(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The Jacobian: axes of the result, then those of the argument."""
    return _of(fun, wg.jacobian(fun, argnum))


def hessian(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The second derivatives."""
    return _of(fun, wg.hessian(fun, argnum))


def _of_one(fun: Callable[..., Any], argnum: int, args: Any, kwargs: Any) -> Callable[[Any], Any]:
    """The function of one argument, where the others are given."""
    return lambda x: fun(*args[:argnum], x, *args[argnum + 1 :], **kwargs)


def make_vjp(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """From arguments to what gives the Jacobian transposed times a cotangent, and the result."""

    def at(*args: Any, **kwargs: Any) -> Any:
        out, pullback = wg.vjp(_of_one(fun, argnum, args, kwargs), args[argnum])
        return outermost(conjugated_pullback(lambda cotangent: pullback(cotangent)[0])), out

    return _of(fun, at)


def make_jvp(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """From arguments to what gives the result, and the Jacobian times a tangent."""

    def at(*args: Any, **kwargs: Any) -> Any:
        return outermost(lambda tangent: wg.jvp(_of_one(fun, argnum, args, kwargs), (args[argnum],), (tangent,)))

    return wraps(fun)(at)


def make_hvp(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """From arguments to what gives the second derivatives times a vector, and the gradient."""
    return make_vjp(grad(fun, argnum), argnum)


def make_ggnvp(f: Callable[..., Any], g: Callable[..., Any] = lambda x: 0.5 * np.sum(x**2), argnum: int = 0) -> Any:
    """From arguments to what gives the generalised Gauss-Newton matrix of ``g(f(x))`` times a vector."""

    def at(*args: Any, **kwargs: Any) -> Any:
        pullback, out = make_vjp(f, argnum)(*args, **kwargs)
        push = make_jvp(f, argnum)(*args, **kwargs)
        curvature = make_hvp(g)(out)[0]
        return lambda vector: pullback(curvature(push(vector)[1]))

    return at


def hessian_tensor_product(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The second derivatives times a tensor, which is the last argument."""

    def product(*args: Any, **kwargs: Any) -> Any:
        *given, vector = args
        return make_jvp(grad(fun, argnum), argnum)(*given, **kwargs)(vector)[1]

    return product


hessian_vector_product = hessian_tensor_product


def tensor_jacobian_product(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """A tensor, which is the last argument, times the Jacobian."""

    def product(*args: Any, **kwargs: Any) -> Any:
        *given, vector = args
        return make_vjp(fun, argnum)(*given, **kwargs)[0](vector)

    return product


vector_jacobian_product = tensor_jacobian_product


def checkpoint(fun: Callable[..., Any]) -> Callable[..., Any]:
    """A function of which nothing is kept for the backward pass but its arguments."""
    return _of(fun, wg.checkpoint(fun))
