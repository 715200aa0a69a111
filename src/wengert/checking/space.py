"""Several arrays as one vector of real numbers: the inputs of a function, or its results."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.dtypes.kinds import finfo
from ..core.tensor import Tensor

Vector = numpy.ndarray
DOUBLE = float(numpy.finfo(numpy.float64).eps)


class Space:
    """The arrays of given shapes and floating dtypes, as a real vector space.

    A complex number counts as two coordinates, so that derivatives, products and differences need no
    complex case of their own; the inner product is the real one, Re <a, b>.

    Attributes:
        names: of each array, for messages.
        forms: for each something with its shape and dtype.
        hermitian: the places of the arrays that are and stay Hermitian matrices.
        size: the number of real coordinates.
        epsilon: the largest rounding unit of the dtypes (vectors are in double precision at best).
    """

    def __init__(self, names: Sequence[str], forms: Sequence[Any], hermitian: Collection[int] = ()) -> None:
        self.names: list[str] = list(names)
        self.hermitian: frozenset[int] = frozenset(hermitian)
        self.forms: list[Any] = list(forms)
        self.sizes: list[int] = [int(numpy.prod(f.shape)) * (2 if f.dtype.kind == "c" else 1) for f in forms]
        self.size: int = sum(self.sizes)
        self.epsilon: float = max([DOUBLE, *(float(finfo(f.dtype).eps) for f in forms)])

    def widened(self) -> Space:
        """The same in double precision."""
        forms = [Abstract(f.shape, numpy.result_type(f.dtype, numpy.float64)) for f in self.forms]
        return Space(self.names, forms, self.hermitian)

    def vector(self, arrays: Sequence[Any]) -> Vector:
        """The coordinates of some arrays."""
        parts = [_coordinates(array_of(a)) for a in arrays]
        return numpy.concatenate(parts) if parts else numpy.zeros(0)

    def arrays(self, vector: Vector) -> tuple[numpy.ndarray, ...]:
        """The arrays with these coordinates (rounded to their dtypes)."""
        parts = numpy.split(vector, numpy.cumsum(self.sizes)[:-1]) if self.sizes else []
        return tuple(_array(part, form) for part, form in zip(parts, self.forms, strict=True))

    def random(self, seed: Sequence[int]) -> Vector:
        """A normal random vector (exactly representable in the dtypes)."""
        drawn = numpy.random.default_rng(list(seed)).standard_normal(self.size)
        return self.vector(self.arrays(drawn))

    def unit(self, coordinate: int) -> Vector:
        vector = numpy.zeros(self.size)
        vector[coordinate] = 1
        return self.kept(vector)

    def kept(self, vector: Vector) -> Vector:
        """The vector with the Hermitian part of each matrix that is to stay Hermitian."""
        if not self.hermitian:
            return vector
        arrays = self.widened().arrays(vector)
        return self.vector([hermitian_part(x) if i in self.hermitian else x for i, x in enumerate(arrays)])

    def name(self, coordinate: int) -> str:
        """A coordinate as one would write it: ``weights[0, 2]`` or ``z[1].real``."""
        position = 0
        while coordinate >= self.sizes[position]:
            coordinate -= self.sizes[position]
            position += 1
        form, name, part = self.forms[position], self.names[position], ""
        if form.dtype.kind == "c":
            coordinate, imaginary = divmod(coordinate, 2)
            part = ".imag" if imaginary else ".real"
        index = [int(i) for i in numpy.unravel_index(coordinate, form.shape)]
        return name + (str(index) if index else "") + part

    def mismatch(self, arrays: Sequence[Any], what: str) -> str:
        """In which shape or dtype the first array that differs does; empty if none does."""
        for array, form, name in zip(arrays, self.forms, self.names, strict=True):
            if array.shape != form.shape:
                return f"the {what} of {name} has shape {array.shape}, wanted {form.shape}"
            if array.dtype != form.dtype:
                return f"the {what} of {name} has dtype {array.dtype}, wanted {form.dtype}"
        return ""


def hermitian_part(x: numpy.ndarray) -> numpy.ndarray:
    return (x + numpy.conj(numpy.swapaxes(x, -1, -2))) / 2


def is_hermitian(x: numpy.ndarray) -> bool:
    """Whether an array is a square matrix, or a stack of them, that equals its conjugate transpose."""
    if x.ndim < 2 or x.shape[-1] != x.shape[-2] or x.shape[-1] < 2:
        return False
    return numpy.array_equal(x, numpy.conj(numpy.swapaxes(x, -1, -2)))


def array_of(value: Any) -> numpy.ndarray:
    return numpy.asarray(value._value if type(value) is Tensor else value)


def _coordinates(array: numpy.ndarray) -> Vector:
    if array.dtype.kind == "c":
        return numpy.stack([numpy.real(array), numpy.imag(array)], axis=-1).astype(numpy.float64).ravel()
    return array.astype(numpy.float64).ravel()


def _array(part: Vector, form: Any) -> numpy.ndarray:
    if form.dtype.kind == "c":
        part = part[0::2] + 1j * part[1::2]
    return part.astype(form.dtype).reshape(form.shape)


def scales_of(vector: Vector, sizes: Sequence[int]) -> Vector:
    """The natural size of a step in each coordinate: its own.

    What is zero but for rounding takes that of the largest of its array, or 1.
    """
    parts = numpy.split(numpy.abs(vector), numpy.cumsum(sizes)[:-1]) if sizes else []
    return numpy.concatenate([_scales(part) for part in parts]) if parts else vector


def _scales(part: Vector) -> Vector:
    largest = float(numpy.max(part, initial=0.0)) or 1.0
    return numpy.where(part > 1e-12 * largest, part, largest)
