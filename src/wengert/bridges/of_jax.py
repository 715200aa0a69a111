"""JAX: its functions here, and functions of this engine there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any

import numpy

from .crossing import Crossing, installed, listed, operation, pullback_of

__all__ = ["from_jax", "to_jax"]


def _precision(jax: ModuleType, arrays: Any) -> AbstractContextManager[Any]:
    """Double precision within a ``with`` block, if an array asks for it."""
    wide = any(each.dtype in WIDE for each in arrays)
    return jax.enable_x64(True) if wide else nullcontext()


WIDE = frozenset(map(numpy.dtype, ("float64", "int64", "uint64", "complex128")))
"""Dtypes of double precision."""


def from_jax(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of JAX's arrays as an operation of this engine, with derivatives of every order and mode.

    It is compiled by `jax.jit`; arrays in double precision stay so. Within `jit`, `vmap` and loops it is a step
    outside.

    Args:
        function: of arrays, with one array or a tuple of them as result.

    Raises:
        ImportError: JAX is not installed.
    """
    jax = installed("jax", "from_jax")
    return operation(function, lambda values: _crossing(jax, values))


def _crossing(jax: ModuleType, values: Callable[..., Any]) -> Crossing:
    """A function of JAX's arrays, with its derivatives by JAX."""
    compiled = jax.jit(values)

    def run(*arrays: Any) -> tuple[Any, ...]:
        with _precision(jax, arrays):
            return tuple([numpy.asarray(found) for found in compiled(*arrays)])

    def shapes(*arrays: Any) -> tuple[Any, ...]:
        with _precision(jax, arrays):
            return tuple(numpy.zeros(s.shape, s.dtype) for s in jax.eval_shape(values, *arrays))

    def pullback(count: int) -> Crossing:
        def cotangents(*given: Any) -> tuple[Any, ...]:
            found = jax.vjp(values, *given[:count])[1](tuple(given[count:]))
            pairs = zip(given[:count], found, strict=True)
            return tuple(jax.numpy.zeros_like(x) if c.dtype == jax.dtypes.float0 else c for x, c in pairs)

        return _crossing(jax, cotangents)

    def push(count: int) -> Crossing:
        return _crossing(jax, lambda *given: jax.jvp(values, given[:count], given[count:])[1])

    return Crossing(run, shapes, pullback, push)


def to_jax(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays, also a compiled one, as a function of JAX's arrays, with derivatives in reverse mode.

    It may be used within `jax.jit`, which calls back to it.

    Args:
        function: of arrays, with one array or a tuple of them as result.

    Raises:
        ImportError: JAX is not installed.
    """
    jax = installed("jax", "to_jax")

    def outside(*arrays: Any) -> tuple[Any, ...]:
        return tuple(numpy.array(each) for each in listed(function(*map(numpy.asarray, arrays))))

    def forms(arrays: Any) -> tuple[tuple[Any, ...], bool]:
        found = function(*(numpy.zeros(x.shape, x.dtype) for x in arrays))
        shapes = tuple(jax.ShapeDtypeStruct(each.shape, each.dtype) for each in listed(found))
        return shapes, not isinstance(found, (tuple, list))

    @jax.custom_vjp
    def call(*arrays: Any) -> Any:
        shapes, single = forms(arrays)
        found = jax.pure_callback(outside, shapes, *arrays, vmap_method="sequential")
        return found[0] if single else found

    def backward(arrays: Any, cotangents: Any) -> Any:
        pull = to_jax(pullback_of(function, len(arrays), not isinstance(cotangents, (tuple, list))))
        return listed(pull(*arrays, *listed(cotangents)))

    call.defvjp(lambda *arrays: (call(*arrays), arrays), backward)
    return call
