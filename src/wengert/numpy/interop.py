"""NumPy's protocols: what ``numpy.sin(t)``, ``numpy.concatenate([t, u])`` and ``array * t`` do with a tensor.

Each function of NumPy (and of ``scipy.special``) is looked up in the namespace of the same name here. One
that is not there runs on the raw values, as long as no derivative is lost by it.

SciPy converts what it is given to arrays; but with ``SCIPY_ARRAY_API=1`` in the environment, those of its functions
that know the array API standard run on tensors themselves, and so have derivatives.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy
from optree import tree_leaves, tree_map

from .. import numpy as np
from ..core.abstract import TRANSPOSE, Abstract, NoValueError
from ..core.source import at_line
from ..core.state import derivative_watches, state
from ..core.tensor import Tensor
from ..ops.index import index_add

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
        """The value for another library: shared, and marked as read-only, if `max_version` can say so.

        An older consumer gets a copy; or, if it insists on none, the value, which it may not write to.
        """
        value = exported(self, "dlpack", "an array of another library")
        marks_read_only = max_version is not None and max_version >= (1, 0)
        if copy or (copy is None and not marks_read_only):
            value = value.copy()
        elif marks_read_only:
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
    if value.recording is not None and value.recording.name in LOOPS:
        raise _inside_loop(value, op)
    raise NoValueError(
        f"[{op}] the value of a tensor of shape {value.shape} was asked for inside vmap, where there is one list for "
        "all examples and no value yet, wanted operations on arrays only; write np.where(condition, a, b) instead of "
        "if, or call the function without vmap in a Python loop"
    )


def _decided(tensor: Any, op: str) -> Any:
    """The value that a compilation gives, which holds for all calls that decide alike."""
    value = state.recorder.decide(tensor, op)
    if value is None:
        raise NoValueError(
            f"[{op}] the value of a tensor of shape {tensor.shape} was asked for inside jit by a derivative that is "
            "compiled for all values, wanted operations on arrays only; write np.where(condition, a, b) instead of if, "
            f"or take the derivative of the function without jit{at_line()}"
        )
    return value


LOOPS = frozenset({"scan", "fori_loop", "while_loop"})
"""The names of recordings of the bodies of loops."""


def _inside_loop(value: Any, op: str) -> NoValueError:
    return NoValueError(
        f"[{op}] the value of a tensor of shape {value.shape} was asked for inside the body of {value.recording.name}, "
        "which is recorded once for all turns, wanted operations on arrays only; write wg.cond(condition, f, g, x) "
        f"instead of if, wg.while_loop instead of while, and np.asarray(a)[i] for an entry of an array{at_line()}"
    )


# -- the functions of NumPy and their counterparts -------------------------------------------------


@functools.cache
def _numpy_counterparts() -> dict[Any, Callable[..., Any]]:
    pairs = [(numpy, np), (numpy.linalg, np.linalg), (numpy.fft, np.fft)]
    return {theirs: ours for pair in pairs for theirs, ours in _same_names(*pair)}


@functools.cache
def _scipy_counterparts() -> dict[Any, Callable[..., Any]]:
    from scipy import special as theirs

    from ..scipy import special as ours

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

    from ..scipy import special

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
        return function(*_raw(args))
    out = options.get("out")
    if out is not None:
        rest = {name: value for name, value in options.items() if name != "out"}
        return _into(out, on_function(function, args, rest), f"numpy.{function.__name__}")
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
    _refuse_watched(function, (args, options), "write to a tensor: x = wengert.numpy.asarray(array)")
    function(*_raw(args), **_raw(options))


def without_rule(function: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Run a function that has no counterpart here on the raw values.

    Raises:
        TypeError: its result would have lost a derivative: it is inexact, and a tensor among the
            arguments is watched. (An integer, a boolean or a text has none to lose.)
    """
    result = function(*_raw(args), **_raw(options))
    if any(_is_inexact(leaf) for leaf in tree_leaves(result)):
        _refuse_watched(
            function, (args, options), "write it with functions of wengert.numpy, or give it x.detach() if not"
        )
    return tree_map(_wrapped, result)


def _raw(tree: Any) -> Any:
    return tree_map(lambda leaf: numpy.asarray(concrete(leaf, "numpy")) if type(leaf) is Tensor else leaf, tree)


def _wrapped(leaf: Any) -> Any:
    return Tensor(leaf) if isinstance(leaf, (numpy.ndarray, numpy.generic)) and leaf.dtype.kind in "biufc" else leaf


def _is_inexact(leaf: Any) -> bool:
    return isinstance(leaf, (float, complex)) or (hasattr(leaf, "dtype") and leaf.dtype.kind in "fcO")


def is_watched(tree: Any) -> bool:
    """Whether a derivative that records now depends on a tensor in the tree."""
    return any(type(leaf) is Tensor and leaf._node.watch & derivative_watches() for leaf in tree_leaves(tree))


def _refuse_watched(function: Any, tree: Any, advice: str) -> None:
    if is_watched(tree):
        name = getattr(function, "__name__", str(function))
        raise TypeError(
            f"[{name}] NumPy's or SciPy's {name} was given a tensor whose derivative is being recorded, and has none "
            f"here; wanted a function that has one, if the derivative matters; {advice}"
        )


# -- numpy.ufunc(t) --------------------------------------------------------------------------------


def on_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """What a universal function of NumPy or SciPy gives for inputs with a tensor among them, or in ``out``."""
    options = dict(options)
    out, where = options.pop("out", None), options.pop("where", True)
    options = {name: value for name, value in options.items() if not _is_default(name, value)}
    if method == "at":
        return _at(ufunc, *inputs)
    if out is not None and any(type(o) is numpy.ndarray for o in out):
        return _into_arrays(ufunc, method, inputs, {**options, "out": out, "where": where})
    if where is not True and method != "__call__":
        options["where"] = where
    with numpy.errstate(all="ignore") if where is not True else contextlib.nullcontext():
        result = _OF_METHOD[method](ufunc, inputs, options)
    if where is not True and method == "__call__":
        result = _only_where(ufunc, where, result, out)
    if out is None:
        return result
    return _into(out if len(out) > 1 else out[0], result, ufunc.__name__)


_DEFAULTS = {"casting": "same_kind", "order": "K", "subok": True, "dtype": None, "keepdims": False}


def _is_default(name: str, value: Any) -> bool:
    default = _DEFAULTS.get(name, inspect.Parameter.empty)
    return type(value) is type(default) and value == default  # a dtype equals None if it is the default one


def _call(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    own = counterpart(ufunc)
    others = {name: value for name, value in options.items() if name != "dtype"}
    if own is None or not _takes(own, inputs, others):
        return without_rule(ufunc, inputs, options)
    if "dtype" in options:
        inputs = _cast(ufunc, inputs, options["dtype"])
    return own(*inputs, **others)


def _cast(ufunc: Any, inputs: Sequence[Any], dtype: Any) -> list[Any]:
    """The inputs in the dtypes of the loop whose result has this dtype."""
    tensors = [np.asarray(x) for x in inputs]
    given = (*(t.dtype for t in tensors), *(None,) * ufunc.nout)
    wanted = (*(None,) * ufunc.nin, *(numpy.dtype(dtype),) * ufunc.nout)
    loop = ufunc.resolve_dtypes(given, signature=wanted)
    return [np.astype(t, d) for t, d in zip(tensors, loop, strict=False)]


def _reduce(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    x, axis, options = _one_input(inputs, options)
    own = {numpy.add: "sum", numpy.multiply: "prod", numpy.maximum: "max", numpy.minimum: "min",
           numpy.logical_and: "all", numpy.logical_or: "any"}.get(ufunc)  # fmt: skip
    return _named(own, ufunc.reduce, x, axis, options)


def _accumulate(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    x, axis, options = _one_input(inputs, options)
    own = {numpy.add: "cumsum", numpy.multiply: "cumprod"}.get(ufunc)
    return _named(own, ufunc.accumulate, x, axis, options)


def _one_input(inputs: Sequence[Any], options: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    """The operand, the axis (0 by default) and the other options of ``reduce`` and ``accumulate``."""
    x, *given = inputs
    options = dict(options)
    axis = given.pop(0) if given else options.pop("axis", 0)
    return x, axis, options | dict(zip(("dtype",), given, strict=False))


def _named(name: str | None, function: Any, x: Any, axis: Any, options: dict[str, Any]) -> Any:
    own = None if name is None else getattr(np, name)
    if own is not None and _takes(own, (x,), {"axis": axis, **options}):
        return own(x, axis=axis, **options)
    return without_rule(function, (x,), {"axis": axis, **options})


def _outer(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    a, b = map(np.asarray, inputs)
    return _call(ufunc, (np.reshape(a, (*a.shape, *(1,) * b.ndim)), b), options)


def _reduceat(ufunc: Any, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    return without_rule(ufunc.reduceat, inputs, options)


_OF_METHOD = {
    "__call__": _call,
    "reduce": _reduce,
    "accumulate": _accumulate,
    "outer": _outer,
    "reduceat": _reduceat,
}


def _at(ufunc: Any, target: Any, index: Any, *operand: Any) -> None:
    """``ufunc.at``: operate in place on the elements at the index, repeatedly where it repeats."""
    if type(target) is Tensor and ufunc in (numpy.add, numpy.subtract):
        update = operand[0] if ufunc is numpy.add else np.negative(operand[0])
        target[...] = index_add(target, index, update)
        return
    _refuse_watched(ufunc, (target, operand), "write x[index] = value, or give it x.detach()")
    written = _raw(target).copy() if type(target) is Tensor else target
    ufunc.at(written, _raw(index), *_raw(operand))
    if type(target) is Tensor:
        target[...] = written


# -- out= ------------------------------------------------------------------------------------------


def _into(out: Any, result: Any, op: str) -> Any:
    """Give ``out``, a tensor or a tuple of them, the result, in its own dtype."""
    if isinstance(out, tuple):
        return tuple(r if o is None else _into(o, r, op) for o, r in zip(out, result, strict=True))
    if type(out) is not Tensor:
        _refuse_watched(np.asarray, result, "leave out= away")
        out[...] = _raw(result)
        return out
    if out.shape != result.shape:
        raise ValueError(
            f"[{op}] out has shape {out.shape} and the result {result.shape}, wanted the same; "
            "leave out= away, or make it with wengert.numpy.empty(shape)"
        )
    out[...] = result
    return out


def _into_arrays(ufunc: Any, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    _refuse_watched(ufunc, inputs, "write y = f(x) without out=, since a NumPy array cannot carry a derivative")
    return getattr(ufunc, method)(*_raw(inputs), **_raw(options))


def _only_where(ufunc: Any, where: Any, result: Any, out: Any) -> Any:
    if out is None:
        raise ValueError(
            f"[{ufunc.__name__}] where= was given without out=, wanted what the result shall be elsewhere; "
            "write out=wengert.numpy.zeros(shape), or wengert.numpy.where(condition, f(x), 0)"
        )
    return np.where(where, result, out[0])
