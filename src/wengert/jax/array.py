"""`Array`: an array that is never written to, with NumPy's methods and JAX's promotion of dtypes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import Face, behind
from wengert.fronts.operators import attach
from wengert.fronts.promotion import CATEGORIES, by_category

from .dtypes import canonical, default_float, default_int

__all__ = ["Array", "arrays", "as_tensor", "of", "operands"]


class Array(Face):
    """An array of JAX: a face of a tensor that nobody writes to.

    >>> import wengert.jax.numpy as jnp
    >>> x = jnp.arange(3.0)
    >>> x.at[0].set(5.0)
    Array([5., 1., 2.], dtype=float32)
    """

    __slots__ = ()

    if TYPE_CHECKING:
        __add__: Any
        __radd__: Any
        __sub__: Any
        __mul__: Any
        __rmul__: Any
        __truediv__: Any
        __matmul__: Any
        __neg__: Any

        def __getattr__(self, name: str) -> Any:
            """Methods are attached by `wengert.jax.numpy`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of its axes."""
        return self._tensor.shape

    @property
    def dtype(self) -> Any:
        """The dtype of its elements."""
        return self._tensor.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._tensor.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._tensor.size

    @property
    def at(self) -> At:
        """Places of a new array that are written to: ``x.at[index].set(value)``."""
        return At(self)

    def __getitem__(self, index: Any) -> Array:
        return of(self._tensor[_index(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "[Array] an element was written to, wanted none to be: JAX's arrays never change; write "
            "x = x.at[index].set(value)"
        )

    def __len__(self) -> int:
        return len(self._tensor)

    def __iter__(self) -> Iterator[Array]:
        return map(of, self._tensor)

    def __bool__(self) -> bool:
        return bool(self._tensor)

    def __int__(self) -> int:
        return int(self._tensor)

    def __float__(self) -> float:
        return float(self._tensor)

    def __complex__(self) -> complex:
        return complex(self._tensor)

    def __index__(self) -> int:
        return self._tensor.__index__()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return numpy.asarray(self._tensor, dtype)

    def __hash__(self) -> int:
        raise TypeError("[Array] an array was asked for its hash, wanted a number; write x.item()")

    def __repr__(self) -> str:
        values = numpy.asarray(self._tensor)
        return f"Array({numpy.array2string(values, separator=', ', prefix='Array(')}, dtype={values.dtype})"

    def __str__(self) -> str:
        return str(numpy.asarray(self._tensor))

    def __format__(self, spec: str) -> str:
        return format(numpy.asarray(self._tensor)[()], spec) if self.ndim == 0 else format(str(self), spec)

    def __reduce__(self) -> tuple[Any, ...]:
        return Array.of, (self._tensor,)

    def item(self, *index: Any) -> Any:
        """An element as a Python number."""
        return self._tensor.item(*index)

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self._tensor.tolist()

    def block_until_ready(self) -> Array:
        """The array itself, which is ready."""
        return self

    def astype(self, dtype: Any) -> Array:
        """The elements in another dtype."""
        return of(self._tensor.astype(canonical(dtype)))

    def copy(self) -> Array:
        """The array itself, as nobody writes to it."""
        return self


class At:
    """An array, and then places in it: ``x.at[index]`` has methods that give a new array."""

    __slots__ = ("_array",)

    def __init__(self, array: Array) -> None:
        self._array = array

    def __getitem__(self, index: Any) -> Places:
        return Places(self._array, _index(index))


class Places:
    """Places in an array, of which new arrays are made that have something else there."""

    __slots__ = ("_array", "_index")

    def __init__(self, array: Array, index: Any) -> None:
        self._array, self._index = array, index

    def _written(self, value: Any) -> Array:
        new = self._array._tensor.copy()
        new[self._index] = value
        return of(new)

    def set(self, values: Any, **_: Any) -> Array:
        """The array with values there; of a place that is named twice, the last."""
        return self._written(as_tensor(values).astype(self._array.dtype))

    def get(self, **_: Any) -> Array:
        """What is there."""
        return of(self._array._tensor[self._index])

    def apply(self, func: Callable[[Any], Any], **_: Any) -> Array:
        """The array with what a function makes of what is there."""
        return self._written(behind(func(self.get())))

    def _accumulated(self, ufunc: Any, values: Any) -> Array:
        new = self._array._tensor.copy()
        ufunc.at(new, self._index, as_tensor(values).astype(self._array.dtype))
        return of(new)

    def add(self, values: Any, **_: Any) -> Array:
        """The array with values added there, each time that a place is named."""
        return self._accumulated(np.add, values)

    def subtract(self, values: Any, **_: Any) -> Array:
        """The array with values subtracted there."""
        return self._accumulated(np.subtract, values)

    def multiply(self, values: Any, **_: Any) -> Array:
        """The array with what is there times values."""
        return self._accumulated(np.multiply, values)

    mul = multiply

    def divide(self, values: Any, **_: Any) -> Array:
        """The array with what is there divided by values."""
        return self._accumulated(np.multiply, 1 / as_tensor(values))

    def power(self, values: Any, **_: Any) -> Array:
        """The array with what is there to the power of values."""
        return self._written(self._array._tensor[self._index] ** as_tensor(values))

    def min(self, values: Any, **_: Any) -> Array:
        """The array with the smaller one of what is there and values."""
        return self._accumulated(np.minimum, values)

    def max(self, values: Any, **_: Any) -> Array:
        """The array with the larger one of what is there and values."""
        return self._accumulated(np.maximum, values)


def of(tensor: Any) -> Array:
    """An array of this front for a tensor of the engine, in a dtype that there is."""
    dtype = canonical(tensor.dtype)
    return Array.of(tensor if tensor.dtype == dtype else tensor.astype(dtype))


def as_tensor(value: Any, dtype: Any = None) -> Any:
    """What is behind an array, or a tensor of numbers, in a dtype that there is."""
    if isinstance(value, Array):
        tensor = value._tensor
    else:
        tensor = value if isinstance(value, wg.Tensor) else np.asarray(_plain(value))
    wanted = canonical(tensor.dtype if dtype is None else dtype)
    return tensor if tensor.dtype == wanted else tensor.astype(wanted)


def _plain(value: Any) -> Any:
    """Lists with what is behind their arrays."""
    if isinstance(value, (list, tuple)):
        parts = [_plain(item) for item in value]
        return np.stack(parts) if any(isinstance(part, wg.Tensor) for part in parts) else parts
    return behind(value)


def arrays(tree: Any) -> Any:
    """A tree with arrays of this front in place of numbers and NumPy's arrays."""
    leaves, structure = wg.trees.flatten(tree)
    return wg.trees.unflatten(structure, [of(as_tensor(leaf)) if _is_number(leaf) else leaf for leaf in leaves])


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex, numpy.ndarray, numpy.generic))


def _index(index: Any) -> Any:
    if type(index) is tuple:
        return tuple(map(_index, index))
    return behind(index)


# -- operators -------------------------------------------------------------------------------------


def operands(*given: Any) -> list[Any]:
    """What is behind operands, all of the dtype that JAX promotes them to; Python numbers stay as they are."""
    known = [each if type(each) in (bool, int, float, complex) else as_tensor(each) for each in given]
    tensors = [each for each in known if isinstance(each, wg.Tensor)]
    if not tensors:
        return [as_tensor(each) for each in known]
    dtype = tensors[0].dtype
    for tensor in tensors[1:]:
        dtype = dtype if tensor.dtype == dtype else by_category(dtype, tensor.dtype)
    dtype = _with_numbers(dtype, [each for each in known if not isinstance(each, wg.Tensor)])
    return [each.astype(dtype) if isinstance(each, wg.Tensor) and each.dtype != dtype else each for each in known]


def _with_numbers(dtype: Any, numbers: list[Any]) -> Any:
    """The dtype with Python numbers: theirs, if they are of a later category."""
    for number in numbers:
        category = 3 if type(number) is complex else 2 if type(number) is float else 1 if type(number) is int else 0
        if category > CATEGORIES[dtype.kind]:
            of_number = numpy.result_type(default_float(), 1j) if category == 3 else default_float()
            dtype = default_int() if category == 1 else of_number
    return dtype


def _is_operand(value: Any) -> bool:
    return isinstance(value, (Array, numpy.ndarray, numpy.generic, bool, int, float, complex))


def _of_two(operation: Callable[[Any, Any], Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """An operator and its reflection."""

    def operator(self: Any, other: Any) -> Any:
        return of(operation(*operands(self, other))) if _is_operand(other) else NotImplemented

    def reflected(self: Any, other: Any) -> Any:
        return of(operation(*operands(other, self))) if _is_operand(other) else NotImplemented

    return operator, reflected


attach(Array, _of_two, lambda operation: lambda self: of(operation(self._tensor)))
