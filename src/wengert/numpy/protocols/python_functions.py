"""Functions of numbers written in Python, made functions of arrays, under NumPy's names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy

from ...core.tensor import Tensor
from ...ops.broadcast import broadcast_to
from ...ops.operands import holds_tensor
from ..arrays.creation import asarray
from ..arrays.joining import stack
from ..arrays.manipulation import reshape
from .lift import to_tensor

__all__ = ["fromiter", "frompyfunc", "vectorize"]


class vectorize:  # noqa: N801 - NumPy's name
    """As ``numpy.vectorize``: a Python loop over elements, each a tensor, so that derivatives pass.

    (`wengert.vmap` evaluates all at once.) `cache` changes nothing, as nothing is called just to look at its result.

    >>> import wengert as wg, wengert.numpy as np
    >>> f = np.vectorize(lambda x, y: x * y if x > 0 else y)
    >>> wg.grad(lambda x: np.sum(f(x, 3.0)))(np.array([-1.0, 2.0]))
    tensor([0., 3.])
    """

    def __init__(
        self,
        pyfunc: Any = None,
        otypes: Any = None,
        doc: str | None = None,
        excluded: Iterable[Any] | None = None,
        cache: bool = False,
        signature: str | None = None,
    ) -> None:
        self._options = {"otypes": otypes, "doc": doc, "excluded": excluded, "cache": cache, "signature": signature}
        self.pyfunc = pyfunc
        self.otypes: list[numpy.dtype[Any]] | None = None if otypes is None else [numpy.dtype(t) for t in otypes]
        self.excluded: set[Any] = set(excluded or ())
        self.signature = signature
        self.__doc__ = doc or getattr(pyfunc, "__doc__", None)
        self.__name__: Any | str = getattr(pyfunc, "__name__", "vectorize")
        self._cores = None if signature is None else [_names(part) for part in signature.split("->")]

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The function of each element; with only the options given before, the decorated function."""
        if self.pyfunc is None:
            (function,) = args
            return vectorize(function, **self._options)
        spread = [i for i in range(len(args)) if i not in self.excluded]
        named = [name for name in options if name not in self.excluded]
        tensors = [to_tensor(args[i], "vectorize") for i in spread]
        tensors += [to_tensor(options[name], "vectorize") for name in named]
        cores = [()] * len(tensors) if self._cores is None else self._cores[0]
        lead, tensors = _spread(tensors, cores)
        results = []
        for place in numpy.ndindex(*lead):
            at = [x[place] for x in tensors]
            given = list(args)
            for i, value in zip(spread, at, strict=False):
                given[i] = value
            results.append(self.pyfunc(*given, **{**options, **dict(zip(named, at[len(spread) :], strict=True))}))
        return self._together(results, lead)

    def _together(self, results: Sequence[Any], lead: tuple[int, ...]) -> Any:
        if not results:
            if self.otypes is None:
                raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
            made = [Tensor(numpy.zeros(lead, t)) for t in self.otypes]
            return made[0] if len(made) == 1 else tuple(made)
        if isinstance(results[0], tuple):
            columns = zip(*results, strict=True)
            return tuple(self._joined(column, lead, i) for i, column in enumerate(columns))
        return self._joined(results, lead, 0)

    def _joined(self, results: Iterable[Any], lead: tuple[int, ...], which: int) -> Tensor:
        parts = [to_tensor(part, "vectorize") for part in results]
        made = stack(parts)
        made = reshape(made, (*lead, *made.shape[1:]))
        return made if self.otypes is None else asarray(made, self.otypes[min(which, len(self.otypes) - 1)])


def _names(part: str) -> list[tuple[str, ...]]:
    """The core dimensions of each operand: ``(i,j),(j)`` has two and one."""
    found = re.findall(r"\(([^)]*)\)", part)
    if not found:
        raise ValueError(f"not a valid gufunc signature: {part}")
    return [tuple(name.strip() for name in names.split(",") if name.strip()) for names in found]


def _spread(tensors: list[Tensor], cores: Sequence[tuple[str, ...]]) -> tuple[tuple[int, ...], list[Tensor]]:
    """The shape that the loop goes over, and the operands broadcast to it, their core dimensions behind it."""
    if len(cores) != len(tensors):
        raise TypeError(f"wrong number of positional arguments: expected {len(cores)}, got {len(tensors)}")
    loops = [x.shape[: x.ndim - len(core)] for x, core in zip(tensors, cores, strict=True)]
    lead = numpy.broadcast_shapes(*loops)
    return lead, [
        broadcast_to(x, shape=(*lead, *x.shape[x.ndim - len(core) :])) for x, core in zip(tensors, cores, strict=True)
    ]


def frompyfunc(func: Callable[..., Any], /, nin: int, nout: int, *, identity: Any = None) -> Any:
    """As ``numpy.frompyfunc``, but of numbers: results are tensors, in the dtype of what the function returns."""
    made: Any = vectorize(func)
    made.nin, made.nout, made.nargs, made.identity = nin, nout, nin + nout, identity
    return made


def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1, *, like: Any = None) -> Tensor:
    """As ``numpy.fromiter``; tensors among the elements keep their derivatives."""
    elements = list(iter if count < 0 else itertools.islice(iter, count))
    if len(elements) < count:
        raise ValueError(f"iterator too short: Expected {count} but iterator had only {len(elements)} items.")
    if holds_tensor(elements):
        return asarray(elements, dtype)
    return Tensor(numpy.fromiter(elements, dtype, len(elements)))
