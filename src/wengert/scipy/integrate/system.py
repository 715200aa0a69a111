"""A system of differential equations, whose state is a tree of arrays: ``dy/dt = fun(t, y)``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from .leaves import Leaves
from .values import known

NUMBERS = frozenset([float, int, numpy.float64])


class System:
    """The right-hand side as a function of time and the leaves of the state.

    Attributes:
        start: the leaves of the first state.
        structure: how a state is nested.
        forms: the shape and dtype of each leaf.
        takes_arrays: whether the function is given NumPy's arrays where values are known, which is much quicker than
            tensors; one that has failed with them is given tensors from then on.
        matrices: for implicit methods how its Jacobian is kept (see `methods.matrices`).
    """

    structure: Any

    def __init__(
        self,
        op: str,
        fun: Callable[..., Any],
        y0: Any,
        args: Sequence[Any],
        vectorized: bool = False,
        jac: Any = None,
    ):
        if not callable(fun):
            raise TypeError(f"[{op}] fun is of type {type(fun).__name__}, wanted a function of (t, y)")
        self.op = op
        self.fun = fun
        self.args: tuple[Any, ...] = _as_arguments(args, op)
        self.vectorized = vectorized
        self.jac = jac
        state = as_state(y0)
        leaves, self.structure = wg.trees.flatten(state)
        self.is_array: bool = is_number(state)
        self.start: list[Any] = [_number(leaf, op) for leaf in leaves]
        if not leaves:
            raise ValueError(f"[{op}] y0 is {state!r}, wanted a state of one number or more")
        self.forms: list[tuple[Any, Any]] = [(leaf.shape, leaf.dtype) for leaf in self.start]
        self.takes_arrays: bool = True
        self.matrices: Any = None

    def __call__(self, t: Any, leaves: Leaves) -> list[Any]:
        """The slopes of the leaves.

        Raises:
            TypeError: the function returned another structure, or complex numbers for a real state.
            ValueError: the function returned another shape.
        """
        if self.vectorized:
            slopes = self._slopes(self._evaluated(t, [leaf[..., None] for leaf in leaves]), last=(1,))
            return [slope[..., 0] for slope in slopes]
        value = self._evaluated(t, leaves)
        slope = self._plain(value) if self.is_array else None
        return self._slopes(value) if slope is None else [slope]

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
        if self.is_array:
            return [as_form(vector, *self.forms[0])]
        ends = itertools.accumulate(math.prod(shape) for shape, _ in self.forms)
        return [
            as_form(vector[end - math.prod(shape) : end], shape, dtype)
            for end, (shape, dtype) in zip(ends, self.forms, strict=True)
        ]

    @property
    def has_constant_jacobian(self) -> bool:
        """Whether it was given as a matrix."""
        return self.jac is not None and not callable(self.jac)

    def is_complex(self) -> bool:
        return any(dtype.kind == "c" for _, dtype in self.forms)

    def _evaluated(self, t: Any, leaves: Leaves) -> Any:
        if self.takes_arrays and type(t) is not wg.Tensor and wg.Tensor not in map(type, leaves):
            try:
                return self.fun(t, self._copied(leaves), *self.args)
            except Exception:  # whatever it is, a function of tensors may be free of it
                self.takes_arrays = False
        return self.fun(np.asarray(t), self.whole(leaves), *self.args)

    def _copied(self, leaves: Leaves) -> Any:
        """The state as arrays of its own, which the function may write to."""
        copies = [leaf.copy() for leaf in leaves]
        return copies[0] if self.is_array else wg.trees.unflatten(self.structure, copies)

    def _plain(self, value: Any) -> Any:
        """The slope of a state that is one array, if it is known and needs no more than a copy."""
        kind = type(value)
        if kind is wg.Tensor:
            slope = known(value)
        elif kind in (list, tuple) and NUMBERS.issuperset(map(type, value)):
            slope = numpy.array(value)
        else:
            slope = value.copy() if kind is numpy.ndarray else value
        is_known = isinstance(slope, numpy.ndarray | numpy.generic)
        return slope if is_known and (slope.shape, slope.dtype) == self.forms[0] else None

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


def as_form(vector: Any, shape: tuple[int, ...], dtype: numpy.dtype) -> Any:
    """A vector as an array of a shape and a dtype."""
    leaf = vector.reshape(shape)
    return leaf if leaf.dtype == dtype else leaf.astype(dtype)


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
