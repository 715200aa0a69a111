"""The methods of a tensor, attached to `wengert.core.tensor.Tensor` when the package is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.kinds import as_dtype, wide
from ...core.lending import apart
from ...core.placed import is_device, is_here, settled
from ...core.recording import current, named_by
from ...core.state import (
    DEFINE_BY_RUN,
    recording_watches,
    state,
)
from ...core.tensor import Tensor
from ...core.views import view
from ...html import preformatted
from ...names import OF_A_TENSOR, NameElsewhere, teaches_keywords
from ...ops import elementwise as e
from ...ops.contract import matmul
from ...ops.indexing.views import DETACHED
from ...ops.placing import placed
from ...transforms import define_by_run, hooks
from ..arrays import creation
from ..arrays.creation import copied
from ..protocols.interop import ArrayProtocols
from ..protocols.values import concrete
from .arrays import NumpyMethods
from .elements import InPlace
from .memory import MemoryMethods
from .numbers import NumberMethods, kept_element, number_or_element, one_element, refuse_lost

if TYPE_CHECKING:
    from ...transforms.hooks import HookHandle


class ArrayMethods(InPlace, NumpyMethods, NumberMethods, MemoryMethods, ArrayProtocols):
    """Arithmetic and the methods of a NumPy array, and those of the define-by-run graph."""

    __slots__ = ()

    _value: Any
    _node: Any
    dtype: Any
    shape: tuple[int, ...]

    # -- define-by-run -----------------------------------------------------------------------------

    @property
    def operation(self: Any) -> str | None:
        """The name of the operation whose result it is; ``None`` where ``backward()`` ends, or does not come.

        >>> import wengert as wg, wengert.numpy as np
        >>> np.exp(wg.tensor(1.0, requires_grad=True)).operation
        'exp'
        """
        return None if self.is_leaf else named_by(self._node).primitive.name

    @teaches_keywords
    def backward(self: Any, cotangent: Any = None, retain_graph: bool = False, create_graph: bool = False) -> None:
        """Accumulate into ``.grad`` of every leaf; see `wengert.transforms.define_by_run.backward`."""
        define_by_run.backward(self, cotangent, retain_graph, create_graph)

    @property
    def grad(self: Any) -> Tensor | None:
        """The derivative that ``backward()`` has accumulated, or ``None``."""
        return hooks.gradient_of(self)

    @grad.setter
    def grad(self: Any, value: Any) -> None:
        hooks.set_gradient(self, value)

    def requires_grad_(self: Any, requires_grad: bool = True) -> Tensor:
        """Begin (or end) the define-by-run watch of this tensor, and return it."""
        return define_by_run.require_grad(self, requires_grad)

    def register_hook(self: Any, hook: Callable[[Tensor], Any]) -> HookHandle:
        """Call ``hook(gradient)`` when a backward walk has the gradient; what it returns replaces it."""
        return hooks.register_hook(self, hook)

    def retain_grad(self: Any) -> None:
        """Keep ``.grad`` of a result too, not only of leaves."""
        hooks.retain_grad(self)

    def detach(self: Any) -> Tensor:
        """A view that no derivative follows: a write to it is a write to this tensor, as in PyTorch.

        What is written so is a constant, even in a leaf, which stays the leaf that it is; write ``x.detach().clone()``,
        or `wengert.stop_gradient`, for a value of its own.

        >>> import wengert as wg
        >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
        >>> x.detach()[0] = 5.0
        >>> x
        tensor([5., 2.], requires_grad=True)
        """
        return view(self, DETACHED)

    def clone(self: Any) -> Tensor:
        """A new tensor with the same value and derivatives."""
        return copied(self)

    # -- values ------------------------------------------------------------------------------------

    def to(self: Any, to: Any, /) -> Tensor:
        """This tensor on a device (``"gpu:0"``; ``"cpu"`` is NumPy's memory), or in a dtype; itself, if it is that.

        Derivatives pass. Operations on a tensor that is on a device are done there, each by a small program of its own;
        a function under `jit` is one program.

        Raises:
            ValueError: there is no such device.
            ImportError: JAX, which has the devices, is not installed.

        >>> import wengert as wg
        >>> x = wg.tensor([1.0, 2.0])
        >>> x.to("float32").dtype, x.to("cpu") is x
        (dtype('float32'), True)
        """
        if isinstance(to, str) and is_device(to):
            return placed(self, settled(to))
        return self if self.dtype == as_dtype(to) else self.astype(to)

    def item(self: Any, *index: Any) -> Any:
        """An element as a Python number: the only one, or the one at the index."""
        return numpy.asarray(concrete(self, "item")).item(*index) if index else number_or_element(self, "item")

    def tolist(self: Any) -> Any:
        """The elements as nested lists of Python numbers."""
        return numpy.asarray(concrete(self, "tolist")).tolist()

    def numpy(self: Any) -> Any:
        """The value as a read-only NumPy array that shares its memory.

        Warns:
            LostDerivativeWarning: ``backward()`` follows the tensor; write ``x.detach().numpy()``.

        Raises:
            TypeError: `grad` and the like follow it, and would lose its derivative.
        """
        array = numpy.asarray(concrete(self, "numpy")).view()
        refuse_lost(self, "numpy", "a NumPy array", "x.detach().numpy()")
        array.flags.writeable = False
        return array

    def __float__(self: Any) -> float:
        return float(kept_element(self, "float"))

    def __int__(self: Any) -> int:
        return int(one_element(self, "int"))

    def __complex__(self: Any) -> complex:
        return complex(kept_element(self, "complex"))

    def __bool__(self: Any) -> bool:
        try:
            return bool(concrete(self, "bool"))
        except ValueError:
            raise ValueError(
                f"[bool] the truth value of an array of shape {self.shape} is ambiguous, wanted one element; write "
                "x.any() or x.all()"
            ) from None

    def __repr__(self: Any) -> str:
        value = self._value
        if type(value) is Abstract:
            if state.recorder is not None:
                state.recorder.show(self)
            return f"tensor({value!r})"
        if not is_here(value):
            return f"tensor({value.dtype}{list(value.shape)} on {self.device})"
        text = numpy.array2string(numpy.asarray(value, wide(value.dtype)), separator=", ", prefix="tensor(")
        default = value.dtype in (numpy.float64, numpy.int64, numpy.bool_, numpy.complex128)
        dtype = "" if default else f", dtype={value.dtype}"
        watched = ", requires_grad=True" if self.requires_grad else ""
        return f"tensor({text}{dtype}{watched})"

    def _repr_html_(self: Any) -> str:
        return preformatted(repr(self), f"{self.dtype}, shape {self.shape}")

    def __format__(self: Any, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __dir__(self: Any) -> list[str]:
        return [name for name in object.__dir__(self) if name not in OF_A_TENSOR]

    __hash__: Final = object.__hash__

    # -- arithmetic --------------------------------------------------------------------------------

    if TYPE_CHECKING:  # as methods, so that a tensor is what ``sum`` and ``max`` of Python take

        def __add__(self: Any, other: Any) -> Tensor: ...
        def __sub__(self: Any, other: Any) -> Tensor: ...
        def __mul__(self: Any, other: Any) -> Tensor: ...
        def __truediv__(self: Any, other: Any) -> Tensor: ...
        def __floordiv__(self: Any, other: Any) -> Tensor: ...
        def __mod__(self: Any, other: Any) -> Tensor: ...
        def __pow__(self: Any, other: Any) -> Tensor: ...
        def __neg__(self: Any) -> Tensor: ...
        def __pos__(self: Any) -> Tensor: ...
        def __abs__(self: Any) -> Tensor: ...
        def __matmul__(self: Any, other: Any) -> Tensor: ...
        def __radd__(self: Any, other: Any) -> Tensor: ...
        def __eq__(self: Any, other: Any) -> Tensor: ...  # type: ignore[override]
        def __ne__(self: Any, other: Any) -> Tensor: ...  # type: ignore[override]
        def __lt__(self: Any, other: Any) -> Tensor: ...
        def __le__(self: Any, other: Any) -> Tensor: ...
        def __gt__(self: Any, other: Any) -> Tensor: ...
        def __ge__(self: Any, other: Any) -> Tensor: ...
        def __and__(self: Any, other: Any) -> Tensor: ...
        def __or__(self: Any, other: Any) -> Tensor: ...
        def __xor__(self: Any, other: Any) -> Tensor: ...
        def __invert__(self: Any) -> Tensor: ...
        def __lshift__(self: Any, other: Any) -> Tensor: ...
        def __rshift__(self: Any, other: Any) -> Tensor: ...
    else:
        __add__ = e.add
        __sub__ = e.subtract
        __mul__ = e.multiply
        __truediv__ = e.divide
        __floordiv__ = e.floor_divide
        __mod__ = e.remainder
        __pow__ = e.power
        __neg__ = e.negative
        __pos__ = e.positive
        __abs__ = e.absolute
        __matmul__ = matmul
        __radd__ = e.add
        __eq__ = e.equal
        __ne__ = e.not_equal
        __lt__ = e.less
        __le__ = e.less_equal
        __gt__ = e.greater
        __ge__ = e.greater_equal
        __and__ = e.bitwise_and
        __or__ = e.bitwise_or
        __xor__ = e.bitwise_xor
        __invert__ = e.invert
        __lshift__ = e.left_shift
        __rshift__ = e.right_shift

    def __rsub__(self: Any, other: Any) -> Tensor:
        return e.subtract(other, self)

    def __rmul__(self: Any, other: Any) -> Tensor:
        return e.multiply(other, self)

    def __rmatmul__(self: Any, other: Any) -> Tensor:
        return matmul(other, self)

    def __rtruediv__(self: Any, other: Any) -> Tensor:
        return e.divide(other, self)

    def __rfloordiv__(self: Any, other: Any) -> Tensor:
        return e.floor_divide(other, self)

    def __rmod__(self: Any, other: Any) -> Tensor:
        return e.remainder(other, self)

    def __rpow__(self: Any, other: Any) -> Tensor:
        return e.power(other, self)

    def __rand__(self: Any, other: Any) -> Tensor:
        return e.bitwise_and(other, self)

    def __ror__(self: Any, other: Any) -> Tensor:
        return e.bitwise_or(other, self)

    def __rxor__(self: Any, other: Any) -> Tensor:
        return e.bitwise_xor(other, self)

    def __rlshift__(self: Any, other: Any) -> Tensor:
        return e.left_shift(other, self)

    def __rrshift__(self: Any, other: Any) -> Tensor:
        return e.right_shift(other, self)

    def __divmod__(self: Any, other: Any) -> tuple[Tensor, Tensor]:
        return e.floor_divide(self, other), e.remainder(self, other)

    def __rdivmod__(self: Any, other: Any) -> tuple[Tensor, Tensor]:
        return e.floor_divide(other, self), e.remainder(other, self)

    # -- copies ------------------------------------------------------------------------------------

    def __copy__(self: Any) -> Tensor:
        """A new handle on the same value, at the same place in the list; the caller's memory is copied."""
        held = current(self)
        return Tensor(apart(held, held._value), held._node)

    def __deepcopy__(self: Any, memo: dict[int, Any]) -> Tensor:
        """A new leaf, with the same value and ``requires_grad``; inside `grad` and the like, a result of this one."""
        if state.recorder is not None:
            return creation.tensor(self, requires_grad=self.requires_grad)
        return copied(self) if self._node.watch & recording_watches() & ~DEFINE_BY_RUN else _restored(*_saved(self))

    def __reduce__(self: Any) -> tuple[Any, ...]:
        """What is pickled: the value and ``requires_grad``, not the list that led here."""
        return _restored, _saved(self)


def _saved(tensor: Any) -> tuple[Any, bool]:
    return numpy.array(concrete(tensor, "copy")), tensor.requires_grad


def _restored(value: Any, requires_grad: bool) -> Tensor:
    return creation.tensor(value, requires_grad=requires_grad)


def attach(cls: type) -> None:
    """Give a class the methods; names of other libraries lead to them."""
    for name in OF_A_TENSOR:
        setattr(cls, name, NameElsewhere(name, OF_A_TENSOR[name]))
    for base in reversed(ArrayMethods.__mro__[:-1]):
        for name, method in vars(base).items():
            if name not in _OF_THE_CLASS:
                setattr(cls, name, method)


_OF_THE_CLASS = frozenset({"__annotations__", "__dict__", "__doc__", "__module__", "__slots__", "__weakref__"})
