"""The integral as a function with a derivative of its own.

By Leibniz' rule the derivative of an integral is the integral of the derivative, and the integrand at the limits:

    d/dp of the integral of f(x, p) from a to b  =  integral of df/dp  +  f(b, p) db/dp  -  f(a, p) da/dp

The integral of df/dp is adaptive in its turn, since a derivative may vary where the integrand does not: it is as exact
as the value was asked to be, relative to the size of what is carried along. Further derivatives are derivatives of
that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import wengert as wg
import wengert.numpy as np

from ..values import is_recorded, known, settled
from .adaptive import ASKS_FOR_VALUES, Outcome, Search, adaptive, by_values
from .substitution import kind_of


def integral(f: Callable[[Any], Any], edges: Sequence[Any], search: Search) -> Outcome:
    """The integral of a function of a number that returns an array of shape (n,), differentiable in all that it reads.

    Args:
        f: the function.
        edges: the limits, and between them the points where intervals are to begin: numbers, or tensors.
        search: how it is sought.
    """
    try:
        integrand, captured = wg.closure_convert(f, 0.0)
    except TypeError as error:
        return _by_values(f, edges, search, error)
    operands = [*(edge for edge in edges if type(edge) is wg.Tensor), *captured]
    problem = _Problem(integrand, edges, search)
    outcome = wg.trees.map(np.asarray, problem.outcome(settled(operands)))
    if not operands:
        return outcome
    with_derivative = wg.custom_derivative(lambda outcome, operands: outcome, jvp=problem.push, vjp=problem.pull)
    return with_derivative(outcome, operands)


def _by_values(f: Callable[[Any], Any], edges: Sequence[Any], search: Search, error: Exception) -> Outcome:
    """The integral, without a derivative, of a function that asks for the value of its argument."""
    numbers = [known(edge) for edge in edges]
    if is_recorded(edges) or any(type(number) is wg.Tensor for number in numbers):
        raise TypeError(ASKS_FOR_VALUES) from error
    kind = kind_of(numbers[0], numbers[-1])
    return wg.trees.map(np.asarray, adaptive(f, numbers, kind, search._replace(each=by_values)))


class _Problem(NamedTuple):
    """An integrand and limits; those limits that are tensors, and what the integrand reads, are operands."""

    integrand: Callable[..., Any]
    edges: Sequence[Any]
    search: Search

    def outcome(self, operands: Sequence[Any]) -> Outcome:
        edges, read = self.filled(operands)
        return adaptive(lambda x: self.integrand(x, *read), edges, kind_of(edges[0], edges[-1]), self.search)

    def filled(self, operands: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The limits, and what the integrand reads."""
        following = iter(operands)
        edges = [next(following) if type(edge) is wg.Tensor else edge for edge in self.edges]
        return edges, list(following)

    def tangents(self, tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The tangents of the limits, ``None`` where they are numbers, and of what the integrand reads."""
        following = iter(tangents)
        edges = [next(following) if type(edge) is wg.Tensor else None for edge in self.edges]
        return edges, list(following)

    def push(self, primals: Any, out: Outcome, tangents: Any) -> Outcome:
        """The tangent of the integral."""
        edges, read = self.filled(primals[1])
        edge_tangents, read_tangents = self.tangents(tangents[1])
        total = self._push_read(edges, read, read_tangents)
        for edge, tangent, sign in ((edges[-1], edge_tangents[-1], 1), (edges[0], edge_tangents[0], -1)):
            if tangent is not None:
                total = total + sign * _times(self.at_edge(edge, read), tangent)
        return _alone(total + np.zeros_like(out.value), out)

    def _push_read(self, edges: Sequence[Any], read: Sequence[Any], tangents: Sequence[Any]) -> Any:
        moving = _Moving(self.integrand, read)
        directions = moving.of(tangents)
        if not directions:
            return 0.0
        scale = _largest(directions)
        unit = [direction / scale for direction in directions]

        def tangent(x: Any) -> Any:
            return wg.jvp(lambda *values: moving.call(x, values), moving.values, unit)[1]

        return integral(tangent, edges, self.search.of_derivative).value * scale

    def pull(self, primals: Any, out: Outcome, cotangent: Outcome) -> tuple[Any, Any]:
        """The cotangents of the outcome, which has none, and of the operands."""
        edges, read = self.filled(primals[1])
        ends = [np.zeros_like(edge) for edge in edges]
        ends[-1] = self._pull_edge(edges[-1], read, cotangent.value)
        ends[0] = -self._pull_edge(edges[0], read, cotangent.value)
        given = [end for end, edge in zip(ends, self.edges, strict=True) if type(edge) is wg.Tensor]
        nothing = Outcome(*map(np.zeros_like, out))
        return nothing, [*given, *self._pull_read(edges, read, cotangent.value)]

    def _pull_edge(self, edge: Any, read: Sequence[Any], cotangent: Any) -> Any:
        if type(edge) is not wg.Tensor:
            return np.zeros(())
        value = self.at_edge(edge, read)
        return wg.vjp(lambda t: _times(value, t), np.ones_like(edge))[1](cotangent)[0]

    def _pull_read(self, edges: Sequence[Any], read: Sequence[Any], cotangent: Any) -> list[Any]:
        moving = _Moving(self.integrand, read)
        if not moving.values:
            return [np.zeros_like(value) for value in read]
        scale = _largest([cotangent])
        unit = cotangent / scale

        def cotangents(x: Any) -> Any:
            found = wg.vjp(lambda *values: moving.call(x, values), *moving.values)[1](unit)
            return np.concatenate([np.ravel(part) for part in found])

        return moving.whole(integral(cotangents, edges, self.search.of_derivative).value * scale)

    def at_edge(self, edge: Any, read: Sequence[Any]) -> Any:
        """The integrand at a limit; zero at infinity."""
        is_finite = np.isfinite(edge)
        value = self.integrand(np.where(is_finite, edge, 0.0), *read)
        return np.where(is_finite, value, np.zeros_like(value))


class _Moving:
    """Those of the values that an integrand reads that have derivatives."""

    def __init__(self, integrand: Callable[..., Any], read: Sequence[Any]) -> None:
        self.integrand = integrand
        self.read = read
        self.places = [i for i, value in enumerate(read) if value.dtype.kind in "fc"]
        self.values = tuple(read[i] for i in self.places)

    def of(self, every: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(every[i] for i in self.places)

    def call(self, x: Any, values: Sequence[Any]) -> Any:
        """The integrand where these are other values."""
        every = dict(enumerate(self.read)) | dict(zip(self.places, values, strict=True))
        return self.integrand(x, *every.values())

    def whole(self, flat: Any) -> list[Any]:
        """The cotangents of all values from those of the moving ones, end to end."""
        found, start = [np.zeros_like(value) for value in self.read], 0
        for i, value in zip(self.places, self.values, strict=True):
            part = np.reshape(flat[start : start + value.size], value.shape)
            found[i] = (part if value.dtype.kind == "c" else np.real(part)).astype(value.dtype)
            start += value.size
        return found


def _times(value: Any, tangent: Any) -> Any:
    """A product in which a tangent of zero makes an infinite factor zero."""
    return np.where(np.isfinite(value) | (tangent != 0), value, np.zeros_like(value)) * tangent


def _largest(vectors: Sequence[Any]) -> Any:
    """The largest size in vectors, by which they are divided, so that an absolute error is one of what they carry."""
    largest = wg.stop_gradient(np.max(np.stack([np.max(np.abs(vector), initial=0.0) for vector in vectors])))
    return np.where(largest > 0, largest, 1.0)


def _alone(tangent: Any, out: Outcome) -> Outcome:
    """The tangent of an outcome of which the value moves alone."""
    return Outcome(tangent, *(np.zeros_like(part) for part in out[1:]))
