"""A system of differential equations, whose state is a tree of arrays: ``dy/dt = fun(t, y)``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .values import known

Leaves = Sequence[Any]
"""The arrays that a state consists of, in the order of its tree."""


class System:
    """The right-hand side as a function of time and the leaves of the state.

    Attributes:
        start: the leaves of the first state.
        structure: how a state is nested.
        forms: the shape and dtype of each leaf.
    """

    def __init__(
        self,
        op: str,
        fun: Callable[..., Any],
        y0: Any,
        args: Sequence[Any],
        vectorized: bool = False,
        jac: Any = None,
    ):
        self.op = op
        self.fun = fun
        self.args = _as_arguments(args, op)
        self.vectorized = vectorized
        self.jac = jac
        leaves, self.structure = wg.trees.flatten(as_state(y0))
        self.start = [_number(leaf, op) for leaf in leaves]
        self.forms = [(leaf.shape, leaf.dtype) for leaf in self.start]

    def __call__(self, t: Any, leaves: Leaves) -> list[Any]:
        """The slopes of the leaves.

        Raises:
            TypeError: the function returned another structure, or complex numbers for a real state.
            ValueError: the function returned another shape.
        """
        if self.vectorized:
            slopes = self._slopes(self._evaluated(t, [leaf[..., None] for leaf in leaves]), last=(1,))
            return [slope[..., 0] for slope in slopes]
        return self._slopes(self._evaluated(t, leaves))

    def whole(self, leaves: Leaves) -> Any:
        """The state of which these are the leaves."""
        return wg.trees.unflatten(self.structure, [np.asarray(leaf) for leaf in leaves])

    @property
    def size(self) -> int:
        """How many numbers a state consists of."""
        return sum(math.prod(shape) for shape, _ in self.forms)

    def vector(self, leaves: Leaves) -> Any:
        """The numbers of a state as an array of shape (n,)."""
        flat = [leaf.reshape(-1) for leaf in leaves]
        return flat[0] if len(flat) == 1 else numpy.concatenate(flat)

    def parts(self, vector: Any) -> list[Any]:
        """The leaves of the state with these numbers."""
        ends = itertools.accumulate(math.prod(shape) for shape, _ in self.forms)
        return [
            vector[end - math.prod(shape) : end].reshape(shape).astype(dtype)
            for end, (shape, dtype) in zip(ends, self.forms, strict=True)
        ]

    @property
    def has_constant_jacobian(self) -> bool:
        """Whether it was given as a matrix."""
        return self.jac is not None and not callable(self.jac)

    def is_complex(self) -> bool:
        return any(dtype.kind == "c" for _, dtype in self.forms)

    def _evaluated(self, t: Any, leaves: Leaves) -> Any:
        return self.fun(np.asarray(t), self.whole(leaves), *self.args)

    def _slopes(self, value: Any, last: tuple[int, ...] = ()) -> list[Any]:
        leaves, structure = wg.trees.flatten(value)
        if structure != self.structure:
            leaves, structure = wg.trees.flatten(np.asarray(value) if _is_array_like(value) else value)
        if structure != self.structure:
            raise TypeError(
                f"[{self.op}] fun returned {structure}, wanted the structure of the state, {self.structure}; "
                "return the slope of each array of y0 where that array is"
            )
        forms = zip(leaves, self.forms, strict=True)
        return [self._fitted(leaf, (*shape, *last), dtype) for leaf, (shape, dtype) in forms]

    def _fitted(self, slope: Any, shape: tuple[int, ...], dtype: numpy.dtype) -> Any:
        slope = known(np.asarray(slope))
        if slope.shape != shape:
            raise ValueError(
                f"[{self.op}] fun returned shape {slope.shape} for a state of shape {shape}, wanted the same; "
                "return one slope for each number of the state"
            )
        if slope.dtype.kind == "c" and dtype.kind != "c":
            raise TypeError(
                f"[{self.op}] fun returned {slope.dtype} for a state of {dtype}, wanted real slopes; write "
                "y0.astype(complex) for a complex state"
            )
        return slope if slope.dtype == dtype else slope.astype(dtype)


def _as_arguments(args: Any, op: str) -> tuple[Any, ...]:
    if is_number(args) and numpy.ndim(args) == 0:
        raise TypeError(f"[{op}] args is a {type(args).__name__}, wanted a tuple; write args=(parameter,)")
    return tuple(args)


def as_state(y: Any) -> Any:
    """A tree; a list or tuple of numbers is an array, as in SciPy."""
    return np.asarray(y) if _is_array_like(y) and all(numpy.ndim(entry) == 0 for entry in y) else y


def _is_array_like(value: Any) -> bool:
    return type(value) in (list, tuple) and len(value) > 0 and all(map(is_number, value))


def is_number(entry: Any) -> bool:
    return isinstance(entry, wg.Tensor | numpy.ndarray | numpy.generic | int | float | complex)


def _number(leaf: Any, op: str) -> Any:
    if not is_number(leaf):
        raise TypeError(
            f"[{op}] y0 has a {type(leaf).__name__} in it, wanted numbers and arrays; write np.array([...]), or a "
            "dict, tuple or dataclass of arrays"
        )
    value = np.asarray(leaf)
    return known(value if value.dtype.kind in "fc" else value.astype(numpy.float64))


# -- arithmetic of leaves --------------------------------------------------------------------------


def moved(y: Leaves, h: Any, weights: Sequence[Any], slopes: Sequence[Leaves]) -> list[Any]:
    """``y + h * sum(weight * slope)`` for each leaf."""
    return [leaf + in_precision(h, leaf) * total for leaf, total in zip(y, combined(weights, slopes), strict=True)]


def combined(weights: Sequence[Any], slopes: Sequence[Leaves]) -> list[Any]:
    """``sum(weight * slope)`` for each leaf, without the weights that are the integer 0."""
    terms = [(weight, slope) for weight, slope in zip(weights, slopes, strict=False) if type(weight) is not int]
    (weight, slope), *others = terms
    totals = [in_precision(weight, leaf) * leaf for leaf in slope]
    for weight, slope in others:
        totals = [total + in_precision(weight, leaf) * leaf for total, leaf in zip(totals, slope, strict=True)]
    return totals


def chosen(test: Any, these: Any, others: Any) -> Any:
    """These leaves of a tree where the test holds, the others where it does not."""
    if type(test) is not wg.Tensor:
        return these if test else others
    return wg.trees.map(lambda this, other: numpy.where(test, this, other), these, others)


def in_precision(h: Any, leaf: Any) -> Any:
    """A factor in the precision of a leaf."""
    return h if type(h) is float or h.dtype == _real(leaf.dtype) else h.astype(_real(leaf.dtype))


def _real(dtype: numpy.dtype) -> numpy.dtype:
    return numpy.finfo(dtype).dtype if dtype.kind == "c" else dtype
