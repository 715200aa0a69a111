"""`Tensor`, as PyTorch's users know it."""

from __future__ import annotations

import operator as python_operators
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import Face, behind
from wengert.fronts.operators import OPERATORS, attach
from wengert.fronts.promotion import CATEGORIES

from . import dtypes
from .device import CPU, device
from .promotion import promoted, result_dtype
from .size import Size

__all__ = ["Tensor", "divide", "of", "tensor_of"]


class Tensor(Face):
    """A tensor with PyTorch's methods: a face of `wengert.Tensor`, which does everything.

    Views, in-place writes, ``backward()``, hooks and versions are the engine's own.

    >>> from wengert import torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ("__dict__", "_grad_face")

    if TYPE_CHECKING:
        __add__: Any
        __radd__: Any
        __sub__: Any
        __rsub__: Any
        __mul__: Any
        __rmul__: Any
        __truediv__: Any
        __rtruediv__: Any
        __mod__: Any
        __pow__: Any
        __rpow__: Any
        __matmul__: Any
        __neg__: Any
        __invert__: Any
        __and__: Any
        __or__: Any
        __gt__: Any
        __ge__: Any
        __lt__: Any
        __le__: Any

        def __getattr__(self, name: str) -> Any:
            """Methods are attached by the modules of the package."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        from .creation import legacy_tensor

        return legacy_tensor(cls, args, kwargs)

    # -- what it is --------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The lengths of its axes."""
        return Size(self._tensor.shape)

    def size(self, dim: int | None = None) -> Any:
        """The lengths of its axes, or that of one."""
        return Size(self._tensor.shape) if dim is None else self._tensor.shape[dim]

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._tensor.ndim

    @property
    def dtype(self) -> dtypes.dtype:
        """The dtype of its elements."""
        return dtypes.from_numpy_dtype(self._tensor.dtype)

    @property
    def device(self) -> device:
        """Where it is: on the CPU."""
        return CPU

    is_sparse = is_cuda = is_quantized = is_mkldnn = is_meta = False
    """It is an ordinary tensor on the CPU."""

    @property
    def requires_grad(self) -> bool:
        """Whether ``backward()`` from a result of this tensor would reach it."""
        return self._tensor.requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self._tensor.requires_grad_(bool(value))

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Begin (or end) to follow it; the tensor itself."""
        self._tensor.requires_grad_(requires_grad)
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether derivatives are accumulated here."""
        return self._tensor.is_leaf

    @property
    def grad_fn(self) -> Any:
        """The node that it comes from; ``None`` for a leaf."""
        from .autograd.nodes import node_of

        return node_of(self)

    # -- derivatives -------------------------------------------------------------------------------

    @property
    def grad(self) -> Tensor | None:
        """What ``backward()`` has accumulated; the same object until it is replaced."""
        found = self._tensor.grad
        if found is None:
            return None
        face = getattr(self, "_grad_face", None)
        if face is None or face._tensor is not found:
            self._grad_face = face = of(found)
        return face

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        self._tensor.grad = behind(value)

    def backward(
        self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
    ) -> None:
        """Accumulate into ``.grad`` of every leaf that the tensor was computed from."""
        from .autograd.walks import backward

        backward(self, gradient, retain_graph, create_graph, inputs)

    def register_hook(self, hook: Callable[[Tensor], Any]) -> Any:
        """Call ``hook(gradient)`` when a backward walk has the gradient; what it returns replaces it."""
        return self._tensor.register_hook(lambda gradient: behind(hook(of(gradient))))

    def retain_grad(self) -> None:
        """Keep ``.grad`` of a result too, not only of leaves."""
        self._tensor.retain_grad()

    # -- writes ------------------------------------------------------------------------------------

    def copy_(self, src: Any, non_blocking: bool = False) -> Tensor:
        """Let it have the elements of another, broadcast and cast; the tensor itself."""
        self._tensor[...] = behind(src)
        return self

    @property
    def data(self) -> Tensor:
        """The same elements without derivatives: writes to it are writes to the tensor, and nobody follows them."""
        return of(self._tensor.detach())

    @data.setter
    def data(self, value: Tensor) -> None:
        from .functions.in_place import replace

        replace(self, value)

    # -- elements ----------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Tensor:
        return of(self._tensor[_as_view(_index(index))])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._tensor[_index(index)] = behind(value)

    def __len__(self) -> int:
        return len(self._tensor)

    def __iter__(self) -> Iterator[Tensor]:
        return map(of, self._tensor)

    def __contains__(self, element: Any) -> bool:
        return bool(np.any(self._tensor == behind(element)))

    def item(self) -> Any:
        """The only element, as a Python number."""
        return self._tensor.item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self._tensor.tolist()

    def __bool__(self) -> bool:
        return bool(self._tensor)

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        return self._tensor.__index__()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return numpy.asarray(self.numpy(), dtype)

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        from .printing import text

        return text(self)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self._tensor.ndim == 0 else object.__format__(self, spec)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        from copy import deepcopy

        made = type(self).of(deepcopy(self._tensor, memo))
        made.__dict__.update(deepcopy(self.__dict__, memo))
        return memo.setdefault(id(self), made)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).of, (self._tensor,)

    def numpy(self, *, force: bool = False) -> Any:
        """The elements as an array of NumPy, which shares their memory."""
        from .conversion import to_numpy

        return to_numpy(self, force)


def of(tensor: Any) -> Tensor:
    """A tensor of this front for one of the engine."""
    return Tensor.of(tensor)


def tensor_of(value: Any, op: str, name: str = "input") -> Any:
    """What is behind a tensor.

    Raises:
        TypeError: the value is none.
    """
    try:
        return value._tensor
    except AttributeError:
        raise TypeError(
            f"[{op}] {name} is {value!r}, wanted a tensor; write torch.{op}(torch.tensor(...)), or the function of "
            "Python's math module for a number"
        ) from None


def _index(index: Any) -> Any:
    """An index as the engine takes it: no faces."""
    kind = type(index)
    if kind is int or kind is slice:
        return index if kind is int else _slice(index)
    if kind is tuple:
        return tuple(map(_index, index))
    if kind is list:
        return [_index(each) for each in index]
    return behind(index)


def _as_view(index: Any) -> Any:
    """The index of a view: one element is a view too, which it is not in NumPy without an ellipsis."""
    if type(index) is int:
        return index, ...
    if type(index) is tuple and all(type(each) is int for each in index):
        return *index, ...
    return index


def _slice(index: slice) -> slice:
    return slice(*(int(each) if isinstance(each, Tensor) else each for each in (index.start, index.stop, index.step)))


# -- operators -------------------------------------------------------------------------------------


PLAIN = frozenset({int, float})
"""Numbers from Python that leave the dtype of floating numbers as it is."""


def _of_two(operation: Callable[[Any, Any], Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """An operator and its reflection, whose result has the dtype of its operands."""
    operation = DIFFERENT.get(operation, operation)

    def operator(self: Any, other: Any) -> Any:
        mine = self._tensor
        if type(other) in PLAIN and mine.dtype.kind in "fcV":
            return of(operation(mine, other))
        try:
            its = other._tensor
        except AttributeError:
            return of(operation(*promoted(self, other))) if _is_number(other) else _foreign(self, other, operation)
        if mine.dtype is its.dtype:
            return of(operation(mine, its))
        return of(operation(*promoted(self, other)))

    def reflected(self: Any, other: Any) -> Any:
        mine = self._tensor
        if type(other) in PLAIN and mine.dtype.kind in "fcV":
            return of(operation(other, mine))
        return of(operation(*promoted(other, self))) if _is_number(other) else _foreign(other, self, operation)

    return operator, reflected


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, complex, numpy.number, numpy.bool_))


def _foreign(one: Any, other: Any, operation: Callable[[Any, Any], Any]) -> Any:
    """An operation with an array of NumPy, which enters as a tensor; nothing else does."""
    if not any(isinstance(operand, numpy.ndarray) for operand in (one, other)):
        return NotImplemented
    operands = (of(wg.tensor(each)) if isinstance(each, numpy.ndarray) else each for each in (one, other))
    return of(operation(*promoted(*operands)))


def divide(x: Any, y: Any) -> Any:
    """x / y; integers are divided in the default dtype."""
    quotient = np.divide(x, y)
    whole = all(each.dtype.kind in "biu" for each in (x, y) if isinstance(each, wg.Tensor))
    return quotient.astype(dtypes.get_default_dtype().numpy) if whole and quotient.dtype.kind == "f" else quotient


DIFFERENT = {np.divide: divide}
"""What PyTorch does otherwise."""


def _of_one(operation: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda self: of(operation(self._tensor))


def _in_place(name: str) -> Callable[[Any, Any], Any]:
    """An operator that writes its result to its first operand, whose dtype stays."""
    write = getattr(python_operators, f"i{name}")

    def operator(self: Any, other: Any) -> Any:
        check_fits(result_dtype(self, other), self._tensor.dtype, f"i{name}")
        write(self._tensor, behind(other))
        return self

    operator.__name__ = f"__i{name}__"
    return operator


def check_fits(result: Any, place: Any, op: str) -> None:
    """Refuse to write numbers of a later category to a tensor: real ones to integers.

    Raises:
        RuntimeError: they would lose what they are.
    """
    if CATEGORIES[result.kind] > CATEGORIES[place.kind]:
        raise RuntimeError(
            f"[{op}] the result is {dtypes.from_numpy_dtype(result)!r}, wanted one that fits "
            f"{dtypes.from_numpy_dtype(place)!r}; write the operation that makes a new tensor, or x = x.float() before"
        )


attach(Tensor, _of_two, _of_one)
for _name in OPERATORS.keys() - {"matmul"}:
    setattr(Tensor, f"__i{_name}__", _in_place(_name))
Tensor.__hash__ = lambda self: id(self)  # type: ignore[method-assign] - `__eq__` compares elements
