"""`Array`: an array that is never written to, with NumPy's methods and JAX's promotion of dtypes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import Face, behind
from wengert.fronts.operators import attach
from wengert.fronts.promotion import CATEGORIES, by_category

from .devices import CPU
from .dtypes import canonical
from .indexing import within

__all__ = ["Array", "WeakArray", "arrays", "as_tensor", "combined", "kind_of", "like", "of", "operands"]


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
    def weak_type(self) -> bool:
        """Whether it takes on the dtype of what it meets, as Python's numbers do."""
        return False

    @property
    def at(self) -> Any:
        """Places of a new array that are written to: ``x.at[index].set(value)``."""
        from .at import At

        return At(self)

    @property
    def nbytes(self) -> int:
        """How many bytes its elements take."""
        return self._tensor.nbytes

    @property
    def itemsize(self) -> int:
        """How many bytes an element takes."""
        return self._tensor.itemsize

    @property
    def device(self) -> Any:
        """The CPU."""
        return CPU

    def devices(self) -> set[Any]:
        """The CPU, in a set."""
        return {CPU}

    def __getitem__(self, index: Any) -> Array:
        return of(self._tensor[within(behind(index), self.shape)], type(self))

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "[Array] an element was written to, wanted none to be: JAX's arrays never change; write "
            "x = x.at[index].set(value)"
        )

    def __len__(self) -> int:
        return len(self._tensor)

    def __iter__(self) -> Iterator[Array]:
        return (of(each, type(self)) for each in self._tensor)

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
        words = numpy.array2string(values, separator=", ", prefix="Array(")
        return f"Array({words}, dtype={values.dtype}{', weak_type=True' * self.weak_type})"

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


class WeakArray(Array):
    """An array that was made of Python's numbers alone: where it meets another, it takes on the other's dtype.

    >>> import wengert.jax.numpy as jnp
    >>> jnp.sqrt(4.0)
    Array(2., dtype=float32, weak_type=True)
    >>> (jnp.sqrt(4.0) * jnp.ones(1, jnp.float16)).dtype
    dtype('float16')
    """

    __slots__ = ()

    @property
    def weak_type(self) -> bool:
        """Whether it takes on the dtype of what it meets, as Python's numbers do."""
        return True


def of(tensor: Any, kind: type[Array] = Array) -> Array:
    """An array of this front for a tensor of the engine, in a dtype that there is; truth values are never weak."""
    dtype = canonical(tensor.dtype)
    face = Array if dtype.kind == "b" else kind
    return face.of(tensor if tensor.dtype == dtype else tensor.astype(dtype))


def as_tensor(value: Any, dtype: Any = None) -> Any:
    """What is behind an array, or a tensor of numbers, in a dtype that there is."""
    if isinstance(value, Array):
        tensor = value._tensor
    else:
        tensor = value if isinstance(value, wg.Tensor) else np.asarray(_plain(value))
    wanted = canonical(tensor.dtype if dtype is None else dtype)
    return tensor if tensor.dtype == wanted else tensor.astype(wanted)


def _plain(value: Any) -> Any:
    """Lists with what is behind their arrays, of the dtype that JAX promotes them to."""
    if isinstance(value, (list, tuple)):
        parts = [_plain(item) for item in value]
        return np.stack(operands(*parts)) if any(isinstance(part, wg.Tensor) for part in parts) else parts
    return behind(value)


def arrays(tree: Any) -> Any:
    """A tree with arrays of this front in place of numbers and NumPy's arrays."""
    leaves, structure = wg.trees.flatten(tree)
    return wg.trees.unflatten(structure, [_array(leaf) if _is_number(leaf) else leaf for leaf in leaves])


def _array(number: Any) -> Array:
    return of(as_tensor(number), WeakArray if type(number) in WEAK else Array)


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex, numpy.ndarray, numpy.generic))


def like(tree: Any, example: Any) -> Any:
    """A tree of arrays and numbers, whose arrays are weak where those of an example are.

    A weak array and another are different nodes of a tree; what belongs to an array (a tangent, the next carry of a
    loop) is of its kind. What has not the shape of the example's tree stays as it is.
    """
    leaves, structure = wg.trees.flatten(arrays(tree))
    others, wanted = wg.trees.flatten(example)
    return wg.trees.unflatten(wanted, leaves) if len(leaves) == len(others) else wg.trees.unflatten(structure, leaves)


# -- operators -------------------------------------------------------------------------------------

WEAK = (int, float, complex)
"""The types of numbers whose dtype is weak."""


def kind_of(given: Sequence[Any]) -> type[Array]:
    """What a function of these makes: something weak, if all numbers in it are."""
    kind = Array
    for each in given:
        if type(each) is Array or isinstance(each, (numpy.ndarray, numpy.generic)):
            return Array
        if type(each) is WeakArray or type(each) in WEAK:
            kind = WeakArray
    return kind


def _is_firm(each: Any) -> bool:
    """Whether an operand says of which dtype the result is: truth values do not."""
    return type(each) not in (bool, *WEAK, WeakArray) and each.dtype.kind != "b"


def operands(*given: Any) -> list[Any]:
    """What is behind operands, all of the dtype that JAX promotes them to; Python numbers stay as they are."""
    return _met(given)[0]


def _met(given: Sequence[Any]) -> tuple[list[Any], type[Array]]:
    """What is behind operands, of the dtype that JAX promotes them to, and the kind of their result."""
    known = [each if type(each) in (bool, *WEAK) or isinstance(each, Array) else as_tensor(each) for each in given]
    firm = [each.dtype for each in known if _is_firm(each)]
    weak = [each for each in known if not _is_firm(each)]
    dtype = _with_weak(_common(firm), weak) if weak or len(set(firm)) > 1 else firm[0]
    is_alone = all(type(each) in (bool, *WEAK) for each in known)
    tensors = [each if type(each) in (bool, *WEAK) and not is_alone else as_tensor(each, dtype) for each in known]
    return tensors, Array if firm else WeakArray


def _common(dtypes: Sequence[Any]) -> Any:
    found = dtypes[0] if dtypes else numpy.dtype(bool)
    for dtype in dtypes[1:]:
        found = found if dtype == found else by_category(found, dtype)
    return found


def _with_weak(dtype: Any, weak: Sequence[Any]) -> Any:
    """The dtype with weak operands: theirs, if they are of a later category."""
    for each in weak:
        of_number = canonical(numpy.result_type(type(each)) if type(each) in WEAK else getattr(each, "dtype", bool))
        if CATEGORIES[of_number.kind] > CATEGORIES[dtype.kind]:
            dtype = of_number
    return dtype


def _is_operand(value: Any) -> bool:
    return isinstance(value, (Array, numpy.ndarray, numpy.generic, bool, int, float, complex))


def _of_two(operation: Callable[[Any, Any], Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """An operator and its reflection."""

    def operator(self: Any, other: Any) -> Any:
        if type(self) is type(other) is Array and self._tensor.dtype == other._tensor.dtype:
            return of(operation(self._tensor, other._tensor))
        return combined(operation, self, other) if _is_operand(other) else NotImplemented

    def reflected(self: Any, other: Any) -> Any:
        return combined(operation, other, self) if _is_operand(other) else NotImplemented

    return operator, reflected


def combined(operation: Callable[..., Any], *given: Any) -> Array:
    """What an operation makes of operands that are promoted."""
    tensors, kind = _met(given)
    return of(operation(*tensors), kind)


attach(Array, _of_two, lambda operation: lambda self: of(operation(self._tensor), type(self)))
