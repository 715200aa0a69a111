"""What a NumPy array says of its memory, and what is written to it whole, as methods and properties of a tensor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from ... import numpy as np
from ...core.dtypes.kinds import as_dtype
from ...core.kin import Way, root_of, views_of
from ...core.node import Leaf
from ...core.state import state
from ...core.tensor import Tensor
from ...core.views import view
from ...ops.shape import reshape
from ..arrays.manipulation import complete, lengths_of
from ..protocols.values import concrete, refuse_watched

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _reinterpreted(x: Any, dtype: Any) -> Any:
    """The bytes of an array as numbers of another dtype, which have no derivative."""
    if type(x) is not Tensor:
        return numpy.asarray(x).view(dtype)
    refuse_watched(numpy.ndarray.view, x, "write x.real and x.imag, or x.astype(dtype)")
    return Tensor(numpy.asarray(concrete(x, "view")).view(dtype))


REINTERPRETED = Way(_reinterpreted, lambda x, value, dtype: _reinterpreted(value, x.dtype))


class MemoryMethods:
    """Memory, and writes of the whole handle."""

    __slots__ = ()

    _value: Any
    _node: Any
    _kin: Any

    # -- memory ------------------------------------------------------------------------------------

    def view(self: Any, dtype: Any = None, *rest: Any) -> Tensor:
        """The same elements, or the same bytes as numbers of another dtype, which have no derivative; writes alias.

        Raises:
            TypeError: a shape was given, as in PyTorch; write ``x.reshape(shape)``.

        >>> import wengert.numpy as np
        >>> x = np.array([1.0, 2.0])
        >>> x.view(np.int64)[0] = 0
        >>> x
        tensor([0., 2.])
        """
        if rest or isinstance(dtype, (int, tuple)):
            raise TypeError(
                "[view] a shape was given, wanted a dtype, as of the view of a NumPy array; write x.reshape(shape)"
            )
        if dtype is None or (isinstance(dtype, type) and issubclass(dtype, (Tensor, numpy.ndarray))):
            return self[...]
        return view(self, REINTERPRETED, dtype=as_dtype(dtype))

    def tobytes(self: Any, order: Any = "C") -> bytes:
        """The elements as bytes."""
        return numpy.asarray(concrete(self, "tobytes")).tobytes(order)

    def tofile(self: Any, fid: Any, sep: str = "", format: str = "%s") -> None:
        """Write the elements to a file, as ``numpy.ndarray.tofile``."""
        numpy.asarray(concrete(self, "tofile")).tofile(fid, sep, format)

    @property
    def flags(self: Any) -> Any:
        """How the value lies in memory, as of a NumPy array; to be read, not to be set."""
        return self._bare.flags

    @property
    def strides(self: Any) -> tuple[int, ...]:
        """The number of bytes from one element to the next, along each axis."""
        return self._bare.strides

    @property
    def base(self: Any) -> Tensor | None:
        """The tensor whose elements a view shares; ``None`` if this is no view."""
        root = root_of(self)
        return None if root is self else root

    @property
    def data(self: Any) -> memoryview:
        """The value as a buffer that can only be read."""
        array = self._bare
        array.flags.writeable = False
        return array.data

    @property
    def _bare(self: Any) -> NDArray[Any]:
        return numpy.asarray(concrete(self, "memory")).view()

    # -- writes of the whole handle ----------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis; one that is set arranges the same elements in another shape."""
        return self._value.shape

    @shape.setter
    def shape(self: Any, lengths: Any) -> None:
        self._check_own_shape("shape")
        made = reshape(self, shape=complete(lengths, self.size))
        self._value, self._node = made._value, made._node

    def resize(self: Any, *new_shape: Any, refcheck: bool = True) -> None:
        """Give the handle another shape and number of elements: the first ones, and zeros after them."""
        lengths = lengths_of(new_shape[0] if len(new_shape) == 1 else new_shape)
        self._check_own_shape("resize")
        flat, count = reshape(self, shape=(self.size,)), math.prod(lengths)
        kept = np.concatenate([flat[:count], np.zeros(max(count - flat.size, 0), flat.dtype)])
        made = reshape(kept, shape=lengths)
        self._value, self._node = made._value, made._node

    def _check_own_shape(self: Any, op: str) -> None:
        """Refuse another shape for a handle whose shape others count on."""
        if root_of(self) is not self or views_of(self):
            reason = "shares its elements with views"
        elif type(self._node) is Leaf:
            reason = "is a leaf, whose gradient has its shape"
        elif state.recorder is not None:
            reason = "is recorded by a compilation, in which each tensor keeps its shape"
        else:
            return
        raise ValueError(
            f"[{op}] the tensor {reason}, wanted one whose shape is its own affair; write x = x.reshape(shape)"
        )

    @property
    def real(self: Any) -> Tensor:
        """The real part of each element; what is set leaves the imaginary part."""
        return np.real(self)

    @real.setter
    def real(self: Any, value: Any) -> None:
        self[...] = value if self.dtype.kind != "c" else np.asarray(value) + 1j * np.imag(self)

    @property
    def imag(self: Any) -> Tensor:
        """The imaginary part of each element; what is set leaves the real part."""
        return np.imag(self)

    @imag.setter
    def imag(self: Any, value: Any) -> None:
        if self.dtype.kind != "c":
            raise TypeError(
                f"[imag] the tensor has dtype {self.dtype}, wanted a complex one, whose imaginary part can be set; "
                "write x = x + 1j * value"
            )
        self[...] = np.real(self) + 1j * np.asarray(value)

    def put(self: Any, indices: Any, values: Any, mode: str = "raise") -> None:
        """Write at places in the flattened tensor, as ``numpy.put``."""
        np.put(self, indices, values, mode)
