"""NumPy's protocols: what ``numpy.sin(t)``, ``numpy.concatenate([t, u])`` and ``array * t`` do with a tensor.

Each function of NumPy (and of ``scipy.special``) is looked up in the namespace of the same name here. One
that is not there runs on the raw values, as long as no derivative is lost by it.

SciPy converts what it is given to arrays; but with ``SCIPY_ARRAY_API=1`` in the environment, those of its functions
that know the array API standard run on tensors themselves, and so have derivatives.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy
from optree import tree_leaves, tree_map

from ... import numpy as np
from ...core.abstract import (
    CUSTOM,
    DERIVATIVE,
    TRANSPOSE,
    Abstract,
    NoValueError,
)
from ...core.source import at_line
from ...core.state import compilation, derivative_watches, state
from ...core.tensor import Tensor

VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")
"""The versions of the array API standard that `wengert.numpy` conforms to."""


class ArrayProtocols:
    """How other libraries see a tensor: NumPy's dispatch, the array API standard, DLPack."""

    __slots__ = ()

    def __array__(self: Any, dtype: Any = None, copy: bool | None = None) -> Any:
        """The value as a NumPy array of its own, which may be written to.

        Raises:
            TypeError: a derivative would be lost, since one that records now watches this tensor.
        """
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
            own = _numpy_counterparts().get(ufunc)
            if own is not None:
                return own(*inputs)
        from .ufuncs import on_ufunc

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
        """Where the elements are: ``"cpu"``."""
        return "cpu"

    def to_device(self: Any, device: str, /, *, stream: Any = None) -> Tensor:
        """This tensor, if the device is ``"cpu"``."""
        if device != "cpu" or stream is not None:
            raise ValueError(
                f"[to_device] the device is {device!r} and the stream {stream!r}, wanted the only device there is; "
                'write x.to_device("cpu")'
            )
        return self


def exported(tensor: Any, op: str, target: str) -> Any:
    """The value as an array, for code that knows nothing of derivatives.

    Raises:
        TypeError: a derivative that records now watches the tensor, and would be lost.
    """
    value = numpy.asarray(concrete(tensor, op))
    if tensor._node.watch & derivative_watches():
        raise TypeError(
            f"[{op}] a tensor of shape {value.shape} whose derivative is being recorded was to become {target}, which "
            "has none; wanted a function of wengert.numpy or wengert.scipy for this step; write x.detach() if its "
            "derivative does not matter"
        )
    return value


def concrete(tensor: Any, op: str) -> Any:
    """The raw value of a tensor.

    Raises:
        NoValueError: it has none, inside `vmap` or a loop, or where a derivative is transposed.
        RuntimeError: it has leaked out of `vmap`.
    """
    value = tensor._value
    if type(value) is not Abstract:
        if state.recorder is not None and state.recorder.is_outside(tensor):
            return _decided(tensor, op)
        return value
    value.check_open()
    if value.recording is not None and value.recording.name == TRANSPOSE:
        raise NoValueError(
            f"[{op}] the value of a tangent or cotangent of shape {value.shape} was asked for while a derivative is "
            "transposed, where it has none, wanted array operations that are linear in it; write the derivative so, "
            "in operations of wengert.numpy"
        )
    if state.recorder is not None and value.recording is state.recorder.recording:
        return _decided(tensor, op)
    if value.recording is not None and value.recording.name in RECORDED_ONCE:
        raise _recorded_once(value, op)
    raise NoValueError(
        f"[{op}] the value of a tensor of shape {value.shape} was asked for inside vmap, where there is one list for "
        "all examples and no value yet, wanted operations on arrays only; write np.where(condition, a, b) instead of "
        "if, or call the function without vmap in a Python loop"
    )


def _decided(tensor: Any, op: str) -> Any:
    """The value that a compilation gives, which holds for all calls that decide alike."""
    value = compilation().decide(tensor, op)
    if value is None:
        raise NoValueError(
            f"[{op}] the value of a tensor of shape {tensor.shape} was asked for inside jit by a derivative that is "
            "compiled for all values, wanted operations on arrays only; write np.where(condition, a, b) instead of if, "
            f"or take the derivative of the function without jit{at_line()}"
        )
    return value


LOOPS = frozenset({"scan", "fori_loop", "while_loop"})
"""The names of recordings of the bodies of loops."""

RECORDED_ONCE = {
    **{name: f"the body of {name}, which is recorded once for all turns" for name in LOOPS},
    DERIVATIVE: "the derivative of a loop or a branch, which is recorded once for all turns",
    CUSTOM: "a function with a rule of its own, which is run without values to know the shape of its result",
}
"""What recordings without values other than those of `vmap` and `jit` are of."""


def _recorded_once(value: Any, op: str) -> NoValueError:
    place = RECORDED_ONCE[value.recording.name]
    return NoValueError(
        f"[{op}] the value of a tensor of shape {value.shape} was asked for inside {place}, "
        "wanted operations on arrays only; write wg.cond(condition, f, g, x) instead of if, wg.while_loop instead of "
        f"while, and np.asarray(a)[i] for an entry of an array{at_line()}"
    )


# -- the functions of NumPy and their counterparts -------------------------------------------------


@functools.cache
def _numpy_counterparts() -> dict[Any, Callable[..., Any]]:
    pairs = [(numpy, np), (numpy.linalg, np.linalg), (numpy.fft, np.fft)]
    return {theirs: ours for pair in pairs for theirs, ours in _same_names(*pair)}


@functools.cache
def _scipy_counterparts() -> dict[Any, Callable[..., Any]]:
    from scipy import special as theirs

    from ...scipy import special as ours

    return dict(_same_names(theirs, ours))


def _same_names(theirs: ModuleType, ours: ModuleType) -> Iterator[tuple[Any, Callable[..., Any]]]:
    for name in dir(theirs):
        function, own = getattr(theirs, name), getattr(ours, name, None)
        if inspect.isroutine(own) and own is not function and not inspect.isclass(function) and callable(function):
            yield function, own


def counterpart(function: Any) -> Callable[..., Any] | None:
    """Our function of the same name, or ``None``."""
    own = _numpy_counterparts().get(function)
    if own is None and not _module_of(function).startswith("numpy"):
        own = _scipy_counterparts().get(function) or _public(function)
    return own


def _public(function: Any) -> Callable[..., Any] | None:
    """Our function for the inner one of SciPy's: ``lambertw`` for ``_lambertw``."""
    from scipy.special import _ufuncs

    from ...scipy import special

    name = function.__name__
    is_inner = name.startswith("_") and getattr(_ufuncs, name, None) is function
    return getattr(special, name[1:], None) if is_inner else None


def _module_of(function: Any) -> str:
    if isinstance(function, numpy.ufunc):
        return "numpy" if getattr(numpy, function.__name__, None) is function else "elsewhere"
    return getattr(function, "__module__", None) or ""


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
        from .output import into

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


def without_rule(function: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Run a function that has no counterpart here on the raw values.

    Raises:
        TypeError: its result would have lost a derivative: it is inexact, and a tensor among the
            arguments is watched. (An integer, a boolean or a text has none to lose.)
    """
    result = function(*raw(args), **raw(options))
    if any(_is_inexact(leaf) for leaf in tree_leaves(result)):
        refuse_watched(
            function, (args, options), "write it with functions of wengert.numpy, or give it x.detach() if not"
        )
    return tree_map(_wrapped, result)


def raw(tree: Any) -> Any:
    """The tree, with arrays in the place of tensors."""
    return tree_map(lambda leaf: numpy.asarray(concrete(leaf, "numpy")) if type(leaf) is Tensor else leaf, tree)


def _wrapped(leaf: Any) -> Any:
    return Tensor(leaf) if isinstance(leaf, (numpy.ndarray, numpy.generic)) and leaf.dtype.kind in "biufc" else leaf


def _is_inexact(leaf: Any) -> bool:
    return isinstance(leaf, (float, complex)) or (hasattr(leaf, "dtype") and leaf.dtype.kind in "fcO")


def is_watched(tree: Any) -> bool:
    """Whether a derivative that records now depends on a tensor in the tree."""
    return any(type(leaf) is Tensor and leaf._node.watch & derivative_watches() for leaf in tree_leaves(tree))


def refuse_watched(function: Any, tree: Any, advice: str) -> None:
    """Raise if a function that knows nothing of derivatives would lose one.

    Raises:
        TypeError: it would.
    """
    if is_watched(tree):
        name = getattr(function, "__name__", str(function))
        raise TypeError(
            f"[{name}] NumPy's or SciPy's {name} was given a tensor whose derivative is being recorded, and has none "
            f"here; wanted a function that has one, if the derivative matters; {advice}"
        )
