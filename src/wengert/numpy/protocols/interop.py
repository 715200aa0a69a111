"""NumPy's protocols: what ``numpy.sin(t)``, ``numpy.concatenate([t, u])`` and ``array * t`` do with a tensor.

Each function of NumPy (and of ``scipy.special``) is looked up in the namespace of the same name here. One
that is not there runs on the raw values, as long as no derivative is lost by it.

SciPy converts what it is given to arrays; but with ``SCIPY_ARRAY_API=1`` in the environment, those of its functions
that know the array API standard run on tensors themselves, and so have derivatives.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from types import FrameType, ModuleType
from typing import Any

import numpy

from ... import numpy as np
from ...core.dtypes.kinds import is_short
from ...core.placed import device_of, settled
from ...core.tensor import Tensor
from ...ops.placing import placed
from .array_api import VERSIONS
from .counterparts import counterpart, numpy_counterparts
from .output import into
from .ufunc_methods import on_ufunc
from .values import exported, is_watched, raw, refuse_watched, without_rule


class ArrayProtocols:
    """How other libraries see a tensor: NumPy's dispatch, the array API standard, DLPack."""

    __slots__ = ()

    def __array__(self: Any, dtype: Any = None, copy: bool | None = None) -> Any:
        """The value as a NumPy array of its own, which may be written to.

        Raises:
            TypeError: a derivative would be lost, since one that records now watches this tensor.
        """
        if _is_factor_of_sparse(sys._getframe(1)):
            return numpy.array(None)
        value = exported(self, "numpy.asarray", "a NumPy array")
        if copy is False:
            if dtype is not None and value.dtype != dtype:
                raise ValueError(
                    f"[numpy.asarray] a tensor of dtype {value.dtype} was to become {dtype} without a copy, wanted "
                    "the same dtype; write copy=None"
                )
            return self.numpy()
        return numpy.array(value, dtype=dtype)

    def __array_ufunc__(self: Any, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "__call__" and not options:
            own = numpy_counterparts().get(ufunc)
            if own is not None:
                return own(*inputs)

        return on_ufunc(ufunc, method, inputs, options)

    def __array_function__(self: Any, function: Any, types: Any, args: Any, options: Any) -> Any:
        if not all(issubclass(t, (Tensor, numpy.ndarray)) for t in types):
            return NotImplemented
        return on_function(function, args, options)

    def __array_namespace__(self: Any, api_version: str | None = None) -> ModuleType:
        """The namespace of the array API standard: `wengert.numpy`."""
        if api_version is not None and api_version not in VERSIONS:
            raise ValueError(
                f"[array_namespace] api_version is {api_version!r}, wanted one of {', '.join(VERSIONS)}; "
                "write x.__array_namespace__() for the latest"
            )
        return np

    def __dlpack__(
        self: Any,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: Any = None,
        copy: bool | None = None,
    ) -> Any:
        """The value for another library: a copy, which it may write to, as not all look whether they may.

        With ``copy=False`` it is shared, and marked as read-only if `max_version` can say so.
        """
        value = exported(self, "dlpack", "an array of another library")
        if is_short(value.dtype):
            raise BufferError(
                f"[dlpack] the tensor has dtype {value.dtype}, wanted one that NumPy hands on; write "
                "x.astype('float32'), or x.view('uint16') for its bits"
            )
        if copy is not False:
            value = value.copy()
        elif max_version is not None and max_version >= (1, 0):
            value = value.view()
            value.flags.writeable = False
        return value.__dlpack__(stream=stream, max_version=max_version, dl_device=dl_device)

    def __dlpack_device__(self: Any) -> tuple[int, int]:
        return numpy.empty(0).__dlpack_device__()

    @property
    def device(self: Any) -> str:
        """Where the elements are: ``"cpu"``, or the name of a device."""
        return device_of(self._value)

    def to_device(self: Any, device: str, /, *, stream: Any = None) -> Tensor:
        """This tensor on a device, as the array API standard has it; see ``to``."""
        if stream is not None:
            raise ValueError(f"[to_device] the stream {stream!r} was given, wanted none; write x.to_device({device!r})")
        return placed(self, settled(device))


def _is_factor_of_sparse(caller: FrameType) -> bool:
    """Whether a sparse matrix of SciPy's asks, about to multiply: to what is no array it leaves that."""
    return caller.f_code.co_name == "_matmul_dispatch" and caller.f_globals["__name__"].startswith("scipy.sparse.")


def _takes(own: Callable[..., Any], args: Sequence[Any], options: dict[str, Any]) -> bool:
    """Whether our function has these parameters."""
    try:
        _signature(own).bind(*args, **options)
    except TypeError:
        return False
    return True


_signature = functools.cache(inspect.signature)


# -- numpy.f(t) ------------------------------------------------------------------------------------


def on_function(function: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """What a function of NumPy gives for arguments with a tensor somewhere in them."""
    if function in _WRITERS and type(args[0]) is not Tensor:
        return _write(function, args, options)
    if function in _CONVERTERS and not is_watched(args):
        return function(*raw(args))
    out = options.get("out")
    if out is not None:
        rest = {name: value for name, value in options.items() if name != "out"}
        return into(out, on_function(function, args, rest), f"numpy.{function.__name__}")
    own = counterpart(function)
    if own is not None and _takes(own, args, options):
        return own(*args, **options)
    return without_rule(function, args, options)


_CONVERTERS = frozenset({numpy.atleast_1d, numpy.atleast_2d, numpy.atleast_3d})
"""Functions by which libraries turn what they are given into arrays of NumPy, as with ``numpy.asarray``."""

_WRITERS = frozenset({numpy.copyto, numpy.put, numpy.place, numpy.putmask, numpy.fill_diagonal, numpy.put_along_axis})
"""Functions that write to their first argument (a tensor: by our functions of these names)."""


def _write(function: Any, args: Sequence[Any], options: dict[str, Any]) -> None:
    """Let NumPy write the values of tensors into an array."""
    refuse_watched(function, (args, options), "write to a tensor: x = wengert.numpy.asarray(array)")
    function(*raw(args), **raw(options))
