"""The methods and properties that a tensor shares with a NumPy array: each calls the function of its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import signature
from typing import TYPE_CHECKING, Any, Final

import numpy

from ... import numpy as np
from ...core.dtypes.kinds import as_dtype
from ...names import unknown_keywords
from ...ops.indexing.views import reshaped
from ..arrays.creation import copied

if TYPE_CHECKING:
    from ...core.tensor import Tensor


def _along_axes(name: str, doc: str) -> Callable[..., Tensor]:
    """The method that calls a function of `wengert.numpy` along an axis, several, or all."""

    def method(self: Any, axis: Any = None, *rest: Any, **options: Any) -> Tensor:
        function = getattr(np, name)
        try:
            return function(self, axis, *rest, **options)
        except TypeError:
            known = signature(function).parameters
            if known.keys() >= options.keys():
                raise
            raise unknown_keywords(name, options, [*known][1:]) from None

    method.__name__, method.__qualname__, method.__doc__ = name, f"Tensor.{name}", doc
    return method


class NumpyMethods:
    """Reductions, shapes, order and elements, as methods."""

    __slots__ = ()

    dtype: Any
    shape: tuple[int, ...]
    ndim: int
    size: int

    # -- reductions --------------------------------------------------------------------------------

    sum: Final = _along_axes("sum", "The sum over an axis, several, or all; options as in ``numpy.sum``.")
    prod: Final = _along_axes("prod", "The product over an axis, several, or all; options as in ``numpy.prod``.")
    mean: Final = _along_axes("mean", "The mean over an axis, several, or all; options as in ``numpy.mean``.")
    var: Final = _along_axes("var", "The variance over an axis, several, or all; options as in ``numpy.var``.")
    std: Final = _along_axes(
        "std", "The standard deviation over an axis, several, or all; options as in ``numpy.std``."
    )
    max: Final = _along_axes("max", "The largest element over an axis, several, or all; the tied share its derivative.")
    min: Final = _along_axes(
        "min", "The smallest element over an axis, several, or all; the tied share its derivative."
    )
    all: Final = _along_axes("all", "Whether all elements over an axis, several, or all of them, are true.")
    any: Final = _along_axes("any", "Whether any element over an axis, several, or all of them, is true.")
    argmax: Final = _along_axes(
        "argmax", "Where the largest element is: its index along the axis, or in the flattened tensor."
    )
    argmin: Final = _along_axes(
        "argmin", "Where the smallest element is: its index along the axis, or in the flattened tensor."
    )
    cumsum: Final = _along_axes("cumsum", "Running sums along the axis, or of the flattened tensor.")
    cumprod: Final = _along_axes("cumprod", "Running products along the axis, or of the flattened tensor.")

    def trace(self: Any, *args: Any, **options: Any) -> Tensor:
        """The sum along a diagonal; options as in ``numpy.trace``."""
        return np.trace(self, *args, **options)

    # -- shape -------------------------------------------------------------------------------------

    def reshape(self: Any, *shape: Any, **options: Any) -> Tensor:
        """The elements in another shape: ``x.reshape(2, -1)`` or ``x.reshape((2, -1))``."""
        return np.reshape(self, _unpacked(shape), **options)

    def ravel(self: Any, order: str = "C") -> Tensor:
        """The elements along one axis."""
        return np.ravel(self, order)

    def flatten(self: Any, order: str = "C") -> Tensor:
        """A copy of the elements along one axis."""
        return copied(np.ravel(self, order))

    def transpose(self: Any, *axes: Any) -> Tensor:
        """The axes in another order, reversed by default."""
        return np.transpose(self, _unpacked(axes) if axes else None)

    def swapaxes(self: Any, axis1: int, axis2: int) -> Tensor:
        """Two axes interchanged."""
        return np.swapaxes(self, axis1, axis2)

    def squeeze(self: Any, axis: Any = None) -> Tensor:
        """Without the axes of length 1, or without those given."""
        return np.squeeze(self, axis)

    def repeat(self: Any, repeats: Any, axis: int | None = None) -> Tensor:
        """Each element repeated, along the axis or in the flattened tensor."""
        return np.repeat(self, repeats, axis)

    def diagonal(self: Any, *args: Any, **options: Any) -> Tensor:
        """The elements on a diagonal; options as in ``numpy.diagonal``."""
        return np.diagonal(self, *args, **options)

    @property
    def T(self: Any) -> Tensor:  # noqa: N802 - NumPy's name
        """The axes in reverse order."""
        return np.transpose(self)

    @property
    def mT(self: Any) -> Tensor:  # noqa: N802 - the array API's name
        """The last two axes swapped."""
        if self.ndim < 2:
            raise ValueError(
                f"[mT] the tensor has shape {self.shape}, wanted at least two axes; write x.T, which leaves a vector "
                "as it is"
            )
        return np.matrix_transpose(self)

    @property
    def flat(self: Any) -> Tensor:
        """The elements along one axis, to iterate over, to index or to write to, wherever they are in memory."""
        return reshaped(self, (self.size,))

    @flat.setter
    def flat(self: Any, value: Any) -> None:
        """Write all elements, one after the other; what is given is repeated as often as needed, as in NumPy."""
        self[...] = np.resize(value, self.shape)

    def __len__(self: Any) -> int:
        if not self.shape:
            raise TypeError("[len] the tensor is a scalar, wanted at least one axis; write x.size for 1")
        return self.shape[0]

    def __iter__(self: Any) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError("[iter] the tensor is a scalar, wanted at least one axis; write x.reshape(1)")
        return (self[i] for i in range(self.shape[0]))

    # -- numbers -----------------------------------------------------------------------------------

    def astype(
        self: Any, dtype: Any, order: str = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True
    ) -> Tensor:
        """The elements in another dtype; of a complex number that becomes real, the real part."""
        if casting != "unsafe" and not numpy.can_cast(self.dtype, dtype, casting):
            raise TypeError(
                f"[astype] the tensor has dtype {self.dtype}, wanted one that casts to {as_dtype(dtype)} by the "
                f"rule {casting!r}; leave casting= out"
            )
        return np.astype(self, dtype, copy=copy)

    def copy(self: Any, order: str = "C") -> Tensor:
        """A new tensor with the same value and derivatives."""
        return copied(self)

    def clip(self: Any, min: Any = None, max: Any = None, out: Any = None, **options: Any) -> Tensor:
        """Each element brought into an interval."""
        return np.clip(self, min, max, out, **options)

    def round(self: Any, decimals: int = 0, out: Any = None) -> Tensor:
        """Each element rounded; the derivative is zero."""
        return np.round(self, decimals, out)

    def dot(self: Any, other: Any, out: Any = None) -> Tensor:
        """The product that ``numpy.dot`` gives."""
        return np.dot(self, other, out)

    def conj(self: Any) -> Tensor:
        """The complex conjugate of each element; of real numbers, the tensor itself."""
        return np.conjugate(self) if self.dtype.kind == "c" else self

    conjugate = conj

    @property
    def itemsize(self: Any) -> int:
        """The number of bytes of an element."""
        return self.dtype.itemsize

    @property
    def nbytes(self: Any) -> int:
        """The number of bytes of all elements."""
        return self.size * self.dtype.itemsize

    # -- order and elements ------------------------------------------------------------------------

    def argsort(self: Any, axis: int | None = -1, *rest: Any, **options: Any) -> Tensor:
        """The indices that would sort along the axis."""
        return np.argsort(self, axis, *rest, **options)

    def argpartition(self: Any, kth: Any, *rest: Any, **options: Any) -> Tensor:
        """The indices that would put the element `kth` where it would be if sorted."""
        return np.argpartition(self, kth, *rest, **options)

    def searchsorted(self: Any, v: Any, *rest: Any, **options: Any) -> Tensor:
        """Where to insert `v` so that this tensor stays sorted."""
        return np.searchsorted(self, v, *rest, **options)

    def take(self: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Tensor:
        """The elements at the indices along the axis, or in the flattened tensor."""
        return np.take(self, indices, axis, out, mode)

    def compress(self: Any, condition: Any, axis: int | None = None, out: Any = None) -> Tensor:
        """The elements where the condition holds, along the axis or in the flattened tensor."""
        return np.compress(condition, self, axis, out)

    def choose(self: Any, choices: Any, out: Any = None, mode: str = "raise") -> Tensor:
        """For each element, which is an index, the element of that choice."""
        return np.choose(self, choices, out, mode)

    def nonzero(self: Any) -> tuple[Tensor, ...]:
        """The indices of the elements that are not zero, axis by axis."""
        return np.nonzero(self)

    def __contains__(self: Any, value: Any) -> bool:
        return bool(np.any(np.equal(self, value)))

    # -- in place: the handle gets a new value -----------------------------------------------------

    def sort(self: Any, axis: int = -1, *rest: Any, **options: Any) -> None:
        """Sort along the axis, in place."""
        self[...] = np.sort(self, axis, *rest, **options)

    def partition(self: Any, kth: Any, axis: int = -1, *rest: Any, **options: Any) -> None:
        """Put the element `kth` where it would be if sorted, smaller ones before it, in place."""
        self[...] = np.partition(self, kth, axis, *rest, **options)

    def fill(self: Any, value: Any) -> None:
        """Make each element the same, in place."""
        self[...] = value


def _unpacked(given: tuple[Any, ...]) -> Any:
    """The one argument that was given, or the tuple of several."""
    return given[0] if len(given) == 1 else given
